"""The scenarios by name, in the order of the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Scenario:
    """`play(lab, kind)` returns None when all is as it should be, or a remark on what could not be looked at; raises
    lab.Failure or lab.NotApplicable."""

    name: str
    play: Callable
    smoke: bool

    @property
    def text(self) -> str:
        return " ".join((self.play.__doc__ or "").split())


scenarios: list[Scenario] = []


def scenario(name: str, smoke: bool = False) -> Callable:
    def register(play: Callable) -> Callable:
        scenarios.append(Scenario(name, play, smoke))
        return play

    return register
