#!/usr/bin/env python3
"""Slow motion on the kernel: a paused chain, stepped hop by hop; slowed down; its snapshots."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import time
import unittest

import jsonschema
import running_lab as lab

HOPS = 9
FRESH = "203.0.113.0/24"
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def keeping_to_schema(text):
    """The document, after a look at its published schema."""
    document = json.loads(text)
    name = document["schema"].removeprefix("chainrouter.").removesuffix("/1")
    jsonschema.Draft7Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(document)
    return document


def motion(*words):
    return keeping_to_schema(lab.chainrouter(*words, "--format", "json").stdout)


class Motion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="MOT_")
        cls.directory = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()
        cls.directory.cleanup()

    def tearDown(self):
        lab.chainrouter("resume")
        lab.chainrouter("speed", "1")
        self.lab.quiet()
        self.assertEqual(self.lab.difference(), "", "the test has not brought everything back")

    def file(self, name):
        return os.path.join(self.directory.name, name)

    def routers_with(self, prefix):
        """Asked of the kernel, not of the program."""
        return [router for router in range(HOPS + 1) if prefix in lab.bgp_routes(self.lab.name(router))]

    def listed(self):
        (only,) = keeping_to_schema(lab.chainrouter("list", "--format", "json").stdout)["labs"]
        return only

    def test_a_step_is_a_hop(self):
        self.assertEqual(motion("pause")["heldBack"], 0)
        self.assertTrue(self.listed()["paused"])
        self.assertIn("MOT_* is paused", lab.chainrouter("list").stdout)
        lab.chainrouter("announce", self.lab.name(0), FRESH)
        for hop in range(1, HOPS + 1):
            released = motion("step")["released"]
            self.assertEqual(released, {"routers": 1, "updates": 1, "routes": 1})
            self.assertEqual(self.routers_with(FRESH), list(range(1, hop + 1)))
            # What is shown is that stage, too.
            shown = json.loads(lab.chainrouter("show", self.lab.name(hop), "loc", "--format", "json").stdout)
            self.assertIn(FRESH, json.dumps(shown))
        self.assertIn("nothing was waiting", lab.chainrouter("step").stdout)
        lab.chainrouter("wait")  # nothing is held back: that is quiet, paused or not
        for words in (["why", self.lab.name(HOPS), FRESH], ["check", "fib"], ["events", self.lab.name(1)],
                      ["watch", "--once", "--prefix", FRESH], ["top", "--once"]):
            self.assertNotEqual(lab.chainrouter(*words).stdout, "")
        stages = json.loads(lab.chainrouter("why", self.lab.name(HOPS), FRESH, "--format", "json").stdout)
        self.assertGreaterEqual(min(ns for hop in stages["hops"] for ns in hop["stagesNs"].values()), 0)
        lab.chainrouter("withdraw", self.lab.name(0), FRESH)
        lab.chainrouter("step")
        self.assertEqual(self.routers_with(FRESH), list(range(2, HOPS + 1)))
        lab.chainrouter("resume")
        self.lab.quiet()
        self.assertEqual(self.routers_with(FRESH), [])

    def test_what_is_held_back_is_not_quiet(self):
        lab.chainrouter("pause")
        lab.chainrouter("announce", self.lab.name(4), FRESH)
        done = lab.chainrouter("wait", "--timeout", "0.3", check=False)
        self.assertEqual(done.returncode, 124)
        self.assertEqual(motion("step")["released"], {"routers": 1, "updates": 2, "routes": 2})
        self.assertEqual(self.routers_with(FRESH), [3, 5])
        self.assertEqual(motion("step")["released"], {"routers": 2, "updates": 2, "routes": 2})
        self.assertEqual(self.routers_with(FRESH), [2, 3, 5, 6])
        lab.chainrouter("resume")
        self.lab.quiet()
        self.assertEqual(self.routers_with(FRESH), [r for r in range(HOPS + 1) if r != 4])
        lab.chainrouter("withdraw", self.lab.name(4), FRESH)

    def test_a_link_that_falls_in_a_paused_lab(self):
        lab.chainrouter("pause")
        lab.chainrouter("link", "2-3", "down")
        # Both ends know, and have withdrawn what went over it; nobody else has heard.
        self.assertNotIn("default", lab.bgp_routes(self.lab.name(3)))
        self.assertIn("default", lab.bgp_routes(self.lab.name(4)))
        file = self.file("cut.json")
        said = lab.chainrouter("snapshot", "save", file).stdout
        self.assertIn(f"black hole: {self.lab.name(3)} for 0.0.0.0/0 (198.51.100.1): packets of 6 routers die there", said)
        checked = lab.chainrouter("snapshot", "check", file, "--format", "json", check=False)
        self.assertEqual(checked.returncode, 4)
        holes = {(fault["prefix"], *fault["routers"]) for fault in keeping_to_schema(checked.stdout)["faults"]}
        self.assertIn(("0.0.0.0/0", self.lab.name(3)), holes)
        lab.chainrouter("step")
        self.assertNotIn("default", lab.bgp_routes(self.lab.name(4)))
        self.assertIn("default", lab.bgp_routes(self.lab.name(5)))
        lab.chainrouter("resume")
        self.lab.quiet()
        self.assertEqual(self.lab.difference([3]), "")
        lab.chainrouter("link", "2-3", "up")

    def test_snapshots(self):
        before, same, after = self.file("before.json"), self.file("same.json"), self.file("after.json")
        lab.chainrouter("pause")
        self.assertIn("no loop, no black hole", lab.chainrouter("snapshot", "save", before).stdout)
        document = keeping_to_schema(pathlib.Path(before).read_text())
        self.assertEqual([router["name"] for router in document["routers"]], [self.lab.name(r) for r in range(HOPS + 1)])
        for number, router in enumerate(document["routers"]):
            there = {"default" if row[0] == "0.0.0.0/0" else row[0]: row[1] for row in router["kernel"] if row[3] == 186}
            self.assertEqual(there, lab.expected_routes(number, HOPS))
            self.assertEqual({row[2] for row in router["sessions"]}, {"Established"})
        lab.chainrouter("snapshot", "save", same)
        self.assertEqual(lab.chainrouter("snapshot", "diff", before, same).stdout, "no difference\n")
        lab.chainrouter("withdraw", self.lab.name(0), "0.0.0.0/0")
        lab.chainrouter("step")
        lab.chainrouter("snapshot", "save", after)
        done = lab.chainrouter("snapshot", "diff", before, after, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn(f"{self.lab.name(1)} kernel 0.0.0.0/0 metric 20: gone", done.stdout)
        self.assertNotIn(f"{self.lab.name(2)} kernel", done.stdout)
        document = keeping_to_schema(lab.chainrouter("snapshot", "diff", before, after, "--format", "json", check=False).stdout)
        in_csv = lab.chainrouter("snapshot", "diff", before, after, "--format", "csv", check=False).stdout.splitlines()
        self.assertEqual(len(in_csv), 1 + len(document["changes"]))
        self.assertEqual({c["router"] for c in document["changes"] if c["table"] == "kernel"}, {self.lab.name(1)})
        lab.chainrouter("announce", self.lab.name(0), "0.0.0.0/0")

    def test_a_snapshot_that_cannot_be_written_leaves_nothing(self):
        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        for path, sentence in ((self.file("no/such/directory"), "cannot create"), (self.file("large.json"), "cannot write")):
            done = lab.chainrouter("snapshot", "save", path, check=False, preexec_fn=little_room)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(sentence, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual([name for name in os.listdir(self.directory.name) if name.startswith("large")], [])
        half = self.file("half.json")
        pathlib.Path(half).write_text('{"schema":"chainrouter.snapshot/1","routers":[{"name"')
        done = lab.chainrouter("snapshot", "check", half, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it is not a snapshot", done.stderr)

    def test_slow(self):
        """At a thousandth the lab's own record is that of a wave which has taken a thousandth of the real time."""
        self.assertEqual(lab.chainrouter("speed", "0.001").stdout, "running at speed 0.001\n")
        self.assertEqual(self.listed()["speed"], 0.001)
        began = time.monotonic_ns()
        lab.chainrouter("announce", self.lab.name(0), FRESH)
        lab.chainrouter("wait")
        elapsed = time.monotonic_ns() - began
        self.assertEqual(self.routers_with(FRESH), list(range(1, HOPS + 1)))
        took = json.loads(lab.chainrouter("why", self.lab.name(HOPS), FRESH, "--format", "json").stdout)["totalNs"]
        self.assertLessEqual(took, elapsed * 0.001 + 1000)
        # Were nothing held back but by the clock, a hop would take some 50 ns of it.
        self.assertGreater(took, HOPS * 1000)
        lab.chainrouter("pause")
        self.assertEqual(lab.chainrouter("speed", "0.5").stdout, "paused; goes on at speed 0.5\n")
        self.assertEqual(lab.chainrouter("resume").stdout, "running at speed 0.5\n")
        lab.chainrouter("speed", "1")
        lab.chainrouter("withdraw", self.lab.name(0), FRESH)

    def test_another_interval_while_one_watches(self):
        def intervals():
            text = lab.chainrouter("show", self.lab.name(1), "ip bgp neighbors").stdout
            return {line.strip() for line in text.splitlines() if "Minimum time between advertisement runs" in line}

        usual = intervals()
        for end in (signal.SIGINT, signal.SIGKILL):
            with subprocess.Popen([lab.PROGRAM, "watch", "--mrai", "300"], stdout=subprocess.DEVNULL) as watch:
                lab.eventually(lambda: intervals() != usual, "the interval is another one")
                self.assertIn("300 seconds", intervals().pop())
                done = lab.chainrouter("watch", "--once", "--mrai", "7", check=False)
                self.assertIn("another watch --mrai 300 is under way", done.stderr)
                watch.send_signal(end)
                watch.wait(timeout=lab.DEADLINE)
            lab.eventually(lambda: intervals() == usual, "it is as it was")

    def test_mistakes(self):
        done = lab.chainrouter("step", check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the lab is not paused", done.stderr)


class Others(unittest.TestCase):
    def test_a_paused_lab_ends_with_a_word_to_its_neighbours(self):
        with lab.Lab(3, prefix="MOT_") as chain:
            lab.chainrouter("pause")
            lab.chainrouter("announce", chain.name(0), FRESH)
            self.assertEqual(chain.end(signal.SIGTERM), 0)
            self.assertIn("everything is gone", chain.process.stderr.read())

    def test_foreign_clocks(self):
        with lab.Lab(2, "--foreign", "2", prefix="MOT_", wait=False):
            lab.eventually(lambda: lab.chainrouter("list", check=False).stdout.count("MOT_") == 2, "two of ours")
            for words in (["pause"], ["speed", "0.5"]):
                done = lab.chainrouter(*words, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("clocks of their own", done.stderr)


if __name__ == "__main__":
    lab.main()
