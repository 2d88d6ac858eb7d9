"""Two connections at once: RFC 4271 §6.8 with RFC 6286 §2.3 for equal identifiers."""

import contextlib
import socket
import time

from peer import DEADLINE, Closed, Failure, Peer
from rows import Table
from wire import KEEPALIVE, NOTIFICATION, OPEN, keepalive

table = Table("collision")
LOWER, HIGHER = "1.0.0.1", "200.0.0.1"  # than 10.90.0.1, the router's


class Dialled:
    """Our ear on port 179: the router dials us."""

    def __init__(self, stage) -> None:
        self.stage = stage
        self.listener = socket.create_server((stage.neighbour.address, 179), backlog=8)
        stage.stack.callback(self.listener.close)

    def accept(self, seconds: float = DEADLINE) -> Peer:
        self.listener.settimeout(seconds)
        try:
            sock, (address, _) = self.listener.accept()
        except TimeoutError:
            raise Failure("the router never dialled") from None
        if address != self.stage.router.address:
            raise Failure(f"dialled from {address}")
        peer = Peer(sock)
        self.stage.stack.callback(peer.close)
        return peer


def loses(stage, peer: Peer, words: str) -> None:
    try:
        stage.ends(6, 7, b"", peer)
    except Failure as failure:
        raise Failure(f"{words}: {failure}") from None


def wins(stage, peer: Peer) -> None:
    """The session on it comes up and carries routes."""
    stage.peer = peer
    stage.fence()


def both(s, identifier):
    """Two connections, OPENs on both; what they are then is the router's to say: (it dialled, we dialled)."""
    s.offer["identifier"] = identifier
    ear = Dialled(s)
    theirs = ear.accept()
    theirs.expect(OPEN)
    ours = s.dial()
    return theirs, ours


def settle(s, identifier, first: str):
    """OPEN goes out on one of them, is answered, then goes out on the other one."""
    theirs, ours = both(s, identifier)
    ours.expect(OPEN)
    one, other = (theirs, ours) if first == "theirs" else (ours, theirs)
    one.send(s.open())
    one.expect(KEEPALIVE)
    other.send(s.open())
    return theirs, ours


for identifier, word in ((LOWER, "lower"), (HIGHER, "higher")):
    for first in ("theirs", "ours"):
        if (word, first) == ("lower", "ours"):
            continue  # the row after these
        where = "the router's connection" if first == "theirs" else "our connection"
        kept = "the router's" if word == "lower" else "ours"

        @table.script(f"our identifier {word}, {where} in OpenConfirm first", "RFC 4271 §6.8",
                      f"identifier {identifier}; OPEN on {where}, then on the other",
                      f"{kept} is kept, the other gets NOTIFICATION 6/7", kind="dialled")
        def _(s, identifier=identifier, first=first, word=word):
            theirs, ours = settle(s, identifier, first)
            keep, drop = (theirs, ours) if word == "lower" else (ours, theirs)
            loses(s, drop, f"the connection that {'we' if drop is ours else 'the router'} dialled")
            # The one kept may have answered already, or answers now.
            if (first == "theirs") != (keep is theirs):
                keep.expect(KEEPALIVE)
            keep.send(keepalive())
            wins(s, keep)


@table.script("our identifier lower, the router's connection in OpenSent", "RFC 4271 §6.8",
              f"identifier {LOWER}; OPEN on our connection, then on the router's",
              "the router knows already that its own will be kept: ours gets NOTIFICATION 6/7 at once", kind="dialled")
def _(s):
    theirs, ours = both(s, LOWER)
    ours.expect(OPEN)
    ours.send(s.open())
    loses(s, ours, "the connection that we dialled")
    theirs.send(s.open())
    theirs.expect(KEEPALIVE)
    theirs.send(keepalive())
    wins(s, theirs)


@table.script("a connection beside an Established one, identifier higher", "RFC 4271 §6.8",
              f"identifier {HIGHER}; a second connection with an OPEN while Established",
              "the new one gets NOTIFICATION 6/7 or is refused; the session stays")
def _(s):
    s.offer["identifier"] = HIGHER
    second(s)


@table.script("a connection beside an Established one, identifier lower", "RFC 4271 §6.8",
              f"identifier {LOWER}; a second connection with an OPEN while Established",
              "the new one gets NOTIFICATION 6/7 or is refused; the session stays")
def _(s):
    s.offer["identifier"] = LOWER
    second(s)


def refused(s, peer) -> None:
    """Ends with 6/7, or was never let in."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            read = peer.receive(deadline)
        except Closed:
            return
        except TimeoutError:
            raise Failure("the second connection is still open") from None
        if read.kind == NOTIFICATION and read.body[:2] not in (b"\6\7", b"\6\5"):
            raise Failure(f"{read} instead of 6/7")
        if read.kind == KEEPALIVE:
            raise Failure("the second connection was confirmed")


def second(s) -> None:
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    with contextlib.suppress(ConnectionError):
        other = s.dial()
        other.send(s.open())
        refused(s, other)
    s.fence()
    if s.p() not in s.witness.routes:
        raise Failure("the route of the first session is gone")


@table.script("twenty connections beside an Established one", "RFC 4271 §6.8",
              "a session, then twenty connections that say nothing",
              "the session stays; all of them are closed in time")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    others = []
    for _ in range(20):
        with contextlib.suppress(ConnectionError):
            others.append(s.dial())
    s.fence()
    for other in others:
        other.close()
    s.fence()
    if s.p() not in s.witness.routes:
        raise Failure("the route of the first session is gone")


@table.script("second connection while the first is in OpenSent", "RFC 4271 §6.8",
              "two connections from us, OPEN on the second only", "the second is refused or comes up; no third state")
def _(s):
    first = s.connect()
    try:
        second_one = s.dial()
        second_one.send(s.open())
        second_one.expect(KEEPALIVE)
    except (Failure, ConnectionError):
        first.send(s.open())
        first.expect(KEEPALIVE)
        first.send(keepalive())
        s.peer = first
        return s.fence()
    second_one.send(keepalive())
    s.peer = second_one
    s.fence()
    first.close()
    s.fence()


@table.script("second connection while the first is in OpenConfirm, both from us", "RFC 4271 §6.8",
              "two connections from us with one OPEN each", "one of them comes up, the other gets 6/7 or is refused")
def _(s):
    s.confirm()
    first = s.peer
    alive = [first]
    with contextlib.suppress(Failure, ConnectionError):
        other = s.dial()
        other.send(s.open())
        other.expect(KEEPALIVE)
        alive.append(other)
    if len(alive) == 2:  # then the first must be the one that ends
        loses(s, first, "the older one")
        alive.remove(first)
    alive[0].send(keepalive())
    s.peer = alive[0]
    s.fence()


@table.script("equal identifiers, our AS larger", "RFC 6286 §2.3",
              "the router's own identifier; OPEN on its connection, then on ours",
              "our connection is kept, the router's gets NOTIFICATION 6/7", kind="dialled")
def _(s):
    theirs, ours = settle(s, s.router.identifier, "theirs")
    loses(s, theirs, "the router's connection")
    ours.expect(KEEPALIVE)
    ours.send(keepalive())
    wins(s, ours)


@table.script("the router dials again after a connection that says nothing closes", "RFC 4271 §8.2.2",
              "its connection is accepted and reset at once, three times", "it dials again each time", kind="dialled")
def _(s):
    ear = Dialled(s)
    for _ in range(3):
        ear.accept().reset()
    peer = ear.accept()
    peer.expect(OPEN)
    peer.send(s.open())
    peer.expect(KEEPALIVE)
    peer.send(keepalive())
    wins(s, peer)


@table.script("the router dials again after its OPEN was refused", "RFC 4271 §8.2.2",
              "NOTIFICATION 2/2 to its OPEN", "closed without a word; it dials again", kind="dialled")
def _(s):
    from wire import notification
    ear = Dialled(s)
    peer = ear.accept()
    peer.expect(OPEN)
    peer.send(notification(2, 2))
    if (farewell := peer.until_closed()) is not None:
        raise Failure(f"answered with {farewell}")
    peer = ear.accept()
    peer.expect(OPEN)
    peer.send(s.open())
    peer.expect(KEEPALIVE)
    peer.send(keepalive())
    wins(s, peer)


@table.script("internal session that the router dials", "RFC 4271 §8.2.2", "its connection is taken",
              "Established", kind="dialled-ibgp")
def _(s):
    peer = Dialled(s).accept()
    peer.expect(OPEN)
    peer.send(s.open())
    peer.expect(KEEPALIVE)
    peer.send(keepalive())
    wins(s, peer)
