"""Communities of the three kinds, and the attributes of route reflection: RFC 1997, RFC 4360, RFC 8092, RFC 8326,
RFC 4456. Lengths are in rows_errors.py."""

from judges import Ignores, Keeps
from rows import Table
from wire import (CLUSTER_LIST, COMMUNITIES, EXT_COMMUNITIES, LARGE_COMMUNITIES, LOCAL_PREF, NON_TRANSITIVE, OPT_TRANS,
                  ORIGINATOR_ID, WELL_KNOWN, attribute, ip, u16, u32)

table = Table("communities")
row = table.row


def communities(*pairs):
    return attribute(OPT_TRANS, COMMUNITIES, b"".join(u16(*pair) for pair in pairs))


def large(*triples):
    return attribute(OPT_TRANS, LARGE_COMMUNITIES, b"".join(u32(*triple) for triple in triples))


def extended(*octets):
    return attribute(OPT_TRANS, EXT_COMMUNITIES, b"".join(octets))


def kept(name, rfc, octets, value=None, **rest):
    """Passed on; `value`: in another form than it came."""
    code = octets[1]
    wanted = octets[4 if octets[0] & 16 else 3:] if value is None else value
    row(name, rfc, lambda s: s.update(octets), Keeps("passed on", lambda s: {code: (OPT_TRANS, wanted)}), **rest)


kept("one community", "RFC 1997", communities((65002, 1)))
kept("300 communities", "RFC 1997", communities(*[(65002, n) for n in range(1, 301)]))
kept("communities 0:0 and 65535:65535", "RFC 1997", communities((0, 0), (65535, 65535)))
kept("BLACKHOLE is not acted on without policy", "RFC 7999 §3.3", communities((65535, 666)))
kept("a large community", "RFC 8092 §3", large((4200000002, 1, 2)))
kept("a large community of zeros", "RFC 8092 §3", large((0, 0, 0)))
kept("60 large communities", "RFC 8092 §3", large(*[(65002, 7, n) for n in range(60)]))
row("a large community twice", "RFC 8092 §3", lambda s: s.update(large((65002, 1, 1), (65002, 1, 1))),
    Keeps("passed on, once at the latest when it leaves", lambda s: {
        LARGE_COMMUNITIES: (OPT_TRANS, [u32(65002, 1, 1), u32(65002, 1, 1) * 2])}))
target = b"\0\2" + u16(65002) + u32(7)
kept("a route target", "RFC 4360 §4", extended(target))
kept("an extended community of unknown type", "RFC 4360 §2", extended(b"\x3f\x99abcdef"))
row("a non-transitive extended community", "RFC 4360 §6",
    lambda s: s.update(extended(b"\x40\4" + u16(65002) + u32(1), target)),
    Keeps("only the transitive one passes to another AS", lambda s: {EXT_COMMUNITIES: (OPT_TRANS, target)}))
row("nothing but a non-transitive extended community", "RFC 4360 §6",
    lambda s: s.update(extended(b"\x43\0" + bytes(6))), Keeps("not passed to another AS", absent=(EXT_COMMUNITIES,)))
row("a non-transitive extended community, to an internal neighbour", "RFC 4360 §6",
    lambda s: s.update(extended(b"\x43\0" + bytes(6))),
    Keeps("passed on inside", lambda s: {EXT_COMMUNITIES: (OPT_TRANS, b"\x43\0" + bytes(6))}, witness="ibgp"))
row("all kinds at once", "RFC 1997, RFC 4360, RFC 8092",
    lambda s: s.update(communities((65002, 5)), extended(target), large((1, 2, 3))),
    Keeps("all passed on", lambda s: {COMMUNITIES: (OPT_TRANS, u16(65002, 5)), EXT_COMMUNITIES: (OPT_TRANS, target),
                                      LARGE_COMMUNITIES: (OPT_TRANS, u32(1, 2, 3))}))

NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED = (0xFFFF, 0xFF01), (0xFFFF, 0xFF02), (0xFFFF, 0xFF03)
for name, value in (("NO_EXPORT", NO_EXPORT), ("NO_ADVERTISE", NO_ADVERTISE),
                    ("NO_EXPORT_SUBCONFED", NO_EXPORT_SUBCONFED)):
    row(f"{name}, to another AS", "RFC 1997", lambda s, v=value: s.update(communities(v)),
        Ignores(words="not passed on"))
row("NO_EXPORT among others", "RFC 1997", lambda s: s.update(communities((65002, 1), NO_EXPORT, (65002, 2))),
    Ignores(words="not passed on"))
row("NO_EXPORT, to an internal neighbour", "RFC 1997", lambda s: s.update(communities(NO_EXPORT)),
    Keeps("passed on inside", lambda s: {COMMUNITIES: (OPT_TRANS, u16(*NO_EXPORT))}, witness="ibgp"))
row("NO_ADVERTISE, to an internal neighbour", "RFC 1997", lambda s: s.update(communities(NO_ADVERTISE)),
    Ignores(witness="ibgp", words="not passed on"))
row("NO_EXPORT on an IPv6 route", "RFC 1997", lambda s: s.update6(communities(NO_EXPORT)),
    Ignores(six=True, words="not passed on"))
row("NO_EXPORT from an internal neighbour", "RFC 1997", lambda s: s.update(communities(NO_EXPORT)),
    Ignores(words="not passed on"), kind="ibgp")


@table.script("NO_EXPORT comes later", "RFC 1997, RFC 4271 §9.2", "a route, then the same with NO_EXPORT",
              "withdrawn from the other AS, kept inside")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.announce(s.p(), communities(NO_EXPORT))
    s.goes(s.p())
    s.arrives(s.p(), s.witnesses["ibgp"])
    s.fence()


row("GRACEFUL_SHUTDOWN", "RFC 8326 §4", lambda s: s.update(communities((65535, 0))),
    Keeps("LOCAL_PREF 0 inside", lambda s: {LOCAL_PREF: (WELL_KNOWN, u32(0))}, witness="ibgp"))
row("GRACEFUL_SHUTDOWN on an IPv6 route", "RFC 8326 §4", lambda s: s.update6(communities((65535, 0))),
    Keeps("LOCAL_PREF 0 inside", lambda s: {LOCAL_PREF: (WELL_KNOWN, u32(0))}, six=True, witness="ibgp"))
row("GRACEFUL_SHUTDOWN, the community itself", "RFC 8326 §4", lambda s: s.update(communities((65535, 0), (65002, 3))),
    Keeps("passed on", lambda s: {COMMUNITIES: (OPT_TRANS, [u16(65535, 0, 65002, 3), u16(65002, 3, 65535, 0)])}))

row("ORIGINATOR_ID does not leave the AS", "RFC 4456 §8",
    lambda s: s.update(attribute(NON_TRANSITIVE, ORIGINATOR_ID, ip("9.9.9.9"))),
    Keeps("dropped towards another AS", absent=(ORIGINATOR_ID,)), kind="ibgp")
row("CLUSTER_LIST does not leave the AS", "RFC 4456 §8", lambda s: s.update(attribute(NON_TRANSITIVE, CLUSTER_LIST,
                                                                                      ip("9.9.9.9") * 3)),
    Keeps("dropped towards another AS", absent=(CLUSTER_LIST,)), kind="ibgp")
row("ORIGINATOR_ID is our own", "RFC 4456 §8",
    lambda s: s.update(attribute(NON_TRANSITIVE, ORIGINATOR_ID, ip(s.router.identifier))), Ignores(), kind="ibgp")
row("ORIGINATOR_ID is our own, from outside", "RFC 7606 §7.9",
    lambda s: s.update(attribute(NON_TRANSITIVE, ORIGINATOR_ID, ip(s.router.identifier))),
    Keeps("discarded", absent=(ORIGINATOR_ID,)))
row("our identifier in CLUSTER_LIST, from outside", "RFC 7606 §7.10",
    lambda s: s.update(attribute(NON_TRANSITIVE, CLUSTER_LIST, ip(s.router.identifier))),
    Keeps("discarded", absent=(CLUSTER_LIST,)))
