#!/usr/bin/env python3
"""`link`, `session` and `router` take parts of a running chain down and bring them back: what each does to interfaces,
sessions and every kernel table, and the sentence that each mistake gets."""

import json
import subprocess
import unittest

import running_lab as lab

HOPS = 12
MIDDLE = HOPS // 2


def tables_without_sessions(hops, links):
    """The oracle where sessions are down and their links are up: the links' subnets are still announced on both sides."""
    tables = []
    for router in range(hops + 1):
        whole, cut = (lab.expected_routes(router, hops, dead) for dead in ((), links))
        for link in links:  # the dead link's subnet is announced by the end that can be reached
            near = link - 1 if router < link else link
            between = range(min(router, near), max(router, near))
            if near != router and not any(other - 1 in between for other in links):
                cut[lab.prefix_of(link)] = whole[lab.prefix_of(link)]
        tables.append(cut)
    return tables


class Outages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="OUT_")

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def tearDown(self):
        self.lab.quiet()
        self.assertEqual(self.lab.difference(), "", "the test has not brought everything back")

    def check(self, cut=()):
        """No polling: the command returns when both ends know, `wait` when nothing follows from it any more."""
        self.lab.quiet()
        self.assertEqual(self.lab.difference(cut), "")

    def flags(self, router, side):
        return lab.ip(self.lab.name(router), "link", "show", "dev", side)[0]["flags"]

    def neighbors(self, router):
        text = lab.chainrouter("show", self.lab.name(router), "neighbors", "--format", "json").stdout
        return json.loads(text)["neighbors"]

    def test_link(self):
        for link in (1, MIDDLE, HOPS):
            with self.subTest(link=link):
                name = f"{link - 1}-{link}"
                lab.chainrouter("link", name, "down")
                self.assertNotIn("UP", self.flags(link - 1, "right"))
                self.assertNotIn("UP", self.flags(link, "left"))
                self.check(cut=[link])
                lab.chainrouter("link", name, "up")
                self.check()

    def test_what_is_down_already_goes_down_without_complaint(self):
        for state, cut in (("down", [3]), ("down", [3]), ("up", []), ("up", [])):
            lab.chainrouter("link", "OUT_2-OUT_3", state)
            self.check(cut)

    def test_several_links(self):
        cut = [2, MIDDLE, MIDDLE + 1, HOPS]
        for link in cut:
            lab.chainrouter("link", f"{link}-{link - 1}", "down")
        self.check(cut)
        for link in cut:
            lab.chainrouter("link", f"{link - 1}-{link}", "up")
        self.check()

    def test_session(self):
        lab.chainrouter("session", f"{MIDDLE - 1}-{MIDDLE}", "down")
        self.lab.quiet()
        self.assertIn("LOWER_UP", self.flags(MIDDLE, "left"))
        tables = tables_without_sessions(HOPS, [MIDDLE])
        for router in range(HOPS + 1):
            self.assertEqual(lab.bgp_routes(self.lab.name(router)), tables[router], router)
        for router, index in ((MIDDLE - 1, 1), (MIDDLE, 0)):
            neighbor = self.neighbors(router)[index]
            self.assertTrue(neighbor["adminDown"])
            self.assertEqual(neighbor["state"], "Idle")
        # RFC 4271 §8.1.2, Event 2: whoever was first has said Cease/Administrative Shutdown (RFC 4486).
        said = [self.neighbors(MIDDLE - 1)[1].get("lastErrorSent"), self.neighbors(MIDDLE)[0].get("lastErrorSent")]
        self.assertIn((6, 2), [(error["code"], error["subcode"]) for error in said if error])
        lab.chainrouter("session", f"{MIDDLE - 1}-{MIDDLE}", "up")
        self.check()

    def test_router(self):
        for router in (0, MIDDLE, HOPS):
            with self.subTest(router=router):
                lab.chainrouter("router", str(router), "down")
                own = [link for link in (router, router + 1) if 1 <= link <= HOPS]
                self.check(cut=own)
                self.assertEqual(lab.bgp_routes(self.lab.name(router)), {})
                for side in (["left"] if router > 0 else []) + (["right"] if router < HOPS else []):
                    self.assertNotIn("UP", self.flags(router, side))
                for neighbor in self.neighbors(router):
                    self.assertTrue(neighbor["adminDown"])
                if router > 0:  # its neighbour's end is up, without a carrier, and was told goodbye
                    self.assertIn("UP", self.flags(router - 1, "right"))
                    self.assertIn("NO-CARRIER", self.flags(router - 1, "right"))
                lab.chainrouter("router", self.lab.name(router), "up")
                self.check()

    def test_a_neighbour_of_a_router_that_goes_down_is_told(self):
        lab.chainrouter("router", "4", "down")
        received = self.neighbors(3)[1]["lastErrorReceived"]
        self.assertEqual((received["code"], received["subcode"]), (6, 2))
        lab.chainrouter("router", "4", "up")

    def test_what_is_ordered_while_a_router_is_down_holds_when_it_is_back(self):
        lab.chainrouter("router", "5", "down")
        lab.chainrouter("link", "5-6", "down")
        lab.chainrouter("link", "4-5", "up")
        self.check(cut=[5, 6])
        lab.chainrouter("router", "5", "up")
        self.check(cut=[6])
        lab.chainrouter("link", "5-6", "up")
        self.check()

    def test_all_at_once(self):
        """Commands that come together are done one after the other."""
        for state in ("down", "up"):
            together = [subprocess.Popen([lab.PROGRAM, "link", f"{link - 1}-{link}", state]) for link in range(1, HOPS + 1)]
            self.assertEqual([command.wait(timeout=lab.DEADLINE) for command in together], [0] * HOPS)
            self.check(cut=range(1, HOPS + 1) if state == "down" else ())

    def test_mistakes(self):
        rows = [
            (["link", "50-51", "down"], 1, "there is no link 50-51: the chain is OUT_0 to OUT_12"),
            (["session", "12-13", "down"], 1, "there is no link 12-13"),
            (["router", "13", "down"], 1, "there is no router 13: the chain is OUT_0 to OUT_12"),
            (["link", "OUT_12-OUT_13", "down"], 1, "no running lab has a router OUT_13"),
            (["link", "3-5", "down"], 2, "are not neighbors"),
            (["link", "3-4", "off"], 2, "takes down or up"),
        ]
        for words, status, sentence in rows:
            with self.subTest(words=words):
                done = lab.chainrouter(*words, check=False)
                self.assertEqual((done.returncode, done.stdout), (status, ""))
                self.assertIn(sentence, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)


class Others(unittest.TestCase):
    def test_a_link_that_somebody_has_deleted(self):
        with lab.Lab(3, prefix="OUT_") as chain:
            lab.run("ip", "-n", chain.name(2), "link", "del", "left")
            chain.await_settled(cut=[2])
            done = lab.chainrouter("link", "1-2", "up", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot set", done.stderr)
            self.assertIn("No such device", done.stderr)
            lab.chainrouter("link", "2-3", "down")  # the others go on
            chain.await_settled(cut=[2, 3])

    def test_foreign_routers(self):
        with lab.Lab(4, "--foreign", "2,3", prefix="OUT_", wait=False) as chain:
            lab.eventually(lambda: lab.chainrouter("list", check=False).stdout.count("OUT_") == 3, "three of ours")
            lab.eventually(lambda: lab.chainrouter("link", "1-2", "down", check=False).returncode == 0, "the lab answers")
            self.assertNotIn("UP", lab.ip(chain.name(1), "link", "show", "dev", "right")[0]["flags"])
            self.assertIn("UP", lab.ip(chain.name(2), "link", "show", "dev", "left")[0]["flags"])
            lab.chainrouter("link", "1-2", "up")
            for words in (["router", "2", "down"], ["link", "2-3", "down"]):
                done = lab.chainrouter(*words, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("--foreign", done.stderr)

    def test_a_speaker_alone_is_no_chain(self):
        lab.run("ip", "netns", "add", "alone")
        words = ["speak", "--netns", "alone", "--as", "65001", "--router-id", "10.0.0.1", "--local", "10.0.0.1",
                 "--neighbor", "10.0.0.2,as=65002"]
        with subprocess.Popen([lab.PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as speaker:
            try:
                self.assertIn("ready", speaker.stdout.readline())
                done = lab.chainrouter("router", "1", "down", check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("a speaker alone is no chain", done.stderr)
            finally:
                speaker.terminate()
                speaker.wait(timeout=lab.DEADLINE)
                lab.run("ip", "netns", "del", "alone")


if __name__ == "__main__":
    lab.main()
