#!/usr/bin/env python3
"""One prefix on its way through a quiet chain: how often a router in the middle asks the kernel for something, counted
by strace; and how often routers at rest wake up. Counts do not drift with the machine, as times do: whoever raises one
has a reason, and says so here.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import running_lab as lab

HOPS = 10
PREFIX = "203.0.113.0/24"
# What an UPDATE costs a router: one wake-up, one read, one request to the kernel's table and its acknowledgement, one
# write; and the read by which Asio's reactor finds that nothing more has come.
EACH_UPDATE = {"epoll_wait": 1, "recvfrom": 2, "sendmsg": 1, "recvmsg": 1, "sendto": 1}
# Whoever makes the last move rings for the control thread (docs/adr/0010), and a traced router is so slow that its
# neighbours may well have finished before it.
BELL = {"epoll_ctl", "futex", "write"}


def thread_of(process, name):
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return task.name
    raise AssertionError(f"no thread is called {name}")


class Trace:
    """Counts the system calls of one thread, from entering the context until leaving it."""

    def __init__(self, thread, output):
        self.output = output
        self.strace = subprocess.Popen(["strace", "-qq", "-o", output, "-p", thread])
        # A traced thread names its tracer; attached is what counts, not started.
        status = pathlib.Path(f"/proc/{thread}/status")
        lab.eventually(lambda: f"TracerPid:\t{self.strace.pid}\n" in status.read_text(), "strace attached")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait(timeout=lab.DEADLINE)

    def counts(self):
        return collections.Counter(re.findall(r"^(\w+)\(", pathlib.Path(self.output).read_text(), re.MULTILINE))


class QuietPrefix(unittest.TestCase):
    def test_system_calls_of_one_prefix(self):
        output = f"/run/trace-{os.getpid()}"
        # RFC timers: no KEEPALIVE is due in the seconds that this takes.
        with lab.Lab(HOPS, "--profile", "rfc", prefix="QUIET_") as chain:
            chain.quiet()
            with Trace(thread_of(chain.process.pid, chain.name(HOPS // 2)), output) as trace:
                for order in ("announce", "withdraw"):
                    lab.chainrouter(order, chain.name(0), PREFIX)
                    chain.quiet()
                    there = PREFIX in lab.bgp_routes(chain.name(HOPS))
                    self.assertEqual(there, order == "announce")
            counts = trace.counts()
        updates = counts["sendto"]
        self.assertEqual(updates, 2, counts)
        for call, each in EACH_UPDATE.items():
            # The wait in which strace found the thread, or left it.
            spare = 1 if call == "epoll_wait" else 0
            self.assertLessEqual(counts.pop(call), updates * each + spare, f"{call}: {counts}")
        self.assertLessEqual(set(counts), BELL | {"restart_syscall"}, counts)


class AtRest(unittest.TestCase):
    """KEEPALIVEs are all that is said, and each wakes who reads it; whoever is awake sends its own on that occasion, so
    that hardly a timer goes off."""

    def wake_ups(self, chain):
        status = (pathlib.Path(f"/proc/{chain.process.pid}/task", thread_of(chain.process.pid, chain.name(router)), "status")
                  for router in range(1, HOPS))
        return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", path.read_text(), re.MULTILINE)[1]) for path in status)

    def keepalives(self, chain, routers):
        return sum(neighbor["messagesReceived"]["keepalive"] for router in routers for neighbor in json.loads(
            lab.chainrouter("show", chain.name(router), "neighbors", "--format", "json").stdout)["neighbors"])

    def test_a_router_wakes_for_what_it_is_told(self):
        with lab.Lab(HOPS, prefix="REST_") as chain:
            chain.quiet()
            heard, woken = self.keepalives(chain, range(1, HOPS)), self.wake_ups(chain)
            enough = self.keepalives(chain, [0]) + 4  # a router that is not counted: whom we ask is awake for that
            lab.eventually(lambda: self.keepalives(chain, [0]) >= enough, "four rounds of KEEPALIVEs")
            woken, heard = self.wake_ups(chain) - woken, self.keepalives(chain, range(1, HOPS)) - heard
            self.assertGreaterEqual(heard, 4 * 2 * (HOPS - 1) * 0.7)
            self.assertLessEqual(woken, 1.25 * heard)


if __name__ == "__main__":
    if not shutil.which("strace"):
        print("SKIPPED: strace is not installed: ./dev setup")
        raise SystemExit(77)
    if lab.run("strace", "-qq", "-o", "/dev/null", "true", check=False).returncode != 0:
        print("SKIPPED: nobody may trace processes here (a container without SYS_PTRACE?)")
        raise SystemExit(77)
    lab.main()
