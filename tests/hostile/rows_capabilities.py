"""Capabilities: RFC 5492, and each capability's own RFC for the shape of its value."""

from judges import Ends, EndsOneOf, Establishes, EstablishesOr, Keeps
from peer import Failure
from rows import ESTABLISHED, OPEN_SENT, Table
from wire import (CAP_AS4, CAP_ENHANCED, CAP_GR, CAP_MP, CAP_REFRESH, IPV4, IPV6, AS_PATH,
                  WELL_KNOWN, capability, four_octet_as, multiprotocol, parameter, sequence, u16, u8)

table = Table("capabilities")


def offered(*more):
    """The usual capabilities, then these, in one parameter."""
    return lambda s: s.open(parameter(2, b"".join([*s.capabilities(), *more])))


def row(name, rfc, sent, expect, **rest):
    table.row(name, rfc, sent, expect, state=OPEN_SENT, **rest)


for code in (0, 4, 66, 99, 128, 255):
    row(f"unknown capability {code}", "RFC 5492 §3", offered(capability(code, b"\1\2\3")), Establishes())
row("unknown capability without a value", "RFC 5492 §3", offered(capability(222)), Establishes())
row("unknown capability of 200 octets", "RFC 5492 §3", offered(capability(222, bytes(200))), Establishes())
row("forty unknown capabilities", "RFC 5492 §3", offered(*[capability(140 + i) for i in range(40)]), Establishes())
row("every capability twice", "RFC 5492 §4", lambda s: s.open(parameter(2, b"".join(s.capabilities() * 2))),
    Establishes())
row("one parameter a capability", "RFC 5492 §4",
    lambda s: s.open(b"".join(parameter(2, one) for one in s.capabilities())), Establishes())
row("an empty parameter between two", "RFC 5492 §4",
    lambda s: s.open(b"".join(parameter(2, one) + parameter(2, b"") for one in s.capabilities())), Establishes())
row("the same unknown capability with two values", "RFC 5492 §4",
    offered(capability(77, b"\1"), capability(77, b"\2\3")), Establishes())
row("AS capability twice, the same", "RFC 5492 §4", offered(four_octet_as(65002)), Establishes())
row("AS capability twice, the second of another", "RFC 5492 §4, RFC 6793 §4.1",
    offered(four_octet_as(0)), EndsOneOf((2, 2)))

unspecific = Ends(2, 0, None)
row("capability of one octet", "RFC 5492 §4", lambda s: s.open(parameter(2, u8(CAP_REFRESH))), unspecific)
row("capability longer than its parameter", "RFC 5492 §4",
    lambda s: s.open(parameter(2, capability(CAP_AS4, u16(0, 65002), length=5))), unspecific)
row("capability of 255 in a short parameter", "RFC 5492 §4",
    lambda s: s.open(parameter(2, capability(CAP_GR, b"", length=255))), unspecific)
row("unknown capability longer than its parameter", "RFC 5492 §4",
    lambda s: s.open(parameter(2, capability(150, b"\0", length=2))), unspecific)
row("capability continues in the next parameter", "RFC 5492 §4",
    lambda s: s.open(parameter(2, four_octet_as(s.asn)[:4]) + parameter(2, four_octet_as(s.asn)[4:])), unspecific)
row("an octet left behind the last capability", "RFC 5492 §4", offered(u8(CAP_REFRESH)), unspecific)

for length in (0, 2, 3, 5, 8):
    row(f"AS capability of {length} octets", "RFC 6793 §3",
        lambda s, n=length: s.open(parameter(2, capability(CAP_AS4, bytes(n)))), unspecific,
        offer={"four_octets": False})


# A capability that is whole but whose value is not as its RFC wants it: the parameter is malformed (2/0), or the
# capability counts as not offered. No RFC decides.
def malformed(name, rfc, *more):
    row(name, rfc, offered(*more), EstablishesOr((2, 0)))


def tolerated(name, rfc, *more):
    row(name, rfc, offered(*more), Establishes())


for length in (0, 3, 5):
    malformed(f"Multiprotocol of {length} octets beside good ones", "RFC 4760 §8", capability(CAP_MP, bytes(length)))
tolerated("Multiprotocol for AFI 25 SAFI 70", "RFC 4760 §8", multiprotocol(25, 70))
tolerated("Multiprotocol for AFI 0 SAFI 0", "RFC 4760 §8", multiprotocol(0, 0))
tolerated("Multiprotocol with its reserved octet set", "RFC 4760 §8", capability(CAP_MP, u16(1) + u8(255, 1)))
tolerated("Multiprotocol for VPNv4", "RFC 4364 §4.3.4", multiprotocol(1, 128))
malformed("Route Refresh of 4 octets", "RFC 2918 §2", capability(CAP_REFRESH, bytes(4)))
malformed("Graceful Restart, one octet", "RFC 4724 §3", capability(CAP_GR, b"\0"))
malformed("Graceful Restart, half a family", "RFC 4724 §3", capability(CAP_GR, u16(120, 1)))
tolerated("Graceful Restart without a family", "RFC 4724 §3", capability(CAP_GR, u16(0x8078)))
tolerated("Graceful Restart for an unknown family", "RFC 4724 §3", capability(CAP_GR, u16(120, 99) + u8(99, 0x80)))
tolerated("Graceful Restart with every flag", "RFC 4724 §3", capability(CAP_GR, u16(0xffff, 1) + u8(1, 0xff)))
malformed("Long-lived Graceful Restart, half a tuple", "RFC 9494 §3.1", capability(71, bytes(6)))
malformed("ADD-PATH of 3 octets", "RFC 7911 §4", capability(69, u16(1) + u8(1)))
tolerated("ADD-PATH with Send/Receive 255", "RFC 7911 §4", capability(69, u16(1) + u8(1, 255)))
tolerated("ADD-PATH offered for receiving", "RFC 7911 §4", capability(69, u16(1) + u8(1, 1)))
tolerated("ADD-PATH offered both ways", "RFC 7911 §4", capability(69, u16(1) + u8(1, 3)))
malformed("Extended Next Hop Encoding of 5 octets", "RFC 8950 §4", capability(5, u16(1, 1) + u8(0)))
tolerated("Extended Next Hop Encoding, empty", "RFC 8950 §4", capability(5))
malformed("Enhanced Route Refresh with a value", "RFC 7313 §3.1", capability(CAP_ENHANCED, b"\1\2"))
malformed("FQDN, host name overruns", "draft-walton-bgp-hostname-capability", capability(73, u8(200) + b"abc"))
malformed("FQDN, domain name overruns", "draft-walton-bgp-hostname-capability",
          capability(73, u8(1) + b"a" + u8(9) + b"b"))
malformed("FQDN, no octet at all", "draft-walton-bgp-hostname-capability", capability(73))
tolerated("FQDN with escape sequences", "draft-walton-bgp-hostname-capability",
          capability(73, u8(8) + b"\x1b[2J\x07\r\n\0" + u8(0)))
malformed("Software Version overruns", "draft-abraitis-bgp-version-capability", capability(75, u8(250) + b"x"))
malformed("ORF, cut short", "RFC 5291 §5", capability(3, u16(1) + u8(0, 1, 5, 64)))
malformed("BGP Role, empty", "RFC 9234 §4.1", capability(9))
tolerated("BGP Role 250, unassigned", "RFC 9234 §4.1", capability(9, b"\xfa"))


# What follows from what was offered.
def no_family(s):
    if not s.offer.get("families"):
        s.announce(s.p(3))
        s.arrives(s.p(3))


row("no Multiprotocol means IPv4 unicast", "RFC 4760 §8", lambda s: s.open(parameter(2, four_octet_as(s.asn))),
    Establishes(no_family, "an IPv4 route passes"), offer={"families": ()})
row("IPv6 unicast alone", "RFC 4760 §8", lambda s: s.open(), Establishes(words="IPv6 routes pass"),
    offer={"families": (IPV6,)})
row("IPv4 unicast alone", "RFC 4760 §8", lambda s: s.open(), Establishes(words="IPv4 routes pass"),
    offer={"families": (IPV4,)})
table.row("two-octet speaker", "RFC 6793 §4.2.3", lambda s: s.update(),
          Keeps("AS_PATH in four octets at others", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002))}),
          offer={"four_octets": False}, state=ESTABLISHED)


@table.script("two-octet speaker is told in two octets", "RFC 6793 §4.2.2", "a session without capability 65",
              "AS_PATH in two octets, AS_TRANS for AS numbers above 65535, AS4_PATH beside it", kind="as4")
def _(s):
    s.establish()
    s.announce(s.p())
    got = s.arrives(s.p(), s.witnesses["old"])
    path = (got[AS_PATH][1], got.get(17, (0, b""))[1])
    wanted = (sequence(65001, 23456, width=2), sequence(65001, 4200000002))
    if path != wanted:
        raise Failure(f"AS_PATH, AS4_PATH are {[value.hex(' ') for value in path]}")


@table.script("extended message is not used with who did not offer it", "RFC 8654 §4", "an OPEN without capability 6",
              "UPDATE of 4097 octets is 1/2")
def _(s):
    s.establish()
    s.peer.send(b"\xff" * 16 + u16(4097) + u8(2))
    s.ends(1, 2, u16(4097))


