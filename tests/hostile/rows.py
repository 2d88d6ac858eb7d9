"""A row of the list: a behaviour, the section that says what a speaker owes it, the octets, and the answer. The
tables are in rows_*.py; how answers are judged is in judges.py, how a row is played in stage.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from judges import Judge
    from stage import Stage

OPEN_SENT, OPEN_CONFIRM, ESTABLISHED = "OpenSent", "OpenConfirm", "Established"


@dataclass
class Row:
    name: str
    rfc: str
    sent: Callable[["Stage"], bytes] | str  # octets, or words where a script plays the row
    expect: "Judge | str"
    kind: str = "ebgp"
    state: str = ESTABLISHED                # the router's, when the octets arrive
    offer: dict = field(default_factory=dict)  # of the OPEN that leads there
    script: Callable[["Stage"], None] | None = None
    needs: tuple[str, ...] = ()             # commands that the router must know
    place: int = 0                          # of the neighbour that misbehaves, in its slot
    number: int = 0
    topic: str = ""


class Table:
    """The rows of one topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.rows: list[Row] = []

    def row(self, name: str, rfc: str, sent: Callable[["Stage"], bytes], expect: "Judge", **rest) -> None:
        """A row that is octets in a state."""
        self.rows.append(Row(f"{self.topic}: {name}", rfc, sent, expect, topic=self.topic, **rest))

    def script(self, name: str, rfc: str, sent: str, expect: str, **rest):
        """Decorates the function that plays the row."""
        def keep(function: Callable[["Stage"], None]) -> Callable[["Stage"], None]:
            self.rows.append(Row(f"{self.topic}: {name}", rfc, sent, expect, script=function, topic=self.topic, **rest))
            return function
        return keep
