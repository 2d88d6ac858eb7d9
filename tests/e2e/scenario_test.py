#!/usr/bin/env python3
"""Scenario files: the examples of docs/scenarios/ have the same verdicts in the simulator and on the kernel; exit
statuses; ends in the middle."""

import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

import running_lab as lab

EXAMPLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "docs" / "scenarios").glob("*.scenario"))
HOPS = "10"


def play(path, *words, hops=HOPS, prefix="ROUTER_", **options):
    return lab.chainrouter("--hops", hops, "--name-prefix", prefix, "--scenario", str(path), *words, **options)


def verdicts(done):
    """(line, statement, what was chosen or found, met) of each step: all but the times."""
    report = json.loads(done.stdout)
    return [(step["line"], step["statement"], step.get("what"), step.get("met")) for step in report["played"]]


class Scenarios(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.before = lab.host_state()

    def tearDown(self):
        self.folder.cleanup()
        self.assertEqual(lab.host_state(), self.before)

    def file(self, text):
        path = pathlib.Path(self.folder.name) / "x.scenario"
        path.write_text(text)
        return path

    def test_the_examples_go_the_same_way_on_the_kernel_and_in_the_simulator(self):
        self.assertGreaterEqual(len(EXAMPLES), 4)
        for path in EXAMPLES:
            with self.subTest(example=path.name):
                kernel = play(path, "--format", "json", check=False)
                simulated = play(path, "--format", "json", "--simulate", check=False)
                self.assertEqual((kernel.returncode, simulated.returncode), (0, 0), kernel.stderr + simulated.stderr)
                self.assertEqual(verdicts(kernel), verdicts(simulated))
                self.assertGreater(json.loads(kernel.stdout)["expectations"], 0)

    def test_an_expectation_that_is_not_met(self):
        path = self.file("link 4-5 down\nexpect converged within 5s\n"
                         "expect route ROUTER_10 default present\n\nexpect route 3 default present\n"
                         "withdraw 3 172.31.3.0/24\nexpect converged within 5s\nexpect tables\n")
        for words in ([], ["--simulate"]):
            with self.subTest(words=words):
                done = play(path, *words, check=False)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn(f"{path}:3: not so: expect route ROUTER_10 default present; there is none", done.stderr)
                self.assertEqual(done.stdout, f"{path}: 2 changes, 5 expectations, 1 of them not met\n")

    def test_a_network_withdrawn_at_one_end_is_learnt_from_the_other(self):
        path = self.file("withdraw 3 172.31.3.0/24\nexpect converged within 5s\nexpect tables\n"
                         "expect route 3 172.31.3.0/24 present\n")
        for words in ([], ["--simulate"]):
            self.assertEqual(play(path, *words, check=False).returncode, 0)

    def test_what_somebody_else_does_is_seen_by_the_tables(self):
        """`expect tables` reads the kernel, not what the speakers believe."""
        path = self.file("at 1s expect tables\nat 2s expect tables\n")
        with subprocess.Popen([lab.PROGRAM, "--hops", "3", "--name-prefix", "SC_", "--scenario", str(path)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            line = ""
            while "expect tables" not in line:
                line = process.stderr.readline()
                self.assertNotEqual(line, "")
            self.assertIn("yes", line)
            lab.run("ip", "-n", "SC_3", "link", "del", "left")
            said = process.stderr.read()
            self.assertEqual(process.wait(timeout=lab.DEADLINE), 4, said)
            self.assertIn("SC_", said)

    def test_mistakes_are_found_before_anything_is_built(self):
        rows = [
            ("at 5s link 3-4 down\nflap 3-4\n", ":2: I do not know \"flap\""),
            ("link 10-11 down\n", ":1: there is no link 10-11 in a chain of 10 hops; write 0-1 to 9-10"),
            ("router B_1 down\n", ":1: \"B_1\" is no router"),
        ]
        for text, sentence in rows:
            for words in ([], ["--simulate"]):
                with self.subTest(text=text, words=words):
                    path = self.file(text)
                    done = play(path, *words, check=False)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertIn(f"{path}{sentence}", done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1)
        for words, sentence in (
            (["--scenario", "/nonexistent"], "cannot read /nonexistent: No such file"),
            (["--simulate"], "--scenario FILE says which"),
            (["--scenario", "x", "--foreign", "1"], "--foreign"),
        ):
            done = lab.chainrouter("--hops", "3", *words, check=False)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
            self.assertIn(sentence, done.stderr)

    def test_the_simulator_needs_no_privilege_and_no_time(self):
        path = self.file("at 100m link 3-4 down\nexpect converged within 1s\nat 200m heal\nexpect converged within 5s\n"
                         "expect tables\n")
        done = lab.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.PROGRAM, "--hops", "5",
                       "--scenario", "-", "--simulate", "--rootless", "no", input=path.read_text(), timeout=60)
        self.assertIn("all met", done.stdout)

    def test_not_converged(self):
        done = play(self.file("heal\n"), "--mrai", "30", "--timeout", "0.5", check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        done = play(self.file("heal\n"), "--mrai", "30", "--timeout", "0.5", "--simulate", check=False)
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_broken_off(self):
        path = self.file("link 0-1 down\nat 1000s heal\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([lab.PROGRAM, "--hops", "3", "--name-prefix", "SC_", "--scenario", str(path)],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while "link 0-1 down" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            process.send_signal(number)
            out, said = process.communicate(timeout=lab.DEADLINE)
            self.assertEqual(process.returncode, 1, said)
            self.assertIn("was broken off", said)
            self.assertIn("everything is gone again", said)

    def test_without_root(self):
        if lab.run("unshare", "-r", "true", check=False).returncode != 0:
            self.skipTest("no user namespaces here")
        done = play(EXAMPLES[0], "--rootless", "yes", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("all met", done.stdout)


if __name__ == "__main__":
    lab.main()
