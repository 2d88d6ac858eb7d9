"""MP_REACH_NLRI and MP_UNREACH_NLRI: RFC 4760, RFC 2545, and RFC 7606 §5 and §7.11 for what is wrong in them."""

from judges import Ends, EndsOneOf, Ignores, Keeps, Stays, Survives, Withdraws
from rows import Table
from wire import (AS_PATH, COMMUNITIES, IPV4, IPV6, LOCAL_PREF, MED, MP_REACH, MP_UNREACH, NEXT_HOP, NON_TRANSITIVE,
                  OPT_TRANS, ORIGIN, WELL_KNOWN, attribute, ip, mp_reach, mp_unreach, prefix, prefixes, sequence, u16,
                  u32, u8, update)

table = Table("mp")
row = table.row
LINK_LOCAL = ip("fe80::1")


def reach(s, next_hop=None, nlri=None, **how):
    return mp_reach(ip(s.hop6) if next_hop is None else next_hop, prefix(s.p6()) if nlri is None else nlri, **how)


def unreach(value):
    return update(attribute(NON_TRANSITIVE, MP_UNREACH, value))


# Next hops
row("next hop of 16 octets", "RFC 2545 §3", lambda s: s.update6(), Keeps(six=True))
row("next hop of 32 octets", "RFC 2545 §3", lambda s: s.update6(reach=reach(s, ip(s.hop6) + LINK_LOCAL)),
    Keeps(six=True))
row("over an IPv6 session", "RFC 2545 §3", lambda s: s.update6(), Keeps(six=True), kind="v6")
row("IPv4 routes over an IPv6 session", "RFC 4760 §3", lambda s: s.update(), Keeps(), kind="v6")
row("over an internal session", "RFC 2545 §3", lambda s: s.update6(), Keeps(six=True), kind="ibgp")
for length in (0, 4, 12, 15, 17, 24, 31, 33, 48, 255):
    row(f"next hop of {length} octets", "RFC 7606 §7.11",
        lambda s, n=length: s.update6(reach=reach(s, b"\x20" * n)),
        EndsOneOf((3, 9)) if length not in (24, 48) else EndsOneOf((3, 9), (3, 1)))
row("next hop length beyond the attribute", "RFC 7606 §7.11",
    lambda s: s.update6(reach=mp_reach(ip(s.hop6), b"", next_hop_length=200)), EndsOneOf((3, 9), (3, 1)))
row("IPv4-mapped next hop", "RFC 2545 §3; the route may be unused, the session stays",
    lambda s: s.update6(reach=reach(s, ip("::ffff:10.0.0.1"))), Survives())
row("reserved octet set", "RFC 4760 §3", lambda s: s.update6(reach=reach(s, reserved=255)), Keeps(six=True))
for length in (0, 1, 3, 4):
    row(f"MP_REACH_NLRI of {length} octets", "RFC 7606 §7.11",
        lambda s, n=length: s.update6(reach=reach(s)[:n]), EndsOneOf((3, 9), (3, 1)))
row("MP_REACH_NLRI ends behind the next hop", "RFC 7606 §7.11",
    lambda s: s.update6(reach=u16(2) + u8(1, 16) + ip(s.hop6)), EndsOneOf((3, 9), (3, 1)))
for length in (0, 1, 2):
    row(f"MP_UNREACH_NLRI of {length} octets", "RFC 7606 §5.3", lambda s, n=length: unreach(b"\0\2\1"[:n]),
        EndsOneOf((3, 9), (3, 1)))

# Prefixes
bad_nlri = EndsOneOf((3, 9), (3, 10), (3, 1))
for length in (129, 200, 255):
    row(f"prefix of {length} bits", "RFC 7606 §5.3",
        lambda s, n=length: s.update6(reach=reach(s, nlri=u8(n) + bytes((n + 7) // 8))), bad_nlri)
row("prefix overruns MP_REACH_NLRI", "RFC 7606 §5.3", lambda s: s.update6(reach=reach(s, nlri=u8(64, 0x20, 1))),
    bad_nlri)
row("prefix length alone at the end of MP_REACH_NLRI", "RFC 7606 §5.3",
    lambda s: s.update6(reach=reach(s, nlri=prefix(s.p6()) + u8(1))), bad_nlri)
row("withdrawn prefix of 129 bits", "RFC 7606 §5.3", lambda s: unreach(mp_unreach(u8(129) + bytes(17))), bad_nlri)
row("prefix overruns MP_UNREACH_NLRI", "RFC 7606 §5.3", lambda s: unreach(mp_unreach(u8(128, 0x20))), bad_nlri)
row("no prefix in MP_REACH_NLRI", "RFC 4760 §3", lambda s: s.update6(reach=reach(s, nlri=b"")), Survives())
row("trailing bits of an IPv6 prefix", "RFC 4760 §5",
    lambda s: s.update6(reach=reach(s, nlri=u8(61) + ip(s.p6().split("/")[0])[:7] + b"\7")),
    Keeps("the bits behind the length do not count", six=True,
          prefix=lambda s: f"2001:db8:{s.row.number + 1:x}::/61"))
row("IPv6 default route", "RFC 4760 §5", lambda s: unreach(mp_unreach(b"\0")), Survives())
row("forty prefixes in one MP_REACH_NLRI", "RFC 4760 §3",
    lambda s: s.update6(reach=reach(s, nlri=prefixes(*[s.p6(i) for i in range(15)] * 3))), Keeps(six=True))

# Both of them, and beside the IPv4 fields
row("MP_REACH_NLRI twice", "RFC 7606 §3 g",
    lambda s: update(s.attributes(family=IPV6) + attribute(NON_TRANSITIVE, MP_REACH, reach(s)) * 2), Ends(3, 1))
row("MP_UNREACH_NLRI twice", "RFC 7606 §3 g",
    lambda s: update(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(prefix(s.p6()))) * 2), Ends(3, 1))
row("MP_REACH_NLRI overruns the attributes", "RFC 7606 §4, §5",
    lambda s: update(s.attributes() + attribute(NON_TRANSITIVE, MP_REACH, reach(s), length=2000)),
    EndsOneOf((3, 1), (3, 9), (3, 5)))
row("MP_REACH_NLRI last", "RFC 7606 §5.1: it should be first, it need not be",
    lambda s: update(s.attributes(attribute(OPT_TRANS, COMMUNITIES, u16(65002, 1)), family=IPV6)
                     + attribute(NON_TRANSITIVE, MP_REACH, reach(s))), Keeps(six=True))
row("MP_REACH_NLRI first", "RFC 7606 §5.1",
    lambda s: update(attribute(NON_TRANSITIVE, MP_REACH, reach(s)) + s.attributes(family=IPV6)), Keeps(six=True))
row("both families in one UPDATE", "RFC 7606 §5.1", lambda s: s.update(attribute(NON_TRANSITIVE, MP_REACH, reach(s))),
    Keeps("both passed on", six=True))
row("both families, the IPv4 one", "RFC 7606 §5.1", lambda s: s.update(attribute(NON_TRANSITIVE, MP_REACH, reach(s))),
    Keeps())
row("NEXT_HOP beside MP_REACH_NLRI alone", "RFC 4760 §3: ignored",
    lambda s: s.update6(attribute(WELL_KNOWN, NEXT_HOP, ip("0.0.0.0"))), Keeps(six=True))
row("malformed NEXT_HOP beside MP_REACH_NLRI alone", "RFC 4760 §3, RFC 7606 §7.3: ignored or withdrawn",
    lambda s: s.update6(attribute(WELL_KNOWN, NEXT_HOP, b"\1")), Survives())
row("the same prefix in MP_REACH_NLRI and MP_UNREACH_NLRI", "RFC 4760 §4, RFC 4271 §4.3",
    lambda s: s.update6(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(prefix(s.p6())))), Survives())
row("MP_UNREACH_NLRI beside NLRI", "RFC 7606 §5.1",
    lambda s: s.update(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(prefix(s.p6(3))))), Keeps())
row("MP_UNREACH_NLRI with mandatory attributes", "RFC 4760 §4",
    lambda s: update(s.attributes(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(prefix(s.p6(3)))),
                                  drop=(NEXT_HOP,))), Survives())
row("withdrawn again and again", "RFC 4760 §4", lambda s: unreach(mp_unreach(prefix(s.p6()))) * 20, Survives())

# Errors of other attributes reach the IPv6 prefixes too
for name, octets in (("ORIGIN value 3", attribute(WELL_KNOWN, ORIGIN, b"\3")),
                     ("MULTI_EXIT_DISC of 3 octets", attribute(NON_TRANSITIVE, MED, bytes(3))),
                     ("COMMUNITIES of 5 octets", attribute(OPT_TRANS, COMMUNITIES, bytes(5)))):
    row(f"{name} with IPv6 prefixes", "RFC 7606 §2", lambda s, o=octets: s.update6(o), Withdraws(six=True))
for code, name in ((ORIGIN, "ORIGIN"), (AS_PATH, "AS_PATH")):
    row(f"{name} missing with IPv6 prefixes", "RFC 7606 §3 d", lambda s, c=code: s.update6(drop=(c,)),
        Withdraws(six=True))
row("LOCAL_PREF from outside with IPv6 prefixes", "RFC 7606 §7.5",
    lambda s: s.update6(attribute(WELL_KNOWN, LOCAL_PREF, u32(7))),
    Keeps("discarded", lambda s: {LOCAL_PREF: (WELL_KNOWN, u32(100))}, six=True, witness="ibgp"))
row("withdraw on error takes both families", "RFC 7606 §2",
    lambda s: s.update(attribute(NON_TRANSITIVE, MP_REACH, reach(s)), attribute(WELL_KNOWN, ORIGIN, b"\3")),
    Withdraws(six=True))
row("attribute overrun in front of the end, MP_REACH_NLRI read already", "RFC 7606 §4, §5.1",
    lambda s: update(attribute(NON_TRANSITIVE, MP_REACH, reach(s)) + s.attributes(family=IPV6)
                     + attribute(NON_TRANSITIVE, MED, b"", length=9)), Withdraws(six=True))
row("withdrawn prefix of no address family we know, then an error", "RFC 7606 §5.2",
    lambda s: update(s.attributes(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(b"", (99, 9))),
                                  attribute(WELL_KNOWN, ORIGIN, b"\3"), drop=(NEXT_HOP,))),
    EndsOneOf((3, 1), (3, 6)))

# Families
row("MP_REACH_NLRI for IPv4 unicast", "RFC 4760 §5",
    lambda s: update(s.attributes(attribute(NON_TRANSITIVE, MP_REACH, mp_reach(ip(s.hop), prefix(s.p()), IPV4)),
                                  drop=(NEXT_HOP,))),
    Keeps())
row("MP_UNREACH_NLRI for IPv4 unicast", "RFC 4760 §5", lambda s: unreach(mp_unreach(prefix(s.p()), IPV4)), Withdraws())
row("MP_REACH_NLRI for IPv4 unicast, next hop of 3 octets", "RFC 7606 §7.11",
    lambda s: update(s.attributes(attribute(NON_TRANSITIVE, MP_REACH, mp_reach(b"\1\2\3", prefix(s.p()), IPV4)),
                                  drop=(NEXT_HOP,))),
    EndsOneOf((3, 9), (3, 1)))
row("IPv4 NLRI with an IPv6 next hop, not agreed on", "RFC 8950 §4, RFC 7606 §7.11",
    lambda s: update(s.attributes(attribute(NON_TRANSITIVE, MP_REACH, mp_reach(ip(s.hop6), prefix(s.p()), IPV4)),
                                  drop=(NEXT_HOP,))),
    EndsOneOf((3, 9), (3, 1)))
for family, name in (((1, 128), "VPNv4"), ((2, 2), "IPv6 multicast"), ((25, 70), "EVPN"), ((16388, 71), "BGP-LS"),
                     ((0, 0), "0/0"), ((65535, 255), "65535/255")):
    row(f"MP_REACH_NLRI for {name}, not agreed on", "RFC 4760 §6, RFC 7606 §5",
        lambda s, f=family: s.update6(reach=mp_reach(ip("::1"), b"\x30" + bytes(6), f)), Survives())
    if family in ((1, 128), (65535, 255)):
        row(f"MP_UNREACH_NLRI for {name}, not agreed on", "RFC 4760 §6",
            lambda s, f=family: unreach(mp_unreach(b"\x30" + bytes(6), f)), Survives())
row("IPv6 routes though only IPv4 was agreed on", "RFC 4760 §6", lambda s: s.update6(), Ignores(six=True),
    offer={"families": (IPV4,)})
row("IPv4 routes though only IPv6 was agreed on", "RFC 4760 §6", lambda s: s.update(), Ignores(),
    offer={"families": (IPV6,)})
row("IPv6 routes where the router was not told of IPv6", "RFC 4760 §6", lambda s: s.update6(), Ignores(six=True),
    kind="v4only")
row("End-of-RIB for IPv6", "RFC 4724 §2", lambda s: unreach(mp_unreach(b"")), Stays(six=True))
row("End-of-RIB for IPv4 as MP_UNREACH_NLRI", "RFC 4724 §2", lambda s: unreach(mp_unreach(b"", IPV4)), Stays())
row("End-of-RIB for a family not agreed on", "RFC 4724 §2", lambda s: unreach(mp_unreach(b"", (1, 128))), Survives())
row("End-of-RIB for IPv4", "RFC 4724 §2", lambda s: update(), Stays())
row("a thousand End-of-RIBs", "RFC 4724 §2", lambda s: update() * 1000, Stays())
row("IPv6 path seen by others", "RFC 4760 §2", lambda s: s.update6(attribute(OPT_TRANS, COMMUNITIES, u16(65002, 9))),
    Keeps("our AS in front, attributes kept", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002)),
                                                         COMMUNITIES: (OPT_TRANS, u16(65002, 9))}, six=True))
