"""Figures of many turns: medians and quartiles, as a table, as JSON, as bars."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    title: str
    unit: str


KINDS = {
    "converge": Kind("speakers started → every kernel table full", "ms"),
    "exec": Kind("program started → every kernel table full, chain built", "ms"),
    "cpu": Kind("CPU to converge, building excluded", "s"),
    "memory": Kind("memory at rest (PSS), all routers", "MiB"),
    "link-down": Kind("middle link down → every route across it gone", "ms"),
    "link-up": Kind("link up again → everything back", "ms"),
    "new-prefix": Kind("new prefix at the first router → last kernel table", "ms"),
    "withdrawal": Kind("withdrawal → gone from the last kernel table", "ms"),
    "bulk": Kind("100,000 prefixes through 10 routers", "ms"),
    "bulk-cpu": Kind("100,000 prefixes: CPU, from the start", "s"),
    "bulk-peak": Kind("100,000 prefixes: memory at the peak (RSS)", "MiB"),
    "bulk-memory": Kind("100,000 prefixes: memory at rest (PSS)", "MiB"),
    "million": Kind("1,000,000 prefixes through 3 routers", "ms"),
    "million-cpu": Kind("1,000,000 prefixes: CPU, from the start", "s"),
    "million-peak": Kind("1,000,000 prefixes: memory at the peak (RSS)", "MiB"),
    "million-memory": Kind("1,000,000 prefixes: memory at rest (PSS)", "MiB"),
    "table": Kind("a full table into one router, out to one neighbour", "prefixes/s"),
    "table-cpu": Kind("a full table: CPU", "s"),
    "table-peak": Kind("a full table: memory at the peak (RSS), a prefix", "octets"),
    "table-memory": Kind("a full table: memory at rest (PSS), a prefix", "octets"),
    "churn-lost": Kind("churn: changes lost", ""),
    "churn-p50": Kind("churn: change → last kernel table, median", "ms"),
    "churn-p99": Kind("churn: 99 of 100", "ms"),
    "churn-p999": Kind("churn: 999 of 1,000", "ms"),
    "churn-max": Kind("churn: slowest", "ms"),
    "churn-rate": Kind("churn: highest rate that holds", "changes/s"),
}


@dataclass
class Spread:
    """Of one figure of one contender."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        first, _, third = statistics.quantiles(self.values, n=4, method="inclusive")
        return first, third


class Results:
    def __init__(self, contenders: list[str]):
        self.contenders = contenders
        self.spreads: dict[str, dict[str, Spread]] = {}
        self.failures: list[str] = []

    def add(self, figure: str, contender: str, value: float) -> None:
        self.spreads.setdefault(figure, {}).setdefault(contender, Spread()).values.append(value)

    def figures(self) -> list[str]:
        return [figure for figure in KINDS if figure in self.spreads]

    def table(self) -> str:
        """In Markdown: the median, from which to which quartile, and how many times ours it is."""
        rows = [["", *self.contenders], ["---", *["---:"] * len(self.contenders)]]
        for figure in self.figures():
            kind, spreads = KINDS[figure], self.spreads[figure]
            rows.append([f"{kind.title}{', ' + kind.unit if kind.unit else ''}",
                         *(self._cell(figure, spreads.get(contender), contender) for contender in self.contenders)])
        return markdown(rows)

    def _cell(self, figure: str, spread: Spread | None, contender: str) -> str:
        if spread is None:
            return "–"
        text = number(spread.median)
        if len(spread.values) > 1:
            text += " [{} – {}]".format(*map(number, spread.quartiles))
        ours = self.spreads[figure].get("ours")
        if ours and contender != "ours" and ours.median > 0:
            text += f" {number(spread.median / ours.median)}x"
        return text

    def as_json(self) -> dict:
        figures = {}
        for figure in self.figures():
            figures[figure] = {"title": KINDS[figure].title, "unit": KINDS[figure].unit, "of": {
                contender: {"median": spread.median, "quartiles": spread.quartiles, "values": spread.values}
                for contender, spread in self.spreads[figure].items()}}
        return {**circumstances(), "contenders": self.contenders, "figures": figures, "failures": self.failures}


def markdown(rows: list[list[str]]) -> str:
    """A table, laid out so that it can be read as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths)):
            if cell.startswith("---"):
                cells.append(cell.rjust(width, "-"))
            else:
                cells.append(cell.ljust(width) if column == 0 else cell.rjust(width))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def circumstances() -> dict:
    """When and where."""
    models = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {"date": datetime.date.today().isoformat(), "processor": models[0] if models else platform.machine(),
            "processors": len(os.sched_getaffinity(0)), "kernel": platform.release()}
