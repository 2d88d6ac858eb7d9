#!/usr/bin/env python3
"""What surrounds the process: the wall clock, and the control group it stands in. docs/faults.md has a row for each."""

import glob
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

import running_lab as lab

HOPS = 6
CLOCK = "/usr/lib/*/faketime/libfaketimeMT.so.1"  # of Debian's package faketime
GROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1024 * 1024


class WallClock(unittest.TestCase):
    """Stepped for the lab alone: the machine's own clock is nobody's to set."""

    def setUp(self):
        libraries = glob.glob(CLOCK)
        if not libraries:
            message = f"SKIPPED: there is no {CLOCK} (Debian's package faketime)"
            print(message, file=sys.stderr, flush=True)
            self.skipTest(message)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.clock = pathlib.Path(self.folder.name) / "clock"
        self.step("+0")
        self.environment = {**os.environ, "LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def step(self, text):
        beside = self.clock.with_suffix(".new")
        beside.write_text(text + "\n")
        beside.rename(self.clock)

    def test_stepped_by_a_day_there_and_back(self):
        with lab.Lab(HOPS, "--profile", "lab", prefix="CLOCK_", env=self.environment) as chain:
            def dropped():
                texts = [lab.chainrouter("show", chain.name(router), "ip bgp neighbors").stdout for router in range(HOPS + 1)]
                return [re.findall(r"dropped (\d+)", text) for text in texts]

            def updated():
                text = lab.chainrouter("show", chain.name(3), "ip bgp 172.31.1.0/24").stdout
                return re.search(r"Last update: (.+)", text).group(1)

            falls, days = dropped(), set()
            self.assertTrue(all(falls), falls)
            for offset in ("+86400", "-86400", "+0"):
                self.step(offset)
                days.add(updated().split()[2])
                for verb, there in (("announce", True), ("withdraw", False)):
                    lab.chainrouter(verb, chain.name(0), "203.0.113.0/24")
                    lab.eventually(lambda: ("203.0.113.0/24" in lab.bgp_routes(chain.name(HOPS))) == there, verb)
                summary = lab.chainrouter("show", chain.name(3), "ip bgp summary").stdout
                ages = re.findall(r"\b(\d\d:\d\d:\d\d|never|\d+d\d+h\d+m)\b", summary)
                self.assertEqual(len(ages), 2, summary)
                self.assertTrue(all(age.startswith("00:0") for age in ages), summary)
            self.assertEqual(len(days), 3, "the lab did not see the clock being stepped")
            self.assertEqual(dropped(), falls)
            self.assertTrue(chain.settled())


class Variables(unittest.TestCase):
    """A lab begins twice, the second time with variables of its own (docs/adr/0023)."""

    def test_tunables_of_the_user_stay(self):
        tunables = "glibc.malloc.perturb=1"
        with lab.Lab(2, prefix="TUNED_", env={**os.environ, "GLIBC_TUNABLES": tunables}) as chain:
            given = pathlib.Path(f"/proc/{chain.process.pid}/environ").read_bytes().split(b"\0")
            self.assertIn(f"GLIBC_TUNABLES={tunables}".encode(), given)
            self.assertFalse([one for one in given if one.startswith(b"CHAINROUTER_BEGAN=")])

    def test_a_beginning_that_cannot_be_is_none(self):
        for began in ("", "x", "1", str(2**62), str(-2**63)):
            before = time.monotonic()
            with lab.Lab(2, prefix="BEGAN_", env={**os.environ, "CHAINROUTER_BEGAN": began}) as chain:
                converged = chain.report["milliseconds"]["converged"]
                self.assertGreater(converged, 0, began)
                self.assertLessEqual(converged, (time.monotonic() - before) * 1000, began)  # it began here


class MemoryGroup(unittest.TestCase):
    """A control group that leaves little memory."""

    def setUp(self):
        try:
            self.group, self.most = self.make_group()
        except (OSError, AssertionError) as error:
            message = f"SKIPPED: no control group can be made here: {error}"
            print(message, file=sys.stderr, flush=True)
            self.skipTest(message)
        self.addCleanup(self.group.rmdir)

    def make_group(self):
        """Below our own group in the hierarchies of the first version, at the top of the second's."""
        own = next((line.split(":", 2)[2] for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()
                    if line.split(":")[1] == "memory"), None)
        top = GROUPS if own is None else GROUPS / "memory"
        if not (top / "cgroup.procs").exists():  # a fresh /sys
            if own is None:
                lab.run("mount", "-t", "cgroup2", "cgroup2", str(top))
            else:
                lab.run("mount", "-t", "tmpfs", "tmpfs", str(GROUPS))
                top.mkdir()
                lab.run("mount", "-t", "cgroup", "-o", "memory", "cgroup", str(top))
        if own is None and "memory" not in (top / "cgroup.subtree_control").read_text():
            raise OSError("no group may limit memory (cgroup.subtree_control)")
        group = top / (own or "").lstrip("/") / f"chainrouter-{os.getpid()}"
        group.mkdir()
        return group, group / ("memory.max" if own is None else "memory.limit_in_bytes")

    def join(self):
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def limit(self, octets):
        self.most.write_text(str(octets))

    def test_more_than_it_leaves_is_not_begun(self):
        self.limit(40 * MIB)
        before = lab.host_state()
        done = lab.chainrouter("--hops", "200", check=False, preexec_fn=self.join)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertRegex(done.stderr, r"^chainrouter: 201 routers are too many for this machine: memory, [^\n]+ there; "
                                      r"[^\n]+\n$")
        self.assertEqual(lab.host_state(), before)

    def test_what_fits_runs_as_ever(self):
        self.limit(40 * MIB)
        with lab.Lab(20, prefix="GROUP_", preexec_fn=self.join) as chain:
            self.assertTrue(chain.settled())


if __name__ == "__main__":
    lab.main()
