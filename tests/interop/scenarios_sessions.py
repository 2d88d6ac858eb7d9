"""How sessions come up, stay, and end."""

from __future__ import annotations

from bench import Bench, Side, check_tables
from daemons.base import Daemon
from lab import Failure, Lab, Namespace, await_that
from registry import scenario
from routes import Route

AS_TRANS = 23456  # RFC 6793
ADD_PATH, FOUR_OCTET = 69, 65  # capability codes


def offered(bench: Bench, side: Side, open_message: str) -> set[int]:
    return {capability["code"] for capability in bench.ours.peer(side.ours)[open_message]["capabilities"]}


HARD_RESET = 9


def last_error(bench: Bench, side: Side, which: str) -> tuple[int, int, str]:
    """Code, subcode, data of `lastErrorSent` or `lastErrorReceived`; of what a Hard Reset stands for, if it is one
    (RFC 8538: we offer its N bit, and FRR does so, too)."""
    error = bench.ours.peer(side.ours).get(which) or {}
    code, subcode, data = error.get("code", 0), error.get("subcode", 0), error.get("data", "").lower()
    if (code, subcode) == (6, HARD_RESET):
        octets = bytes.fromhex(data)
        return octets[0], octets[1], octets[2:].hex()
    return code, subcode, data


def await_error(bench: Bench, side: Side, which: str, code: int, subcode: int, data: str = "") -> None:
    """Until the last error sent or received is this one."""

    def seen() -> bool:
        error = last_error(bench, side, which)
        return error[:2] == (code, subcode) and error[2].startswith(data)

    await_that(seen, lambda: f"{side.name}: {which} is {last_error(bench, side, which)}, not {code}/{subcode} {data}")


@scenario("establish")
def establish(lab: Lab, kind: type[Daemon]) -> None:
    """Established at both ends, IPv4 unicast and 4-octet AS numbers agreed, End-of-RIB sent"""
    bench = Bench(lab, kind).up()
    for side in bench.sides:
        peer = bench.ours.peer(side.ours)
        if peer["families"] != ["ipv4-unicast"] or FOUR_OCTET not in offered(bench, side, "openReceived"):
            raise Failure(f"{side.name}: agreed on {peer['families']}, its OPEN is {peer['openReceived']}")
        if peer["remoteAs"] != side.daemon.as_number or peer["remoteId"] != side.daemon.router_id:
            raise Failure(f"{side.name} says it is AS {peer['remoteAs']}, {peer['remoteId']}")
        await_that(lambda: bench.ours.peer(side.ours)["endOfRibSent"].get("ipv4-unicast"), "no End-of-RIB sent")


@scenario("4-octet AS")
def four_octet(lab: Lab, kind: type[Daemon]) -> None:
    """RFC 6793, all three AS numbers above 65535, and one more in the path"""
    path = () if "originate as-path" in kind.cannot else (4200000123,)
    announced = {"left": [Route("10.1.0.0/24", as_path=path)], "right": [Route("10.2.0.0/24", as_path=path)]}
    numbers = {"left": 4200000001, "ours": 4200000002, "right": 4200000003}
    bench = Bench(lab, kind, routes=announced, networks=["10.200.0.0/24"], as_numbers=numbers).up()
    check_tables(bench, announced, ["10.200.0.0/24"])


def short_path(route: Route) -> tuple:
    """As in AS_PATH, for who cannot read AS4_PATH."""
    return tuple(AS_TRANS if number > 65535 else number for number in route.as_path)


@scenario("2-octet peer", smoke=("openbgpd",))
def two_octet(lab: Lab, kind: type[Daemon]) -> str | None:
    """The daemon offers no 4-octet AS numbers; ours is 4200000002: AS_TRANS in OPEN and AS_PATH, the truth in
    AS4_PATH"""
    kind.require("asn4 off")
    ours, remark = 4200000002, None
    remote_as = kind.remote_as_without_capability(ours)
    if remote_as is None:
        ours, remote_as, remark = 65002, 65002, kind.cannot["4-octet neighbour"]
    theirs = {"asn4": False, "remote_as": remote_as}
    long = Route("10.1.0.0/24", as_path=(4200000123,))
    if "originate as-path" in kind.cannot:  # then from behind it
        bench = Bench(lab, kind, source=[long], as_numbers={"ours": ours}, theirs=theirs).up()
        path = (65001, 65009, *long.as_path)
    else:
        bench = Bench(lab, kind, routes={"left": [long]}, as_numbers={"ours": ours}, theirs=theirs).up()
        path = (65001, *long.as_path)
    for side in bench.sides:
        if FOUR_OCTET in offered(bench, side, "openReceived"):
            raise Failure(f"{side.name} offers 4-octet AS numbers")
    arrived = {prefix: route.with_(as_path=path) for prefix, route in bench.sent_by(bench.left, [long]).items()}
    bench.await_table("ours from left", bench.ours, bench.left.ours, arrived)
    bench.await_table("right from ours", bench.right.daemon, bench.right.theirs,
                      {prefix: route if "AS4_PATH" not in kind.cannot else route.with_(as_path=short_path(route))
                       for prefix, route in bench.passed_on(bench.right, arrived.values()).items()})
    return remark or kind.cannot.get("AS4_PATH")


@scenario("add-path declined")
def add_path(lab: Lab, kind: type[Daemon]) -> None:
    """The daemon offers ADD-PATH (RFC 7911), we do not: the session comes up and routes carry no path identifiers"""
    announced = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24"), Route("10.2.1.0/24")]}
    bench = Bench(lab, kind, routes=announced, theirs={"add_path": True}).up()
    for side in bench.sides:
        if ADD_PATH not in offered(bench, side, "openReceived") or ADD_PATH in offered(bench, side, "openSent"):
            raise Failure(f"{side.name}: ADD-PATH received {offered(bench, side, 'openReceived')}, "
                          f"sent {offered(bench, side, 'openSent')}")
    check_tables(bench, announced)


@scenario("shutdown with text", smoke=("openbgpd",))
def shutdown_text(lab: Lab, kind: type[Daemon]) -> str | None:
    """RFC 9003: Cease 6/2 with a text, shown at the other end; from the daemon to us and from us to it"""
    for shutter in ("left", "right"):
        bench = Bench(lab.fresh(), kind).up()
        speaks, hears = (bench.left, bench.right) if shutter == "left" else (bench.right, bench.left)
        if "shutdown text" not in kind.cannot:
            text = "maintenance until 21:00 UTC"
            speaks.daemon.shut(speaks.theirs, text)
            await_error(bench, speaks, "lastErrorReceived", 6, 2)
            told = bench.ours.peer(speaks.ours)["lastErrorReceived"].get("text")
            if told != text:
                raise Failure(f"{speaks.name} said {text!r}, we tell {told!r}")
        text = "gone for tea, back at five"
        bench.ours.shut(hears.ours, text)
        await_error(bench, hears, "lastErrorSent", 6, 2)
        await_that(lambda: not hears.daemon.established(hears.theirs), f"{hears.name} keeps the session")
        if "show shutdown text" not in kind.cannot:
            await_that(lambda: text in hears.daemon.said(hears.theirs),
                       lambda: f"{hears.name} does not tell {text!r}: {hears.daemon.said(hears.theirs)[-1500:]}")
        bench.ours.enable(hears.ours)
        await_that(lambda: bench.ours.established(hears.ours), f"{hears.name} does not come again")
    remarks = [kind.cannot[what] for what in ("shutdown text", "show shutdown text") if what in kind.cannot]
    return "; ".join(remarks) or None


@scenario("max-prefix")
def max_prefix(lab: Lab, kind: type[Daemon]) -> str | None:
    """Cease 6/1 with family and limit when the daemon announces too much, again after the hold-down; and its to us"""
    routes = {name: [Route(f"10.{n}.{k}.0/24") for k in range(8)] for n, name in ((1, "left"), (2, "right"))}
    bench = Bench(lab.fresh(), kind, routes=routes, ours={"max_prefix": 5}).start()
    for side in bench.sides:
        await_error(bench, side, "lastErrorSent", 6, 1, "00010100000005")
        await_that(lambda: bench.ours.peer(side.ours)["connectionsDropped"] >= 2, f"{side.name} does not come again")
    if "max-prefix" in kind.cannot:
        return kind.cannot["max-prefix"]
    networks = [f"10.200.{k}.0/24" for k in range(8)]
    bench = Bench(lab.fresh(), kind, networks=networks, theirs={"max_prefix": 5}).start()
    for side in bench.sides:
        await_error(bench, side, "lastErrorReceived", 6, 1)
    return None


@scenario("hold expiry")
def hold_expiry(lab: Lab, kind: type[Daemon]) -> None:
    """The daemon is stopped (SIGSTOP): we say 4/0 after the hold time, the other session is untouched; we are stopped:
    it says 4/0; it comes again"""
    routes = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24")]}
    for victim in ("left", "right"):
        bench = Bench(lab.fresh(), kind, routes=routes, theirs_at={victim: {"hold": 6}}).up()
        check_tables(bench, routes)
        frozen, other = (bench.left, bench.right) if victim == "left" else (bench.right, bench.left)
        frozen.daemon.pause()
        await_error(bench, frozen, "lastErrorSent", 4, 0)
        bench.await_table(f"{other.name} from ours", other.daemon, other.theirs, {})
        frozen.daemon.resume()
        bench.await_established()
        check_tables(bench, routes)
        bench.ours.pause()
        await_that(lambda: not frozen.daemon.established(frozen.theirs), f"{frozen.name} goes on without us")
        bench.ours.resume()
        await_error(bench, frozen, "lastErrorReceived", 4, 0)
        bench.await_established()
        check_tables(bench, routes)
        if bench.ours.peer(other.ours)["connectionsDropped"] != 0:
            raise Failure(f"the session with {other.name} was dropped, too")


class Misled:
    """Makes the two ends of a link send to a MAC address that nobody has, so that what they dial waits."""

    def __init__(self, bench: Bench, side: Side):
        ours, theirs = bench.ours.namespace, side.daemon.namespace
        self.ends = ((ours, side.ours.address, f"to-{theirs.name}"), (theirs, side.theirs.address, f"to-{ours.name}"))
        for namespace, address, device in self.ends:
            namespace.run("ip", "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "nud", "permanent",
                          "dev", device)

    def dialling(self) -> bool:
        return all(namespace.run("ss", "-Htn", "state", "syn-sent", f"( dst {address} and dport = :179 )").strip()
                   for namespace, address, _ in self.ends)

    def connections(self) -> int:
        namespace, address, _ = self.ends[0]
        filter_ = f"dst {address} and ( sport = :179 or dport = :179 )"
        return len(namespace.run("ss", "-Htn", "state", "established", filter_).splitlines())

    def end(self) -> None:
        for namespace, address, device in self.ends:
            namespace.run("ip", "neigh", "del", address, "dev", device)


@scenario("collision", smoke=("bird",))
def collision(lab: Lab, kind: type[Daemon]) -> str | None:
    """Both ends dial at once and both connections come up: one session is left, that of the higher identifier
    (RFC 4271 section 6.8)"""
    routes = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24")]}
    for which in ("left", "right"):
        bench = Bench(lab.fresh(), kind, routes=routes)
        side, other = (bench.left, bench.right) if which == "left" else (bench.right, bench.left)
        misled = Misled(bench, side)
        bench.start()

        def both_dial() -> bool:
            if not misled.dialling():
                return False
            bench.ours.pause()
            side.daemon.pause()
            if misled.dialling():
                return True
            bench.ours.resume()
            side.daemon.resume()
            return False

        await_that(both_dial, f"ours and {which} never dial at the same time")
        misled.end()
        await_that(lambda: misled.connections() == 2, lambda: f"{misled.connections()} connections with {which}")
        side.daemon.resume()
        bench.ours.resume()
        bench.await_established()
        await_that(lambda: misled.connections() == 1, lambda: f"{misled.connections()} connections with {which}")
        check_tables(bench, routes)
        if bench.ours.peer(other.ours)["connectionsDropped"] != 0:
            raise Failure(f"the session with {other.name} was dropped, too")
        if "collision" in kind.cannot:
            continue
        peer = bench.ours.peer(side.ours)
        we_dialled = peer["remotePort"] == 179
        if we_dialled != (which == "left"):  # left has a lower identifier than ours, right a higher one
            raise Failure(f"{which}: the connection that {'we' if we_dialled else 'it'} dialled was kept")
        if peer["connectionsEstablished"] != 1:
            raise Failure(f"{which}: it was Established {peer['connectionsEstablished']} times")
    return kind.cannot.get("collision")


def await_dropped(namespace: Namespace, counter: str, since: int) -> None:
    await_that(lambda: namespace.counter(counter) > since, f"the kernel has refused nothing ({counter})")


def never_up(bench: Bench) -> None:
    for side in bench.sides:
        if bench.ours.established(side.ours) or side.daemon.established(side.theirs):
            raise Failure(f"{side.name} has a session all the same")


@scenario("TCP-MD5", smoke=("bird",))
def tcp_md5(lab: Lab, kind: type[Daemon]) -> None:
    """RFC 2385: with the right key a session, with a wrong one silence"""
    routes = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24")]}
    check_tables(Bench(lab.fresh(), kind, routes=routes, both={"md5": "s3cret"}).up(), routes)
    bench = Bench(lab.fresh(), kind, theirs={"md5": "s3cret"}, ours={"md5": "wr0ng"})
    before = bench.ours.namespace.counter("TCPMD5Failure")
    bench.start()
    await_dropped(bench.ours.namespace, "TCPMD5Failure", before)
    never_up(bench)


@scenario("GTSM")
def gtsm(lab: Lab, kind: type[Daemon]) -> None:
    """RFC 5082: TTL 255 both ways makes a session; a daemon that sends less is not heard"""
    routes = {"left": [Route("10.1.0.0/24")], "right": [Route("10.2.0.0/24")]}
    check_tables(Bench(lab.fresh(), kind, routes=routes, both={"ttl_security": True}).up(), routes)
    bench = Bench(lab.fresh(), kind, ours={"ttl_security": True})
    before = bench.ours.namespace.counter("TCPMinTTLDrop")
    bench.start()
    await_dropped(bench.ours.namespace, "TCPMinTTLDrop", before)
    never_up(bench)
