"""A chain of 20 hops in which some routers are not ours (`chainrouter --foreign`)."""

from __future__ import annotations

import json
import subprocess

from daemons.base import Daemon, Neighbor
from daemons.bird import Bird
from daemons.chainrouter import PROGRAM
from daemons.frr import Frr
from daemons.gobgp import GoBgp
from lab import Failure, Lab, Namespace, Process, await_that
from routes import Route

HOPS, TARGET = 20, "198.51.100.1"
LAST = f"ROUTER_{HOPS}"
PREFIXES = HOPS + 3  # the links, a stub at each end, the default route


def as_number(router: int) -> int:
    return int(f"10{router}") if router else 100


def foreign(lab: Lab, kind: type[Daemon], router: int) -> Daemon:
    left, right = f"172.31.{router}", f"172.31.{router + 1}"
    return kind(lab, Namespace(f"ROUTER_{router}", made=False), as_number(router), f"{left}.1",
                [Neighbor(f"{left}.2", f"{left}.1", as_number(router - 1)),
                 Neighbor(f"{right}.1", f"{right}.2", as_number(router + 1))],
                [Route(f"{left}.0/24"), Route(f"{right}.0/24")])


def build(lab: Lab, kinds: dict[int, type[Daemon]]) -> Namespace:
    """The chain with these in it, converged as far as its last router knows every prefix; returns that router."""
    words = [PROGRAM, "--hops", str(HOPS), "--foreign", ",".join(map(str, kinds)), "--format", "json"]
    chain = Process(lab.outside, words, lab.directory / "chain.log")
    lab.closing.append(chain.end)
    names = [f"ROUTER_{router}" for router in range(HOPS + 1)]
    await_that(lambda: not chain.running or all((Namespace.DIRECTORY / name).exists() for name in names), chain.text)
    if not chain.running:
        raise Failure(f"the chain has ended: {chain.text()}")
    for router, kind in kinds.items():
        foreign(lab, kind, router).start()
    last = Namespace(LAST, made=False)

    def kernel_routes() -> int:
        return len(last.run("ip", "-4", "route", "show", "proto", "bgp").splitlines())

    await_that(lambda: kernel_routes() == PREFIXES - 2,  # all but its own link and stub
               lambda: f"{LAST} has {kernel_routes()} routes, not {PREFIXES - 2}; {chain.text()}")
    report = json.loads(chain.text()[chain.text().index("{"):])
    if report["foreign"]["routers"] != len(kinds) or report["sessions"] != HOPS - 2 * len(kinds):
        raise Failure(f"the report counts {report['foreign']} and {report['sessions']} sessions among ours")
    return last


def path_at_end() -> str:
    """The AS path of the default route, as the last router has it."""
    done = subprocess.run([PROGRAM, "show", LAST, "ip bgp 0.0.0.0/0 json"], text=True, capture_output=True)
    return json.loads(done.stdout)["paths"][0]["aspath"]["string"]


def check_path() -> None:
    wanted = " ".join(str(as_number(router)) for router in reversed(range(HOPS)))
    if path_at_end() != wanted:
        raise Failure(f"the default route came by {path_at_end()}, not {wanted}")


def frr_and_bird(lab: Lab) -> str:
    """ROUTER_5 is FRR, ROUTER_10 is BIRD: the chain converges and packets cross it"""
    last = build(lab, {5: Frr, 10: Bird})
    check_path()
    last.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", TARGET)
    trace = json.loads(last.run(PROGRAM, "trace", "--format", "json"))
    hops = [hop.get("router") for hop in trace["hops"]]
    wanted = [f"ROUTER_{router}" for router in reversed(range(HOPS))]
    if not trace["reached"] or hops != wanted:
        raise Failure(f"the trace goes by {hops}")
    return f"converged; ping and trace reach {TARGET} over all {HOPS} hops"


def gobgp(lab: Lab) -> str:
    """ROUTER_10 is GoBGP, which writes no kernel routes: BGP converges through it"""
    build(lab, {10: GoBgp})
    check_path()
    return "converged"


chains = {"FRR at 5, BIRD at 10": frr_and_bird, "GoBGP at 10": gobgp}
SMOKE = ("FRR at 5, BIRD at 10",)
