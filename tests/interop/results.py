"""What came of a scenario."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.Enum):
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    FAILED = "failed"


@dataclass(frozen=True)
class Result:
    daemon: str
    scenario: str
    state: State
    text: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict:
        return {**self.__dict__, "state": self.state.value}

    @staticmethod
    def from_json(fields: dict) -> Result:
        return Result(**{**fields, "state": State(fields["state"])})
