"""BGP messages as octets: builders that write whatever they are told, right or wrong, and readers for what a
well-behaved speaker answers. Knows no socket. RFC 4271 §4, RFC 4760, RFC 5492, RFC 6793, RFC 9072."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
MESSAGE_NAMES = {OPEN: "OPEN", UPDATE: "UPDATE", NOTIFICATION: "NOTIFICATION", KEEPALIVE: "KEEPALIVE",
                 ROUTE_REFRESH: "ROUTE-REFRESH"}
MARKER = b"\xff" * 16
HEADER = 19

# Attribute flags and codes.
OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED = 0x80, 0x40, 0x20, 0x10
WELL_KNOWN = TRANSITIVE
NON_TRANSITIVE = OPTIONAL
OPT_TRANS = OPTIONAL | TRANSITIVE
(ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, ATOMIC, AGGREGATOR, COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST) = range(1,
                                                                                                                   11)
MP_REACH, MP_UNREACH, EXT_COMMUNITIES, AS4_PATH, AS4_AGGREGATOR = 14, 15, 16, 17, 18
LARGE_COMMUNITIES, OTC = 32, 35
SET, SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4
AS_TRANS = 23456

# Capability codes.
CAP_MP, CAP_REFRESH, CAP_EXTENDED, CAP_ROLE, CAP_GR, CAP_AS4, CAP_ENHANCED = 1, 2, 6, 9, 64, 65, 70

IPV4, IPV6 = (1, 1), (2, 1)


def u8(*numbers: int) -> bytes:
    return bytes(numbers)


def u16(*numbers: int) -> bytes:
    return struct.pack(f"!{len(numbers)}H", *numbers)


def u32(*numbers: int) -> bytes:
    return struct.pack(f"!{len(numbers)}I", *numbers)


def ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def message(kind: int, body: bytes = b"", *, marker: bytes = MARKER, length: int | None = None) -> bytes:
    return marker + u16(HEADER + len(body) if length is None else length) + u8(kind) + body


def keepalive() -> bytes:
    return message(KEEPALIVE)


def notification(code: int, subcode: int, data: bytes = b"") -> bytes:
    return message(NOTIFICATION, u8(code, subcode) + data)


def route_refresh(afi: int, safi: int, subtype: int = 0) -> bytes:
    return message(ROUTE_REFRESH, u16(afi) + u8(subtype, safi))


def capability(code: int, value: bytes = b"", *, length: int | None = None) -> bytes:
    return u8(code, len(value) if length is None else length) + value


def multiprotocol(afi: int, safi: int) -> bytes:
    return capability(CAP_MP, u16(afi) + u8(0, safi))


def four_octet_as(number: int) -> bytes:
    return capability(CAP_AS4, u32(number))


def parameter(kind: int, value: bytes, *, length: int | None = None) -> bytes:
    return u8(kind, len(value) if length is None else length) + value


def long_parameter(kind: int, value: bytes, *, length: int | None = None) -> bytes:
    """As RFC 9072 §2 writes them: two octets of length."""
    return u8(kind) + u16(len(value) if length is None else length) + value


def extended_parameters(parameters: bytes, *, length: int | None = None, first: int = 255) -> bytes:
    """The optional parameters of RFC 9072 §2, the octet of Optional Parameters Length included."""
    return u8(first, 255) + u16(len(parameters) if length is None else length) + parameters


def open_body(my_as: int, hold: int, identifier: str, parameters: bytes, *, version: int = 4,
              parameters_length: int | None = None) -> bytes:
    length = len(parameters) if parameters_length is None else parameters_length
    return u8(version) + u16(my_as, hold) + ip(identifier) + u8(length) + parameters


def attribute(flags: int, code: int, value: bytes, *, length: int | None = None) -> bytes:
    """Extended Length is set where it is needed, or where the caller sets it."""
    octets = len(value) if length is None else length
    if octets > 255 or flags & EXTENDED:
        return u8(flags | EXTENDED, code) + u16(octets) + value
    return u8(flags, code, octets) + value


def segment(kind: int, *numbers: int, count: int | None = None, width: int = 4) -> bytes:
    packed = u32(*numbers) if width == 4 else u16(*numbers)
    return u8(kind, len(numbers) if count is None else count) + packed


def sequence(*numbers: int, width: int = 4) -> bytes:
    return segment(SEQUENCE, *numbers, width=width)


def prefix(text: str) -> bytes:
    network = ipaddress.ip_network(text, strict=False)
    octets = (network.prefixlen + 7) // 8
    return u8(network.prefixlen) + ipaddress.ip_address(text.split("/")[0]).packed[:octets]


def prefixes(*texts: str) -> bytes:
    return b"".join(prefix(text) for text in texts)


def mp_reach(next_hop: bytes, nlri: bytes, family: tuple[int, int] = IPV6, *, next_hop_length: int | None = None,
             reserved: int = 0) -> bytes:
    length = len(next_hop) if next_hop_length is None else next_hop_length
    return u16(family[0]) + u8(family[1], length) + next_hop + u8(reserved) + nlri


def mp_unreach(nlri: bytes, family: tuple[int, int] = IPV6) -> bytes:
    return u16(family[0]) + u8(family[1]) + nlri


def update(attributes: bytes = b"", nlri: bytes = b"", withdrawn: bytes = b"", *, withdrawn_length: int | None = None,
           attributes_length: int | None = None) -> bytes:
    return message(UPDATE, u16(len(withdrawn) if withdrawn_length is None else withdrawn_length) + withdrawn
                   + u16(len(attributes) if attributes_length is None else attributes_length) + attributes + nlri)


# ------------------------------------------------------------------------------------------------- reading

@dataclass
class Message:
    kind: int
    body: bytes

    def __str__(self) -> str:
        if self.kind == NOTIFICATION and len(self.body) >= 2:
            data = f" data {self.body[2:].hex(' ')}" if len(self.body) > 2 else ""
            return f"NOTIFICATION {self.body[0]}/{self.body[1]}{data}"
        return MESSAGE_NAMES.get(self.kind, f"type {self.kind}")


def cut(buffer: bytearray) -> Message | None:
    """The first whole message, taken off the buffer."""
    if len(buffer) < HEADER:
        return None
    length = struct.unpack_from("!H", buffer, 16)[0]
    if bytes(buffer[:16]) != MARKER or length < HEADER:
        raise ValueError(f"not a BGP message: {bytes(buffer[:HEADER]).hex()}")
    if len(buffer) < length:
        return None
    read = Message(buffer[18], bytes(buffer[HEADER:length]))
    del buffer[:length]
    return read


@dataclass
class Open:
    version: int
    my_as: int
    hold: int
    identifier: str
    capabilities: list[tuple[int, bytes]] = field(default_factory=list)
    parameter_octets: int = 0

    def has(self, code: int) -> bool:
        return any(code == own for own, _ in self.capabilities)

    def value(self, code: int) -> bytes:
        return next((value for own, value in self.capabilities if own == code), b"")


def read_open(body: bytes) -> Open:
    version, my_as, hold, identifier, octets = struct.unpack_from("!BHH4sB", body)
    rest, head = body[10:], 2
    if octets == 255 and rest[:1] == b"\xff":
        rest, head = rest[3:], 3
    read = Open(version, my_as, hold, str(ipaddress.ip_address(identifier)), parameter_octets=octets)
    while rest:
        length = rest[1] if head == 2 else struct.unpack_from("!H", rest, 1)[0]
        value, rest = rest[head:head + length], rest[head + length:]
        while value:
            read.capabilities.append((value[0], value[2:2 + value[1]]))
            value = value[2 + value[1]:]
    return read


def read_prefixes(octets: bytes, version: int) -> list[str]:
    texts = []
    size = 4 if version == 4 else 16
    while octets:
        length = octets[0]
        count = (length + 7) // 8
        packed = octets[1:1 + count].ljust(size, b"\0")
        texts.append(f"{ipaddress.ip_address(packed)}/{length}")
        octets = octets[1 + count:]
    return texts


@dataclass
class Update:
    announced: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    attributes: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    end_of_rib: tuple[int, int] | None = None
    octets: int = 0


def read_update(body: bytes) -> Update:
    read = Update(octets=HEADER + len(body))
    withdrawn = struct.unpack_from("!H", body)[0]
    read.withdrawn += read_prefixes(body[2:2 + withdrawn], 4)
    body = body[2 + withdrawn:]
    octets = struct.unpack_from("!H", body)[0]
    attributes, nlri = body[2:2 + octets], body[2 + octets:]
    if not withdrawn and not octets and not nlri:
        read.end_of_rib = IPV4
    while attributes:
        flags, code, length = attributes[:3]
        start = 3
        if flags & EXTENDED:
            length, start = struct.unpack_from("!H", attributes, 2)[0], 4
        read.attributes[code] = (flags, attributes[start:start + length])
        attributes = attributes[start + length:]
    read.announced += read_prefixes(nlri, 4)
    if MP_REACH in read.attributes:
        value = read.attributes[MP_REACH][1]
        if value[:2] in (b"\0\1", b"\0\2"):
            read.announced += read_prefixes(value[5 + value[3]:], 4 if value[1] == 1 else 6)
    if MP_UNREACH in read.attributes:
        value = read.attributes[MP_UNREACH][1]
        read.withdrawn += read_prefixes(value[3:], 4 if value[1] == 1 else 6)
        if len(value) == 3 and len(read.attributes) == 1 and not read.announced:
            read.end_of_rib = (value[1], value[2])
    return read
