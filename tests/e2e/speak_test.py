#!/usr/bin/env python3
"""`chainrouter speak`: two routers of ours in two namespaces, looked at and ordered about as a user does it."""

import json
import pathlib
import signal
import subprocess
import sys
import unittest

import jsonschema

import running_lab as lab

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
TABLES = ("neighbors", "adj-in", "adj-in-post", "loc", "adj-out")


def conforming(document):
    """The document, after a look at its published schema."""
    name = document["schema"].removeprefix("chainrouter.").removesuffix("/1")
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    resolver = jsonschema.RefResolver(base_uri=f"{SCHEMAS.as_uri()}/{name}.json", referrer=schema)
    jsonschema.Draft7Validator(schema, resolver=resolver).validate(document)
    return document


class Speaker:
    """A running `chainrouter speak` in a namespace, ready."""

    def __init__(self, name, *words):
        self.name = name
        self.process = subprocess.Popen([lab.PROGRAM, "speak", "--netns", name, *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline()
        if not self.ready.startswith("ready "):
            raise AssertionError(f"not ready: {self.ready} {self.process.communicate()[1]}")

    def show(self, table, *words):
        return conforming(json.loads(lab.chainrouter("show", self.name, table, "--format", "json", *words).stdout))

    def neighbor(self, address):
        return next(n for n in self.show("neighbors")["neighbors"] if n["address"] == address)

    def await_state(self, address, state):
        lab.eventually(lambda: self.neighbor(address)["state"] == state, f"{address} is {state}")

    def routes(self, table):
        return {(r.get("neighbor"), r["prefix"]): r for r in self.show(table)["routes"]}

    def do(self, verb, *words):
        return lab.chainrouter(verb, self.name, *words)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.errors = self.process.communicate(timeout=lab.DEADLINE)[1]
        return self.process.returncode


class TwoSpeakers(unittest.TestCase):
    """`one` (AS 65001, 10.0.0.1) and `two` (AS 65002, 10.0.0.2), joined by a veth pair."""

    BOTH = ("families=ipv4+ipv6",)

    def setUp(self):
        for name in ("one", "two"):
            lab.run("ip", "netns", "add", name)
            self.addCleanup(lab.run, "ip", "netns", "del", name)
            lab.run("ip", "-n", name, "link", "set", "lo", "up")
        lab.run("ip", "link", "add", "one2", "netns", "one", "index", "12", "type", "veth", "peer", "name", "two1",
                "netns", "two", "index", "13")
        for name, device, last in (("one", "one2", "1"), ("two", "two1", "2")):
            lab.run("ip", "-n", name, "address", "add", f"10.0.0.{last}/24", "dev", device)
            lab.run("ip", "-n", name, "address", "add", f"2001:db8::{last}/64", "dev", device, "nodad")
            lab.run("ip", "-n", name, "link", "set", device, "up")

    def start(self, number, *options, words=()):
        """One of the two; `options` are of its neighbour."""
        here, there = (1, 2) if number == "one" else (2, 1)
        speaker = Speaker(number, "--as", f"6500{here}", "--router-id", f"10.0.0.{here}", "--local", f"10.0.0.{here}",
                          "--neighbor", ",".join([f"10.0.0.{there}", f"as=6500{there}", *options]), *words)
        self.addCleanup(speaker.end)
        return speaker

    def both(self, *options, one=(), two=()):
        pair = self.start("one", *options, words=one), self.start("two", *options, words=two)
        pair[0].await_state("10.0.0.2", "Established")
        pair[1].await_state("10.0.0.1", "Established")
        return pair

    def test_tables_of_both_families(self):
        one, two = self.both(*self.BOTH, one=("--network", "192.0.2.0/24", "--network", "2001:db8:1::/48"),
                             two=("--network", "198.51.100.0/24"))
        lab.eventually(lambda: len(two.routes("loc")) == 3, "all three routes")
        self.assertEqual(one.ready, "ready one AS 65001 port 179\n")
        neighbor = one.neighbor("10.0.0.2")
        self.assertEqual(neighbor["families"], ["ipv4-unicast", "ipv6-unicast"])
        self.assertEqual(neighbor["remoteId"], "10.0.0.2")
        lab.eventually(lambda: all(one.neighbor("10.0.0.2")["endOfRibReceived"].values()), "the ends of both tables")

        for table in ("adj-in", "adj-in-post"):
            learnt = two.routes(table)
            self.assertEqual(set(learnt), {("10.0.0.1", "192.0.2.0/24"), ("10.0.0.1", "2001:db8:1::/48")})
            self.assertEqual(learnt["10.0.0.1", "192.0.2.0/24"]["attributes"]["asPath"], "65001")
            self.assertEqual(learnt["10.0.0.1", "192.0.2.0/24"]["attributes"]["nextHop"], "10.0.0.1")
            self.assertEqual(learnt["10.0.0.1", "2001:db8:1::/48"]["attributes"]["nextHop"], "2001:db8::1")
        told = one.routes("adj-out")
        self.assertEqual(set(told), {("10.0.0.2", "192.0.2.0/24"), ("10.0.0.2", "2001:db8:1::/48")})
        self.assertEqual(told["10.0.0.2", "192.0.2.0/24"]["attributes"]["asPath"], "65001")
        used = two.routes("loc")
        self.assertEqual(used["10.0.0.1", "192.0.2.0/24"]["kernel"], "installed")
        self.assertEqual(used[None, "198.51.100.0/24"]["kernel"], "notWanted")
        self.assertEqual(lab.bgp_routes("two"), {"192.0.2.0/24": "10.0.0.1"})
        six = json.loads(lab.run("ip", "-n", "two", "-j", "-6", "route", "show", "proto", "bgp").stdout)
        self.assertEqual([(r["dst"], r["gateway"]) for r in six], [("2001:db8:1::/48", "2001:db8::1")])
        shown = lab.chainrouter("show", "two", "ipv6", "route").stdout
        self.assertRegex(shown, r"(?m)^B>\* 2001:db8:1::/48 \[20/0\] via 2001:db8::1, two1, weight 1, \d\d:\d\d:\d\d$")
        self.assertRegex(shown, r"(?m)^C>\* 2001:db8::/64 is directly connected, two1, ")
        self.assertEqual(len(two.show("adj-in", "--neighbor", "10.0.0.1")["routes"]), 2)
        for table in TABLES:
            self.assertTrue(lab.chainrouter("show", "two", table).stdout)

        one.do("withdraw", "2001:db8:1::/48")
        one.do("announce", "203.0.113.0/24")
        lab.eventually(lambda: set(two.routes("adj-in")) == {("10.0.0.1", "192.0.2.0/24"), ("10.0.0.1", "203.0.113.0/24")},
                       "what was withdrawn and announced")

    def test_shutdown_with_text_enable_clear_refresh(self):
        one, two = self.both(two=("--network", "198.51.100.0/24"))
        one.do("shutdown", "10.0.0.2", "for maintenance")
        lab.eventually(lambda: two.neighbor("10.0.0.1").get("lastErrorReceived", {}).get("text") == "for maintenance",
                       "the text")
        self.assertEqual(lab.bgp_routes("one"), {})
        down = one.neighbor("10.0.0.2")
        self.assertTrue(down["adminDown"])
        self.assertEqual((down["lastErrorSent"]["code"], down["lastErrorSent"]["subcode"]), (6, 2))
        one.do("enable", "10.0.0.2")
        one.await_state("10.0.0.2", "Established")
        lab.eventually(lambda: lab.bgp_routes("one") == {"198.51.100.0/24": "10.0.0.2"}, "the route again")
        one.do("clear")
        lab.eventually(lambda: two.neighbor("10.0.0.1")["connectionsEstablished"] == 3, "a third session")
        self.assertEqual(two.neighbor("10.0.0.1")["lastErrorReceived"]["subcode"], 4)
        one.await_state("10.0.0.2", "Established")
        one.do("refresh", "10.0.0.2")
        lab.eventually(lambda: two.neighbor("10.0.0.1")["messagesReceived"]["routeRefresh"] >= 1, "a refresh")
        lab.run("ip", "netns", "exec", "one", "true")
        self.assertEqual(lab.chainrouter("exec", "one", "--", "cat", "/proc/self/comm").stdout, "cat\n")
        self.assertIn("10.0.0.1/24", lab.chainrouter("exec", "one", "--", "ip", "address").stdout)
        lab.chainrouter("wait")

    def test_the_end_says_so_and_takes_its_routes_along(self):
        one, two = self.both(two=("--network", "198.51.100.0/24"))
        lab.eventually(lambda: lab.bgp_routes("one") != {}, "the route")
        lab.run("ip", "-n", "one", "route", "add", "203.0.113.0/24", "via", "10.0.0.2", "proto", "bgp", "metric", "20")
        self.assertEqual(one.end(), 0, one.errors)
        self.assertEqual(lab.bgp_routes("one"), {"203.0.113.0/24": "10.0.0.2"})  # somebody else's
        lab.eventually(lambda: two.neighbor("10.0.0.1").get("lastErrorReceived", {}).get("subcode") == 2, "Cease/2")
        self.assertEqual(two.end(signal.SIGINT), 0)
        self.assertFalse(pathlib.Path("/run/chainrouter").exists())

    def test_after_kill_9_the_next_start_replaces_what_was_left(self):
        one, two = self.both(two=("--network", "198.51.100.0/24", "--network", "2001:db8:2::/48"), *self.BOTH)
        lab.eventually(lambda: lab.bgp_routes("one") != {}, "the route")
        one.end(signal.SIGKILL)
        self.assertEqual(lab.bgp_routes("one"), {"198.51.100.0/24": "10.0.0.2"})
        two.do("withdraw", "198.51.100.0/24")
        again = self.start("one", *self.BOTH)
        again.await_state("10.0.0.2", "Established")
        lab.eventually(lambda: lab.bgp_routes("one") == {}, "the leftover is gone")
        self.assertEqual(again.end(), 0)
        self.assertIn("removed what a killed lab left", again.errors)

    def test_md5_and_ttl_security_agreed(self):
        self.both("md5=secret", "ttl-security")

    def test_a_wrong_md5_key_is_silence(self):
        one = self.start("one", "md5=secret")
        self.start("two", "md5=wrong")
        refused = "TcpExtTCPMD5Failure"
        lab.eventually(lambda: int(lab.run("ip", "netns", "exec", "one", "nstat", "-asz", refused).stdout.split(refused)[1]
                                   .split()[0]) > 0, "a segment with the wrong signature")
        neighbor = one.neighbor("10.0.0.2")
        self.assertNotEqual(neighbor["state"], "Established")
        self.assertEqual(neighbor["messagesReceived"]["open"], 0)

    def test_what_crossed_a_router_does_not_reach_a_protected_listener(self):
        self.start("one", "passive", "ttl-security")
        connect = ("import socket, sys; s = socket.socket(); s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(sys.argv[1]));"
                   "s.settimeout(1); s.bind(('10.0.0.2', 0)); s.connect(('10.0.0.1', 179))")
        for ttl, status in (("255", 0), ("254", 1), ("64", 1)):
            done = lab.run("ip", "netns", "exec", "two", sys.executable, "-c", connect, ttl, check=False)
            self.assertEqual(done.returncode, status, (ttl, done.stderr))

    def test_mistakes(self):
        self.start("one")
        words = ["speak", "--as", "65001", "--router-id", "10.0.0.1", "--local", "10.0.0.1"]
        for mistake, status, said in (
            (words + ["--netns", "none"], 1, "none"),
            (words + ["--netns", "one"], 1, "a speaker named one is already running"),
            (words + ["--neighbor", "10.0.0.2"], 2, "its AS number is missing"),
            (words[:3], 2, "--router-id"),
            (words + ["--config", "/nonexistent"], 2, "cannot read /nonexistent"),
            (["show", "one", "neighbors", "--neighbor", "10.0.0.9"], 1, "one has no neighbor 10.0.0.9"),
            (["clear", "one", "10.0.0.9"], 1, "there is no neighbor 10.0.0.9"),
            (["clear", "nobody"], 1, "nobody"),
            (["shutdown", "one"], 2, "neighbor"),
            (["announce", "one", "10.0.0.1/24"], 2, "is not a prefix"),
        ):
            with self.subTest(mistake=mistake):
                done = lab.chainrouter(*mistake, check=False)
                self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_configured_from_a_file(self):
        path = pathlib.Path("/run/one.conf")
        path.write_text("# the left one\nas 65001\nrouter-id 10.0.0.1\nlocal 10.0.0.1\n"
                        "neighbor 10.0.0.2,as=65002,desc=the right one\nnetwork 192.0.2.0/24\nname left\n")
        self.addCleanup(path.unlink)
        speaker = Speaker("one", "--config", str(path))
        self.addCleanup(speaker.end)
        self.assertEqual(speaker.ready, "ready left AS 65001 port 179\n")
        shown = json.loads(lab.chainrouter("show", "left", "neighbors", "--format", "json").stdout)
        self.assertEqual(shown["neighbors"][0]["description"], "the right one")


if __name__ == "__main__":
    lab.main()
