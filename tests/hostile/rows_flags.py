"""Attribute flags: RFC 4271 §4.3, and RFC 7606 §3 c for bits that conflict with the attribute's type."""

from judges import Keeps, Withdraws
from rows import Table
from wire import (AGGREGATOR, AS_PATH, ATOMIC, CLUSTER_LIST, COMMUNITIES, EXTENDED, EXT_COMMUNITIES, LARGE_COMMUNITIES,
                  LOCAL_PREF, MED, MP_REACH, MP_UNREACH, NEXT_HOP, NON_TRANSITIVE, OPTIONAL, OPT_TRANS, ORIGIN,
                  ORIGINATOR_ID, OTC, PARTIAL, TRANSITIVE, WELL_KNOWN, attribute, ip, mp_reach, mp_unreach, prefix,
                  u16, u32, update)

table = Table("flags")
CONFLICT = "RFC 7606 §3 c"

VALUES = {  # name: (code, right flags, value)
    "ORIGIN": (ORIGIN, WELL_KNOWN, lambda s: b"\0"),
    "AS_PATH": (AS_PATH, WELL_KNOWN, lambda s: s.path(65002)),
    "NEXT_HOP": (NEXT_HOP, WELL_KNOWN, lambda s: ip(s.hop)),
    "MULTI_EXIT_DISC": (MED, NON_TRANSITIVE, lambda s: u32(1)),
    "ATOMIC_AGGREGATE": (ATOMIC, WELL_KNOWN, lambda s: b""),
    "AGGREGATOR": (AGGREGATOR, OPT_TRANS, lambda s: u32(65002) + ip("9.9.9.9")),
    "COMMUNITIES": (COMMUNITIES, OPT_TRANS, lambda s: u16(65002, 1)),
    "EXTENDED COMMUNITIES": (EXT_COMMUNITIES, OPT_TRANS, lambda s: b"\0\2" + u16(65002) + u32(1)),
    "LARGE_COMMUNITY": (LARGE_COMMUNITIES, OPT_TRANS, lambda s: u32(1, 2, 3)),
}

for name, (code, right, value) in VALUES.items():
    wrong = {"Optional bit": right ^ OPTIONAL, "Transitive bit": right ^ TRANSITIVE}
    for which, flags in wrong.items():
        table.row(f"{name}, {which} wrong", CONFLICT,
                  lambda s, c=code, f=flags, v=value: s.update(attribute(f, c, v(s))), Withdraws())
    both = right ^ OPTIONAL ^ TRANSITIVE
    if name in ("ORIGIN", "MULTI_EXIT_DISC"):
        table.row(f"{name}, Optional and Transitive wrong", CONFLICT,
                  lambda s, c=code, f=both, v=value: s.update(attribute(f, c, v(s))), Withdraws())
table.row("LOCAL_PREF, Optional bit wrong, internal", CONFLICT,
          lambda s: s.update(attribute(OPT_TRANS, LOCAL_PREF, u32(100))), Withdraws(), kind="ibgp")
table.row("ORIGINATOR_ID, Transitive bit wrong, internal", CONFLICT,
          lambda s: s.update(attribute(OPT_TRANS, ORIGINATOR_ID, ip("9.9.9.9"))), Withdraws(), kind="ibgp")
table.row("CLUSTER_LIST, Optional bit wrong, internal", CONFLICT,
          lambda s: s.update(attribute(WELL_KNOWN, CLUSTER_LIST, ip("9.9.9.9"))), Withdraws(), kind="ibgp")
table.row("ORIGIN, Optional bit and value wrong", CONFLICT, lambda s: s.update(attribute(OPT_TRANS, ORIGIN, b"\7")),
          Withdraws())
table.row("MP_REACH_NLRI, Transitive bit wrong", CONFLICT,
          lambda s: s.update6(attribute(OPT_TRANS, MP_REACH, mp_reach(ip(s.hop6), prefix(s.p6())))),
          Withdraws(six=True))
table.row("MP_REACH_NLRI as well-known", CONFLICT,
          lambda s: s.update6(attribute(WELL_KNOWN, MP_REACH, mp_reach(ip(s.hop6), prefix(s.p6())))),
          Withdraws(six=True))
table.row("MP_UNREACH_NLRI, Transitive bit wrong, NLRI beside it", CONFLICT,
          lambda s: s.update(attribute(OPT_TRANS, MP_UNREACH, mp_unreach(prefix(s.p6(1))))), Withdraws())

# What is no conflict
for low in (0x01, 0x08, 0x0F):
    table.row(f"ORIGIN with low bits {low:#04x}", "RFC 4271 §4.3",
              lambda s, low=low: s.update(attribute(WELL_KNOWN | low, ORIGIN, b"\0")),
              Keeps("passed on with those bits clear", lambda s: {ORIGIN: (WELL_KNOWN, b"\0")}))
table.row("Partial on ORIGIN", "RFC 4271 §4.3, RFC 7606 §3 c: only Optional and Transitive count",
          lambda s: s.update(attribute(WELL_KNOWN | PARTIAL, ORIGIN, b"\0")), Keeps())
table.row("Partial on MULTI_EXIT_DISC", "RFC 4271 §4.3, RFC 7606 §3 c: only Optional and Transitive count",
          lambda s: s.update(attribute(NON_TRANSITIVE | PARTIAL, MED, u32(1))), Keeps())
table.row("Partial on COMMUNITIES", "RFC 4271 §5",
          lambda s: s.update(attribute(OPT_TRANS | PARTIAL, COMMUNITIES, u16(65002, 1))),
          Keeps("passed on with Partial", lambda s: {COMMUNITIES: (OPT_TRANS | PARTIAL, u16(65002, 1))}))
table.row("Extended Length on every attribute", "RFC 4271 §4.3",
          lambda s: s.update(*[attribute(right | EXTENDED, code, value(s)) for code, right, value in VALUES.values()]),
          Keeps(attributes=lambda s: {COMMUNITIES: (OPT_TRANS, u16(65002, 1))}))
table.row("Extended Length with length 0", "RFC 4271 §4.3",
          lambda s: s.update(attribute(WELL_KNOWN | EXTENDED, ATOMIC, b"")),
          Keeps(attributes=lambda s: {ATOMIC: (WELL_KNOWN, b"")}))
table.row("ONLY_TO_CUSTOMER, Transitive bit wrong", CONFLICT,
          lambda s: s.update(attribute(NON_TRANSITIVE, OTC, u32(65002))), Withdraws())

# RFC 4271 §5: what is unknown
UNKNOWN = "RFC 4271 §5, §9"
for code in (11, 20, 50, 128, 254):
    table.row(f"unknown optional transitive {code}", UNKNOWN,
              lambda s, c=code: s.update(attribute(OPT_TRANS, c, b"\1\2\3")),
              Keeps("passed on with Partial", lambda s, c=code: {c: (OPT_TRANS | PARTIAL, b"\1\2\3")}))
for code in (13, 99, 255):
    table.row(f"unknown optional non-transitive {code}", UNKNOWN,
              lambda s, c=code: s.update(attribute(NON_TRANSITIVE, c, b"\1\2\3")), Keeps("dropped", absent=(code,)))
table.row("unknown optional transitive with Partial already", UNKNOWN,
          lambda s: s.update(attribute(OPT_TRANS | PARTIAL, 77, b"x")),
          Keeps("passed on with Partial", lambda s: {77: (OPT_TRANS | PARTIAL, b"x")}))
table.row("unknown optional transitive without a value", UNKNOWN, lambda s: s.update(attribute(OPT_TRANS, 78, b"")),
          Keeps("passed on with Partial", lambda s: {78: (OPT_TRANS | PARTIAL, b"")}))
table.row("unknown optional transitive of 2000 octets", UNKNOWN,
          lambda s: s.update(attribute(OPT_TRANS, 79, bytes(range(250)) * 8)),
          Keeps("passed on with Partial", lambda s: {79: (OPT_TRANS | PARTIAL, bytes(range(250)) * 8)}))
table.row("unknown optional transitive with low flag bits", UNKNOWN,
          lambda s: s.update(attribute(OPT_TRANS | 0x0F & ~EXTENDED, 80, b"x")),
          Keeps("passed on with Partial, low bits clear", lambda s: {80: (OPT_TRANS | PARTIAL, b"x")}))
table.row("fifty unknown attributes", UNKNOWN,
          lambda s: s.update(*[attribute(OPT_TRANS, code, bytes([code])) for code in range(150, 200)]),
          Keeps("all passed on", lambda s: {code: (OPT_TRANS | PARTIAL, bytes([code])) for code in range(150, 200)}))
table.row("unknown optional transitive, to an internal neighbour", UNKNOWN,
          lambda s: s.update(attribute(OPT_TRANS, 81, b"x")),
          Keeps("passed on with Partial", lambda s: {81: (OPT_TRANS | PARTIAL, b"x")}, witness="ibgp"))
table.row("attributes in descending order", "RFC 4271 §5",
          lambda s: update(b"".join(s.base()[code] for code in (NEXT_HOP, AS_PATH, ORIGIN)), prefix(s.p())), Keeps())
