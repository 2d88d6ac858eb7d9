"""What is exchanged: routes and their attributes, both ways and through us."""

from __future__ import annotations

from bench import OUR_AS, RIGHT_AS, SOURCE_AS, Bench, check_tables, some_routes
from daemons.base import Daemon
from daemons.exabgp import ExaBgp
from lab import Failure, Lab, await_that
from registry import EVERY, scenario
from routes import Route

IPV6 = {"left": Route("2001:db8:1::/48", med=7, communities=frozenset({"65001:6"})),
        "right": Route("2001:db8:2::/48", "EGP", large=frozenset({"65003:6:6"}))}


@scenario("exchange", smoke=EVERY)
def exchange(lab: Lab, kind: type[Daemon]) -> None:
    """Tables equal, attribute by attribute: origin, AS path, next hop, MED, standard, large and extended communities"""
    announced = {"left": some_routes(kind, "left", 65001), "right": some_routes(kind, "right", 65003)}
    networks = ["10.200.0.0/24"]
    bench = Bench(lab, kind, routes=announced, networks=networks).up()
    check_tables(bench, announced, networks)
    wanted = {route.prefix for routes in announced.values() for route in routes}
    await_that(lambda: all(bench.ours.best().get(prefix) == "installed" for prefix in wanted),
               lambda: f"not all routes are in the kernel: {bench.ours.best()}")


@scenario("withdraw", smoke=EVERY)
def withdraw(lab: Lab, kind: type[Daemon]) -> None:
    """Announced and withdrawn while the session is up: by either daemon, and by us"""
    stays = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24")]}
    bench = Bench(lab, kind, routes=stays).up()
    check_tables(bench, stays)
    comes = {"left": Route("10.1.9.0/24", communities=frozenset({"65001:9"})), "right": Route("10.2.9.0/24", med=9)}
    for side in bench.sides:
        side.daemon.announce(comes[side.name])
    bench.ours.announce(Route("10.200.9.0/24"))
    check_tables(bench, {name: [*stays[name], comes[name]] for name in stays}, ["10.200.9.0/24"])
    for side in bench.sides:
        side.daemon.withdraw(comes[side.name].prefix)
    bench.ours.withdraw("10.200.9.0/24")
    check_tables(bench, stays)


def routes_sent_again(bench: Bench, side, ask, counter: str, updates: str) -> None:
    """ROUTE-REFRESH (RFC 2918) is counted, and so are the UPDATEs that answer it."""
    before = bench.ours.peer(side.ours)
    ask()

    def answered() -> bool:
        now = bench.ours.peer(side.ours)
        return (now[counter]["routeRefresh"] > before[counter]["routeRefresh"]
                and now[updates]["update"] > before[updates]["update"])

    await_that(answered, lambda: f"{side.name}: {counter}, {updates} were {before[counter]}, {before[updates]} and are "
               f"{bench.ours.peer(side.ours)[counter]}, {bench.ours.peer(side.ours)[updates]}")


@scenario("refresh")
def refresh(lab: Lab, kind: type[Daemon]) -> str | None:
    """ROUTE-REFRESH asked by the daemon and by us; the other end sends everything again"""
    announced = {"left": some_routes(kind, "left", 65001), "right": some_routes(kind, "right", 65003)}
    bench = Bench(lab, kind, routes=announced).up()
    check_tables(bench, announced)
    for side in bench.sides:
        if "refresh" not in kind.cannot:
            routes_sent_again(bench, side, lambda: side.daemon.refresh(side.theirs), "messagesReceived", "messagesSent")
        if "answer refresh" not in kind.cannot:
            routes_sent_again(bench, side, lambda: bench.ours.refresh(side.ours), "messagesSent", "messagesReceived")
    check_tables(bench, announced)
    return kind.cannot.get("refresh") or kind.cannot.get("answer refresh")


@scenario("graceful-restart")
def graceful_restart(lab: Lab, kind: type[Daemon]) -> None:
    """RFC 4724: the daemon is killed and comes back; we keep its routes as stale until its End-of-RIB"""
    kind.require("graceful restart")
    announced = {name: [Route(f"10.{n}.0.0/24"), Route(f"10.{n}.1.0/24")] for n, name in ((1, "left"), (2, "right"))}
    bench = Bench(lab, kind, routes=announced, both={"graceful_restart": True}).up()
    check_tables(bench, announced)
    for victim, other in ((bench.left, bench.right), (bench.right, bench.left)):
        victim.daemon.kill()
        await_that(lambda: not bench.ours.established(victim.ours), "we still believe in the session")
        routes = announced[victim.name]
        if bench.ours.stale(victim.ours) != {route.prefix for route in routes}:
            raise Failure(f"stale are {bench.ours.stale(victim.ours)}")
        bench.await_table(f"{other.name}, while {victim.name} is away", other.daemon, other.theirs,
                          bench.passed_on(other, bench.sent_by(victim, routes).values()))
        victim.daemon.forget(routes.pop().prefix)
        victim.daemon.restart()
        bench.await_established()
        check_tables(bench, announced)  # what was not announced again went with End-of-RIB
        if bench.ours.stale(victim.ours):
            raise Failure(f"still stale: {bench.ours.stale(victim.ours)}")
        peer = bench.ours.peer(victim.ours)
        if not peer["endOfRibReceived"].get("ipv4-unicast") or not peer["endOfRibSent"].get("ipv4-unicast"):
            raise Failure(f"End-of-RIB: received {peer['endOfRibReceived']}, sent {peer['endOfRibSent']}")
        if bench.ours.peer(other.ours)["connectionsDropped"] != (other is bench.left):
            raise Failure(f"the session with {other.name} was dropped, too")


@scenario("internal session")
def internal_session(lab: Lab, kind: type[Daemon]) -> None:
    """The left one is of our own AS: LOCAL_PREF both ways, paths and next hops from elsewhere as they are, MED kept
    inside and taken out outside (RFC 4271 section 5.1)"""
    announced = {"left": some_routes(kind, "left", OUR_AS), "right": some_routes(kind, "right", RIGHT_AS)}
    bench = Bench(lab, kind, routes=announced, networks=["10.200.0.0/24"], as_numbers={"left": OUR_AS}).up()
    left, right = bench.sides
    inside = {prefix: route.with_(as_path=route.as_path[1:], local_pref=100)
              for prefix, route in bench.sent_by(left, announced["left"]).items()}
    outside = bench.sent_by(right, announced["right"])
    bench.await_table("ours from left", bench.ours, left.ours, inside)
    bench.await_table("ours from right", bench.ours, right.ours, outside)
    told = {prefix: route.with_(local_pref=100) for prefix, route in outside.items()}
    told |= {prefix: route.with_(as_path=(), local_pref=100)
             for prefix, route in bench.passed_on(left, [], ["10.200.0.0/24"]).items()}
    bench.await_table("left from ours", left.daemon, left.theirs, told)
    bench.await_table("right from ours", right.daemon, right.theirs,
                      bench.passed_on(right, inside.values(), ["10.200.0.0/24"]))


def through_left(kind: type[Daemon], *routes: Route) -> dict:
    """Where the routes come from: behind the left daemon, or from the daemon itself when it passes nothing on."""
    if "relay" in kind.cannot:
        return {"routes": {"left": list(routes)}}
    return {"source": list(routes)}


def by_way_of_left(bench: Bench, *routes: Route) -> dict[str, Route]:
    """The same, as they arrive at ours."""
    path = (SOURCE_AS,) if bench.sourced else ()
    return bench.sent_by(bench.left, [route.with_(as_path=(*path, *route.as_path)) for route in routes])


@scenario("as-set", smoke=("gobgp",))
def as_set(lab: Lab, kind: type[Daemon]) -> None:
    """An aggregate with an AS_SET, AGGREGATOR and ATOMIC_AGGREGATE is accepted and passed on; refused with
    `as-set=reject`"""
    route = Route("10.9.0.0/16", as_path=(65010, frozenset({65011, 65012})), atomic=True,
                  aggregator=(65010, "10.9.0.1"))
    for reject in (False, True):
        bench = Bench(lab.fresh(), kind, ours={"as_set_reject": reject}, **through_left(kind, route)).up()
        arrived = by_way_of_left(bench, route)
        bench.await_table("ours from left", bench.ours, bench.left.ours, arrived)
        bench.await_table("ours from left, after policy", bench.ours, bench.left.ours, {} if reject else arrived,
                          bench.ours.accepted)
        passed = {} if reject else bench.passed_on(bench.right, arrived.values())
        bench.await_table("right from ours", bench.right.daemon, bench.right.theirs, passed)


@scenario("unknown-attribute", smoke=("exabgp",))
def unknown_attribute(lab: Lab, kind: type[Daemon]) -> str | None:
    """An optional transitive attribute that nobody knows is passed on whole, with Partial set"""
    route = Route("10.9.0.0/24", unknown=frozenset({(250, 0xC0, "0011223344")}))
    hidden = "show unknown" in kind.cannot
    bench = Bench(lab, kind, sink=hidden, **through_left(kind, route)).up()
    arrived = by_way_of_left(bench, route)
    if bench.sourced and kind.marks_partial:
        partial = frozenset({(250, 0xE0, "0011223344")})
        arrived = {prefix: item.with_(unknown=partial) for prefix, item in arrived.items()}
    bench.await_table("ours from left", bench.ours, bench.left.ours, arrived)
    bench.await_table("right from ours", bench.right.daemon, bench.right.theirs,
                      bench.passed_on(bench.right, arrived.values()))
    if hidden:
        bench.check_sink(arrived.values())
    return kind.cannot.get("show unknown")


LONG = frozenset(f"65001:{number}:{number}" for number in range(1500))


@scenario("extended messages")
def extended_messages(lab: Lab, kind: type[Daemon]) -> None:
    """RFC 8654: a route with 1,500 large communities (18,000 octets) goes through the daemon, through us, and to the
    daemon again"""
    kind.require("extended message")
    routes = (Route("10.9.0.0/24", large=LONG), Route("10.9.1.0/24"))
    bench = Bench(lab, kind, both={"extended_message": True}, **through_left(kind, *routes)).up()
    arrived = by_way_of_left(bench, *routes)
    bench.await_table("ours from left", bench.ours, bench.left.ours, arrived)
    bench.await_table("right from ours", bench.right.daemon, bench.right.theirs,
                      bench.passed_on(bench.right, arrived.values()))


@scenario("extended messages declined")
def extended_messages_declined(lab: Lab, kind: type[Daemon]) -> None:
    """To a peer without RFC 8654 the route that is too long is not announced, or withdrawn; the session stays up"""
    kind.require("decline extended message")
    for side, other in (("left", "right"), ("right", "left")):
        long, short = Route("10.1.0.0/24", large=LONG), Route("10.1.1.0/24")
        bench = Bench(lab.fresh(), kind, routes={side: [long, short], other: []}, kinds={side: ExaBgp},
                      theirs_at={side: {"extended_message": True}}).up()
        source, told = (bench.left, bench.right) if side == "left" else (bench.right, bench.left)
        arrived = bench.sent_by(source, [long, short])
        bench.await_table(f"ours from {side}", bench.ours, source.ours, arrived)
        bench.await_table(f"{other} from ours", told.daemon, told.theirs,
                          bench.passed_on(told, [arrived[short.prefix]]))
        # What was short enough becomes too long: it must go, not stay as it was.
        source.daemon.announce(short.with_(large=LONG))
        bench.await_table(f"{other} from ours, later", told.daemon, told.theirs, {})
        if bench.ours.peer(told.ours)["connectionsDropped"] != 0:
            raise Failure(f"the session with {other} was dropped")


@scenario("10,000 routes")
def ten_thousand(lab: Lab, kind: type[Daemon]) -> None:
    """10,000 routes from each side to us and through us to the other"""
    count = 10_000
    routes = {side: [Route(f"{first}.{n >> 8}.{n & 255}.0/24") for n in range(count)]
              for side, first in (("left", 20), ("right", 30))}
    bench = Bench(lab, kind, routes=routes).up()
    for side in bench.sides:
        await_that(lambda: bench.ours.received_count(side.ours) >= count,
                   lambda: f"ours has {bench.ours.received_count(side.ours)} from {side.name}")
        await_that(lambda: side.daemon.received_count(side.theirs) == count,
                   lambda: f"{side.name} has {side.daemon.received_count(side.theirs)}")
    check_tables(bench, routes)


@scenario("IPv6 over IPv4", smoke=("frr",))
def ipv6_over_ipv4(lab: Lab, kind: type[Daemon]) -> str | None:
    """IPv4 and IPv6 unicast on one session between IPv4 addresses (RFC 4760, RFC 2545)"""
    announced = {name: [Route(f"10.{n}.0.0/24"), IPV6[name]] for n, name in ((1, "left"), (2, "right"))}
    if "IPv6 next hop" in kind.cannot:
        announced = {name: routes[:1] for name, routes in announced.items()}
    bench = Bench(lab, kind, families=("ipv4", "ipv6"), routes=announced, networks=["2001:db8:99::/48"]).up()
    check_tables(bench, announced, ["2001:db8:99::/48"])
    return kind.cannot.get("IPv6 next hop")


@scenario("IPv6 session")
def ipv6_session(lab: Lab, kind: type[Daemon]) -> None:
    """IPv6 unicast on a session between IPv6 addresses"""
    announced = {name: [IPV6[name], Route(f"2001:db8:{n}00::/40")] for n, name in ((1, "left"), (2, "right"))}
    bench = Bench(lab, kind, families=("ipv6",), over_ipv6=True, routes=announced, networks=["2001:db8:99::/48"]).up()
    check_tables(bench, announced, ["2001:db8:99::/48"])
