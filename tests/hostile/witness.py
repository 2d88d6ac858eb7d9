"""A well-behaved neighbour that watches: it keeps the session, remembers what the router tells it, and has
steady routes of its own. What happens to it while others misbehave is judged with every row."""

from __future__ import annotations

import threading
import time

import wire
from peer import DEADLINE, Closed, Failure, connect_until_open


class Witness:
    def __init__(self, name: str, dial, asn: int, identifier: str, *, steady: list[str], steady_hop6: str,
                 four_octets: bool = True, extended: bool = False, internal: bool = False,
                 refuses: tuple[int, ...] = ()) -> None:
        self.name, self.dial, self.asn, self.identifier = name, dial, asn, identifier
        self.steady, self.hop6, self.internal = steady, steady_hop6, internal
        self.four_octets, self.extended, self.refuses = four_octets, extended, refuses
        self.changed = threading.Condition()
        self.routes: dict[str, dict[int, tuple[int, bytes]]] = {}
        self.history: dict[str, int] = {}  # announcements and withdrawals a prefix
        self.end_of_rib: set[tuple[int, int]] = set()
        self.largest = 0
        self.watched: set[str] = set()
        self.disturbances: list[str] = []
        self.up = False
        self.ending = False
        self.farewell: wire.Message | None = None
        self.open: wire.Open | None = None
        self.thread: threading.Thread | None = None

    def capabilities(self) -> bytes:
        offered = wire.multiprotocol(1, 1) + wire.multiprotocol(2, 1) + wire.capability(wire.CAP_REFRESH)
        if self.extended:
            offered += wire.capability(wire.CAP_EXTENDED)
        return offered + (wire.four_octet_as(self.asn) if self.four_octets else b"")

    def start(self) -> None:
        self.peer, self.open = connect_until_open(self.dial, time.monotonic() + 30)
        self.local = self.peer.sock.getsockname()[0]
        my_as = self.asn if self.asn < 65536 else wire.AS_TRANS
        offered = wire.parameter(2, self.capabilities())
        self.peer.send(wire.message(wire.OPEN, wire.open_body(my_as, 90, self.identifier, offered)))
        self.peer.expect(wire.KEEPALIVE)
        self.peer.send(wire.keepalive())
        self.up = True
        width = 4 if self.four_octets else 2
        path = b"" if self.internal else wire.sequence(self.asn, width=width)
        common = (wire.attribute(wire.WELL_KNOWN, wire.ORIGIN, b"\0") + wire.attribute(wire.WELL_KNOWN, wire.AS_PATH,
                                                                                       path))
        preference = wire.attribute(wire.WELL_KNOWN, wire.LOCAL_PREF, wire.u32(100)) if self.internal else b""
        four = [text for text in self.steady if ":" not in text]
        six = [text for text in self.steady if ":" in text]
        if four:
            hop = wire.attribute(wire.WELL_KNOWN, wire.NEXT_HOP, wire.ip(self.local))
            self.peer.send(wire.update(common + hop + preference, wire.prefixes(*four)))
        if six:
            reach = wire.mp_reach(wire.ip(self.hop6), wire.prefixes(*six))
            self.peer.send(wire.update(common + preference + wire.attribute(wire.NON_TRANSITIVE, wire.MP_REACH, reach)))
        self.peer.send(wire.update())
        self.thread = threading.Thread(target=self._watch, name=f"witness {self.name}", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.ending = True
        if self.up:
            self.peer.send(wire.notification(6, 2))
        self.peer.close()
        if self.thread:
            self.thread.join(DEADLINE)

    def _watch(self) -> None:
        alive = time.monotonic()
        while True:
            try:
                read = self.peer.receive(time.monotonic() + 5)
            except TimeoutError:
                read = None
            except (Closed, OSError, ValueError) as error:
                self._lost(repr(error))
                return
            if time.monotonic() - alive > 5:
                alive = time.monotonic()
                self.peer.send(wire.keepalive())
            if read is None:
                continue
            if read.kind == wire.NOTIFICATION:
                self.farewell = read
                self._lost(str(read))
                return
            if read.kind == wire.UPDATE:
                self._update(wire.read_update(read.body))

    def _lost(self, why: str) -> None:
        with self.changed:
            self.up = False
            if not self.ending:
                self.disturbances.append(f"witness {self.name} lost its session: {why}")
            self.changed.notify_all()

    def _update(self, read: wire.Update) -> None:
        with self.changed:
            self.largest = max(self.largest, read.octets)
            if read.end_of_rib:
                self.end_of_rib.add(read.end_of_rib)
            for text in read.withdrawn:
                self.history[text] = self.history.get(text, 0) + 1
                if self.routes.pop(text, None) is not None and text in self.watched:
                    self.disturbances.append(f"{text} was withdrawn from witness {self.name}")
            for text in read.announced:
                self.history[text] = self.history.get(text, 0) + 1
                if text in self.watched and self.routes.get(text, read.attributes) != read.attributes:
                    self.disturbances.append(f"{text} changed at witness {self.name}")
                self.routes[text] = read.attributes
            self.changed.notify_all()

    def watch(self, prefixes: list[str]) -> None:
        """From now on these must stay as they are."""
        for text in prefixes:
            self.wait(lambda: text in self.routes, f"witness {self.name} never got {text}")
        with self.changed:
            self.watched |= set(prefixes)

    def wait(self, condition, complaint: str, seconds: float = DEADLINE) -> None:
        with self.changed:
            happened = self.changed.wait_for(lambda: not self.up or condition(), seconds)
            if not self.up:
                raise Failure(" ".join(self.disturbances) or f"witness {self.name} has no session")
            if not happened:
                raise Failure(complaint)

    def until(self, text: str, seconds: float = DEADLINE) -> dict[int, tuple[int, bytes]]:
        self.wait(lambda: text in self.routes, f"{text} never reached witness {self.name}", seconds)
        return self.routes[text]

    def until_gone(self, text: str, seconds: float = DEADLINE) -> None:
        self.wait(lambda: text not in self.routes, f"{text} is still there at witness {self.name}", seconds)
