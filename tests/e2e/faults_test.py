#!/usr/bin/env python3
"""The ends of labs, by signals and kill -9 in every phase, and what must stop a lab from beginning."""

import json
import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

import running_lab as lab

class Ends(unittest.TestCase):
    """However a lab ends, the host is as it was before."""

    def setUp(self):
        self.before = lab.host_state()

    def assert_host_unchanged(self):
        self.assertEqual(lab.host_state(), self.before)

    def start_and_interrupt(self, number, after):
        chain = lab.Lab(30, prefix="END_", wait=False)
        time.sleep(after)  # a random moment is the point
        began = time.monotonic()
        chain.process.send_signal(number)
        status = chain.process.wait(timeout=lab.DEADLINE)
        took = time.monotonic() - began
        chain.__exit__()
        return status, took

    def test_signals_in_every_phase(self):
        moments = random.Random(7)
        for number in (signal.SIGINT, signal.SIGTERM):
            for _ in range(12):
                after = moments.uniform(0, 0.25)
                with self.subTest(signal=number, after=after):
                    status, took = self.start_and_interrupt(number, after)
                    self.assertIn(status, (0, -number))  # -number: before main() took the signal over
                    self.assertLess(took, 5)
                    self.assert_host_unchanged()

    def interrupt_when(self, line, number, *words):
        """Starts a lab and sends the signal when it has printed that line; returns status, output and seconds."""
        process = subprocess.Popen(
            [lab.PROGRAM, "--hops", "30", "--name-prefix", "END_", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with process:
            output = ""
            while line not in output:
                read = process.stdout.readline()
                self.assertNotEqual(read, "", f"ended without {line}: {output}")
                output += read
            began = time.monotonic()
            process.send_signal(number)
            output += process.communicate(timeout=lab.DEADLINE)[0]
            return process.returncode, output, time.monotonic() - began

    # The line that ends the phase before, and what else is asked of the lab. With MRAI the routes take their time.
    PHASES = {
        "linking": ("namespaces: 31", []),
        "starting": ("links: 30", []),
        "converging": ("sessions: 30", ["--mrai", "1"]),
        "converged": ("Ctrl-C ends it", []),
    }

    def test_signals_by_phase(self):
        for phase, (line, words) in self.PHASES.items():
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(phase=phase, signal=number):
                    status, output, took = self.interrupt_when(line, number, *words)
                    self.assertEqual(status, 0, output)
                    self.assertIn("everything is gone again", output)
                    self.assertEqual("hops converged" in output, phase == "converged")
                    self.assertLess(took, 5)
                    self.assert_host_unchanged()

    def test_who_waits_for_convergence_learns_that_it_did_not_come(self):
        line, words = self.PHASES["converging"]
        status, output, _ = self.interrupt_when(line, signal.SIGINT, "--exit-when-converged", *words)
        self.assertEqual(status, 3, output)
        self.assert_host_unchanged()

    def test_kill_9_by_phase_then_the_same_again(self):
        # No signal handler need be there yet for this one.
        for phase, (line, words) in {"building": ("routers to build", []), **self.PHASES}.items():
            with self.subTest(phase=phase):
                status, _, _ = self.interrupt_when(line, signal.SIGKILL, *words)
                self.assertEqual(status, -signal.SIGKILL)
                with lab.Lab(30, prefix="END_") as again:
                    self.assertEqual(again.report["routes"], 30 * 31 + 30)
                    self.assertTrue(again.settled(), again.difference())
                self.assert_host_unchanged()

    def test_kill_9_in_every_phase_then_again(self):
        """From the start to the end of the teardown, as root's own lab and as one in a user namespace. KILLS: how many
        moments in all."""
        moments = random.Random(9)
        for number in range(int(os.environ.get("KILLS", "16"))):
            rootless, leaving = number % 2 == 1, number % 4 >= 2
            words = ["--rootless", "yes" if rootless else "no"]
            after = moments.uniform(0, 0.04 if leaving else 0.3)
            with self.subTest(after=after, rootless=rootless, leaving=leaving):
                chain = lab.Lab(30, *words, prefix="END_", wait=leaving)
                if leaving:
                    chain.process.send_signal(signal.SIGTERM)
                time.sleep(after)  # a random moment is the point
                chain.kill()
                chain.__exit__()
                again = lab.chainrouter("--hops", "3", "--name-prefix", "END_", "--exit-when-converged", *words, check=False)
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assert_host_unchanged()

    def test_who_is_still_inside_is_named_and_left_alone(self):
        with lab.Lab(3, prefix="END_") as chain:
            inside = subprocess.Popen(["ip", "netns", "exec", chain.name(2), "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            inside.stdin.write(b"here\n")
            inside.stdin.flush()
            self.assertEqual(inside.stdout.readline(), b"here\n")
            self.assertEqual(chain.end(), 0)
            self.assertIn(f"END_2: cat (process {inside.pid}) is still inside", chain.process.stderr.read())
            self.assertIsNone(inside.poll())
            self.assertEqual(inside.communicate(b"there\n", timeout=lab.DEADLINE)[0], b"there\n")
        self.assert_host_unchanged()

    def test_kill_9_when_converged_then_clean(self):
        chain = lab.Lab(30, prefix="END_")
        namespaces = lab.namespaces_of(chain.process.pid)
        self.assertEqual(len(namespaces), 31 + 1)  # one is nobody's, and the first to go (ADR 25)
        chain.kill()
        chain.__exit__()
        self.assertTrue(os.path.islink("/run/netns/END_5"))
        cleaned = lab.chainrouter("clean").stdout
        self.assertIn("/run/netns/END_5", cleaned)
        self.assert_host_unchanged()

    def test_clean_leaves_a_living_lab_and_foreign_names_alone(self):
        lab.run("ip", "netns", "add", "NOT_OURS")
        try:
            with lab.Lab(3, prefix="LIVE_") as chain:
                lab.chainrouter("clean")
                self.assertTrue(chain.settled())
            self.assertTrue(os.path.exists("/run/netns/NOT_OURS"))
        finally:
            lab.run("ip", "netns", "del", "NOT_OURS")

    def test_a_taken_name_is_refused_before_anything_is_built(self):
        lab.run("ip", "netns", "add", "TAKEN_2")
        try:
            done = lab.chainrouter("--hops", "3", "--name-prefix", "TAKEN_", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("/run/netns/TAKEN_2 exists and is not ours", done.stderr)
            self.assertEqual(sorted(pathlib.Path("/run/netns").glob("TAKEN_*")), [pathlib.Path("/run/netns/TAKEN_2")])
        finally:
            lab.run("ip", "netns", "del", "TAKEN_2")

    def test_the_host_is_as_it_was_while_the_lab_runs(self):
        def of_the_network(state):
            return [line for line in state if not line.startswith("/run")]

        with lab.Lab(10, prefix="STAY_") as chain:
            self.assertEqual(of_the_network(lab.host_state()), of_the_network(self.before))
            self.assertTrue(chain.settled())
        self.assert_host_unchanged()

    def test_two_labs_side_by_side(self):
        with lab.Lab(5, prefix="A_") as first, lab.Lab(5, prefix="B_") as second:
            self.assertTrue(first.settled() and second.settled())
            self.assertEqual(lab.chainrouter("wait").stderr, "")  # for both
            third = lab.chainrouter("--hops", "5", "--name-prefix", "A_", check=False)
            self.assertEqual(third.returncode, 1)
            self.assertIn("already running", third.stderr)
        self.assert_host_unchanged()

    def test_a_neighbour_sees_cease_and_no_withdrawals_at_the_end(self):
        with lab.Lab(10, prefix="BYE_") as chain:
            watch = subprocess.Popen(["ip", "-n", chain.name(5), "monitor", "route"], stdout=subprocess.PIPE, text=True)
            lab.eventually(lambda: os.path.exists(f"/proc/{watch.pid}/fd/3"), "the monitor listens")
            self.assertEqual(chain.end(signal.SIGTERM), 0)
        watch.terminate()
        deleted = [l for l in watch.communicate(timeout=lab.DEADLINE)[0].splitlines() if "proto bgp" in l]
        self.assertEqual(deleted, [])


class Mistakes(unittest.TestCase):
    def test_bad_input_is_one_sentence_and_status_2(self):
        for words in (["--hops", "0"], ["--hops", "-5"], ["--hops", "x"], ["--hops", "99999999"], ["--hpos", "3"],
                      ["shwo"], ["--target", "172.31.5.7"], ["--mrai", "-1"], ["--format", "xml"], ["exec", "ROUTER_1"]):
            with self.subTest(words=words):
                done = lab.chainrouter(*words, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_the_nearest_word(self):
        self.assertIn('did you mean "doctor"', lab.chainrouter("docter", check=False).stderr)

    def test_without_privilege(self):
        done = lab.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.PROGRAM, "--hops", "3",
                       "--rootless", "no", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("sudo", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_without_privilege_looking_inside(self):
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.PROGRAM]
        with lab.Lab(2, prefix="MINE_") as chain:
            for words in (["exec", chain.name(1), "--", "true"], ["show", chain.name(1), "ip bgp"], ["list"], ["trace"]):
                with self.subTest(words=words):
                    done = lab.run(*nobody, *words, check=False)
                    self.assertEqual(done.returncode, 5, done.stderr)
                    self.assertIn("sudo", done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1)

    def test_doctor_and_plan(self):
        before = lab.host_state()
        self.assertIn("can be run here", lab.chainrouter("doctor").stdout)
        findings = json.loads(lab.chainrouter("doctor", "--hops", "300", "--format", "json").stdout)
        self.assertTrue(findings["fit"])
        self.assertIn("8-bit TTL", "".join(finding["advice"] for finding in findings["findings"]))
        self.assertEqual(lab.host_state(), before)
        plan = lab.chainrouter("--hops", "10000", "--plan").stdout.splitlines()
        self.assertEqual(len(plan), 10002)

    def test_more_than_the_machine_has(self):
        """Nothing is begun that cannot end well: IPv4's whole /16 of links would take a terabyte."""
        before = lab.host_state()
        for words, status in ((["--hops", "65790"], 5), (["doctor", "--hops", "65790"], 5)):
            done = lab.chainrouter(*words, check=False)
            self.assertEqual(done.returncode, status)
        refused = lab.chainrouter("--hops", "65790", check=False)
        self.assertRegex(refused.stderr, r"^chainrouter: 65791 routers are too many for this machine: [^\n]+\n$")
        self.assertEqual(refused.stdout, "")
        self.assertEqual(lab.host_state(), before)

    def test_no_lab(self):
        done = lab.chainrouter("show", "NOBODY_1", "ip bgp", check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    lab.main()
