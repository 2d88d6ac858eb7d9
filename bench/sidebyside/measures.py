"""What is measured, each as one turn of one contender: a chain from nothing to nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Iterator

from sidebyside.contenders import Contender, Places, Router, Running, read_report, routes_when_full
from sidebyside.gauge import Gauge, GaugeError, cpu_seconds, peak_rss_mib, pss_mib

# Name of a figure, and its value: `start` gives several.
Figures = Iterator[tuple[str, float]]

TRIES = 15  # of one new prefix and its withdrawal in one turn
TABLE = 1_000_000
STEP = 1.25  # from one rate of churn to the next
REST = 1.0  # seconds between the last route and the look at the memory


@dataclass
class Settings:
    hops: int = 100
    shared: int = 0  # prefixes with the same attributes; 0: as in the Internet
    churn_rate: float = 1000
    churn_seconds: float = 60
    burst_seconds: float = 5


def _converged(gauge: Gauge, contender: Contender, hops: int, foreign: Places) -> tuple[Running, int]:
    """The contender, and when the last table was full."""
    running = contender.start(gauge, hops, foreign)
    full = gauge("full", routes=routes_when_full(hops, foreign))["at"]
    read_report(running)
    return running, full


def _fed(gauge: Gauge, contender: Contender, hops: int) -> Running:
    """A converged chain with a feeder in place 0 and a listener in the last place only."""
    running, _ = _converged(gauge, contender, hops, (0,))
    gauge("unwatch")
    gauge("feed", place=0, watched=hops, **_peering(0, hops))
    return running


def _peering(place: int, hops: int) -> dict:
    """What a feeder or a sink at an end of the chain must know."""
    router = Router(place, hops)
    (local, remote, remote_as), = router.neighbors
    return {"local": local, "remote": remote, "localAs": router.as_number, "remoteAs": remote_as}


def start(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    hops = settings.hops
    full_tables = routes_when_full(hops, ())
    running, full = _converged(gauge, contender, hops, ())
    yield "cpu", cpu_seconds(running.pids)
    yield "converge", (full - running.first_speaker) / 1e6
    if running.exec_at is not None:
        yield "exec", (full - running.exec_at) / 1e6
    time.sleep(REST)
    yield "memory", pss_mib(running.pids)
    middle = hops // 2
    down = gauge("link", place=middle, up=False)["at"]
    yield "link-down", (gauge("parted", place=middle)["at"] - down) / 1e6
    time.sleep(REST)
    up = gauge("link", place=middle, up=True)["at"]
    yield "link-up", (gauge("full", routes=full_tables)["at"] - up) / 1e6


def prefix(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    _fed(gauge, contender, settings.hops)
    for _ in range(TRIES if contender.name != "frr" else 1):
        yield "new-prefix", gauge("change", announce=True)["ms"]
        time.sleep(0.05)  # or the next one runs into the end of this one's work
        yield "withdrawal", gauge("change", announce=False)["ms"]
        time.sleep(0.05)


def _bulk(gauge: Gauge, contender: Contender, shared: int, hops: int, count: int, name: str) -> Figures:
    running = _fed(gauge, contender, hops)
    yield name, gauge("bulk", count=count, shared=shared, limit=300_000)["ms"]
    yield f"{name}-cpu", cpu_seconds(running.pids)
    yield f"{name}-peak", peak_rss_mib(running.pids)
    time.sleep(REST)
    yield f"{name}-memory", pss_mib(running.pids)


def bulk(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    yield from _bulk(gauge, contender, settings.shared, 10, 100_000, "bulk")


def million(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    yield from _bulk(gauge, contender, settings.shared, 3, 1_000_000, "million")


def table(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    """Into one router and its kernel table, and out to one neighbour, which is nobody's."""
    running, _ = _converged(gauge, contender, 2, (0, 2))
    gauge("unwatch")
    memory = pss_mib(running.pids)
    gauge("feed", place=0, watched=1, **_peering(0, 2))
    gauge("sink", place=2, **_peering(2, 2))
    milliseconds = gauge("table", count=TABLE, shared=settings.shared, limit=300_000)["ms"]
    yield "table", TABLE / milliseconds * 1000
    yield "table-cpu", cpu_seconds(running.pids)
    yield "table-peak", (peak_rss_mib(running.pids) - memory) * 2 ** 20 / TABLE
    time.sleep(REST)
    yield "table-memory", (pss_mib(running.pids) - memory) * 2 ** 20 / TABLE


def churn(gauge: Gauge, contender: Contender, settings: Settings) -> Figures:
    """At the given rate for the given time; then, in bursts, the highest rate that holds."""
    _fed(gauge, contender, settings.hops)
    seen = gauge("churn", rate=settings.churn_rate, seconds=settings.churn_seconds)
    yield "churn-lost", seen["lost"] + seen["pending"]
    for quantile, value in seen["quantiles"].items():
        if value is not None:
            yield f"churn-{quantile}", value
    rate = settings.churn_rate
    if _holds(seen):
        while _burst_holds(gauge, contender, settings, rate * STEP):
            rate *= STEP
    else:
        rate /= STEP
        while rate > 1 and not _burst_holds(gauge, contender, settings, rate):
            rate /= STEP
    yield "churn-rate", rate


def _holds(seen: dict) -> bool:
    """Nothing is lost, and 99 of 100 changes take less than a second."""
    return not seen["lost"] and not seen["pending"] and seen["quantiles"]["p99"] < 1000


def _burst_holds(gauge: Gauge, contender: Contender, settings: Settings, rate: float) -> bool:
    gauge("clear")
    try:
        _fed(gauge, contender, settings.hops)
        return _holds(gauge("churn", rate=rate, seconds=settings.burst_seconds))
    except GaugeError:
        return False


MEASURES: dict[str, Callable[[Gauge, Contender, Settings], Figures]] = {
    measure.__name__: measure for measure in (start, prefix, bulk, million, table, churn)}
