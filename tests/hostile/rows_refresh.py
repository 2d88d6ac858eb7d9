"""ROUTE-REFRESH: RFC 2918, RFC 7313."""

import time

from judges import Ends, EndsOneOf, Survives
from peer import Failure
from rows import Table
from wire import (CAP_ENHANCED, IPV4, IPV6, ROUTE_REFRESH, UPDATE, capability, four_octet_as, message,
                  multiprotocol, read_update, route_refresh, u16, u8)

table = Table("refresh")

enhanced = {"more": [capability(CAP_ENHANCED)]}
BAD = "RFC 7313 §5"
for subtype, name in ((1, "BoRR"), (2, "EoRR")):
    for length in (3, 5, 100):
        table.row(f"{name} of {length} octets", BAD,
                  lambda s, n=length, t=subtype: message(ROUTE_REFRESH, (u16(1) + u8(t, 1) + bytes(96))[:n]),
                  Ends(7, 1, lambda s, sent: sent, "the whole message"), offer=enhanced)
for length in (0, 1, 3, 5):  # without a subtype, or with 0: RFC 7313 speaks of BoRR and EoRR
    table.row(f"a request of {length} octets", BAD + ", RFC 4271 §6.1",
              lambda s, n=length: message(ROUTE_REFRESH, (u16(1) + u8(0, 1, 0))[:n]), EndsOneOf((7, 1), (1, 2)))
for afi, safi, what in ((1, 128, "VPNv4"), (99, 1, "unknown AFI"), (1, 99, "unknown SAFI"), (0, 0, "0/0")):
    table.row(f"family {what}", "RFC 2918 §4", lambda s, a=afi, f=safi: route_refresh(a, f), Survives())
table.row("IPv6 though only IPv4 was agreed on", "RFC 2918 §4", lambda s: route_refresh(*IPV6), Survives(),
          offer={"families": (IPV4,)})
for subtype in (3, 128, 255):
    table.row(f"subtype {subtype}", "RFC 7313 §5", lambda s, t=subtype: route_refresh(1, 1, t), Survives(),
              offer=enhanced)
table.row("200 requests at once", "RFC 2918 §4", lambda s: route_refresh(1, 1) * 200, Survives())
table.row("EoRR without BoRR", "RFC 7313 §4", lambda s: route_refresh(1, 1, 2), Survives(), offer=enhanced)
table.row("BoRR without the capability", "RFC 7313 §4", lambda s: route_refresh(1, 1, 1), Survives())
table.row("BoRR for a family not agreed on", "RFC 7313 §4", lambda s: route_refresh(1, 128, 1), Survives(),
          offer=enhanced)


def hears(s, wanted: set[str], complaint: str) -> list:
    """Reads on until all of these were announced; what was read."""
    missing, read_so_far = set(wanted), []
    deadline = time.monotonic() + 6
    while missing:
        try:
            read = s.peer.receive(deadline)
        except TimeoutError:
            raise Failure(f"{complaint}: {sorted(missing)}") from None
        read_so_far.append(read)
        if read.kind == UPDATE:
            missing -= set(read_update(read.body).announced)
        elif read.kind not in (4, 5):
            raise Failure(str(read))
    return read_so_far


STEADY = {f"30.0.{i}.0/24" for i in range(8)}
STEADY6 = {f"2001:db8:ffff:{i:x}::/64" for i in range(1, 5)}

for family, name, expected in ((IPV4, "IPv4", STEADY), (IPV6, "IPv6", STEADY6)):
    @table.script(f"{name} unicast", "RFC 2918 §3", f"ROUTE-REFRESH for {name} unicast",
                  f"every {name} route is sent again")
    def _(s, family=family, expected=expected):
        s.establish()
        hears(s, expected, "never told")
        s.peer.send(route_refresh(*family))
        hears(s, expected, "not told again")
        s.fence()


@table.script("IPv4 unicast twice while routes come", "RFC 2918 §3", "a route, ROUTE-REFRESH, another, ROUTE-REFRESH",
              "every route is sent again; both routes pass")
def _(s):
    s.establish()
    hears(s, STEADY, "never told")
    s.announce(s.p())
    s.peer.send(route_refresh(*IPV4))
    s.announce(s.p(1))
    s.peer.send(route_refresh(*IPV4))
    hears(s, STEADY, "not told again")
    s.arrives(s.p())
    s.arrives(s.p(1))
    s.fence()

@table.script("enhanced: the answer is marked", "RFC 7313 §4", "ROUTE-REFRESH where both know RFC 7313",
              "BoRR, every route, EoRR; or plain routes where the router does not offer it", offer=enhanced)
def _(s):
    s.establish()
    hears(s, STEADY, "never told")
    s.peer.send(route_refresh(*IPV4))
    read = hears(s, STEADY, "not told again")
    if not s.their_open.has(CAP_ENHANCED):
        return s.fence()
    marks = [message.body for message in read if message.kind == ROUTE_REFRESH]
    if not marks or marks[0] != b"\0\1\1\1":
        raise Failure("no BoRR in front of the routes")
    while (mark := s.peer.expect(ROUTE_REFRESH).body) != b"\0\1\2\1":
        if mark[2] != 1:
            raise Failure(f"ROUTE-REFRESH {mark.hex()} instead of EoRR")
    s.fence()


@table.script("enhanced: what is not sent again goes", "RFC 7313 §4", "two routes; BoRR, one of them, EoRR",
              "the other one is withdrawn", offer=enhanced)
def _(s):
    s.establish()
    if not s.their_open.has(CAP_ENHANCED):
        return s.fence()
    s.announce(s.p())
    s.announce(s.p(1))
    s.arrives(s.p())
    s.arrives(s.p(1))
    s.peer.send(route_refresh(1, 1, 1))
    s.announce(s.p())
    s.peer.send(route_refresh(1, 1, 2))
    s.goes(s.p(1))
    s.arrives(s.p())
    s.fence()


@table.script("enhanced: BoRR twice", "RFC 7313 §4", "a route; BoRR, the route, BoRR, EoRR",
              "the second BoRR starts again: the route is withdrawn", offer=enhanced)
def _(s):
    s.establish()
    if not s.their_open.has(CAP_ENHANCED):
        return s.fence()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.send(route_refresh(1, 1, 1))
    s.announce(s.p())
    s.peer.send(route_refresh(1, 1, 1) + route_refresh(1, 1, 2))
    s.goes(s.p())
    s.fence()


@table.script("enhanced: the session falls within BoRR and EoRR", "RFC 7313 §4",
              "a route; BoRR; RST; a session with the route", "the route is there in the end", offer=enhanced)
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.send(route_refresh(1, 1, 1))
    s.peer.reset()
    s.establish()
    s.announce(s.p())
    s.fence()
    s.arrives(s.p())


@table.script("the router asks", "RFC 2918 §3", "the command to refresh", "ROUTE-REFRESH for both families",
              needs=("refresh",))
def _(s):
    s.establish()
    s.fence()
    s.daemon.refresh(s.neighbour.address)
    missing = {b"\0\1\0\1", b"\0\2\0\1"}
    while missing:
        missing.discard(s.peer.expect(ROUTE_REFRESH).body)
    s.fence()


@table.script("the router does not ask who cannot", "RFC 2918 §2", "the command to refresh, capability 2 not offered",
              "no ROUTE-REFRESH; session stays",
              offer={"capabilities": [multiprotocol(*IPV4), multiprotocol(*IPV6), four_octet_as(65002)]},
              needs=("refresh",))
def _(s):
    s.establish()
    s.fence()
    try:
        s.daemon.refresh(s.neighbour.address)
    except Failure:
        pass  # to say that it cannot is right as well
    deadline = time.monotonic() + 1
    while True:
        try:
            if s.peer.receive(deadline).kind == ROUTE_REFRESH:
                raise Failure("ROUTE-REFRESH came")
        except TimeoutError:
            break
    s.fence()

