#!/usr/bin/env python3
"""Links cut three ways, foreign routes, and the ends of labs: signals and kill -9 in every phase."""

import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

import running_lab as lab

HOPS = 20


class Cuts(unittest.TestCase):
    """Link `k` joins routers k-1 and k: it is `right` at k-1 and `left` at k."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="CUT_")

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def set_link(self, router, side, state):
        lab.run("ip", "-n", self.lab.name(router), "link", "set", side, state)

    def cut_and_heal(self, link, at_left_end):
        end = (link - 1, "right") if at_left_end else (link, "left")
        self.set_link(*end, "down")
        lab.eventually(lambda: self.lab.settled(cut=[link]), f"withdrawn behind link {link}")
        self.set_link(*end, "up")
        lab.eventually(self.lab.settled, f"healed link {link}")

    def test_left_end_down(self):
        for link in (1, HOPS // 2, HOPS):
            with self.subTest(link=link):
                self.cut_and_heal(link, at_left_end=True)

    def test_right_end_down(self):
        for link in (1, HOPS // 2, HOPS):
            with self.subTest(link=link):
                self.cut_and_heal(link, at_left_end=False)

    def test_quick_flap_heals(self):
        for _ in range(5):
            self.set_link(10, "left", "down")
            self.set_link(10, "left", "up")
        lab.eventually(self.lab.settled, "all routes after a flap")
        neighbours = lab.ip(self.lab.name(10), "neigh", "show", "dev", "left")
        self.assertIn("PERMANENT", [state for n in neighbours for state in n["state"]])


class Deleted(unittest.TestCase):
    def test_deleted_link_withdraws_what_lay_behind(self):
        for link in (1, 4, 8):
            with self.subTest(link=link), lab.Lab(8, prefix="DEL_") as chain:
                lab.run("ip", "-n", chain.name(link), "link", "del", "left")
                lab.eventually(lambda: chain.settled(cut=[link]), f"withdrawn behind link {link}")
                self.assertIsNone(chain.process.poll())


class ForeignRoutes(unittest.TestCase):
    def test_connected_and_foreign_routes_stay(self):
        with lab.Lab(4, prefix="FOR_") as chain:
            name = chain.name(2)
            lab.run("ip", "-n", name, "route", "add", "172.31.0.0/24", "via", "172.31.2.2", "proto", "static")
            lab.run("ip", "-n", name, "route", "add", "172.31.0.0/24", "via", "172.31.2.2", "metric", "50",
                    "proto", "static")

            def foreign():
                return [r for r in lab.ip(name, "route") if r["protocol"] != "bgp"]

            before = foreign()
            self.assertEqual(len(before), 4)  # two connected, two static
            lab.run("ip", "-n", chain.name(1), "link", "set", "left", "down")  # takes ours away
            lab.eventually(lambda: "172.31.0.0/24" not in lab.bgp_routes(name), "ours is gone")
            self.assertEqual(foreign(), before)
            lab.run("ip", "-n", chain.name(1), "link", "set", "left", "up")
            lab.eventually(lambda: "172.31.0.0/24" in lab.bgp_routes(name), "ours is back")
            self.assertEqual(foreign(), before)

    def test_a_foreign_route_at_our_metric_is_not_overwritten(self):
        with lab.Lab(4, prefix="MET_") as chain:
            name = chain.name(2)
            lab.run("ip", "-n", name, "route", "add", "203.0.113.0/24", "via", "172.31.2.2", "metric", "20", "proto",
                    "static")
            lab.chainrouter("announce", chain.name(0), "203.0.113.0/24")
            lab.eventually(lambda: "203.0.113.0/24" in lab.bgp_routes(chain.name(1)), "the route one hop before")
            lab.eventually(
                lambda: "refused it: File exists"
                in lab.chainrouter("show", name, "ip bgp 203.0.113.0/24").stdout, "the refusal is shown")
            # Refused here, so not announced on.
            self.assertNotIn("203.0.113.0/24", lab.bgp_routes(chain.name(3)))
            self.assertNotIn("203.0.113.0/24", lab.bgp_routes(name))


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

    def test_kill_9_in_every_phase_then_again(self):
        moments = random.Random(9)
        for _ in range(12):
            after = moments.uniform(0, 0.25)
            with self.subTest(after=after):
                chain = lab.Lab(30, prefix="END_", wait=False)
                time.sleep(after)
                chain.kill()
                chain.__exit__()
                again = lab.chainrouter("--hops", "3", "--name-prefix", "END_", "--exit-when-converged", check=False)
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assert_host_unchanged()

    def test_kill_9_when_converged_then_clean(self):
        chain = lab.Lab(30, prefix="END_")
        namespaces = lab.namespaces_of(chain.process.pid)
        self.assertEqual(len(namespaces), 31)
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

    def test_two_labs_side_by_side(self):
        with lab.Lab(5, prefix="A_") as first, lab.Lab(5, prefix="B_") as second:
            self.assertTrue(first.settled() and second.settled())
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
                       check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("sudo", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_doctor_and_plan(self):
        self.assertIn("can be run here", lab.chainrouter("doctor").stdout)
        plan = lab.chainrouter("--hops", "10000", "--plan").stdout.splitlines()
        self.assertEqual(len(plan), 10002)

    def test_no_lab(self):
        done = lab.chainrouter("show", "NOBODY_1", "ip bgp", check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    lab.main()
