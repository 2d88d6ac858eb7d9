"""What the end-to-end tests share: chainrouter run as a user runs it, the kernel seen through ip(8), an oracle.

A test file calls main(). It runs itself again in network and mount namespaces of its own, with a /run of its own:
"the host" whose links, routes, sysctls and /run/netns the tests compare before and after is that one, so nothing
else on the machine disturbs them or is disturbed. CHAINROUTER names the binary. Without the right to make
namespaces everything is skipped, loudly, with exit status 77.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BINARY = os.environ.get("CHAINROUTER", "")
PATIENCE = 30.0  # seconds, for whatever must happen: slow machines, sanitizers
STOP_WITHIN = 5.0  # seconds, from a signal to the end
SKIPPED = 77
ALONE = "CHAINROUTER_TEST_ALONE"  # set inside the namespaces

NETNS = Path("/run/netns")
RUNTIME = Path("/run/chainrouter")


# ------------------------------------------------------------------------------------------------ running


def main():
    if not BINARY or not os.access(BINARY, os.X_OK):
        sys.exit("set CHAINROUTER to the chainrouter binary")
    if ALONE in os.environ:
        unittest.main(verbosity=2)
        return
    flags = ["--net", "--mount", "--propagation", "private"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    probe = subprocess.run(["unshare", *flags, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        print(f"SKIPPED, all of {sys.argv[0]}: {probe.stderr.strip()} (run as root)", file=sys.stderr)
        sys.exit(SKIPPED)
    # A host with something to lose: an address, a route, a link.
    script = """
        mount -t tmpfs -o mode=755 tmpfs /run
        mount -t sysfs sysfs /sys
        ip link set lo up
        ip link add uplink type veth peer name other
        ip addr add 192.0.2.1/24 dev uplink
        ip link set uplink up && ip link set other up
        ip route add 198.18.0.0/15 via 192.0.2.2
        exec "$@"
    """
    os.environ[ALONE] = "1"
    os.execvp("unshare", ["unshare", *flags, "sh", "-euc", script, "sh", sys.executable, *sys.argv])


def run(*arguments, timeout=PATIENCE, **options):
    """A chainrouter command to its end: status, stdout and stderr as text."""
    return subprocess.run(
        [BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False, **options
    )


def command(*arguments, timeout=PATIENCE):
    return subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=timeout, check=False)


def until(holds, what, patience=PATIENCE):
    """Waits until holds() is true; for events that nobody can be asked to announce."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what() if callable(what) else what}")
        time.sleep(0.01)


class Lab:
    """A running `chainrouter`. As a context it is stopped at the end, and must end well."""

    def __init__(self, hops, *arguments, prefix="ROUTER_", text=False, environment=None):
        self.hops, self.prefix = hops, prefix
        self.errors = tempfile.TemporaryFile()  # never blocks the lab
        self.output = b""
        options = [] if text else ["--format", "json"]
        self.process = subprocess.Popen(
            [BINARY, "--hops", str(hops), "--name-prefix", prefix, *options, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self):
        try:
            self.report = self.await_report()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
            return
        status = self.stop()
        assert status == 0, f"status {status}: {self.stderr()}"

    @property
    def pid(self):
        return self.process.pid

    def names(self):
        return [f"{self.prefix}{i}" for i in range(self.hops + 1)]

    def name(self, router):
        return f"{self.prefix}{router}"

    def stderr(self):
        """What has been written there so far. The lab's own file position stays where it is."""
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode()

    def read_output(self, patience):
        """Reads some more of stdout; False at its end."""
        readable, _, _ = select.select([self.process.stdout], [], [], patience)
        if not readable:
            raise AssertionError(f"nothing on stdout for {patience} s: {self.output!r} {self.stderr()}")
        part = os.read(self.process.stdout.fileno(), 65536)
        self.output += part
        return bool(part)

    def await_report(self):
        while True:
            with contextlib.suppress(json.JSONDecodeError):
                return json.loads(self.output)
            if not self.read_output(PATIENCE):
                raise AssertionError(f"ended without a report, status {self.process.wait()}: {self.stderr()}")

    def await_end(self, patience=PATIENCE):
        """Waits for the end; returns the exit status, negative for the signal that killed it."""
        while self.read_output(patience):
            pass
        return self.process.wait(patience)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.await_end(STOP_WITHIN)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    # What the lab is asked.

    def wait_until_quiet(self):
        done = run("wait")
        assert done.returncode == 0, done.stderr

    def announce(self, router, prefix):
        done = run("announce", self.name(router), prefix)
        assert done.returncode == 0, done.stderr

    def withdraw(self, router, prefix):
        done = run("withdraw", self.name(router), prefix)
        assert done.returncode == 0, done.stderr

    # What the kernel is asked.

    def ip(self, router, *arguments):
        done = command("ip", "-n", self.name(router), *arguments)
        assert done.returncode == 0, f"ip -n {self.name(router)} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def inside(self, router, *arguments, timeout=PATIENCE):
        return command("ip", "netns", "exec", self.name(router), *arguments, timeout=timeout)

    def main_table(self, router):
        return json.loads(self.ip(router, "-j", "route"))

    def table(self, router):
        """Our routes there: prefix -> (next hop, device, metric)."""
        return {
            route["dst"]: (route.get("gateway"), route.get("dev"), route.get("metric"))
            for route in self.main_table(router)
            if route.get("protocol") == "bgp"
        }

    def tables(self):
        return [self.table(router) for router in range(self.hops + 1)]

    def await_tables(self, expected):
        """Waits until every router's table is as the oracle has it."""

        def wrong():
            for router in range(self.hops + 1):
                table = self.table(router)
                if table != expected[router]:
                    missing = sorted(set(expected[router].items()) - set(table.items()))
                    surplus = sorted(set(table.items()) - set(expected[router].items()))
                    return f"{self.name(router)} lacks {missing} and has {surplus} too many"
            return ""

        until(lambda: not wrong(), wrong)


# ------------------------------------------------------------------------------------------------- oracle


def subnet(link):
    return f"172.31.{link}.0/24"


def oracle(hops, broken=(), everywhere=()):
    """The tables that a chain must have: per router, prefix -> (next hop, device, metric).

    `broken` links carry nothing, and their subnets are nobody's; `everywhere` are prefixes that ROUTER_0 announces
    besides its own.
    """
    tables = []
    for router in range(hops + 1):
        own = {subnet(router), subnet(router + 1)} | ({"default", *everywhere} if router == 0 else set())
        table = {}
        for other in range(hops + 1):
            between = range(min(router, other) + 1, max(router, other) + 1)
            if other == router or any(link in broken for link in between):
                continue
            prefixes = [subnet(link) for link in (other, other + 1) if link not in broken]
            if other == 0:
                prefixes += ["default", *everywhere]
            via = (f"172.31.{router}.2", "left", 20) if other < router else (f"172.31.{router + 1}.1", "right", 20)
            table.update({prefix: via for prefix in prefixes if prefix not in own})
        tables.append(table)
    return tables


# ------------------------------------------------------------------------------------------- what is left


def sysctls():
    values = {}
    for path in sorted(Path("/proc/sys/net").rglob("*")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if path.is_file():
                values[str(path)] = path.read_text()
    return values


def host():
    """Everything of the host that a lab could disturb, to be compared before and after."""
    picture = {
        " ".join(arguments): command("ip", *arguments).stdout
        for arguments in (
            ["-d", "link"],
            ["addr"],
            ["route", "show", "table", "all"],
            ["-6", "route", "show", "table", "all"],
            ["rule"],
            ["neigh"],
        )
    }
    picture["sysctls"] = sysctls()
    for directory in (NETNS, RUNTIME):
        picture[str(directory)] = sorted(os.listdir(directory)) if directory.exists() else None
    return picture


class TestCase(unittest.TestCase):
    """Every test must leave the host as it was."""

    maxDiff = None

    def setUp(self):
        self.before = host()
        self.assertEqual(self.before[str(RUNTIME)], None)

    def tearDown(self):
        self.assertEqual(host(), self.before)
