"""One row being played: the misbehaving neighbour's connection, the OPEN it makes, the prefixes that are its
own, and the witnesses that say what became of them."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import lab
import wire
from peer import DEADLINE, Closed, Failure, Peer, connect_until_open
from rows import ESTABLISHED, OPEN_CONFIRM, OPEN_SENT, Row

SLICE = 0.2  # seconds after which a waiting row looks at its own connection


class Stage:
    def __init__(self, row: Row, slot: lab.Slot, daemon, witnesses: dict) -> None:
        self.row, self.slot, self.daemon = row, slot, daemon
        self.router = slot.router
        self.witnesses = witnesses
        self.neighbour = slot.neighbours[row.place]
        self.offer = dict(row.offer)
        self.peer: Peer | None = None
        self.their_open: wire.Open | None = None
        self.stack = contextlib.ExitStack()

    # ------------------------------------------------------------------------------------------- who is who

    @property
    def asn(self) -> int:
        return self.neighbour.asn

    @property
    def internal(self) -> bool:
        return self.asn == self.router.asn

    @property
    def witness(self):
        return self.witnesses["ebgp"]

    @property
    def identifier(self) -> str:
        if "identifier" in self.offer:
            return self.offer["identifier"]
        return f"10.250.0.{self.slot.router.neighbours.index(self.neighbour)}"

    @property
    def hop(self) -> str:
        return self.router.stranger if self.neighbour.is_v6 else self.neighbour.address

    @property
    def hop6(self) -> str:
        return self.router.hop6(self.neighbour)

    @property
    def four_octets(self) -> bool:
        return self.offer.get("four_octets", True)

    @property
    def width(self) -> int:
        return 4 if self.four_octets else 2

    def p(self, place: int = 0) -> str:
        """The row's own IPv4 prefixes: sixteen, the last is the fence."""
        number = 20 << 24 | self.row.number << 12 | place << 8
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/24"

    def p6(self, place: int = 0) -> str:
        return f"2001:db8:{self.row.number + 1:x}:{place:x}::/64".replace(":0::", "::")

    # ------------------------------------------------------------------------------------------- octets

    def capabilities(self) -> list[bytes]:
        offer = self.offer
        if "capabilities" in offer:
            return offer["capabilities"]
        offered = [wire.multiprotocol(*family) for family in offer.get("families", (wire.IPV4, wire.IPV6))]
        offered.append(wire.capability(wire.CAP_REFRESH))
        if offer.get("extended"):
            offered.append(wire.capability(wire.CAP_EXTENDED))
        if self.four_octets:
            offered.append(wire.four_octet_as(self.asn))
        return offered + offer.get("more", [])

    def open(self, parameters: bytes | None = None, *, my_as: int | None = None, hold: int | None = None,
             identifier: str | None = None, version: int = 4, parameters_length: int | None = None) -> bytes:
        """The OPEN that this row offers, but for what is said otherwise."""
        if parameters is None:
            parameters = self.offer.get("parameters")
        if parameters is None:
            value = b"".join(self.capabilities())
            parameters = wire.parameter(2, value) if value else b""
        if my_as is None:
            my_as = self.offer.get("my_as", self.asn if self.asn < 65536 else wire.AS_TRANS)
        hold = self.offer.get("hold", 90) if hold is None else hold
        return wire.message(wire.OPEN, wire.open_body(my_as, hold, identifier or self.identifier, parameters,
                                                      version=version, parameters_length=parameters_length))

    def path(self, *numbers: int) -> bytes:
        """An AS_PATH value of one sequence, as this session writes numbers; empty for none."""
        return wire.sequence(*numbers, width=self.width) if numbers else b""

    def base(self, family: tuple[int, int] = wire.IPV4) -> dict[int, bytes]:
        """Attributes that nothing is wrong with."""
        attributes = {
            wire.ORIGIN: wire.attribute(wire.WELL_KNOWN, wire.ORIGIN, b"\0"),
            wire.AS_PATH: wire.attribute(wire.WELL_KNOWN, wire.AS_PATH,
                                         b"" if self.internal else
                                         self.path(self.asn if self.width == 4 or self.asn < 65536 else wire.AS_TRANS)),
        }
        if family == wire.IPV4:
            attributes[wire.NEXT_HOP] = wire.attribute(wire.WELL_KNOWN, wire.NEXT_HOP, wire.ip(self.hop))
        if self.internal:
            attributes[wire.LOCAL_PREF] = wire.attribute(wire.WELL_KNOWN, wire.LOCAL_PREF, wire.u32(100))
        return attributes

    def attributes(self, *own: bytes, drop: tuple[int, ...] = (), family: tuple[int, int] = wire.IPV4) -> bytes:
        """The base with the row's own in the place that their code gives them."""
        merged = {code: octets for code, octets in self.base(family).items() if code not in drop}
        merged.update({octets[1]: octets for octets in own})
        return b"".join(merged[code] for code in sorted(merged))

    def update(self, *own: bytes, drop: tuple[int, ...] = (), nlri: bytes | None = None,
               withdrawn: bytes = b"") -> bytes:
        """An UPDATE for the row's first prefix."""
        return wire.update(self.attributes(*own, drop=drop), wire.prefix(self.p()) if nlri is None else nlri, withdrawn)

    def update6(self, *own: bytes, drop: tuple[int, ...] = (), reach: bytes | None = None) -> bytes:
        """The same for its first IPv6 prefix."""
        if reach is None:
            reach = wire.mp_reach(wire.ip(self.hop6), wire.prefix(self.p6()))
        return wire.update(self.attributes(wire.attribute(wire.NON_TRANSITIVE, wire.MP_REACH, reach), *own, drop=drop,
                                           family=wire.IPV6))

    # ------------------------------------------------------------------------------------------- the session

    def dial(self, **options) -> Peer:
        peer = Peer.dial(self.neighbour.address, self.router.address6 if self.neighbour.is_v6 else self.router.address,
                         179, **options)
        self.stack.callback(peer.close)
        return peer

    def connect(self, **options) -> Peer:
        self.peer, self.their_open = connect_until_open(lambda: self.dial(**options))
        return self.peer

    def confirm(self) -> None:
        """Again where the router has not noticed yet that an earlier connection of ours is gone (6/7)."""
        deadline = time.monotonic() + DEADLINE
        while True:
            self.connect()
            self.peer.send(self.open())
            try:
                answer = self.peer.receive()
            except (Closed, TimeoutError) as error:
                raise Failure(f"{type(error).__name__} instead of KEEPALIVE") from None
            if answer.kind == wire.KEEPALIVE:
                return
            if answer.body[:2] != b"\6\7" or time.monotonic() > deadline:
                raise Failure(f"{answer} instead of KEEPALIVE")
            self.peer.close()

    def other(self, place: int) -> "Stage":
        """Another neighbour of the slot, with a session of its own for the length of the row."""
        other = Stage(replace(self.row, place=place, offer={}), self.slot, self.daemon, self.witnesses)
        self.stack.callback(other.finish)
        return other

    def establish(self) -> None:
        self.confirm()
        self.peer.send(wire.keepalive())

    def reach(self, state: str) -> None:
        {OPEN_SENT: self.connect, OPEN_CONFIRM: self.confirm, ESTABLISHED: self.establish}[state]()

    # ------------------------------------------------------------------------------------------- what came of it

    def check_session(self) -> None:
        """Reads what the router has said to us; its farewell is a failure."""
        with contextlib.suppress(TimeoutError):
            while True:
                try:
                    read = self.peer.receive(time.monotonic())
                except Closed:
                    raise Failure("the router closed the session without a word") from None
                if read.kind == wire.NOTIFICATION:
                    raise Failure(f"{read}; the session should stay")

    def wait(self, condition, complaint: str, witness=None, seconds: float = DEADLINE / 2) -> None:
        """For something at a witness; gives up at once when our session ends."""
        witness = witness or self.witness
        deadline = time.monotonic() + seconds
        while True:
            try:
                return witness.wait(condition, complaint, SLICE)
            except Failure:
                if self.peer and self.peer.sock.fileno() >= 0:
                    self.check_session()
                if time.monotonic() > deadline or not witness.up:
                    raise

    def arrives(self, text: str, witness=None) -> dict[int, tuple[int, bytes]]:
        witness = witness or self.witness
        self.wait(lambda: text in witness.routes, f"{text} never reached witness {witness.name}", witness)
        return witness.routes[text]

    def goes(self, text: str, witness=None) -> None:
        witness = witness or self.witness
        self.wait(lambda: text not in witness.routes, f"{text} is still there at witness {witness.name}", witness)

    def announce(self, text: str, *own: bytes) -> None:
        if ":" in text:
            self.peer.send(self.update6(*own, reach=wire.mp_reach(wire.ip(self.hop6), wire.prefix(text))))
        else:
            self.peer.send(self.update(*own, nlri=wire.prefix(text)))

    def retract(self, text: str) -> None:
        if ":" in text:
            value = wire.mp_unreach(wire.prefix(text))
            self.peer.send(wire.update(wire.attribute(wire.NON_TRANSITIVE, wire.MP_UNREACH, value)))
        else:
            self.peer.send(wire.update(withdrawn=wire.prefix(text)))

    def fence(self, witness=None) -> None:
        """Proof that all said before was taken in, what it led to passed on, and that the session lives: a prefix
        goes to the witness and, when it is there, away again."""
        families = self.offer.get("families", (wire.IPV4, wire.IPV6))
        if "ipv4" not in self.neighbour.options["families"] or (wire.IPV4 not in families and families):
            fence = self.p6(15)
        else:
            fence = self.p(15)
        self.announce(fence)
        self.arrives(fence, witness)
        self.retract(fence)
        self.goes(fence, witness)
        self.check_session()

    def hears_end_of_rib(self, *families: tuple[int, int]) -> None:
        missing, deadline = set(families), time.monotonic() + DEADLINE / 2
        try:
            while missing:
                missing.discard(wire.read_update(self.peer.expect(wire.UPDATE, deadline).body).end_of_rib)
        except Failure as failure:
            raise Failure(f"no End-of-RIB for {sorted(missing)}: {failure}") from None

    def ends(self, code: int, subcode: int, data: bytes | None = None, peer: Peer | None = None,
             seconds: float = DEADLINE) -> wire.Message:
        """The router says this and closes; data None: any."""
        farewell = (peer or self.peer).until_closed(time.monotonic() + seconds)
        wanted = f"NOTIFICATION {code}/{subcode}"
        if farewell is None:
            raise Failure(f"closed without {wanted}")
        if farewell.body[:2] != bytes((code, subcode)):
            raise Failure(f"{farewell} instead of {wanted}")
        if data is not None and farewell.body[2:] != data:
            raise Failure(f"{farewell}: its data should be {data.hex(' ') or 'empty'}")
        return farewell

    def finish(self) -> None:
        """Leaves so that the neighbour may come again: the router has closed before we do."""
        if self.peer and self.peer.sock.fileno() >= 0:
            with contextlib.suppress(Failure, ValueError):
                self.peer.send(wire.notification(6, 4))
                self.peer.until_closed(time.monotonic() + 3)
        self.stack.close()
