"""AS paths: RFC 4271 §4.3 b and §6.3, RFC 7606 §7.2, RFC 5065, RFC 6793 with AS4_PATH and AS4_AGGREGATOR,
RFC 7607, RFC 9774."""

from judges import Ignores, Keeps, Survives, Withdraws
from rows import Table
from wire import (AGGREGATOR, AS4_AGGREGATOR, AS4_PATH, AS_PATH, AS_TRANS, CONFED_SEQUENCE, CONFED_SET,
                  NON_TRANSITIVE, OPT_TRANS,
                  SEQUENCE, SET, WELL_KNOWN, attribute, ip, mp_reach, prefix, segment, sequence, u16, u32, u8)

table = Table("path")
old = {"four_octets": False}


def path(value):
    return attribute(WELL_KNOWN, AS_PATH, value)


def bad(name, rfc, value, **rest):
    table.row(name, rfc, lambda s: s.update(path(value)), Withdraws(), **rest)


def good(name, rfc, value, told, **rest):
    table.row(name, rfc, lambda s: s.update(path(value)),
              Keeps("passed on with our AS in front", lambda s: {AS_PATH: (WELL_KNOWN, told)}), **rest)


first = sequence(65002)
SYNTAX = "RFC 7606 §7.2"
for kind in (0, 5, 255):
    bad(f"segment type {kind}", SYNTAX, first + segment(kind, 65003))
bad("segment type 0 without numbers", SYNTAX, first + u8(0, 0))
bad("first segment overruns", SYNTAX, segment(SEQUENCE, 65002, count=2))
bad("second segment overruns by one octet", SYNTAX, first + segment(SEQUENCE, 1, 2)[:-1])
bad("segment says 255, one is there", SYNTAX, segment(SEQUENCE, 65002, count=255))
bad("segment longer than its count", SYNTAX, segment(SEQUENCE, 65002, 65003, count=1))
bad("one octet left behind the last segment", SYNTAX, first + u8(2))
bad("segment without numbers", SYNTAX, first + u8(SEQUENCE, 0))
bad("segment without numbers between two", SYNTAX, first + u8(SEQUENCE, 0) + sequence(7))
bad("AS_SET without numbers", SYNTAX, first + u8(SET, 0))
bad("numbers of two octets from a four-octet speaker", SYNTAX, sequence(65002, 65003, 65004, width=2))
table.row("numbers of four octets from a two-octet speaker", SYNTAX, lambda s: s.update(path(sequence(65002))),
          Withdraws(), offer=old)
table.row("IPv6 route with a malformed path", SYNTAX, lambda s: s.update6(path(u8(9, 1) + u32(1))), Withdraws(six=True))
bad("path of 1 octet", SYNTAX, b"\2")
table.row("empty path from outside", "RFC 4271 §6.3: the leftmost AS may be checked or not",
          lambda s: s.update(path(b"")), Survives())
table.row("malformed path, internal", SYNTAX, lambda s: s.update(path(u8(7, 1) + u32(1))), Withdraws(), kind="ibgp")

ZERO = "RFC 7607 §2"
bad("AS 0 first", ZERO, sequence(0))
bad("AS 0 in the middle", ZERO, sequence(65002, 0, 65003))
bad("AS 0 in an AS_SET", ZERO, first + segment(SET, 5, 0))
bad("AS 0 in the second segment", ZERO, first + sequence(0))
table.row("AS 0 from a two-octet speaker", ZERO, lambda s: s.update(path(sequence(65002, 0, width=2))), Withdraws(),
          offer=old)
table.row("AS 0, IPv6", ZERO, lambda s: s.update6(path(sequence(65002, 0))), Withdraws(six=True))

CONFED = "RFC 5065 §5"
bad("AS_CONFED_SEQUENCE from outside", CONFED, segment(CONFED_SEQUENCE, 65010) + first)
bad("AS_CONFED_SET from outside", CONFED, first + segment(CONFED_SET, 65010))
table.row("AS_CONFED_SEQUENCE from a two-octet speaker", CONFED,
          lambda s: s.update(path(segment(CONFED_SEQUENCE, 5, width=2) + sequence(65002, width=2))), Withdraws(),
          offer=old)

PREPEND = "RFC 4271 §5.1.2"
full = tuple([65002] + list(range(1, 255)))
good("one segment of 254", PREPEND, sequence(*full[:254]), sequence(65001, *full[:254]))
good("one segment of 255", PREPEND, sequence(*full), sequence(65001) + sequence(*full))
good("255 in the first segment, more in the second", PREPEND, sequence(*full) + sequence(300, 301),
     sequence(65001) + sequence(*full) + sequence(300, 301))
good("several sequences in a row", PREPEND, first + sequence(5) + sequence(6, 7),
     sequence(65001, 65002) + sequence(5) + sequence(6, 7))
good("255 segments of one number", PREPEND, b"".join(sequence(n) for n in full), sequence(65001, 65002) +
     b"".join(sequence(n) for n in full[1:]))
good("the largest AS number", PREPEND, sequence(65002, 4294967295), sequence(65001, 65002, 4294967295))
good("AS_TRANS from a four-octet speaker", "RFC 6793 §4.1", sequence(65002, AS_TRANS), sequence(65001, 65002, AS_TRANS))
good("a neighbour that prepends itself", PREPEND, sequence(*[65002] * 30), sequence(65001, *[65002] * 30))
good("AS_SET at the end", "RFC 4271 §9.2.2.2", first + segment(SET, 5, 6), sequence(65001, 65002) + segment(SET, 5, 6))
good("AS_SET first", PREPEND, segment(SET, 65002, 5), sequence(65001) + segment(SET, 65002, 5))
table.row("AS_SET where it is refused", "RFC 9774 §3", lambda s: s.update(path(first + segment(SET, 5, 6))),
          Withdraws(), kind="as-set-reject", needs=("rejects_as_sets",))
table.row("a path of 900 numbers", "RFC 4271 §5.1.2; a limit may ignore the route, not reset",
          lambda s: s.update(path(b"".join(sequence(*full) for _ in range(3)) + sequence(*full[:135]))), Survives())
table.row("our AS in the path", "RFC 4271 §9.1.2", lambda s: s.update(path(sequence(65002, 65001, 65003))), Ignores())
table.row("our AS in an AS_SET", "RFC 4271 §9.1.2", lambda s: s.update(path(first + segment(SET, 5, 65001))), Ignores())
table.row("our AS in the path replaces a good route", "RFC 4271 §9.1.2, §9.1.4",
          lambda s: s.update(path(sequence(65002, 65001))), Withdraws())
table.row("our AS in the path, internal", "RFC 4271 §9.1.2", lambda s: s.update(path(sequence(65003, 65001))),
          Ignores(), kind="ibgp")
table.row("our AS in the path, IPv6", "RFC 4271 §9.1.2",
          lambda s: s.update6(path(sequence(65002, 65001)), reach=mp_reach(ip(s.hop6), prefix(s.p6()))),
          Ignores(six=True))
table.row("our AS, of four octets, in the path", "RFC 4271 §9.1.2, RFC 6793",
          lambda s: s.update(path(sequence(65002, 4200000001))), Ignores(), kind="wide")
table.row("AS_TRANS in the path is not our AS", "RFC 6793 §9", lambda s: s.update(path(sequence(65002, AS_TRANS))),
          Keeps(attributes=lambda s: {AS_PATH: (WELL_KNOWN, sequence(4200000001, 65002, AS_TRANS))}), kind="wide")
table.row("a router of four octets to a two-octet speaker", "RFC 6793 §4.2.2",
          lambda s: s.update(path(sequence(65002, 7))), Keeps("AS_TRANS for us, AS4_PATH beside it",
                lambda s: {AS_PATH: (WELL_KNOWN, sequence(AS_TRANS, 65002, 7, width=2)),
                           AS4_PATH: (OPT_TRANS, sequence(4200000001, 65002, 7))}, witness="old"), kind="wide")

# AS4_PATH and AS4_AGGREGATOR
MERGE = "RFC 6793 §4.2.3"


def as4(value):
    return attribute(OPT_TRANS, AS4_PATH, value)


def merged(name, rfc, two, four, told, *more, absent=(AS4_PATH, AS4_AGGREGATOR)):
    table.row(name, rfc, lambda s: s.update(path(two), *([as4(four)] if four is not None else []), *more),
              Keeps("merged path at a four-octet neighbour", lambda s: {AS_PATH: (WELL_KNOWN, told)}, absent=absent),
              offer=old)


wide = 4200000007
merged("AS4_PATH as long as the path", MERGE, sequence(65002, AS_TRANS, width=2), sequence(65002, wide),
       sequence(65001, 65002, wide))
merged("AS4_PATH shorter than the path", MERGE, sequence(65002, 65003, AS_TRANS, width=2), sequence(wide),
       [sequence(65001, 65002, 65003, wide), sequence(65001, 65002, 65003) + sequence(wide)])
merged("AS4_PATH longer than the path", MERGE, sequence(65002, AS_TRANS, width=2), sequence(65002, 5, wide),
       sequence(65001, 65002, AS_TRANS))
merged("AS_TRANS without AS4_PATH", MERGE, sequence(65002, AS_TRANS, width=2), None, sequence(65001, 65002, AS_TRANS))
BAD4 = "RFC 6793 §6"
for name, value in (("empty", b""), ("with an octet left", sequence(wide) + b"\2"),
                    ("that overruns", sequence(wide)[:-1]),
                    ("with segment type 9", segment(9, wide)), ("with an empty segment", u8(SEQUENCE, 0)),
                    ("of two-octet numbers", sequence(65002, 65003, 65004, width=2)),
                    ("with AS 0", sequence(65002, 0))):
    merged(f"AS4_PATH {name}", BAD4 + (", RFC 7607 §2" if "AS 0" in name else ""), sequence(65002, AS_TRANS, width=2),
           value, sequence(65001, 65002, AS_TRANS))
merged("AS4_PATH with a confederation in front", BAD4, sequence(65002, AS_TRANS, width=2),
       segment(CONFED_SEQUENCE, 5) + sequence(65002, wide), sequence(65001, 65002, wide))
table.row("AS4_PATH with wrong flags", BAD4 + ", RFC 7606 §3 c",
          lambda s: s.update(path(sequence(65002, AS_TRANS, width=2)),
                             attribute(NON_TRANSITIVE, AS4_PATH, sequence(wide))), Survives(),
          offer=old)
table.row("AS4_PATH from a four-octet speaker", "RFC 6793 §3", lambda s: s.update(as4(sequence(65002, wide))),
          Keeps("discarded", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002))}, absent=(AS4_PATH,)))
table.row("AS4_AGGREGATOR from a four-octet speaker", "RFC 6793 §3",
          lambda s: s.update(attribute(OPT_TRANS, AS4_AGGREGATOR, u32(wide) + ip("9.9.9.9"))),
          Keeps("discarded", absent=(AS4_AGGREGATOR, AGGREGATOR)))


def aggregators(name, rfc, two, four, told, **rest):
    table.row(name, rfc, lambda s: s.update(attribute(OPT_TRANS, AGGREGATOR, two),
                                            attribute(OPT_TRANS, AS4_AGGREGATOR, four)),
              Keeps("AGGREGATOR at a four-octet neighbour", lambda s: {AGGREGATOR: (OPT_TRANS, told)},
                    absent=(AS4_AGGREGATOR,)), offer=old, **rest)


nine = ip("9.9.9.9")
aggregators("AS4_AGGREGATOR with AS_TRANS in AGGREGATOR", MERGE, u16(AS_TRANS) + nine, u32(wide) + nine,
            u32(wide) + nine)
aggregators("AS4_AGGREGATOR, AGGREGATOR not AS_TRANS", MERGE, u16(65002) + nine, u32(wide) + nine, u32(65002) + nine)
aggregators("AS4_AGGREGATOR of 6 octets", BAD4, u16(AS_TRANS) + nine, u16(1) + nine, u32(AS_TRANS) + nine)
aggregators("AS4_AGGREGATOR with AS 0", "RFC 7607 §2", u16(AS_TRANS) + nine, u32(0) + nine, u32(AS_TRANS) + nine)
table.row("AGGREGATOR not AS_TRANS silences AS4_PATH", MERGE,
          lambda s: s.update(path(sequence(65002, AS_TRANS, width=2)),
                             attribute(OPT_TRANS, AGGREGATOR, u16(65002) + nine),
                             as4(sequence(65002, wide)), attribute(OPT_TRANS, AS4_AGGREGATOR, u32(wide) + nine)),
          Keeps("AS4_PATH ignored", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002, AS_TRANS))}), offer=old)
table.row("AGGREGATOR of four octets, to a two-octet speaker", "RFC 6793 §4.2.2",
          lambda s: s.update(attribute(OPT_TRANS, AGGREGATOR, u32(wide) + nine)),
          Keeps("AS_TRANS, and AS4_AGGREGATOR beside it",
                lambda s: {AGGREGATOR: (OPT_TRANS, u16(AS_TRANS) + nine),
                           AS4_AGGREGATOR: (OPT_TRANS, u32(wide) + nine)},
                witness="old"))
table.row("a long path to a two-octet speaker", "RFC 6793 §4.2.2", lambda s: s.update(path(sequence(65002, wide, 7))),
          Keeps("AS_TRANS in AS_PATH, AS4_PATH with all", lambda s: {
              AS_PATH: (WELL_KNOWN, sequence(65001, 65002, AS_TRANS, 7, width=2)),
              AS4_PATH: (OPT_TRANS, sequence(65001, 65002, wide, 7))}, witness="old"))
table.row("a path of small numbers to a two-octet speaker", "RFC 6793 §4.2.2",
          lambda s: s.update(path(sequence(65002, 7))),
          Keeps("no AS4_PATH", lambda s: {AS_PATH: (WELL_KNOWN, sequence(65001, 65002, 7, width=2))},
                absent=(AS4_PATH,), witness="old"))
