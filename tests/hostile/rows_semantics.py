"""UPDATEs that parse but mean something odd: next hops, prefixes, both at once. RFC 4271 §4.3, §5.1.3, §6.3, §9."""

import time

from judges import Ignores, Keeps, Stays, Survives, Withdraws
from peer import Failure
from rows import Table
from wire import (LOCAL_PREF, MED, NEXT_HOP, NON_TRANSITIVE, UPDATE, WELL_KNOWN, attribute, ip, keepalive, mp_reach,
                  prefix, prefixes, read_update, u32, u8, update)

table = Table("semantics")
row = table.row


def hop(address):
    return attribute(WELL_KNOWN, NEXT_HOP, ip(address))


def announced_and_withdrawn(s, text, *own):
    return s.update(*own, nlri=prefix(text)) + update(withdrawn=prefix(text))


HOP = "RFC 4271 §6.3, §5.1.3"
for address, what in (("0.0.0.0", "0.0.0.0"), ("0.1.2.3", "in 0/8"), ("127.0.0.1", "loopback"),
                      ("224.0.0.1", "multicast"),
                      ("239.255.255.255", "the last multicast address"), ("255.255.255.255", "broadcast"),
                      ("240.0.0.1", "class E"), ("10.90.255.255", "the link's broadcast address")):
    row(f"next hop {what}", HOP, lambda s, a=address: s.update(hop(a)), Ignores())
row("next hop is the router itself", HOP, lambda s: s.update(hop(s.router.address)), Ignores())
row("next hop is the router itself, internal", HOP, lambda s: s.update(hop(s.router.address)), Ignores(), kind="ibgp")
row("next hop is another host of the link", "RFC 4271 §5.1.3", lambda s: s.update(hop("10.90.200.200")), Keeps())
row("next hop off the link, nobody knows the way", "RFC 4271 §5.1.3, §9.1.2.1",
    lambda s: s.update(hop("203.0.113.9")), Ignores())
row("next hop turns into the router itself", HOP, lambda s: s.update(hop(s.router.address)), Withdraws())
row("next hop turns into 0.0.0.0", HOP, lambda s: s.update(hop("0.0.0.0")), Withdraws())
for address, what in (("::", "unspecified"), ("::1", "loopback"), ("ff02::1", "multicast"),
                      ("2001:db8:dead::1", "off the link")):
    row(f"IPv6 next hop {what}", "RFC 2545 §3, RFC 4271 §5.1.3",
        lambda s, a=address: s.update6(reach=mp_reach(ip(a), prefix(s.p6()))), Ignores(six=True))
row("IPv6 next hop is the router itself", "RFC 4271 §5.1.3",
    lambda s: s.update6(reach=mp_reach(ip(s.router.address6), prefix(s.p6()))), Ignores(six=True))

row("prefix in withdrawn routes and NLRI", "RFC 4271 §4.3", lambda s: s.update(withdrawn=prefix(s.p())),
    Keeps("announced"))
row("prefix in withdrawn routes and NLRI, known before", "RFC 4271 §4.3", lambda s: s.update(withdrawn=prefix(s.p())),
    Stays())
row("prefix twice in NLRI", "RFC 4271 §4.3", lambda s: s.update(nlri=prefix(s.p()) * 2), Keeps())
row("prefix withdrawn twice in one UPDATE", "RFC 4271 §4.3", lambda s: update(withdrawn=prefix(s.p()) * 2), Withdraws())
row("withdrawal of what was never announced", "RFC 4271 §4.3", lambda s: update(withdrawn=prefix(s.p(3))), Survives())
row("withdrawal of another neighbour's route", "RFC 4271 §3.2: one Adj-RIB-In a neighbour",
    lambda s: update(withdrawn=prefixes("30.0.0.0/24", "30.0.1.0/24", s.router.network)), Survives())
row("an internal neighbour's route is not another's to withdraw", "RFC 4271 §3.2",
    lambda s: update(withdrawn=prefix("30.0.2.0/24")), Survives(), kind="ibgp")
row("trailing bits of a prefix", "RFC 4271 §4.3",
    lambda s: s.update(nlri=u8(20) + ip(s.p().split("/")[0])[:2] + bytes([ip(s.p().split("/")[0])[2] | 15])),
    Keeps("the bits behind the length do not count", prefix=lambda s: s.p().replace("/24", "/20")))
row("trailing bits of a withdrawn prefix", "RFC 4271 §4.3",
    lambda s: update(withdrawn=u8(24) + ip(s.p().split("/")[0])[:3]), Withdraws())
row("host route", "RFC 4271 §4.3", lambda s: s.update(nlri=prefix(s.p().replace("0/24", "7/32"))),
    Keeps(prefix=lambda s: s.p().replace("0/24", "7/32")))
for text, what in (("224.0.0.0/24", "multicast"), ("239.1.2.0/24", "multicast, the upper end"),
                   ("240.0.0.0/8", "class E"), ("127.0.0.0/8", "loopback"), ("0.0.0.0/8", "0/8")):
    table.row(f"{what} prefix", "RFC 4271 §6.3" if what.startswith("multi") else "RFC 6890 §2.2.2",
              lambda s, t=text: s.update(nlri=prefixes(t, s.p(1))),
              Ignores(prefix=lambda s, t=text: t, words="prefix ignored, nobody hears of it; session stays"))
row("good prefix beside a multicast one", "RFC 4271 §6.3", lambda s: s.update(nlri=prefixes("225.0.0.0/8", s.p())),
    Keeps())
for text, what in (("ff00::/8", "multicast"), ("fe80::/10", "link-local"), ("::1/128", "loopback")):
    row(f"IPv6 {what} prefix", "RFC 4760 §5, RFC 6890 §2.2.3",
        lambda s, t=text: s.update6(reach=mp_reach(ip(s.hop6), prefixes(t, s.p6(1)))),
        Ignores(prefix=lambda s, t=text: t, words="prefix ignored, nobody hears of it; session stays"))
row("the router's own network", "RFC 4271 §9.1.1: the local route stays",
    lambda s: s.update(nlri=prefix(s.router.network)),
    Survives())
row("the link's own prefix", "RFC 4271 §9.1.3", lambda s: announced_and_withdrawn(s, "10.90.0.0/16"), Survives())
row("a more specific route to a neighbour", "RFC 4271 §9.1.2.1",
    lambda s: announced_and_withdrawn(s, f"{s.neighbour.address}/32"), Survives())
row("a route to its own next hop", "RFC 4271 §9.1.2.1",
    lambda s: announced_and_withdrawn(s, "10.90.210.1/32", hop("10.90.210.1")), Survives())
row("all of 4096 octets for prefixes", "RFC 4271 §4.1",
    lambda s: s.update(nlri=prefix(s.p()) * ((4096 - 23 - len(s.attributes())) // 4)), Keeps())

row("MULTI_EXIT_DISC from outside stays inside", "RFC 4271 §5.1.4",
    lambda s: s.update(attribute(NON_TRANSITIVE, MED, u32(77))),
    Keeps("not passed on to another AS", absent=(MED,)))
row("MULTI_EXIT_DISC is passed to internal neighbours", "RFC 4271 §5.1.4",
    lambda s: s.update(attribute(NON_TRANSITIVE, MED, u32(77))),
    Keeps(attributes=lambda s: {MED: (NON_TRANSITIVE, u32(77))}, witness="ibgp"))
row("LOCAL_PREF does not leave the AS", "RFC 4271 §5.1.5",
    lambda s: s.update(attribute(WELL_KNOWN, LOCAL_PREF, u32(7))),
    Keeps(absent=(LOCAL_PREF,)), kind="ibgp")
row("next hop towards another AS", "RFC 4271 §5.1.3", lambda s: s.update(),
    Keeps("next hop is the router", lambda s: {NEXT_HOP: (WELL_KNOWN, ip(s.router.address))}))
row("next hop towards an internal neighbour", "RFC 4271 §5.1.3", lambda s: s.update(),
    Keeps("next hop is kept", lambda s: {NEXT_HOP: (WELL_KNOWN, ip(s.hop))}, witness="ibgp"))
row("a route from inside is not told inside", "RFC 4271 §9.2",
    lambda s: s.update(), Ignores(witness="ibgp"), kind="ibgp")


@table.script("nothing in and nothing out without policy", "RFC 8212 §3", "a route, to a router that requires policy",
              "not imported; nothing but End-of-RIB is sent; session stays", kind="policy")
def _(s):
    s.establish()
    s.announce(s.p())
    other = s.witnesses["old"]
    s.peer.send(keepalive())
    deadline = time.monotonic() + 1.5
    while True:
        try:
            read = s.peer.receive(deadline)
        except TimeoutError:
            break
        if read.kind == UPDATE and read_update(read.body).announced:
            raise Failure(f"was told {read_update(read.body).announced}")
    s.check_session()
    if s.p() in s.witness.routes or s.p() in other.routes:
        raise Failure("the route was imported")
