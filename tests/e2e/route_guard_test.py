#!/usr/bin/env python3
"""Somebody else's hand in a router's kernel table: what was ours is put back and reported, what was never ours stays."""

import contextlib
import os
import unittest

import running_lab as lab

HOPS = 4
ROUTER = 2
BEHIND_LEFT = "172.31.0.0/24"  # ROUTER_0's own, by way of the left neighbour
ELSEWHERE = "203.0.113.0/24"  # nobody's


class Guarded(unittest.TestCase):
    WORDS = ()

    def setUp(self):
        self.before = lab.host_state()
        self.lab = lab.Lab(HOPS, *self.WORDS, prefix="GUARD_")
        os.set_blocking(self.lab.process.stderr.fileno(), False)
        self.said = ""
        self.await_guard()

    def await_guard(self):
        """Changes made before the first look, right after convergence, are found and put back, but nobody knows whose
        they were: on a slow machine that look may still be to come."""
        for number in range(1, 10):
            self.route(f"del {BEHIND_LEFT}")
            self.check_reported(number=number)
            self.check_put_back()
            if "our route" in self.reports()[-1]:
                break
        self.said = ""

    def tearDown(self):
        self.lab.__exit__()
        self.assertEqual(lab.host_state(), self.before)

    def route(self, words):
        lab.run("ip", "-n", self.lab.name(ROUTER), "route", *words.split())

    def nexthop(self, words):
        lab.run("ip", "-n", self.lab.name(ROUTER), "nexthop", *words.split())

    def reports(self):
        with contextlib.suppress(BlockingIOError):
            self.said += os.read(self.lab.process.stderr.fileno(), 65536).decode()
        return [line for line in self.said.splitlines() if "put back" in line]

    def check_reported(self, *words, number):
        lab.eventually(lambda: len(self.reports()) >= number, lambda: f"{number} reports in: {self.said}")
        for word in words:
            self.assertIn(word, self.reports()[-1])

    def check_put_back(self):
        lab.eventually(self.lab.settled, lambda: self.lab.difference())


class WhateverTheNexthops:
    """With routes of either kind."""

    def test_deleted(self):
        self.route(f"del {BEHIND_LEFT}")
        self.check_put_back()
        self.check_reported(self.lab.name(ROUTER), f"our route {BEHIND_LEFT}", number=1)

    def test_replaced(self):
        self.route(f"replace {BEHIND_LEFT} via {lab.address_of(ROUTER + 1, True)} metric 20")
        self.check_put_back()
        self.check_reported(f"our route {BEHIND_LEFT}", number=1)

    def test_others_routes(self):
        self.route(f"add {ELSEWHERE} dev lo metric 20")
        self.route(f"add {BEHIND_LEFT} dev lo metric 7")  # a better one than ours, beside it
        self.route(f"del {BEHIND_LEFT} metric 20")
        self.check_reported(number=1)
        there = {(route["dst"], route.get("metric")) for route in lab.ip(self.lab.name(ROUTER), "route", "show")}
        for known in ((ELSEWHERE, 20), (BEHIND_LEFT, 7), (BEHIND_LEFT, 20)):
            self.assertIn(known, there)
        self.route(f"del {BEHIND_LEFT} metric 7")
        self.route(f"del {ELSEWHERE}")
        self.check_put_back()
        self.assertEqual(len(self.reports()), 1)


class Objects(WhateverTheNexthops, Guarded):
    def test_nexthop_object_removed(self):
        """The kernel tells of no route that goes with it."""
        self.nexthop("flush")
        self.check_put_back()
        self.check_reported("of our routes were gone or changed: put back", number=1)

    def test_nexthop_object_led_elsewhere(self):
        numbers = [nexthop["id"] for nexthop in lab.ip(self.lab.name(ROUTER), "nexthop", "show")]
        self.nexthop(f"replace id {numbers[0]} via {lab.address_of(ROUTER + 1, True)} dev right")
        self.nexthop(f"replace id {numbers[1]} via {lab.address_of(ROUTER + 1, True)} dev right")
        self.check_put_back()


class InEachRoute(WhateverTheNexthops, Guarded):
    WORDS = ("--nexthops", "route")

    def test_all_flushed_again_and_again(self):
        for _ in range(20):
            self.route("flush proto bgp")
        self.check_put_back()
        self.check_reported("more", number=1)



if __name__ == "__main__":
    lab.main()
