"""The arrangement of most scenarios: the same daemon to our left and to our right.

    [source] ---- left ---- ours ---- right ---- [sink]
      65009      65001     65002      65003      65010

The left one's router id is lower than ours and the right one's higher. `source`, where there is one, is an ExaBGP
that announces what the daemon itself cannot originate; `sink` one that shows what the daemon's own tables leave out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable

from daemons.base import Daemon, Neighbor
from daemons.chainrouter import ChainRouter
from daemons.exabgp import ExaBgp
from lab import PATIENCE, Failure, Lab, await_that
from routes import Route, differences, route_target

LEFT_AS, OUR_AS, RIGHT_AS, SOURCE_AS, SINK_AS = 65001, 65002, 65003, 65009, 65010


def address(link: int, host: int, ipv6: bool) -> str:
    return f"fd00:90:{link}::{host}" if ipv6 else f"10.90.{link}.{host}"


@dataclass
class Side:
    """One session of ours: the daemon, and the session as each end is told to have it."""

    name: str
    daemon: Daemon
    theirs: Neighbor  # the daemon's: its neighbour is ours
    ours: Neighbor
    link: int


class Bench:
    def __init__(self, lab: Lab, kind: type[Daemon], *, families: tuple[str, ...] = ("ipv4",), over_ipv6: bool = False,
                 theirs: dict | None = None, ours: dict | None = None, both: dict | None = None,
                 routes: dict[str, list[Route]] | None = None, networks: Iterable[str] = (),
                 source: list[Route] | None = None, sink: bool = False, as_numbers: dict[str, int] | None = None,
                 kinds: dict[str, type[Daemon]] | None = None, theirs_at: dict[str, dict] | None = None):
        """`theirs`, `ours`, `both`: fields of Neighbor, for the daemons' ends, our ends, all ends; `theirs_at`: for
        the end at left or right. `routes`: what left and right announce; `networks`: what we do; `source`: what
        comes from behind the left one; `sink`: is there somebody behind the right one; `kinds`: who is at left or right, if not the daemon itself."""
        self.lab, self.kind = lab, kind
        numbers = {"left": LEFT_AS, "ours": OUR_AS, "right": RIGHT_AS} | (as_numbers or {})
        self.as_numbers = numbers
        left, middle, right = lab.node("left"), lab.node("ours"), lab.node("right")
        lab.link(1, left, middle)
        lab.link(2, middle, right)
        self.sides: list[Side] = []
        common = {"families": families, **(both or {})}
        places = (("left", left, 1, 1, 2), ("right", right, 2, 2, 1))
        ours_neighbors, daemons = [], []
        for name, namespace, link, host, our_host in places:
            here, there = address(link, host, over_ipv6), address(link, our_host, over_ipv6)
            options = common | (theirs or {}) | (theirs_at or {}).get(name, {})
            their_end = Neighbor(there, here, **({"remote_as": numbers["ours"]} | options))
            our_end = Neighbor(here, there, numbers[name], **(common | (ours or {})))
            neighbors = [their_end]
            if name == "left" and source is not None:
                lab.link(3, lab.node("source"), left)
                neighbors.append(Neighbor("10.90.3.1", "10.90.3.2", SOURCE_AS, **common))
            if name == "right" and sink:
                lab.link(4, right, lab.node("sink"))
                neighbors.append(Neighbor("10.90.4.2", "10.90.4.1", SINK_AS, **common))
            daemon = (kinds or {}).get(name, kind)(lab, namespace, numbers[name], f"10.90.{link}.{host}", neighbors,
                          (routes or {}).get(name, []))
            self.sides.append(Side(name, daemon, their_end, our_end, link))
            ours_neighbors.append(our_end)
            daemons.append(daemon)
        self.left, self.right = self.sides
        self.ours = ChainRouter(lab, middle, numbers["ours"], "10.90.2.1", ours_neighbors,
                                [Route(prefix) for prefix in networks])
        self.daemons: list[Daemon] = daemons
        self.sourced = source is not None
        if source is not None:
            self.daemons.append(ExaBgp(lab, lab.namespaces["source"], SOURCE_AS, "10.90.3.1",
                                       [Neighbor("10.90.3.2", "10.90.3.1", numbers["left"], **common)], source))
        if sink:
            self.sink = ExaBgp(lab, lab.namespaces["sink"], SINK_AS, "10.90.4.2",
                               [Neighbor("10.90.4.1", "10.90.4.2", numbers["right"], **common)])
            self.daemons.append(self.sink)

    def start(self) -> Bench:
        self.ours.start()
        for daemon in self.daemons:
            daemon.start()
        return self

    def await_established(self) -> Bench:
        for daemon in (*self.daemons, self.ours):
            daemon.await_established()
        return self

    def up(self) -> Bench:
        return self.start().await_established()

    # --- what must be where ---

    def sent_by(self, side: Side, routes: Iterable[Route]) -> dict[str, Route]:
        """How routes of the daemon's own, or from behind it, arrive at ours."""
        default_med = None if self.sourced else side.daemon.default_med
        return {route.prefix: route.with_(as_path=(side.daemon.as_number, *route.as_path),
                                          next_hop=self.next_hop(side.link, side.theirs.local, route),
                                          med=default_med if route.med is None else route.med)
                for route in routes}

    def passed_on(self, side: Side, arrived: Iterable[Route], networks: Iterable[str] = ()) -> dict[str, Route]:
        """How routes that arrived at ours from elsewhere, and our own, leave for this side: RFC 4271 section 5.1.2
        (our AS in front), 5.1.3 (our address), 5.1.4 (no MED of somebody else), section 5 (Partial)."""
        passed = [route.with_(med=None, local_pref=None, unknown=frozenset((code, flags | 0x20, value)
                                                          for code, flags, value in route.unknown))
                  for route in arrived]
        own = [Route(prefix, med=ChainRouter.default_med) for prefix in networks]
        return {route.prefix: route.with_(as_path=(self.ours.as_number, *route.as_path),
                                          next_hop=self.next_hop(side.link, side.ours.local, route))
                for route in (*passed, *own)}

    def check_sink(self, arrived: Iterable[Route]) -> None:
        """What came to ours from the left is behind the right one, which has passed it on."""
        expected = {route.prefix: route.with_(as_path=(self.right.daemon.as_number, *route.as_path),
                                              next_hop="10.90.4.1")
                    for route in self.passed_on(self.right, arrived).values()}
        self.await_table("sink from right", self.sink, self.sink.neighbors[0], expected)

    @staticmethod
    def next_hop(link: int, session_address: str, route: Route) -> str:
        host = session_address[-1]
        return address(link, int(host), route.ipv6)

    def await_table(self, what: str, owner: Daemon, neighbor: Neighbor, expected: dict[str, Route],
                    table: Callable[[Neighbor], dict[str, Route]] | None = None, patience: float = PATIENCE) -> None:
        """Until what `owner` has from `neighbor` is what is expected, attribute by attribute."""
        expected = {prefix: owner.as_shown(route) for prefix, route in expected.items()}
        look = table or owner.received
        seen: dict[str, list[str]] = {"differences": []}

        def equal() -> bool:
            seen["differences"] = differences(expected, look(neighbor), owner.shows)
            return not seen["differences"]

        try:
            await_that(equal, "", patience)
        except Failure:
            found = seen["differences"]
            more = f"; and {len(found) - 8} more" if len(found) > 8 else ""
            raise Failure(f"{what}: {'; '.join(found[:8])}{more}") from None


def some_routes(kind: type[Daemon], side: str, as_number: int) -> list[Route]:
    """A plain one, one with a MED, one with all that the daemon can set by itself."""
    second = {"left": 1, "right": 2}[side]
    path = () if "originate as-path" in kind.cannot else (64999, 4200000123)
    return [
        Route(f"10.{second}.0.0/24"),
        Route(f"10.{second}.1.0/24", med=50),
        Route(f"10.{second}.2.0/23", "incomplete"),
        Route(f"10.{second}.4.0/22", "EGP", path, med=9,
              communities=frozenset({f"{as_number}:7", "65000:8"}),
              large=frozenset({f"{as_number}:1:2", "4200000001:4294967295:0"}),
              extended=frozenset({route_target(as_number, 77), route_target(65100, 4000000000)})),
        Route(f"10.{second}.8.1/32"),
    ]


def check_tables(bench: Bench, announced: dict[str, list[Route]], networks: list[str] = ()) -> None:
    """Ours holds what each side announced; each side what the other one and we announced."""
    arrived = {side.name: bench.sent_by(side, announced[side.name]) for side in bench.sides}
    for side in bench.sides:
        bench.await_table(f"ours from {side.name}", bench.ours, side.ours, arrived[side.name])
        bench.await_table(f"ours from {side.name}, after policy", bench.ours, side.ours, arrived[side.name],
                          bench.ours.accepted)
    for side, other in ((bench.left, bench.right), (bench.right, bench.left)):
        expected = bench.passed_on(side, arrived[other.name].values(), networks)
        bench.await_table(f"{side.name} from ours", side.daemon, side.theirs, expected)
