#!/usr/bin/env python3
"""`events`, `why` and `watch` on a real chain: every route of every kernel table is traced back to what caused it, and
the stages of the way add up."""

import json
import pathlib
import signal
import subprocess
import unittest

import jsonschema

import running_lab as lab

HOPS = 10
PREFIX = "203.0.113.0/24"
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    resolver = jsonschema.RefResolver(base_uri=f"{SCHEMAS.as_uri()}/{name}.json", referrer=schema)
    return jsonschema.Draft7Validator(schema, resolver=resolver)


EVENT, WHY = validator("event"), validator("why")


def events(*words):
    lines = lab.chainrouter("events", "--format", "json", *words).stdout.splitlines()
    return [json.loads(line) for line in lines]


def why(router, prefix):
    answer = json.loads(lab.chainrouter("why", router, prefix, "--format", "json").stdout)
    WHY.validate(answer)
    return answer


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="EV_")

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def check(self, answer, router):
        """A trace without a gap: from its root along the chain to the router, no nanosecond left out."""
        hops = answer["hops"]
        self.assertEqual(answer["beginning"], "root")
        self.assertEqual(hops[0]["router"], answer["root"]["router"])
        self.assertEqual(hops[-1]["router"], self.lab.name(router))
        numbers = [int(hop["router"].removeprefix("EV_")) for hop in hops]
        step = 1 if numbers[-1] >= numbers[0] else -1
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + step, step)))
        self.assertEqual(sum(sum(hop["stagesNs"].values()) for hop in hops), answer["totalNs"])
        self.assertEqual(answer["totalNs"], hops[-1]["atNs"] - answer["root"]["atNs"])
        for hop in hops[1:]:
            self.assertGreater(hop["stagesNs"]["receive"], 0)
            self.assertGreater(hop["stagesNs"]["kernel"], 0)

    @staticmethod
    def beginning(root):
        """On a busy machine the kernel is not done with a link when its router begins, and nothing goes out of it by
        then: that it comes up is the beginning of what goes by it."""
        return "link up" if root["kind"] == "link" and root["usable"] else root.get("trigger")

    def test_every_kernel_route_has_its_root(self):
        for router in range(HOPS + 1):
            for destination in lab.bgp_routes(self.lab.name(router)):
                prefix = "0.0.0.0/0" if destination == "default" else destination
                if prefix == PREFIX:
                    continue
                with self.subTest(router=router, prefix=prefix):
                    answer = why(self.lab.name(router), prefix)
                    self.check(answer, router)
                    self.assertIn(self.beginning(answer["root"]), ("start", "link up"))

    def test_an_announcement_and_its_end(self):
        for order in ("announce", "withdraw"):
            lab.chainrouter(order, self.lab.name(0), PREFIX)
            self.lab.quiet()
            answer = why(self.lab.name(HOPS), PREFIX)
            self.check(answer, HOPS)
            self.assertEqual(answer["route"], order == "announce")
            self.assertEqual((answer["root"]["trigger"], answer["root"]["prefix"]), (order, PREFIX))
            self.assertEqual(len(answer["hops"]), HOPS + 1)
            picture = lab.chainrouter("watch").stdout
            self.assertIn(f"{PREFIX} through {HOPS + 1} of {HOPS + 1} routers", picture)
            self.assertNotIn("\x1b", picture)

    def test_each_line_keeps_to_the_schema_and_causes_are_there(self):
        lines = events()
        ids = {line["id"]: line for line in lines}
        self.assertEqual([line["atNs"] for line in lines], sorted(line["atNs"] for line in lines))
        self.assertEqual(len(ids), len(lines))
        for line in lines:
            EVENT.validate(line)
            if line["kind"] in ("updateReceived", "updateSent", "route"):
                self.assertIn(line["cause"], ids, line)
            if line["kind"] == "updateReceived":
                sent = ids[line["cause"]]
                self.assertEqual((sent["kind"], sent["router"]), ("updateSent", line["neighbor"]))
        only = {line["router"] for line in events(self.lab.name(3), self.lab.name(4))}
        self.assertEqual(only, {self.lab.name(3), self.lab.name(4)})

    def test_a_follower_hears_what_happens_next(self):
        command = [lab.PROGRAM, "events", "--follow", "--format", "json", self.lab.name(HOPS)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
            follower.stdout.readline()  # it is there
            self.lab.quiet()
            lab.chainrouter("announce", self.lab.name(0), "192.0.2.0/24")
            for text in follower.stdout:
                line = json.loads(text)
                self.assertEqual(line["router"], self.lab.name(HOPS))
                if line["kind"] == "route" and line["prefix"] == "192.0.2.0/24":
                    break
            follower.send_signal(signal.SIGTERM)
            follower.stdout.close()
        lab.chainrouter("withdraw", self.lab.name(0), "192.0.2.0/24")
        self.lab.quiet()

    def test_mistakes(self):
        for words, status, sentence in (
                (("why", "EV_3", "10.99.0.0/16"), 1, "EV_3 knows of no change of 10.99.0.0/16"),
                (("why", "EV_3", "10.99.0.1/16"), 2, "is not a prefix"),
                (("why", "EV_99", "0.0.0.0/0"), 1, "no running lab has a router EV_99"),
                (("events", "EV_3", "XX_1"), 1, "XX_1 is not one of our routers"),
                (("events", "--format", "xml"), 2, "--format takes table, json or csv"),
                (("watch", "--prefix", "everything"), 2, "is not a prefix")):
            done = lab.chainrouter(*words, check=False)
            self.assertEqual(done.returncode, status, done)
            self.assertIn(sentence, done.stderr)
            self.assertEqual(done.stdout, "")


class SmallLog(unittest.TestCase):
    def test_what_is_overwritten_is_counted(self):
        with lab.Lab(4, "--events", "8", prefix="SMALL_"):
            lines = events()
            lost = [line for line in lines if line["kind"] == "lost"]
            self.assertEqual(len(lost), 5)
            for line in lines:
                EVENT.validate(line)
            for router in range(5):
                kept = [line for line in lines if line["kind"] != "lost" and line["router"] == f"SMALL_{router}"]
                numbers = [int(line["id"].split("/")[1]) for line in kept]
                self.assertEqual(sorted(numbers), list(range(min(numbers), max(numbers) + 1)))
                self.assertEqual(min(numbers), lost[router]["count"] + 1)
                self.assertLessEqual(len(numbers), 8)

    def test_a_lab_without_events_says_so(self):
        with lab.Lab(2, "--events", "0", prefix="NONE_"):
            done = lab.chainrouter("why", "NONE_2", "0.0.0.0/0", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("it was started with --events 0", done.stderr)


if __name__ == "__main__":
    lab.main()
