#!/usr/bin/env python3
"""Links cut three ways, in the middle and at both ends of a chain: what lay behind them is withdrawn everywhere, and
heals where it can. Other people's routes stay as they are.

Link `k` joins routers k-1 and k: it is `right` at k-1 and `left` at k.
"""

import json
import unittest

import running_lab as lab

HOPS = 100
LINKS = (1, HOPS // 2, HOPS)
FOREIGN_HOPS = 20  # other people's routes are the same in each router
NEW = "203.0.113.0/24"


def of_all_routers(key):
    """What `list` says of each router of the only lab."""
    return [router[key] for router in json.loads(lab.chainrouter("list", "--format", "json").stdout)["labs"][0]["routers"]]


class Cuts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="CUT_")

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def set_link(self, end, state):
        router, side = end
        lab.run("ip", "-n", self.lab.name(router), "link", "set", side, state)

    def check_ping(self):
        lab.run("ip", "netns", "exec", self.lab.name(HOPS), "ping", "-n", "-c", "1", "-W", "2", "198.51.100.1")

    def cut_and_heal(self, end_of):
        for link in LINKS:
            with self.subTest(link=link):
                self.set_link(end_of(link), "down")
                self.lab.await_settled(cut=[link])
                self.set_link(end_of(link), "up")
                self.lab.await_settled()
        for link in LINKS:
            self.set_link(end_of(link), "down")
        self.lab.await_settled(cut=LINKS)
        for link in LINKS:
            self.set_link(end_of(link), "up")
        self.lab.await_settled()
        self.check_ping()

    def test_left_end_down(self):
        self.cut_and_heal(lambda link: (link - 1, "right"))

    def test_right_end_down(self):
        self.cut_and_heal(lambda link: (link, "left"))

    def test_flapping_ends_as_if_it_had_never_been(self):
        for router in LINKS:
            flaps = "link set left down\nlink set left up\n" * 50
            lab.run("ip", "-n", self.lab.name(router), "-batch", "-", input=flaps)
        self.lab.await_settled()
        self.check_ping()
        neighbours = lab.ip(self.lab.name(HOPS // 2), "neigh", "show", "dev", "left")
        self.assertIn("PERMANENT", [state for neighbour in neighbours for state in neighbour["state"]])


class Deleted(unittest.TestCase):
    def test_one_after_the_other(self):
        with lab.Lab(HOPS, prefix="DEL_") as chain:
            cut = []
            for link in (LINKS[1], LINKS[0], LINKS[2]):
                lab.run("ip", "-n", chain.name(link), "link", "del", "left")
                cut.append(link)
                chain.await_settled(cut)
            self.assertEqual(sum(of_all_routers("sessions")), 2 * (HOPS - len(cut)))

    def test_flapping_and_then_deleted(self):
        """The notifications of the flaps are read when the link is gone already."""
        with lab.Lab(HOPS, prefix="DEL_") as chain:
            cut = [3, HOPS // 2, HOPS]
            for link in cut:
                flaps = "link set left down\nlink set left up\n" * 10 + "link del left\n"
                lab.run("ip", "-n", chain.name(link), "-batch", "-", input=flaps)
            chain.await_settled(cut)
            # Those routers still see what happens to their other links.
            for link in cut[:2]:
                lab.run("ip", "-n", chain.name(link), "link", "set", "right", "down")
                chain.await_settled([*cut, link + 1])
                lab.run("ip", "-n", chain.name(link), "link", "set", "right", "up")
                chain.await_settled(cut)


class ForeignRoutes(unittest.TestCase):
    ROUTER = FOREIGN_HOPS // 2
    LEFT = f"172.31.{FOREIGN_HOPS // 2}.2"

    def setUp(self):
        self.lab = lab.Lab(FOREIGN_HOPS, prefix="FOR_")

    def tearDown(self):
        self.lab.__exit__()

    def in_router(self, words):
        lab.run("ip", "-n", self.lab.name(self.ROUTER), *words.split())

    def others(self):
        """The routes to NEW in ROUTER that are not ours."""
        routes = lab.ip(self.lab.name(self.ROUTER), "route", "show", NEW)
        return [route for route in routes if route["protocol"] != "bgp"]

    def ours(self):
        return lab.bgp_routes(self.lab.name(self.ROUTER)).get(NEW)

    def originate(self, verb):
        lab.chainrouter(verb, self.lab.name(0), NEW)
        self.lab.quiet()

    def add_others(self):
        """A connected route, which has metric 0, and two static ones."""
        self.in_router("link add mine type veth peer name yours")
        self.in_router("link set yours up")
        self.in_router("link set mine up")
        self.in_router("address add 203.0.113.7/24 dev mine")
        self.in_router(f"route add {NEW} via {self.LEFT} proto static metric 5")
        self.in_router(f"route add {NEW} via {self.LEFT} proto static metric 77")
        self.lab.quiet()
        others = self.others()
        self.assertEqual(len(others), 3)
        return others

    def check_others_survive(self, others):
        """Ours goes, comes and goes beside them."""
        for verb in ("withdraw", "announce", "withdraw"):
            self.originate(verb)
            self.assertEqual(self.ours(), self.LEFT if verb == "announce" else None)
            self.assertEqual(NEW in lab.bgp_routes(self.lab.name(FOREIGN_HOPS)), verb == "announce")
            self.assertEqual(self.others(), others)

    def test_theirs_first(self):
        others = self.add_others()
        self.originate("announce")
        self.assertEqual(self.ours(), self.LEFT)
        self.check_others_survive(others)

    def test_ours_first(self):
        self.originate("announce")
        self.assertEqual(self.ours(), self.LEFT)
        self.check_others_survive(self.add_others())

    def test_a_static_route_of_metric_zero(self):
        self.in_router(f"route add {NEW} dev right proto static")
        others = self.others()
        self.assertEqual(len(others), 1)
        self.originate("announce")
        self.assertEqual(self.ours(), self.LEFT)
        self.check_others_survive(others)

    def test_a_foreign_route_at_our_metric_is_not_overwritten(self):
        self.in_router(f"route add {NEW} dev right proto static metric 20")
        others = self.others()
        self.originate("announce")
        self.assertIsNone(self.ours())
        self.assertEqual(self.others(), others)
        name = self.lab.name(self.ROUTER)
        self.assertIn("refused it: File exists", lab.chainrouter("show", name, f"ip bgp {NEW}").stdout)
        self.assertEqual(of_all_routers("routesFailed"), [int(i == self.ROUTER) for i in range(FOREIGN_HOPS + 1)])
        # What the kernel refused is not announced on.
        having = [NEW in lab.bgp_routes(self.lab.name(i)) for i in range(FOREIGN_HOPS + 1)]
        self.assertEqual(having, [0 < i < self.ROUTER for i in range(FOREIGN_HOPS + 1)])
        self.originate("withdraw")
        self.assertEqual(self.others(), others)
        self.in_router(f"route del {NEW} metric 20")
        self.originate("announce")
        self.assertEqual(self.ours(), self.LEFT)
        self.assertEqual(of_all_routers("routesFailed"), [0] * (FOREIGN_HOPS + 1))


if __name__ == "__main__":
    lab.main()
