#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: seeds.py FOLDER makes FOLDER/<target>/ for each target that needs more
than its corpus to begin with. Messages come from tests/data/captures, in the shape that each target reads."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
MARKER = b"\xff" * 16
OPEN, UPDATE = 1, 2
AGREED = [0x01, 0x00, 0x09, 0x0D]  # four octets, two octets, with IPv6, internal with IPv6

SPEAKER_OPEN = bytes.fromhex(
    "04 fdea 005a 0a000002 1e 02 1c 0104 0001 0001 0104 0002 0001 0200 4600 4002 0078 4104 0000 fdea"
)
COMMAND_LINES = """
--hops 100 --exit-when-converged
--hops 20 --mrai 3 --mrai-mode rfc --profile rfc --seed 7
--hops 10 --target any --timeout 2.5 --format json --no-pin
--hops 300 --plan --name-prefix A_
trace ROUTER_5 --target 8.8.8.8 --max-hops 7 --format json
show ROUTER_50 ip bgp summary
exec ROUTER_50 -- ping -c 3 198.51.100.1
announce ROUTER_0 203.0.113.0/24
doctor --hops 1000
list --format json
lsit
--help
"""
VTY_LINES = """
show ip bgp
show ip bgp 198.51.100.0/24
show ip bgp summary json
show bgp neighbors 172.31.0.1
sh ip b?
show ip route
show ip bgp neighbors 172.31.0.1 advertised-routes json
show ip bgp | include ^(B|C)>[*a-z]+ 1.2$
show version | count [[:digit:]]
terminal length 0
enable
configure terminal
router bgp 1050
do clear ip bgp * soft in
neighbor 172.31.0.1 shutdown message good bye
no network 203.0.113.0/24
exit
"""
# A client with echo in a window of 80 by 24: only then is there a pager.
VTY_WINDOW = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"
VTY_PAGED = [b"show version\r\n \r\nq", b"show version\r\n\x1b[B\x1b[6~\x03", b"list\r\nj\x1b\x04", b"en\r\nconf t\r\n\x1a"]
REQUESTS = """
{"op":"list"}
{"op":"show","router":"ROUTER_5","command":"show ip bgp"}
{"op":"table","router":"ROUTER_5","table":"loc","format":"csv","after":"10.0.0.0/8","rowsBefore":512,"routerWidth":9}
{"op":"await-route","router":"ROUTER_5","prefix":"2001:db8::/32","state":"absent"}
{"op":"await-session","router":"ROUTER_5","neighbor":"172.31.5.2","state":"up"}
{"op":"check-fib","router":"ROUTER_5"}
{"op":"metrics","names":"frr"}
{"op":"announce","router":"ROUTER_0","prefix":"203.0.113.0/24"}
{"op":"pause"}
{"op":"speed","speed":0.001}
{"op":"snapshot","snapshot":1,"router":100}
{"op":"mrai","milliseconds":3000,"holder":4711}
{"op":["list"]}
{"op":"caf\u00e9","x":[1,2.5e300,-0,null,true,{"y":{}}]}
"""


def framed(kind: int, body: bytes) -> bytes:
    return MARKER + (19 + len(body)).to_bytes(2, "big") + bytes([kind]) + body


def messages_of(capture: Path) -> list[bytes]:
    found = []
    for line in capture.read_text(encoding="ascii").splitlines():
        fields = line.split()
        if len(fields) > 4:
            found.append(bytes.fromhex("".join(fields[4:])))
    return found


def attributes_of(update: bytes) -> list[bytes]:
    """Type code and value of each attribute."""
    body = update[19:]
    at = 2 + int.from_bytes(body[:2], "big")
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    at += 2
    found = []
    while at + 3 <= end:
        extended = body[at] & 0x10
        length = int.from_bytes(body[at + 2 : at + 4], "big") if extended else body[at + 2]
        start = at + (4 if extended else 3)
        found.append(body[at + 1 : at + 2] + body[start : start + length])
        at = start + length
    return found


def pieces(stream: bytes, before: bytes) -> bytes:
    """The stream in pieces, as take_piece of input.h reads them."""
    cut = b""
    for at in range(0, len(stream), 512):
        part = stream[at : at + 512]
        cut += before + bytes([(len(part) + 1) // 2 - 1]) + part
    return cut


def seeds() -> dict[str, list[bytes]]:
    made: dict[str, list[bytes]] = {"pair_fuzz": [bytes([i] * 40 + list(range(40))) for i in range(8)]}
    for capture in sorted((TESTS / "data/captures").glob("*.msgs")):
        messages = messages_of(capture)
        updates = [m for m in messages if m[18] == UPDATE][:12]
        stream = framed(OPEN, SPEAKER_OPEN) + framed(4, b"") + b"".join(updates)
        made.setdefault("framing_fuzz", []).append(b"\x01" + b"".join(messages[:6]))
        made.setdefault("session_fuzz", []).append(b"\x00\x00\x0f" + pieces(stream, b"\x60"))
        made.setdefault("speaker_fuzz", []).append(b"\x00\x00" + pieces(stream, b"\x05\x00"))
        for agreed in AGREED:
            made.setdefault("withdraw_fuzz", []).append(bytes([agreed]) + b"".join(updates))
            made.setdefault("message_fuzz", []).extend(bytes([agreed]) + m for m in messages[:12])
            for update in updates:
                made.setdefault("attribute_fuzz", []).extend(bytes([agreed]) + a for a in attributes_of(update))
    words = [line.replace(" ", "\n") for line in COMMAND_LINES.strip().splitlines()]
    made["options_fuzz"] = [text.encode() for text in words]
    made["vty_fuzz"] = [f"{line}\r\n".encode() for line in VTY_LINES.strip().splitlines()]
    lines = VTY_LINES.strip().replace("\n", "\r\n").encode()
    made["vty_fuzz"] += [lines, *(VTY_WINDOW + keys for keys in VTY_PAGED)]
    made["control_fuzz"] = [line.encode() for line in REQUESTS.strip().splitlines()]
    return made


def main() -> int:
    folder = Path(sys.argv[1])
    for target, inputs in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, octets in enumerate(sorted(set(inputs))):
            (folder / target / f"{number:04}").write_bytes(octets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
