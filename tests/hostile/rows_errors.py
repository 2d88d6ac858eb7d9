"""Malformed UPDATEs: RFC 7606, attribute by attribute, and the structure around attributes. Every attribute but the
last is malformed with others behind it: the prefixes must be found all the same (§4)."""

from judges import Ends, EndsOneOf, Ignores, Keeps, Stays, Survives, Withdraws
from rows import Table
from wire import (AGGREGATOR, AS_PATH, ATOMIC, CLUSTER_LIST, COMMUNITIES, EXTENDED, EXT_COMMUNITIES,
                  LARGE_COMMUNITIES, LOCAL_PREF, MED, NEXT_HOP, NON_TRANSITIVE, OPT_TRANS, ORIGIN, ORIGINATOR_ID,
                  WELL_KNOWN, attribute, ip, prefix, prefixes, sequence, u16, u32, u8, update)

table = Table("update")
row = table.row
malformed_list = Ends(3, 1)


def bad(name, rfc, octets, expect=None, **rest):
    """One attribute is replaced by this."""
    row(name, rfc, lambda s: s.update(octets(s) if callable(octets) else octets), expect or Withdraws(), **rest)


# ORIGIN
for value in (3, 4, 128, 255):
    bad(f"ORIGIN value {value}", "RFC 7606 §7.1", attribute(WELL_KNOWN, ORIGIN, u8(value)))
for length in (0, 2, 255):
    bad(f"ORIGIN of {length} octets", "RFC 7606 §7.1", attribute(WELL_KNOWN, ORIGIN, bytes(length)))
bad("ORIGIN with an extended length of 1", "RFC 4271 §4.3", attribute(WELL_KNOWN | EXTENDED, ORIGIN, b"\0"), Keeps())
bad("ORIGIN with an extended length of 256", "RFC 7606 §7.1", attribute(WELL_KNOWN, ORIGIN, bytes(256)))

# NEXT_HOP
for length in (0, 3, 5, 16):
    bad(f"NEXT_HOP of {length} octets", "RFC 7606 §7.3", attribute(WELL_KNOWN, NEXT_HOP, b"\x0a" * length))

# Numbers
for length in (0, 3, 5):
    bad(f"MULTI_EXIT_DISC of {length} octets", "RFC 7606 §7.4", attribute(NON_TRANSITIVE, MED, bytes(length)))
for length in (0, 3, 5):
    bad(f"LOCAL_PREF of {length} octets, internal", "RFC 7606 §7.5", attribute(WELL_KNOWN, LOCAL_PREF, bytes(length)),
        kind="ibgp")
bad("LOCAL_PREF from outside", "RFC 7606 §7.5", attribute(WELL_KNOWN, LOCAL_PREF, u32(4000)),
    Keeps("discarded: LOCAL_PREF is our default", lambda s: {LOCAL_PREF: (WELL_KNOWN, u32(100))}, witness="ibgp"))
bad("LOCAL_PREF of 3 octets from outside", "RFC 7606 §7.5", attribute(WELL_KNOWN, LOCAL_PREF, bytes(3)),
    Keeps("discarded", absent=(LOCAL_PREF,)))

# ATOMIC_AGGREGATE, AGGREGATOR
for length in (1, 4):
    bad(f"ATOMIC_AGGREGATE of {length} octets", "RFC 7606 §7.6", attribute(WELL_KNOWN, ATOMIC, bytes(length)),
        Keeps("discarded", absent=(ATOMIC,)))
for length in (0, 6, 7, 9):
    bad(f"AGGREGATOR of {length} octets", "RFC 7606 §7.7", attribute(OPT_TRANS, AGGREGATOR, b"\1" * length),
        Keeps("discarded", absent=(AGGREGATOR,)))
bad("AGGREGATOR of 8 octets from a two-octet speaker", "RFC 7606 §7.7", attribute(OPT_TRANS, AGGREGATOR, b"\1" * 8),
    Keeps("discarded", absent=(AGGREGATOR,)), offer={"four_octets": False})
bad("AGGREGATOR with AS 0", "RFC 7607 §2", attribute(OPT_TRANS, AGGREGATOR, u32(0) + ip("1.2.3.4")),
    Keeps("discarded", absent=(AGGREGATOR,)))
bad("AGGREGATOR with AS 0 from a two-octet speaker", "RFC 7607 §2",
    attribute(OPT_TRANS, AGGREGATOR, u16(0) + ip("1.2.3.4")), Keeps("discarded", absent=(AGGREGATOR,)),
    offer={"four_octets": False})

# Communities
for length in (0, 2, 3, 5, 7):
    bad(f"COMMUNITIES of {length} octets", "RFC 7606 §7.8", attribute(OPT_TRANS, COMMUNITIES, bytes(length)))
for length in (0, 4, 7, 9):
    bad(f"EXTENDED COMMUNITIES of {length} octets", "RFC 7606 §7.14",
        attribute(OPT_TRANS, EXT_COMMUNITIES, bytes(length)))
for length in (0, 4, 8, 11, 13):
    bad(f"LARGE_COMMUNITY of {length} octets", "RFC 8092 §6", attribute(OPT_TRANS, LARGE_COMMUNITIES, bytes(length)))

# Route reflection
for length in (0, 3, 5):
    bad(f"ORIGINATOR_ID of {length} octets, internal", "RFC 7606 §7.9",
        attribute(NON_TRANSITIVE, ORIGINATOR_ID, bytes(length)), kind="ibgp")
for length in (0, 3, 6):
    bad(f"CLUSTER_LIST of {length} octets, internal", "RFC 7606 §7.10",
        attribute(NON_TRANSITIVE, CLUSTER_LIST, bytes(length)), kind="ibgp")
for code, name in ((ORIGINATOR_ID, "ORIGINATOR_ID"), (CLUSTER_LIST, "CLUSTER_LIST")):
    bad(f"{name} from outside", "RFC 7606 §7.9, §7.10", attribute(NON_TRANSITIVE, code, ip("9.9.9.9")),
        Keeps("discarded", absent=(code,)))
    bad(f"{name} of 3 octets from outside", "RFC 7606 §7.9, §7.10", attribute(NON_TRANSITIVE, code, bytes(3)),
        Keeps("discarded", absent=(code,)))

# Mandatory attributes missing
for code, name in ((ORIGIN, "ORIGIN"), (AS_PATH, "AS_PATH"), (NEXT_HOP, "NEXT_HOP")):
    row(f"{name} missing", "RFC 7606 §3 d", lambda s, c=code: s.update(drop=(c,)), Withdraws())
row("NLRI without any attribute", "RFC 7606 §3 d", lambda s: update(nlri=prefix(s.p())), Withdraws())
row("LOCAL_PREF missing, internal", "RFC 4271 §5.1.5, not mandatory: RFC 7606 §3 d",
    lambda s: s.update(drop=(LOCAL_PREF,)), Keeps(), kind="ibgp")

# Several times
med = attribute(NON_TRANSITIVE, MED, u32(1))
for code, name, first, second in (
        (ORIGIN, "ORIGIN", attribute(WELL_KNOWN, ORIGIN, b"\0"), attribute(WELL_KNOWN, ORIGIN, b"\2")),
        (COMMUNITIES, "COMMUNITIES", attribute(OPT_TRANS, COMMUNITIES, u16(1, 1)),
         attribute(OPT_TRANS, COMMUNITIES, u16(2, 2))),
        (LARGE_COMMUNITIES, "LARGE_COMMUNITY", attribute(OPT_TRANS, LARGE_COMMUNITIES, u32(1, 1, 1)),
         attribute(OPT_TRANS, LARGE_COMMUNITIES, u32(2, 2, 2)))):
    row(f"{name} twice", "RFC 7606 §3 g",
        lambda s, c=code, a=first, b=second: update(s.attributes(drop=(c,)) + a + b, prefix(s.p())),
        Keeps("the first counts", lambda s, c=code, a=first: {c: (None, a[3:])}))
row("AS_PATH twice", "RFC 7606 §3 g",
    lambda s: update(s.attributes() + attribute(WELL_KNOWN, AS_PATH, sequence(65002, 7)), prefix(s.p())),
    Keeps("the first counts", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002))}))
row("NEXT_HOP twice, the second malformed", "RFC 7606 §3 g",
    lambda s: update(s.attributes() + attribute(WELL_KNOWN, NEXT_HOP, b"\1"), prefix(s.p())), Keeps("the first counts"))
row("an unknown attribute twice", "RFC 7606 §3 g",
    lambda s: update(s.attributes() + attribute(OPT_TRANS, 241, b"a") + attribute(OPT_TRANS, 241, b"b"), prefix(s.p())),
    Keeps("the first counts", lambda s: {241: (None, b"a")}))
row("MED forty times", "RFC 7606 §3 g", lambda s: update(s.attributes() + med * 40, prefix(s.p())), Keeps())

# The structure around attributes
row("attribute longer than the attributes", "RFC 7606 §4",
    lambda s: update(s.attributes() + attribute(NON_TRANSITIVE, MED, b"", length=200), prefix(s.p())), Withdraws())
row("attribute one octet longer than the attributes", "RFC 7606 §4",
    lambda s: update(s.attributes() + attribute(NON_TRANSITIVE, MED, bytes(3), length=4), prefix(s.p())), Withdraws())
row("attribute with extended length beyond the attributes", "RFC 7606 §4",
    lambda s: update(s.attributes() + attribute(OPT_TRANS, COMMUNITIES, u32(1), length=60000), prefix(s.p())),
    Withdraws())
row("the first attribute overruns", "RFC 7606 §4",
    lambda s: update(attribute(WELL_KNOWN, ORIGIN, b"\0", length=255) + s.attributes(drop=(ORIGIN,)), prefix(s.p())),
    Withdraws())
for left in (b"\x40", b"\x40\1", b"\x50\1\0"):
    row(f"{len(left)} octets left for an attribute" + (" of extended length" if left[0] & EXTENDED else ""),
        "RFC 7606 §4", lambda s, o=left: update(s.attributes() + o, prefix(s.p())), Withdraws())
row("unknown attribute overruns", "RFC 7606 §4",
    lambda s: update(s.attributes() + attribute(OPT_TRANS, 250, b"", length=9), prefix(s.p())), Withdraws())
row("Withdrawn Routes Length beyond the message", "RFC 7606 §3 b, RFC 4271 §6.3",
    lambda s: update(s.attributes(), prefix(s.p()), withdrawn_length=4000), malformed_list)
row("Withdrawn Routes Length 65535", "RFC 4271 §6.3", lambda s: update(withdrawn_length=65535), malformed_list)
row("Withdrawn Routes Length two short of the message", "RFC 4271 §6.3", lambda s: update(withdrawn_length=2),
    malformed_list)
row("Total Path Attribute Length beyond the message", "RFC 4271 §6.3",
    lambda s: update(s.attributes(), prefix(s.p()), attributes_length=4000), malformed_list)
row("Total Path Attribute Length one beyond the message", "RFC 4271 §6.3",
    lambda s: update(s.attributes(), attributes_length=len(s.attributes()) + 1), malformed_list)
row("Total Path Attribute Length 65535", "RFC 4271 §6.3", lambda s: update(attributes_length=65535), malformed_list)
row("both lengths overrun together", "RFC 4271 §6.3",
    lambda s: update(withdrawn=prefix(s.p()), attributes_length=1), malformed_list)

bad_network = EndsOneOf((3, 10), (3, 1))
for length in (33, 64, 128, 255):
    row(f"NLRI of {length} bits", "RFC 7606 §5.3, RFC 4271 §6.3",
        lambda s, n=length: s.update(nlri=u8(n) + bytes((n + 7) // 8)), Ends(3, 10))
row("NLRI overruns the message", "RFC 7606 §5.3", lambda s: s.update(nlri=prefix(s.p()) + u8(32, 10)), Ends(3, 10))
row("NLRI of a length octet alone", "RFC 7606 §5.3", lambda s: s.update(nlri=prefix(s.p()) + u8(24)), Ends(3, 10))
row("withdrawn prefix of 33 bits", "RFC 7606 §5.3", lambda s: update(withdrawn=u8(33) + bytes(5)), bad_network)
row("withdrawn prefix overruns its field", "RFC 7606 §5.3", lambda s: update(withdrawn=u8(24, 10, 0)), bad_network)
row("withdrawn prefix overruns, good NLRI behind", "RFC 7606 §5.3",
    lambda s: s.update(withdrawn=u8(32, 10, 0, 0)), bad_network)

# Unknown attributes that claim to be well-known
for code in (0, 11, 12, 13, 19, 99, 200, 255):
    row(f"unrecognised well-known attribute {code}", "RFC 4271 §6.3",
        lambda s, c=code: s.update(attribute(WELL_KNOWN, c, b"\1\2\3")),
        Ends(3, 2, lambda s, sent, c=code: attribute(WELL_KNOWN, c, b"\1\2\3"), "the attribute"))
row("unrecognised well-known attribute without Transitive", "RFC 4271 §6.3",
    lambda s: s.update(attribute(0, 99, b"\1")), Ends(3, 2, lambda s, sent: attribute(0, 99, b"\1"), "the attribute"))
row("unrecognised well-known attribute of 300 octets", "RFC 4271 §6.3",
    lambda s: s.update(attribute(WELL_KNOWN, 99, bytes(300))),
    Ends(3, 2, lambda s, sent: attribute(WELL_KNOWN, 99, bytes(300)), "the attribute"))

# The strongest treatment wins
discard = attribute(WELL_KNOWN, ATOMIC, b"\1")
withdraw = attribute(OPT_TRANS, COMMUNITIES, b"\1")
row("one fault to discard, one to withdraw", "RFC 7606 §3 h", lambda s: s.update(discard, withdraw), Withdraws())
row("one fault to withdraw, one to discard behind it", "RFC 7606 §3 h",
    lambda s: s.update(attribute(WELL_KNOWN, ORIGIN, b"\7"), discard), Withdraws())
row("one fault to withdraw, one to reset", "RFC 7606 §3 h",
    lambda s: s.update(attribute(WELL_KNOWN, ORIGIN, b"\7"), attribute(WELL_KNOWN, 99, b"")), Ends(3, 2, None))
row("every fault to discard at once", "RFC 7606 §3 h",
    lambda s: s.update(discard, attribute(OPT_TRANS, AGGREGATOR, b"\1"), attribute(WELL_KNOWN, LOCAL_PREF, b""),
                       attribute(NON_TRANSITIVE, ORIGINATOR_ID, b""), attribute(NON_TRANSITIVE, CLUSTER_LIST, b"")),
    Keeps("all discarded", absent=(ATOMIC, AGGREGATOR, LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST)))
row("malformed attribute and NLRI overrun", "RFC 7606 §3 h, §5.3",
    lambda s: s.update(withdraw, nlri=u8(24, 1)), bad_network)
row("treat-as-withdraw takes every prefix of the message", "RFC 7606 §2",
    lambda s: s.update(attribute(WELL_KNOWN, ORIGIN, b"\3"), nlri=prefixes(*[s.p(i) for i in range(8)])), Withdraws())
row("withdrawn routes of a malformed UPDATE are withdrawn", "RFC 7606 §2",
    lambda s: s.update(attribute(WELL_KNOWN, ORIGIN, b"\3"), nlri=prefix(s.p(1)), withdrawn=prefix(s.p())), Withdraws())
row("a malformed UPDATE for a prefix never announced", "RFC 7606 §2",
    lambda s: s.update(attribute(WELL_KNOWN, ORIGIN, b"\3")),
    Ignores())

# UPDATEs without NLRI: what is to be withdrawn is unknown
row("malformed ORIGIN, no NLRI", "RFC 7606 §5.2",
    lambda s: update(s.attributes(attribute(WELL_KNOWN, ORIGIN, b"\3"))), EndsOneOf((3, 1), (3, 6)))
row("malformed COMMUNITIES, no NLRI", "RFC 7606 §5.2",
    lambda s: update(s.attributes(withdraw)), EndsOneOf((3, 1), (3, 5), (3, 9)))
row("malformed AGGREGATOR, no NLRI", "RFC 7606 §5.2",
    lambda s: update(s.attributes(attribute(OPT_TRANS, AGGREGATOR, b"\1"))), Survives())
row("malformed ORIGIN, withdrawn routes but no NLRI", "RFC 7606 §5.2",
    lambda s: update(s.attributes(attribute(WELL_KNOWN, ORIGIN, b"\3")), withdrawn=prefix(s.p())),
    EndsOneOf((3, 1), (3, 6)))
row("good attributes, no NLRI", "RFC 4271 §4.3", lambda s: update(s.attributes()), Survives())
row("good attributes, withdrawn routes, no NLRI", "RFC 4271 §4.3",
    lambda s: update(s.attributes(), withdrawn=prefix(s.p(9))), Stays())
row("attributes alone do not withdraw", "RFC 4724 §2", lambda s: update(s.attributes(drop=(NEXT_HOP,))), Stays())


@table.script("routes go with a session that is reset", "RFC 4271 §6", "a route, then NLRI of 33 bits",
              "NOTIFICATION 3/10; the route is withdrawn from others")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.send(s.update(nlri=u8(33) + bytes(5)))
    s.ends(3, 10)
    s.peer.close()
    s.goes(s.p())


