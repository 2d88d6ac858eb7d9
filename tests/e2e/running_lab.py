"""What the end-to-end tests share: the program as a user runs it, and a look at the host and at kernel tables from
outside. Python's standard library and iproute2 only. Nothing sleeps for a fixed time: `eventually` asks again until an
answer comes or a deadline passes.

Each file runs itself again in network and mount namespaces of its own, with a /run of its own: that is the host which
must be left as it was, and nothing else on the machine disturbs it or is disturbed.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

PROGRAM = os.environ.get("CHAINROUTER", "build/release/chainrouter")
DEADLINE = 20.0  # seconds, for whatever should happen at once


def run(*words, check=True, timeout=120, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def chainrouter(*words, **options):
    return run(PROGRAM, *words, **options)


def promtool(metrics):
    """What Debian's promtool thinks of this text; the test is skipped where there is none."""
    program = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if not program:
        raise unittest.SkipTest("SKIPPED: promtool of Debian's prometheus is not installed")
    return run(program, "check", "metrics", input=metrics, check=False)


def eventually(condition, what, deadline=DEADLINE):
    """Asks until `condition` is true; fails, naming `what` (or what it returns), after the deadline."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what() if callable(what) else what}")
        time.sleep(0.01)


def ip(namespace, *words):
    return json.loads(run("ip", "-n", namespace, "-j", *words).stdout or "[]")


def bgp_routes(namespace):
    """{prefix: gateway} of the main table's routes that we installed."""
    return {r["dst"]: r["gateway"] for r in ip(namespace, "route", "show", "proto", "bgp")}


def address_of(link, right):
    """The address of a link's end: its right router holds .1, its left one .2."""
    if link <= 255:
        return f"172.31.{link}.{1 if right else 2}"
    return f"10.{(link - 256) >> 8}.{(link - 256) & 255}.{1 if right else 2}"


def prefix_of(link):
    return address_of(link, True)[:-1] + "0/24"


def expected_routes(router, hops, cut=()):
    """The oracle: what a router of a chain must hold when the links in `cut` are dead."""
    left = max([l for l in cut if l <= router], default=0)  # the nearest dead link on either side
    right = min([l for l in cut if l > router], default=hops + 1)
    routes = {}
    for link in range(left if left == 0 else left + 1, router):
        routes[prefix_of(link)] = address_of(router, False)
    for link in range(router + 2, right + 1 if right == hops + 1 else right):
        routes[prefix_of(link)] = address_of(router + 1, True)
    if left == 0 and router > 0:
        routes["default"] = address_of(router, False)
    return routes


class Lab:
    """A running chainrouter. As a context manager it is ended, and awaited, at the end."""

    def __init__(self, hops, *words, prefix="E2E_", wait=True, program=(PROGRAM,), **options):
        self.hops, self.prefix = hops, prefix
        self.process = subprocess.Popen(
            [*program, "--hops", str(hops), "--name-prefix", prefix, "--format", "json", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        self.report = self.read_report() if wait else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        self.process.stdout.close()
        self.process.stderr.close()

    def name(self, router):
        return f"{self.prefix}{router}"

    def read_report(self):
        text = ""
        for line in self.process.stdout:
            text += line
            if line == "}\n":
                return json.loads(text)
        raise AssertionError(f"no report: {text} {self.process.stderr.read()}")

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(timeout=DEADLINE)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=DEADLINE)

    def settled(self, cut=()):
        """Are all kernel tables what the oracle says?"""
        return not self.difference(cut)

    def difference(self, cut=()):
        """The first router whose table is not what the oracle says, and how; or an empty text."""
        for router in range(self.hops + 1):
            there, wanted = bgp_routes(self.name(router)), expected_routes(router, self.hops, cut)
            if there != wanted:
                lacks, surplus = sorted(wanted.items() - there.items()), sorted(there.items() - wanted.items())
                return f"{self.name(router)} lacks {lacks} and should not have {surplus}"
        return ""

    def await_settled(self, cut=()):
        """Every table becomes what the oracle says, and is still so when the lab has nothing more to do."""
        eventually(lambda: self.settled(cut), lambda: self.difference(cut))
        self.quiet()
        difference = self.difference(cut)
        assert not difference, difference

    def quiet(self):
        chainrouter("wait")  # finds its lab by itself: one at a time


def host_state():
    """What a lab must leave as it found it: one line a thing."""
    state = []
    for words in ("-d link", "address", "route show table all", "-6 route show table all", "rule", "neighbour"):
        state += [f"ip {words}: {line}" for line in run("ip", *words.split()).stdout.splitlines()]
    state += [f"nft: {line}" for line in run("nft", "list", "ruleset", check=False).stdout.splitlines()]
    state += ["/run: " + name for name in sorted(os.listdir("/run"))]
    state += ["/run/netns: " + name for name in sorted(os.listdir("/run/netns"))] if os.path.isdir("/run/netns") else []
    for path in sorted(pathlib.Path("/proc/sys/net").rglob("*")):
        with contextlib.suppress(OSError, UnicodeDecodeError):  # some cannot be read
            if path.is_file():
                state.append(f"{path}: {path.read_text()}")
    return state


def namespaces_of(pid):
    """Inodes of the network namespaces that a process holds open."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("net:["):
            inodes.add(target)
    return inodes


ALONE = "CHAINROUTER_TEST_ALONE"  # set inside the namespaces

# A host with something to lose: a link, an address, a route, a firewall (where the kernel has one).
HOST = """
mount -t tmpfs -o mode=755 tmpfs /run
mount -t sysfs sysfs /sys
ip link set lo up
ip link add uplink type veth peer name other
ip address add 192.0.2.1/24 dev uplink
for end in uplink other; do ip link set $end addrgenmode none up; done
ip route add 198.18.0.0/15 via 192.0.2.2
nft add table inet theirs || true
exec "$@"
"""


def main():
    if ALONE in os.environ:
        unittest.main(verbosity=2)
    unshare = ["unshare", "--net", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    trial = run(*unshare, "true", check=False)
    if trial.returncode != 0:
        print(f"SKIPPED: the end-to-end tests make network namespaces and need root: {trial.stderr}")
        raise SystemExit(77)
    os.environ[ALONE] = "1"
    os.execvp(unshare[0], [*unshare, "sh", "-euc", HOST, "sh", sys.executable, *sys.argv])
