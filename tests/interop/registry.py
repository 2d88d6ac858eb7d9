"""The scenarios by name, in the order of the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable


@dataclass(frozen=True)
class Scenario:
    """`play(lab, kind)` returns None when all is as it should be, or a remark on what could not be looked at; raises
    lab.Failure or lab.NotApplicable. `smoke`: the daemons with which it belongs to the fast subset."""

    name: str
    play: Callable
    smoke: frozenset[str]

    @property
    def text(self) -> str:
        return " ".join((self.play.__doc__ or "").split())


EVERY = ("frr", "bird", "gobgp", "openbgpd", "exabgp")
scenarios: list[Scenario] = []


def scenario(name: str, smoke: Iterable[str] = ()) -> Callable:
    def register(play: Callable) -> Callable:
        scenarios.append(Scenario(name, play, frozenset(smoke)))
        return play

    return register
