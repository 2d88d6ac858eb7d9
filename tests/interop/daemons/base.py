"""What every BGP speaker of the tests can be asked, ours among them. An adapter writes a configuration, starts
and stops the program, and translates its tables into `routes.Route`."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from lab import PATIENCE, Failure, Lab, Namespace, NotApplicable, Process, await_that
from routes import FIELDS, Route


def family_of(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(descendant for child in children for descendant in family_of(int(child)))]


def address_of_other_family(address: str) -> str:
    """10.90.N.H and fd00:90:N::H are the same interface (see lab.Lab)."""
    if ":" in address:
        _, _, link, host = address.replace("::", ":").split(":")
        return f"10.90.{link}.{host}"
    _, _, link, host = address.split(".")
    return f"fd00:90:{link}::{host}"


@dataclass
class Neighbor:
    """A session as one of its ends is told to have it."""

    address: str
    local: str
    remote_as: int
    families: tuple[str, ...] = ("ipv4",)
    hold: int = 90
    passive: bool = False
    asn4: bool = True
    md5: str | None = None
    ttl_security: bool = False
    max_prefix: int | None = None
    add_path: bool = False
    extended_message: bool = False
    graceful_restart: bool = False
    as_set_reject: bool = False

    @property
    def name(self) -> str:
        """The address as a word, for configurations that want names."""
        return "n" + self.address.replace(".", "_").replace(":", "_")


class Daemon:
    """Subclasses set `kind`, `version`, and `cannot`: what the implementation lacks, with the reason."""

    kind = ""
    version = ""
    shows: frozenset[str] = frozenset(FIELDS)  # which attributes its tables show
    shows_flags = True  # of attributes that it does not know
    marks_partial = True  # on what it passes on without knowing it
    default_med: int | None = None  # what it sends where none was asked for
    cannot: dict[str, str] = {}

    def __init__(self, lab: Lab, namespace: Namespace, as_number: int, router_id: str, neighbors: list[Neighbor],
                 routes: list[Route] = ()):
        self.lab, self.namespace = lab, namespace
        self.as_number, self.router_id = as_number, router_id
        self.neighbors = neighbors
        self.routes = {route.prefix: route for route in routes}
        self.directory: Path = lab.directory / namespace.name
        self.directory.mkdir()
        self.process: Process | None = None
        lab.closing.append(self.close)

    @classmethod
    def remote_as_without_capability(cls, number: int) -> int | None:
        """What it must be told of a neighbour's AS number when it offers no 4-octet ones itself; None: it cannot have
        that neighbour."""
        return number  # it reads the neighbour's capability all the same

    @classmethod
    def require(cls, what: str) -> None:
        if what in cls.cannot:
            raise NotApplicable(cls.cannot[what])

    def as_shown(self, route: Route) -> Route:
        """What is left of a route in this daemon's tables."""
        if self.shows_flags:
            return route
        return route.with_(unknown=frozenset((code, 0, value) for code, _, value in route.unknown))

    def file(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        return path

    # --- to be written by each ---

    def start(self) -> None:
        raise NotImplementedError

    def restart(self) -> None:
        """Starts again what was killed."""
        raise NotImplementedError

    def established(self, neighbor: Neighbor) -> bool:
        raise NotImplementedError

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        """What the neighbour has announced, with the attributes that came."""
        raise NotImplementedError

    def received_count(self, neighbor: Neighbor) -> int:
        return len(self.received(neighbor))

    def announce(self, route: Route) -> None:
        raise NotImplementedError

    def withdraw(self, prefix: str) -> None:
        raise NotImplementedError

    def refresh(self, neighbor: Neighbor) -> None:
        """Asks the neighbour to send everything again."""
        raise NotImplementedError

    def shut(self, neighbor: Neighbor, text: str) -> None:
        """Cease, Administrative Shutdown, with the text; stays down."""
        raise NotImplementedError

    def said(self, neighbor: Neighbor) -> str:
        """Everything that the daemon tells about notifications it received, to be searched for a text."""
        return self.process.text() if self.process else ""

    # --- the same for all ---

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.child.pid

    def pause(self) -> None:
        for pid in family_of(self.pid):
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in family_of(self.pid):
            os.kill(pid, signal.SIGCONT)

    def forget(self, prefix: str) -> None:
        """Will not be announced after the next start."""
        del self.routes[prefix]
        self.rewrite()

    def rewrite(self) -> None:
        """Writes the configuration anew, for the next start."""

    def kill(self) -> None:
        """Without a farewell, all of its processes at once."""
        for pid in reversed(family_of(self.pid)):
            os.kill(pid, signal.SIGKILL)
        self.process.child.wait()

    def stop(self) -> None:
        self.process.end()

    def close(self) -> None:
        if self.process:
            self.process.end(signal.SIGKILL)

    def await_established(self, patience: float = PATIENCE) -> None:
        for neighbor in self.neighbors:
            await_that(lambda: not self.process.running or self.established(neighbor),
                       lambda: f"{self.kind} {self.namespace.name} has no session with {neighbor.address}\n"
                               + self.process.text()[-1500:], patience)
        if not self.process.running:
            raise Failure(f"{self.kind} {self.namespace.name} has ended\n{self.process.text()[-1500:]}")
