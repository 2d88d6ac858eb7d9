"""Messages out of place and timers that run out. RFC 4271 §8.2.2, §6.4 and §6.5 with the subcodes and the data of
RFC 6608 §4: the type of the message that should not have come."""

import time

from judges import Ends, EndsOneOf, Establishes, Quiet, Survives
from peer import Closed, Failure
from rows import ESTABLISHED, OPEN_CONFIRM, OPEN_SENT, Table
from wire import (IPV4, KEEPALIVE, NOTIFICATION, OPEN, capability, keepalive, notification,
                  route_refresh, u8, update)

table = Table("fsm")


def out_of_place(subcode, kind):
    return Ends(5, subcode, u8(kind))


for name, kind, sent in (("KEEPALIVE", 4, lambda s: keepalive()), ("UPDATE", 2, lambda s: s.update()),
                         ("End-of-RIB", 2, lambda s: update()), ("ROUTE-REFRESH", 5, lambda s: route_refresh(1, 1))):
    table.row(f"{name} in OpenSent", "RFC 6608 §4, RFC 4271 §8.2.2", sent, out_of_place(1, kind), state=OPEN_SENT)
for name, kind, sent in (("UPDATE", 2, lambda s: s.update()), ("End-of-RIB", 2, lambda s: update()),
                         ("ROUTE-REFRESH", 5, lambda s: route_refresh(1, 1))):
    table.row(f"{name} in OpenConfirm", "RFC 6608 §4, RFC 4271 §8.2.2", sent, out_of_place(2, kind), state=OPEN_CONFIRM)
table.row("OPEN again in OpenConfirm", "RFC 6608 §4, RFC 4271 §8.2.2", lambda s: s.open(), Ends(5, 2, b"\1"),
          state=OPEN_CONFIRM)
table.row("OPEN again in Established", "RFC 6608 §4, RFC 4271 §8.2.2", lambda s: s.open(), out_of_place(3, OPEN))
table.row("another OPEN in Established, new hold time and identifier", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: s.open(hold=3, identifier="9.9.9.9"), out_of_place(3, OPEN))
table.row("OPEN with a wrong AS in Established", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: s.open(my_as=1), EndsOneOf((5, 3), (2, 2)))
table.row("OPEN with a wrong version in Established", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: s.open(version=3), EndsOneOf((5, 3), (2, 1)))
table.row("OPEN with a wrong version in OpenConfirm", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: s.open(version=3), EndsOneOf((5, 2), (2, 1)), state=OPEN_CONFIRM)
table.row("malformed UPDATE in OpenSent", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: update(attributes_length=99), EndsOneOf((5, 1), (3, 1)), state=OPEN_SENT)
table.row("malformed UPDATE in OpenConfirm", "RFC 6608 §4, RFC 4271 §8.2.2",
          lambda s: update(attributes_length=99), EndsOneOf((5, 2), (3, 1)), state=OPEN_CONFIRM)
table.row("malformed OPEN twice in one segment", "RFC 4271 §6.2", lambda s: s.open(version=9) * 2, Ends(2, 1, b"\0\4"),
          state=OPEN_SENT)
table.row("OPEN, KEEPALIVE and UPDATE in one segment", "RFC 4271 §8.2.2",
          lambda s: s.open() + keepalive() + s.update(), Establishes(lambda s: s.arrives(s.p()), "the route is there"),
          state=OPEN_SENT)
table.row("OPEN and UPDATE without KEEPALIVE", "RFC 6608 §4", lambda s: s.open() + s.update(), Ends(5, 2, b"\2"),
          state=OPEN_SENT)

# Nothing answers a NOTIFICATION, whatever it says and whenever it comes.
for state in (OPEN_SENT, OPEN_CONFIRM, ESTABLISHED):
    for name, octets in (("Cease", notification(6, 0)), ("Cease with text", notification(6, 2, b"\4stop")),
                         ("version error", notification(2, 1, b"\0\4")), ("code 0", notification(0, 0)),
                         ("code 255", notification(255, 255, b"\xff" * 40))):
        table.row(f"NOTIFICATION {name} in {state}", "RFC 4271 §6.4", lambda s, o=octets: o, Quiet(), state=state)
table.row("NOTIFICATION of 4096 octets", "RFC 4271 §4.5", lambda s: notification(6, 2, bytes(4075)), Quiet())
table.row("NOTIFICATION of an OPEN error in Established", "RFC 4271 §6.4",
          lambda s: notification(2, 7, capability(65)), Quiet())
table.row("two NOTIFICATIONs", "RFC 4271 §6.4", lambda s: notification(6, 2) + notification(6, 4), Quiet())
table.row("NOTIFICATION and garbage behind it", "RFC 4271 §6.4", lambda s: notification(6, 2) + bytes(19), Quiet())
table.row("hold timer error sent by the peer", "RFC 4271 §6.5", lambda s: notification(4, 0), Quiet())
table.row("send hold timer error sent by the peer", "RFC 9687 §3", lambda s: notification(8, 0), Quiet())

table.row("KEEPALIVEs without pause", "RFC 4271 §4.4", lambda s: keepalive() * 3000, Survives())
table.row("ROUTE-REFRESH though it was not agreed on", "RFC 2918 §4", lambda s: route_refresh(*IPV4), Survives(),
          offer={"capabilities": [capability(1, b"\0\1\0\1"), capability(65, (65002).to_bytes(4))]})


def expires(s, least, most=12.0, answer=True):
    """4/0 comes, neither early nor late."""
    started = time.monotonic()
    s.ends(4, 0, b"", seconds=most)
    took = time.monotonic() - started
    if took < least:
        raise Failure(f"the hold timer ran out after {took:.2f} s")


@table.script("silence in Established", "RFC 4271 §6.5", "nothing for the hold time of 3 s", "NOTIFICATION 4/0",
              kind="hold3")
def _(s):
    s.establish()
    expires(s, 2.0)


@table.script("silence in OpenConfirm", "RFC 4271 §8.2.2", "no KEEPALIVE behind the OPEN, hold time 3 s",
              "NOTIFICATION 4/0", kind="hold3")
def _(s):
    s.confirm()
    expires(s, 2.0)


@table.script("the smaller hold time counts", "RFC 4271 §4.2", "Hold Time 3 offered, 90 is the router's",
              "NOTIFICATION 4/0 after 3 s of silence", offer={"hold": 3})
def _(s):
    s.establish()
    expires(s, 2.0)


@table.script("silence in OpenSent", "RFC 4271 §8.2.2", "no OPEN for the time that the router waits for one, 2 s here",
              "NOTIFICATION 4/0", kind="impatient")
def _(s):
    s.connect()
    expires(s, 1.5)


@table.script("routes go when the hold timer runs out", "RFC 4271 §8.2.2", "a route, then silence",
              "NOTIFICATION 4/0; the route is withdrawn from others", kind="hold3")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    expires(s, 0)
    s.peer.close()
    s.goes(s.p())


@table.script("half a message does not count as life", "RFC 4271 §8.2.2",
              "one octet of a KEEPALIVE every 0.5 s, hold time 3 s", "NOTIFICATION 4/0", kind="hold3")
def _(s):
    s.establish()
    deadline, octets = time.monotonic() + 9, iter(keepalive()[:18])
    while time.monotonic() < deadline:
        try:
            read = s.peer.receive(time.monotonic() + 0.5)
        except TimeoutError:
            s.peer.send(bytes([next(octets, 0)]) if deadline - time.monotonic() > 1 else b"")
            continue
        except Closed:
            raise Failure("closed without NOTIFICATION 4/0") from None
        if read.kind == NOTIFICATION:
            if read.body[:2] != b"\4\0":
                raise Failure(f"{read} instead of 4/0")
            return
    raise Failure("octets that never make a message kept the session")


@table.script("the router is never silent for the hold time", "RFC 4271 §4.4", "nothing but KEEPALIVEs, hold time 3 s",
              "it sends KEEPALIVEs, or UPDATEs in their place; session outlives twice the hold time", kind="hold3")
def _(s):
    s.establish()
    end, heard = time.monotonic() + 6.5, set()
    while time.monotonic() < end:
        try:
            heard.add(s.peer.receive(time.monotonic() + 3).kind)
        except TimeoutError:
            raise Failure("silent for 3 s") from None
        if NOTIFICATION in heard:
            raise Failure("NOTIFICATION")
        s.peer.send(keepalive())
    if KEEPALIVE not in heard:
        raise Failure("no KEEPALIVE in 6.5 s")


@table.script("UPDATEs are life as well", "RFC 4271 §8.2.2", "nothing but an UPDATE a second, hold time 3 s",
              "session outlives the hold time", kind="hold3")
def _(s):
    s.establish()
    for _ in range(5):
        s.announce(s.p())
        deadline = time.monotonic() + 1
        try:
            while s.peer.receive(deadline).kind != NOTIFICATION:
                pass
            raise Failure("the hold timer ran out")
        except TimeoutError:
            pass
    s.fence()


@table.script("hold time 0", "RFC 4271 §4.2", "Hold Time 0 from both, then silence for 4 s",
              "no KEEPALIVE but the first, session stays", kind="hold0", offer={"hold": 0})
def _(s):
    s.establish()
    deadline, heard = time.monotonic() + 4, 0
    while True:
        try:
            read = s.peer.receive(deadline)
        except TimeoutError:
            break
        heard += read.kind == KEEPALIVE
        if read.kind == NOTIFICATION:
            raise Failure(str(read))
    if heard:
        raise Failure(f"{heard} KEEPALIVEs though the hold time is 0")
    s.fence()


@table.script("End-of-RIB is sent", "RFC 4724 §2", "a session for both families, Graceful Restart not offered",
              "End-of-RIB for each family comes after the routes")
def _(s):
    s.establish()
    s.hears_end_of_rib((1, 1), (2, 1))


@table.script("a route from before the fall does not come back by itself", "RFC 4271 §8.2.2",
              "a route; then the connection breaks; then a session without routes",
              "the route is withdrawn when the session falls and stays away")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.reset()
    s.peer = None
    s.goes(s.p())
    s.establish()
    s.fence()
    if s.p() in s.witness.routes:
        raise Failure(f"{s.p()} came back")


