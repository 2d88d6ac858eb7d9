"""OPEN messages: fixed fields and optional parameters. RFC 4271 §4.2 and §6.2, RFC 6286, RFC 7607, RFC 9072."""

from judges import Ends, EndsOneOf, Establishes
from peer import Failure
from rows import OPEN_SENT, Table
from wire import (CAP_AS4, OPEN, capability, extended_parameters, four_octet_as, long_parameter, message,
                  open_body, parameter, u8, u16)

table = Table("open")


def row(name, rfc, sent, expect, **rest):
    table.row(name, rfc, sent, expect, state=OPEN_SENT, **rest)


for version in (0, 1, 3, 5, 255):
    row(f"version {version}", "RFC 4271 §6.2", lambda s, v=version: s.open(version=v), Ends(2, 1, b"\0\4"))
row("version 3 and everything else wrong", "RFC 4271 §6.2",
    lambda s: s.open(version=3, my_as=0, hold=1, identifier="0.0.0.0"), Ends(2, 1, b"\0\4"))


def with_as(number, **how):
    """The usual OPEN, but with this number in the four-octet AS capability."""
    def build(s):
        others = [one for one in s.capabilities() if one[0] != CAP_AS4]
        return s.open(parameter(2, b"".join([*others, four_octet_as(number)])), **how)
    return build


bad_as = Ends(2, 2, None)
row("My AS of another", "RFC 4271 §6.2", lambda s: s.open(my_as=65099), bad_as,
    offer={"four_octets": False})
row("My AS and capability of another", "RFC 4271 §6.2",
    with_as(65099, my_as=65099), bad_as)
row("My AS right, capability of another", "RFC 6793 §4.1", with_as(65099), bad_as)
row("My AS is ours", "RFC 4271 §6.2", lambda s: s.open(my_as=65001), bad_as, offer={"four_octets": False})
row("My AS 0", "RFC 7607 §2", lambda s: s.open(my_as=0), bad_as, offer={"four_octets": False})
row("AS 0 in the capability", "RFC 7607 §2", with_as(0), bad_as)
row("My AS AS_TRANS, no capability", "RFC 6793 §4.2.2", lambda s: s.open(my_as=23456), bad_as,
    offer={"four_octets": False})
row("AS_TRANS in the capability", "RFC 6793 §9", with_as(23456, my_as=23456),
    bad_as)
row("My AS AS_TRANS, capability right", "RFC 6793 §4.1", lambda s: s.open(my_as=23456), Establishes())
row("AS of four octets, AS_TRANS as My AS", "RFC 6793 §4.2.2", lambda s: s.open(), Establishes(), kind="as4")
row("AS of four octets, its lower half as My AS", "RFC 6793 §4.1",
    with_as(65002, my_as=65002), bad_as, kind="as4")
row("AS of four octets without the capability", "RFC 6793 §4.2.2", lambda s: s.open(), bad_as, kind="as4",
    offer={"four_octets": False, "my_as": 23456})
row("internal neighbour with an external AS", "RFC 4271 §6.2",
    with_as(65002, my_as=65002), bad_as, kind="ibgp")

bad_id = Ends(2, 3, None)
row("BGP Identifier 0", "RFC 6286 §2.2", lambda s: s.open(identifier="0.0.0.0"), bad_id)
row("BGP Identifier 0, internal", "RFC 6286 §2.2", lambda s: s.open(identifier="0.0.0.0"), bad_id, kind="ibgp")
row("our BGP Identifier, internal", "RFC 6286 §2.2", lambda s: s.open(identifier=s.router.identifier), bad_id,
    kind="ibgp")
row("our BGP Identifier, external", "RFC 6286 §2.1", lambda s: s.open(identifier=s.router.identifier), Establishes())
for identifier, what in (("224.0.0.5", "a multicast address"), ("255.255.255.255", "all ones"), ("0.0.0.1", "1"),
                         ("127.0.0.1", "loopback")):
    row(f"BGP Identifier {what}", "RFC 6286 §2.1", lambda s, i=identifier: s.open(identifier=i), Establishes())

for hold in (1, 2):
    row(f"Hold Time {hold}", "RFC 4271 §6.2", lambda s, h=hold: s.open(hold=h), Ends(2, 6, None))
for hold in (0, 3, 65535):
    row(f"Hold Time {hold}", "RFC 4271 §4.2", lambda s, h=hold: s.open(hold=h), Establishes())

# Optional parameters. The one that is known is Capabilities (2); a broken one of it is 2/0.
unspecific = Ends(2, 0, None)
unsupported = Ends(2, 4, None)
for kind in (0, 1, 3, 4, 100, 254):
    row(f"optional parameter {kind}", "RFC 4271 §6.2", lambda s, k=kind: s.open(parameter(k, b"\0\0")), unsupported)
row("optional parameter 4 without a value", "RFC 4271 §6.2", lambda s: s.open(parameter(4, b"")), unsupported)
row("optional parameter 4 behind Capabilities", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, b"".join(s.capabilities())) + parameter(4, b"\1")), unsupported)
row("optional parameter 1, Authentication Information", "RFC 4271 Appendix A",
    lambda s: s.open(parameter(1, bytes(17))), unsupported)
row("optional parameter 255 that is not the first", "RFC 9072 §2",
    lambda s: s.open(parameter(2, b"".join(s.capabilities())) + parameter(255, b"\0")), unsupported)

row("Optional Parameters Length beyond the message", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, four_octet_as(s.asn)), parameters_length=9), unspecific)
row("Optional Parameters Length 254, nothing there", "RFC 4271 §6.2",
    lambda s: s.open(b"", parameters_length=254), unspecific)
row("Optional Parameters Length short of the message", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, four_octet_as(s.asn)), parameters_length=2), EndsOneOf((2, 0), (1, 2)))
row("Optional Parameters Length 0, parameters there", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, four_octet_as(s.asn)), parameters_length=0), EndsOneOf((2, 0), (1, 2)))
row("optional parameter of one octet", "RFC 4271 §6.2", lambda s: s.open(b"\2"), unspecific)
row("one octet left behind a parameter", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, four_octet_as(s.asn)) + b"\2"), unspecific)
row("parameter longer than the parameters", "RFC 4271 §6.2",
    lambda s: s.open(parameter(2, four_octet_as(s.asn), length=7)), unspecific)
row("parameter of 255 in a short OPEN", "RFC 4271 §6.2", lambda s: s.open(parameter(2, b"", length=255)), unspecific)
row("unknown parameter longer than the parameters", "RFC 4271 §6.2", lambda s: s.open(parameter(4, b"", length=9)),
    EndsOneOf((2, 0), (2, 4)))
row("no optional parameters at all", "RFC 4271 §4.2", lambda s: s.open(b""), Establishes(),
    offer={"four_octets": False, "families": ()})
row("empty Capabilities parameter", "RFC 5492 §4", lambda s: s.open(parameter(2, b"")), Establishes(),
    offer={"four_octets": False, "families": ()})

# RFC 9072: the extended format.
def extended(s, *more, **how):
    return extended_parameters(long_parameter(2, b"".join(s.capabilities())) + b"".join(more), **how)


def extended_open(s, parameters):
    """`parameters` with their own length octets in front."""
    body = open_body(s.asn, 90, s.identifier, b"")[:-1] + parameters
    return message(OPEN, body)


row("extended parameters though they are few", "RFC 9072 §2", lambda s: extended_open(s, extended(s)), Establishes())
row("extended parameters above 255 octets", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, long_parameter(2, capability(200, bytes(250)) * 2))), Establishes())
row("extended parameters, one of 300 octets", "RFC 9072 §2",
    lambda s: extended_open(s, extended_parameters(long_parameter(2, b"".join(s.capabilities()) +
                                                                  capability(201, bytes(140)) * 2))), Establishes())
row("extended parameters, first length octet 10", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, first=10)), Establishes())
row("extended parameters up to 4096 octets", "RFC 9072 §2",
    lambda s: extended_open(s, fill(s)), Establishes())
row("255 octets of parameters in the short format", "RFC 9072 §2",
    lambda s: s.open(short_255(s)), Establishes())
row("extended length beyond the message", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, length=400)), unspecific)
row("extended length short of the message", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, length=5)), unspecific)
row("extended length 0", "RFC 9072 §2", lambda s: extended_open(s, u8(255, 255) + u16(0)), Establishes(),
    offer={"four_octets": False, "families": ()})
row("extended format ends after its type", "RFC 9072 §2", lambda s: extended_open(s, u8(255, 255)), unspecific)
row("extended format ends in its length", "RFC 9072 §2", lambda s: extended_open(s, u8(255, 255, 0)), unspecific)
row("extended, parameter longer than the parameters", "RFC 9072 §2",
    lambda s: extended_open(s, extended_parameters(long_parameter(2, four_octet_as(s.asn), length=4000))), unspecific)
row("extended, parameter without its second length octet", "RFC 9072 §2",
    lambda s: extended_open(s, extended_parameters(u8(2, 0))), unspecific)
row("extended, unknown parameter", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, long_parameter(5, b"x"))), unsupported)
row("extended, parameter 255 once more", "RFC 9072 §2",
    lambda s: extended_open(s, extended(s, long_parameter(255, b"\0\0"))), unsupported)
row("extended, capability overruns its parameter", "RFC 9072 §2, RFC 5492 §4",
    lambda s: extended_open(s, extended_parameters(long_parameter(2, capability(CAP_AS4, b"\0\0", length=200)))),
    unspecific)
row("extended, parameters with short lengths inside", "RFC 9072 §2",
    lambda s: extended_open(s, extended_parameters(parameter(2, b"".join(s.capabilities())))),
    EndsOneOf((2, 0), (2, 4)))


def short_255(s):
    own = parameter(2, b"".join(s.capabilities()))
    return own + parameter(2, capability(202, bytes(255 - len(own) - 4)))


def fill(s):
    own = long_parameter(2, b"".join(s.capabilities()))
    room = 4096 - 28 - 4 - len(own)
    while room:
        size = min(room, 200)
        size = room if room - size < 8 and room <= 240 else size
        if room - size and room - size < 8:
            size -= 8
        own += long_parameter(2, capability(203, bytes(size - 5)))
        room -= size
    return extended_parameters(own)


@table.script("what we offer ourselves", "RFC 4271 §4.2, RFC 9072 §2", "nothing yet",
              "OPEN: version 4, our AS, hold time, identifier; parameters in the short format; IPv4 and IPv6 unicast, "
              "route refresh, four-octet AS")
def _(s):
    s.connect()
    said = s.their_open
    facts = (said.version, said.my_as, said.hold, said.identifier)
    if facts != (4, 65001, 90, s.router.identifier):
        raise Failure(f"OPEN says {facts}")
    if said.parameter_octets == 255:
        raise Failure("the extended format, though the parameters are few")
    for wanted in ((1, b"\0\1\0\1"), (1, b"\0\2\0\1"), (2, b""), (65, b"\0\0\xfd\xe9")):
        if wanted not in said.capabilities:
            raise Failure(f"capability {wanted} is not offered: {said.capabilities}")


@table.script("what we offer with an AS of four octets", "RFC 6793 §9", "nothing yet",
              "OPEN: My AS 23456, capability 65 with the AS", kind="wide")
def _(s):
    s.connect()
    if s.their_open.my_as != 23456 or s.their_open.value(CAP_AS4) != (4200000001).to_bytes(4):
        raise Failure(f"OPEN says {s.their_open}")


