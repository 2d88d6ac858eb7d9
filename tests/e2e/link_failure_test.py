"""Links cut three ways, in the middle and at both ends of a chain: what lay behind them is withdrawn everywhere, and
heals where it can. Other people's routes stay as they are."""

import json

import lab
from lab import oracle, run

HOPS = 20
LINKS = (1, HOPS // 2, HOPS)
NEW = "203.0.113.0/24"


class LinkFailure(lab.TestCase):
    def check_cut(self, running, broken):
        """The tables become, and stay, what they must be with these links broken."""
        running.await_tables(oracle(HOPS, broken))
        running.wait_until_quiet()
        self.assertEqual(running.tables(), oracle(HOPS, broken))

    def cut_and_heal(self, end_of):
        with lab.Lab(HOPS) as running:
            for link in LINKS:
                with self.subTest(link=link):
                    router, device = end_of(link)
                    running.ip(router, "link", "set", device, "down")
                    self.check_cut(running, {link})
                    running.ip(router, "link", "set", device, "up")
                    self.check_cut(running, set())
            with self.subTest("all three at once"):
                for link in LINKS:
                    router, device = end_of(link)
                    running.ip(router, "link", "set", device, "down")
                self.check_cut(running, set(LINKS))
                for link in LINKS:
                    router, device = end_of(link)
                    running.ip(router, "link", "set", device, "up")
                self.check_cut(running, set())
            done = running.inside(HOPS, "ping", "-n", "-c", "1", "-W", "2", "198.51.100.1")
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_left_end_down(self):
        self.cut_and_heal(lambda link: (link - 1, "right"))

    def test_right_end_down(self):
        self.cut_and_heal(lambda link: (link, "left"))

    def test_link_deleted(self):
        with lab.Lab(HOPS) as running:
            broken = set()
            for link in (LINKS[1], LINKS[0], LINKS[2]):
                running.ip(link, "link", "del", "left")
                broken.add(link)
                self.check_cut(running, broken)
            # And the lab is still there to be asked.
            routers = json.loads(run("list", "--format", "json").stdout)["labs"][0]["routers"]
            self.assertEqual(sum(router["sessions"] for router in routers), 2 * (HOPS - len(broken)))

    def test_flapping_ends_as_if_it_had_never_been(self):
        with lab.Lab(HOPS) as running:
            batch = "link set left down\nlink set left up\n" * 50
            for router in (1, HOPS // 2, HOPS):
                done = lab.subprocess.run(
                    ["ip", "-n", running.name(router), "-batch", "-"], input=batch, text=True, check=False
                )
                self.assertEqual(done.returncode, 0)
            self.check_cut(running, set())
            done = running.inside(HOPS, "ping", "-n", "-c", "1", "-W", "2", "198.51.100.1")
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_link_that_flaps_and_is_deleted_harms_nobody_else(self):
        with lab.Lab(HOPS) as running:
            batch = "link set left down\nlink set left up\n" * 10 + "link del left\n"
            for link in (HOPS // 2, 3, HOPS):
                done = lab.subprocess.run(
                    ["ip", "-n", running.name(link), "-batch", "-"], input=batch, text=True, check=False
                )
                self.assertEqual(done.returncode, 0)
            self.check_cut(running, {HOPS // 2, 3, HOPS})
            # Those routers still see what happens to their other links.
            running.ip(HOPS // 2, "link", "set", "right", "down")
            self.check_cut(running, {HOPS // 2, HOPS // 2 + 1, 3, HOPS})
            running.ip(HOPS // 2, "link", "set", "right", "up")
            self.check_cut(running, {HOPS // 2, 3, HOPS})


class ForeignRoutes(lab.TestCase):
    ROUTER = HOPS // 2

    def others(self, running):
        """The routes to NEW in ROUTER that are not ours."""
        routes = json.loads(running.ip(self.ROUTER, "-j", "route", "show", NEW))
        return [route for route in routes if route.get("protocol") != "bgp"]

    def ours(self, running):
        return running.table(self.ROUTER).get(NEW)

    def add_others(self, running):
        # A connected route, which has metric 0, and two static ones.
        running.ip(self.ROUTER, "link", "add", "mine", "type", "veth", "peer", "name", "yours")
        running.ip(self.ROUTER, "link", "set", "yours", "up")
        running.ip(self.ROUTER, "link", "set", "mine", "up")
        running.ip(self.ROUTER, "addr", "add", "203.0.113.7/24", "dev", "mine")
        gateway = f"172.31.{self.ROUTER}.2"
        running.ip(self.ROUTER, "route", "add", NEW, "via", gateway, "proto", "static", "metric", "5")
        running.ip(self.ROUTER, "route", "add", NEW, "via", gateway, "proto", "static", "metric", "77")
        return self.others(running)

    def check_others_survive(self, running, others):
        """Ours goes, comes and goes beside them."""
        self.assertEqual(len(others), 3)
        for announce in (False, True, False):
            (running.announce if announce else running.withdraw)(0, NEW)
            running.wait_until_quiet()
            self.assertEqual(self.ours(running) is not None, announce)
            self.assertEqual(NEW in running.table(HOPS), announce)
            self.assertEqual(self.others(running), others)

    def test_theirs_first(self):
        with lab.Lab(HOPS) as running:
            others = self.add_others(running)
            running.announce(0, NEW)
            running.wait_until_quiet()
            self.assertEqual(self.ours(running), (f"172.31.{self.ROUTER}.2", "left", 20))
            self.check_others_survive(running, others)

    def test_ours_first(self):
        with lab.Lab(HOPS) as running:
            running.announce(0, NEW)
            running.wait_until_quiet()
            self.assertEqual(running.tables(), oracle(HOPS, everywhere=(NEW,)))
            others = self.add_others(running)
            self.assertIsNotNone(self.ours(running))
            self.check_others_survive(running, others)

    def test_metric_zero(self):
        with lab.Lab(HOPS) as running:
            running.ip(self.ROUTER, "route", "add", NEW, "dev", "right", "proto", "static")
            others = self.others(running)
            self.assertEqual(len(others), 1)
            for _ in range(2):
                running.announce(0, NEW)
                running.wait_until_quiet()
                self.assertIsNotNone(self.ours(running))
                self.assertEqual(self.others(running), others)
                running.withdraw(0, NEW)
                running.wait_until_quiet()
                self.assertIsNone(self.ours(running))
                self.assertEqual(self.others(running), others)

    def test_a_foreign_route_at_our_own_metric_stays_and_ours_is_not_passed_on(self):
        with lab.Lab(HOPS) as running:
            running.ip(self.ROUTER, "route", "add", NEW, "dev", "right", "proto", "static", "metric", "20")
            others = self.others(running)
            running.announce(0, NEW)
            running.wait_until_quiet()
            self.assertIsNone(self.ours(running))
            self.assertEqual(self.others(running), others)
            self.assertIn(NEW, running.table(self.ROUTER - 1))
            self.assertNotIn(NEW, running.table(self.ROUTER + 1))  # what the kernel refused is not announced
            routers = json.loads(run("list", "--format", "json").stdout)["labs"][0]["routers"]
            self.assertEqual([router["routesFailed"] for router in routers], [int(i == self.ROUTER) for i in range(HOPS + 1)])
            running.withdraw(0, NEW)
            running.wait_until_quiet()
            self.assertEqual(self.others(running), others)
            running.ip(self.ROUTER, "route", "del", NEW, "metric", "20")
            running.announce(0, NEW)
            running.wait_until_quiet()
            self.assertEqual(running.tables(), oracle(HOPS, everywhere=(NEW,)))


if __name__ == "__main__":
    lab.main()
