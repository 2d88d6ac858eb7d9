"""Pictures of figures, as SVG: nothing has to be installed for it."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from sidebyside.figures import KINDS, Results, number

COLOURS = {"ours": "#1565c0", "bird": "#ef6c00", "bird-stock": "#ffb74d", "frr": "#8e24aa"}
GREY = "#9e9e9e"


class Picture:
    def __init__(self, width: int, height: int):
        self._head = (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
                      f"font-family='sans-serif' font-size='12'>\n<rect width='{width}' height='{height}' fill='white'/>")
        self._parts: list[str] = []

    def text(self, x: float, y: float, text: str, anchor: str = "start", size: int = 12, fill: str = "#222") -> None:
        self._parts.append(f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' "
                           f"fill='{fill}'>{escape(text)}</text>")

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = "") -> None:
        dashed = f" stroke-dasharray='{dash}'" if dash else ""
        self._parts.append(f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{stroke}' "
                           f"stroke-width='{width}'{dashed}/>")

    def bar(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self._parts.append(f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{fill}'/>")

    def dot(self, x: float, y: float, fill: str) -> None:
        self._parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.5' fill='{fill}'/>")

    def __str__(self) -> str:
        return "\n".join([self._head, *self._parts, "</svg>\n"])


def bars(results: Results, subtitle: str) -> str:
    """A group of bars a figure that several have, on a logarithmic axis of its own."""
    left, right, bar_height, gap, top = 110, 700, 15, 34, 58
    figures = [figure for figure in results.figures() if len(results.spreads[figure]) > 1 and
               any(spread.median > 0 for spread in results.spreads[figure].values())]
    height = top + sum(gap + bar_height * len(results.spreads[figure]) for figure in figures) + 10
    picture = Picture(820, height)
    picture.text(12, 24, "The same chain, side by side", size=17)
    picture.text(12, 42, subtitle, fill="#666")
    y = float(top)
    for figure in figures:
        spreads = results.spreads[figure]
        ends = [end for spread in spreads.values() for end in (*spread.quartiles, spread.median) if end > 0]
        low, high = math.floor(math.log10(min(ends)) - 0.3), math.log10(max(ends))

        def x(value: float) -> float:
            share = (math.log10(max(value, 10 ** low)) - low) / max(high - low, 1e-9)
            return left + (right - left) * share

        kind = KINDS[figure]
        picture.text(12, y + 16, f"{kind.title}{', ' + kind.unit if kind.unit else ''}", size=13)
        y += 22
        for decade in range(low, math.ceil(high)):
            picture.line(x(10 ** decade), y, x(10 ** decade), y + bar_height * len(spreads), "#ddd")
        for contender in results.contenders:
            if contender not in spreads:
                continue
            spread = spreads[contender]
            picture.text(left - 8, y + bar_height - 4, contender, "end")
            picture.bar(left, y + 2, x(spread.median) - left, bar_height - 4, COLOURS.get(contender, GREY))
            first, third = spread.quartiles
            picture.line(x(first), y + bar_height / 2, x(third), y + bar_height / 2, "#111", 1.5)
            for end in (first, third):
                picture.line(x(end), y + 4, x(end), y + bar_height - 4, "#111", 1.5)
            picture.text(max(x(spread.median), x(third)) + 8, y + bar_height - 4, number(spread.median))
            y += bar_height
        y += gap - 22
    return str(picture)


def growth(series: dict[str, dict[int, float]], exponents: dict[str, float], title: str, unit: str,
           subtitle: str) -> str:
    """Lines over the number of hops, both axes logarithmic."""
    width, height, left, bottom, top, right = 720, 420, 84, 46, 62, 196
    picture = Picture(width, height)
    points = [(n, value) for line in series.values() for n, value in line.items() if value > 0]
    x_low, x_high = (math.log10(end) for end in (min(n for n, _ in points), max(n for n, _ in points)))
    y_low = math.floor(math.log10(min(value for _, value in points)))
    y_high = math.ceil(math.log10(max(value for _, value in points)))

    def x(n: float) -> float:
        return left + (width - left - right) * (math.log10(n) - x_low) / max(x_high - x_low, 1e-9)

    def y(value: float) -> float:
        return height - bottom - (height - bottom - top) * (math.log10(value) - y_low) / max(y_high - y_low, 1)

    picture.text(12, 24, title, size=17)
    picture.text(12, 42, subtitle, fill="#666")
    for decade in range(y_low, y_high + 1):
        picture.line(left, y(10 ** decade), width - right, y(10 ** decade), "#ddd")
        picture.text(left - 8, y(10 ** decade) + 4, f"{number(10 ** decade)} {unit}", "end")
    for n in sorted({n for n, _ in points}):
        picture.line(x(n), top, x(n), height - bottom, "#eee")
        picture.text(x(n), height - bottom + 18, number(n), "middle")
    picture.text((left + width - right) / 2, height - 10, "hops", "middle")
    palette = ["#1565c0", "#ef6c00", "#2e7d32", "#8e24aa", "#c62828", "#00838f"]
    labels: list[float] = []
    for colour, (name, line) in zip(palette, sorted(series.items(), key=lambda item: -max(item[1].values()))):
        known = sorted((n, value) for n, value in line.items() if value > 0)
        for (n1, v1), (n2, v2) in zip(known, known[1:]):
            picture.line(x(n1), y(v1), x(n2), y(v2), colour, 2)
        for n, value in known:
            picture.dot(x(n), y(value), colour)
        at = y(known[-1][1]) + 4
        at = max(at, labels[-1] + 15) if labels else at
        labels.append(at)
        grows = f", N^{exponents[name]:.2f}" if name in exponents else ""
        picture.text(x(known[-1][0]) + 10, at, name + grows, fill=colour)
    return str(picture)
