"""Who is measured, and how each is set up: the same chain, addresses, AS numbers and prefixes for all, as
app/topology.cc has them. The places at the ends may be left to a feeder and a sink."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sidebyside.gauge import Gauge

Places = tuple[int, ...]  # left to a feeder or a sink: the first place, or both ends
WORK = Path("/run/sidebyside")
NAMES = Path("/run/netns")
FRR = "/usr/lib/frr"


@dataclass(frozen=True)
class Router:
    """One place of a chain of `hops` links."""

    number: int
    hops: int
    prefix: str = "ROUTER_"

    @property
    def as_number(self) -> int:
        return 100 if self.number == 0 else int(f"10{self.number}")

    @property
    def router_id(self) -> str:
        return address(self.number, 1)

    @property
    def networks(self) -> list[str]:
        return [address(self.number, 0) + "/24", address(self.number + 1, 0) + "/24"] + \
            ["0.0.0.0/0"] * (self.number == 0)

    @property
    def neighbors(self) -> list[tuple[str, str, int]]:
        """Each as our end, the other end, its AS number."""
        found = []
        if self.number > 0:
            found.append((address(self.number, 1), address(self.number, 2),
                          Router(self.number - 1, self.hops).as_number))
        if self.number < self.hops:
            found.append((address(self.number + 1, 2), address(self.number + 1, 1),
                          Router(self.number + 1, self.hops).as_number))
        return found


def address(link: int, host: int) -> str:
    if link <= 255:
        return f"172.31.{link}.{host}"
    return f"10.{(link - 256) >> 8}.{(link - 256) & 255}.{host}"


def routes_when_full(hops: int, foreign: Places) -> list[int]:
    """Of each place: every subnet but the two that are connected, and the default route. What a foreign end of the chain
    would originate is missing: its stub, and router 0's default route."""
    if not foreign:
        return [hops] + [hops + 1] * hops
    routes = hops - 1 - (hops in foreign)
    return [0 if place in foreign else routes for place in range(hops + 1)]


@dataclass
class Running:
    pids: list[int]
    first_speaker: int  # the instant at which it was started
    exec_at: int | None = None  # ours: the start of the program, which builds the chain first
    report: Path | None = None


class Contender:
    name = ""
    what = ""
    programs: list[str] = []

    def start(self, gauge: Gauge, hops: int, foreign: Places) -> Running:
        """Sets off the speakers on a chain that is built, with a listener in every namespace."""
        raise NotImplementedError


class Daemon(Contender):
    def start(self, gauge: Gauge, hops: int, foreign: Places) -> Running:
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        routers = [Router(number, hops) for number in range(hops + 1) if number not in foreign]
        for router in routers:
            self.configure(router)
        gauge("build", hops=hops)
        gauge("watch")
        return self.launch(gauge, routers)

    def configure(self, router: Router) -> None:
        raise NotImplementedError

    def launch(self, gauge: Gauge, routers: list[Router]) -> Running:
        raise NotImplementedError


class Bird(Daemon):
    name = "bird"
    what = "BIRD 2, connect delay, retry and error wait 1 s"
    programs = ["bird"]
    timers = "connect delay time 1; connect retry time 1; error wait time 1, 1;"

    def configure(self, router: Router) -> None:
        parts = [f"router id {router.router_id};", "protocol device { scan time 60; }",
                 # not 127.0.0.0/8, not the target's /32
                 "protocol direct { ipv4 { import where net.len = 24; }; }",
                 "protocol kernel { ipv4 { export where source = RTS_BGP; }; }"]
        if router.number == 0:
            parts.append("protocol static { ipv4; route 0.0.0.0/0 blackhole; }")
        for number, (local, remote, remote_as) in enumerate(router.neighbors):
            parts.append(f"protocol bgp n{number} {{ local {local} as {router.as_number}; neighbor {remote} as {remote_as};"
                         f" {self.timers} ipv4 {{ import all; export all; }}; }}")
        (WORK / f"{router.number}.conf").write_text("\n".join(parts) + "\n")

    def launch(self, gauge: Gauge, routers: list[Router]) -> Running:
        started = gauge("run", commands=[
            {"place": router.number, "output": str(WORK / f"{router.number}.log"),
             "words": ["bird", "-f", "-c", str(WORK / f"{router.number}.conf"), "-s", str(WORK / f"{router.number}.ctl")]}
            for router in routers])
        return Running(started["pids"], started["at"])


class StockBird(Bird):
    name = "bird-stock"
    what = "BIRD 2, its own timers"
    timers = ""


class Frr(Daemon):
    name = "frr"
    what = "FRR 8, bgpd and zebra"
    programs = [f"{FRR}/bgpd", f"{FRR}/zebra"]

    def configure(self, router: Router) -> None:
        lines = [f"hostname {router.number}", f"router bgp {router.as_number}", f" bgp router-id {router.router_id}",
                 " no bgp ebgp-requires-policy", " no bgp network import-check"]
        for local, remote, remote_as in router.neighbors:
            lines += [f" neighbor {remote} remote-as {remote_as}", f" neighbor {remote} timers connect 1",
                      f" neighbor {remote} advertisement-interval 0", f" neighbor {remote} update-source {local}"]
        lines.append(" address-family ipv4 unicast")
        lines += [f"  network {prefix}" for prefix in router.networks]
        lines.append(" exit-address-family")
        directory = WORK / str(router.number)
        directory.mkdir()
        (directory / "bgpd.conf").write_text("\n".join(lines) + "\n")
        (directory / "zebra.conf").write_text(f"hostname {router.number}\n")
        shutil.chown(directory, "frr", "frr")

    def launch(self, gauge: Gauge, routers: list[Router]) -> Running:
        # A bgpd that finds no zebra asks again ten seconds later: all of those are there first.
        zebras = gauge("run", commands=[self._command(router, "zebra") for router in routers])
        for router in routers:
            gauge("await file", path=str(WORK / str(router.number) / "zserv.api"))
        bgpds = gauge("run", commands=[self._command(router, "bgpd") for router in routers])
        return Running(zebras["pids"] + bgpds["pids"], zebras["at"])

    @staticmethod
    def _command(router: Router, daemon: str) -> dict:
        directory = WORK / str(router.number)
        words = [f"{FRR}/{daemon}", "-f", str(directory / f"{daemon}.conf"), "-i", str(directory / f"{daemon}.pid"),
                 "-u", "frr", "-g", "frr", "--vty_socket", str(directory), "-z", str(directory / "zserv.api"), "-P", "0"]
        return {"place": router.number, "output": str(WORK / f"{daemon}-{router.number}.log"), "words": words}


class Ours(Contender):
    name = "ours"
    what = "chainrouter"
    program = "chainrouter"

    def start(self, gauge: Gauge, hops: int, foreign: Places, watched: bool = True) -> Running:
        """The program builds the chain itself and starts its speakers; how long it built stands in its report, and is
        taken off. The listeners are opened while its speakers are at work already."""
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        for left in NAMES.glob("ROUTER_*"):  # by one that had to be killed
            left.unlink()
        report = WORK / "report.json"
        words = [self.program, "--hops", str(hops), "--format", "json"] + ["--foreign", ",".join(map(str, foreign))] * bool(foreign)
        started = gauge("run", commands=[{"words": words, "output": str(report)}])
        gauge("adopt", prefix="ROUTER_", hops=hops)
        if watched:
            gauge("watch")
        return Running(started["pids"], 0, started["at"], report)


def read_report(running: Running, patience: float = 60) -> dict | None:
    """Ours: what the program says of itself, once it has converged; fills in when its first speaker started."""
    if running.report is None:
        return None
    deadline = time.monotonic() + patience
    while True:
        text = running.report.read_text()
        try:
            report = json.loads(text[text.index("{"):])
            break
        except ValueError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"chainrouter does not report: {text}") from None
            time.sleep(0.01)
    running.first_speaker = running.exec_at + int(report["milliseconds"]["links"] * 1e6)
    return report


CONTENDERS: dict[str, type[Contender]] = {kind.name: kind for kind in (Frr, Bird, StockBird, Ours)}
