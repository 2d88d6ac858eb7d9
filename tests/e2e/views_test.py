#!/usr/bin/env python3
"""What looks at a running lab: show for many routers, list, wait, check fib, top, metrics; in every format."""

import contextlib
import csv
import fcntl
import io
import json
import os
import pathlib
import pty
import signal
import socket
import struct
import subprocess
import termios
import threading
import unittest

import jsonschema

import running_lab as lab

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
TABLES = ("neighbors", "adj-in", "adj-in-post", "loc", "adj-out")
HOPS = 6
ELSEWHERE = "203.0.113.0/24"  # nobody's


def conforming(text):
    """The document, after a look at its published schema."""
    document = json.loads(text)
    name = document["schema"].removeprefix("chainrouter.").removesuffix("/1")
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    resolver = jsonschema.RefResolver(base_uri=f"{SCHEMAS.as_uri()}/{name}.json", referrer=schema)
    jsonschema.Draft7Validator(schema, resolver=resolver).validate(document)
    return document


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Views(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, prefix="VIEW_")
        cls.names = [cls.lab.name(router) for router in range(HOPS + 1)]

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def show(self, *words):
        return lab.chainrouter("show", *words).stdout

    def refused(self, status, *words):
        """The one sentence on stderr that a mistake gets."""
        done = lab.chainrouter(*words, check=False)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr, r"^chainrouter: [^\n]+\n$")
        return done.stderr

    # --- show and list ---

    def test_many_routers_in_one_table(self):
        lines = self.show("all", "loc").splitlines()
        self.assertEqual(lines[0].split()[0], "Router")
        self.assertEqual(len(lines), 1 + (HOPS + 1) * (HOPS + 3))  # each has all prefixes, its own among them
        self.assertEqual(sorted({line.split()[0] for line in lines[1:]}), self.names)
        self.assertLessEqual(len(self.show("all", "neighbors").splitlines()[0]), 80)

    def test_the_ways_to_name_them(self):
        for words, routers in (("2-4", [2, 3, 4]), ("r2-r4", [2, 3, 4]), ("VIEW_2-VIEW_4", [2, 3, 4]), ("5,r1", [5, 1]),
                               ("all", range(HOPS + 1))):
            shown = [row["router"] for row in rows(self.show(words, "neighbors", "--format", "csv"))]
            self.assertEqual(list(dict.fromkeys(shown)), [self.lab.name(r) for r in routers], words)
        # The neighbors' table tells times, which may turn between two looks; this one holds none.
        self.assertEqual(self.show("3", "loc"), self.show("VIEW_3", "loc"))
        self.assertIn("did you mean VIEW_3?", self.refused(1, "show", "VIEW_3x", "loc"))
        self.assertIn("they are VIEW_0 to VIEW_6", self.refused(1, "show", "1-99999999", "loc"))

    def test_every_table_in_every_format_is_the_same_table(self):
        for table in TABLES:
            with self.subTest(table=table):
                one = conforming(self.show("VIEW_3", table, "--format", "json"))
                many = conforming(self.show("0-3", table, "--format", "json"))
                self.assertEqual((many["table"], [r["router"] for r in many["routers"]]), (table, self.names[:4]))
                key, column = ("neighbors", "neighbor") if table == "neighbors" else ("routes", "prefix")
                field = "address" if table == "neighbors" else "prefix"
                wanted = [entry[field] for entry in one[key]]
                self.assertEqual([entry[field] for entry in many["routers"][3][key]], wanted)
                in_csv = rows(self.show("0-3", table, "--format", "csv"))
                self.assertEqual([r[column] for r in in_csv if r["router"] == "VIEW_3"], wanted)
                self.assertEqual(len(self.show("VIEW_3", table).splitlines()), 1 + len(wanted))
                self.assertGreater(len(wanted), 1)

    def test_a_table_of_more_than_one_piece(self):
        prefixes = [f"10.{200 + i // 256}.{i % 256}.0/24" for i in range(600)]
        self.announce("announce", prefixes)
        try:
            lab.chainrouter("wait")
            routes = conforming(self.show("VIEW_1", "loc", "--format", "json"))["routes"]
            self.assertEqual([r["prefix"] for r in routes if r["prefix"] in set(prefixes)], prefixes)
            self.assertEqual(len(rows(self.show("0-1", "loc", "--format", "csv"))),
                             sum(len(r["routes"]) for r in json.loads(self.show("0-1", "loc", "--format", "json"))["routers"]))
            self.assertEqual(lab.chainrouter("check", "fib").returncode, 0)
        finally:
            self.announce("withdraw", prefixes)
            lab.chainrouter("wait")

    def announce(self, verb, prefixes):
        for prefix in prefixes:
            self.assertNotIn("error", self.ask(op=verb, router="VIEW_0", prefix=prefix))

    def ask(self, **request):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("/run/chainrouter/VIEW_.sock")
            client.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(client.makefile().read())

    def test_a_neighbor_filters(self):
        address = lab.address_of(3, False)
        self.assertEqual({r["neighbor"] for r in rows(self.show("all", "adj-in", "--neighbor", address, "--format", "csv"))},
                         {address})
        self.assertIn("VIEW_3 has no neighbor 192.0.2.1", self.refused(1, "show", "VIEW_3", "loc", "--neighbor", "192.0.2.1"))
        done = lab.chainrouter("show", "all", "loc", "--neighbor", "192.0.2.1", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("none of them has a neighbor 192.0.2.1", done.stderr)

    def test_a_line_of_the_vty_for_many(self):
        text = self.show("0-1", "ip", "bgp", "summary")
        self.assertEqual([line for line in text.splitlines() if line.startswith("===")], ["=== VIEW_0 ===", "=== VIEW_1 ==="])
        self.assertEqual(lab.chainrouter("show", "all", "nonsense", check=False).returncode, 2)

    def test_list(self):
        labs = conforming(lab.chainrouter("list", "--format", "json").stdout)["labs"]
        self.assertEqual([router["name"] for router in labs[0]["routers"]], self.names)
        listed = rows(lab.chainrouter("list", "--format", "csv").stdout)
        self.assertEqual([(r["router"], r["sessions"]) for r in listed],
                         [(r["name"], str(r["sessions"])) for r in labs[0]["routers"]])

    def test_formats_that_are_none(self):
        for words in (("show", "all", "loc"), ("list",), ("top",), ("check", "fib"), ("snapshot", "check", "x"),
                      ("events",), ("why", "VIEW_1", "0.0.0.0/0"), ("trace",), ("doctor",), ("pause",), ("speed", "1")):
            self.assertIn("--format takes table, json or csv", self.refused(2, *words, "--format", "xml"))
        self.assertIn('check takes "fib"', self.refused(2, "check", "rib"))

    def in_csv(self, *words):
        """Rows of as many values as there are names, and nothing on stderr."""
        done = lab.chainrouter(*words, "--format", "csv")
        self.assertEqual(done.stderr, "", words)
        named = rows(done.stdout)
        for row in named:
            self.assertNotIn(None, row, words)
            self.assertNotIn(None, row.values(), words)
        return named

    def test_csv_of_what_happened(self):
        lab.chainrouter("announce", "VIEW_0", "192.0.2.0/24")
        self.addCleanup(lab.chainrouter, "withdraw", "VIEW_0", "192.0.2.0/24")
        self.lab.quiet()
        events = [row for row in self.in_csv("events", "VIEW_3") if row["kind"] != "lost"]
        in_json = [json.loads(line) for line in lab.chainrouter("events", "VIEW_3", "--format", "json").stdout.splitlines()]
        self.assertEqual([(e["id"], int(e["at_ns"]), e["kind"], e["cause"]) for e in events],
                         [(e["id"], e["atNs"], e["kind"], e.get("cause", "")) for e in in_json if e["kind"] != "lost"])
        self.assertIn(("route", "192.0.2.0/24"), [(e["kind"], e["prefix"]) for e in events])
        hops = self.in_csv("why", "VIEW_6", "192.0.2.0/24")
        self.assertEqual([hop["router"] for hop in hops], self.names)
        answer = json.loads(lab.chainrouter("why", "VIEW_6", "192.0.2.0/24", "--format", "json").stdout)
        self.assertEqual(int(hops[-1]["since_ns"]), answer["totalNs"])
        traced = self.in_csv("trace")
        self.assertEqual([hop["router"] for hop in traced], self.names[-2::-1])
        self.assertEqual([hop["hop"] for hop in traced], [str(n) for n in range(1, HOPS + 1)])

    def test_csv_of_orders(self):
        paused = self.in_csv("pause")[0]
        try:
            self.assertEqual((paused["paused"], paused["released_updates"]), ("true", ""))
            self.assertEqual(self.in_csv("step")[0]["released_updates"], "0")
        finally:
            self.assertEqual(self.in_csv("resume")[0]["paused"], "false")
        self.assertEqual(self.in_csv("speed", "1")[0]["speed"], "1.0")

    def test_csv_without_a_lab(self):
        self.assertTrue(all(found["ok"] in ("true", "false") for found in self.in_csv("doctor", "--hops", "5")))
        planned = self.in_csv("--plan", "--hops", "5")
        self.assertEqual([(row["router"], row["left"] == "") for row in planned],
                         [(f"ROUTER_{n}", n == 0) for n in range(6)])
        done = lab.chainrouter("--hops", "4", "--simulate", "--scenario", "-", "--format", "csv",
                               input="withdraw 3 172.31.3.0/24\nexpect converged within 5s\n")
        played = rows(done.stdout)
        self.assertEqual([(row["line"], row["met"]) for row in played], [("1", ""), ("2", "true")])
        report = rows(lab.chainrouter("--hops", "2", "--name-prefix", "CSV_", "--exit-when-converged", "--format", "csv").stdout)
        self.assertEqual([(row["hops"], row["routers"], row["sessions"]) for row in report], [("2", "3", "2")])

    # --- check fib ---

    def route(self, router, words):
        return lab.run("ip", "-n", self.lab.name(router), "route", *words.split(), check=False)

    def differences(self, *words):
        done = lab.chainrouter("check", "fib", *words, "--format", "json", check=False)
        document = conforming(done.stdout)
        named = [(router["router"], d["kind"], d["prefix"], d["sentence"])
                 for router in document["routers"] for d in router["named"]]
        self.assertEqual((len(named), done.returncode), (document["differences"], 4 if named else 0))
        return named

    def check_named(self, words, undo, kind, *said):
        self.route(2, words)
        try:
            named = self.differences()
            self.assertEqual([n[:2] for n in named], [("VIEW_2", kind)], named)
            for word in said:
                self.assertIn(word, named[0][3])
            done = lab.chainrouter("check", "fib", check=False)
            self.assertEqual(done.returncode, 4)
            in_csv = rows(lab.chainrouter("check", "fib", "--format", "csv", check=False).stdout)
            self.assertEqual([(r["router"], r["kind"], r["prefix"], r["sentence"]) for r in in_csv], named)
            self.assertIn(f"VIEW_2: {named[0][3]}\n", done.stdout)
            self.assertIn(f"1 difference between BGP and {HOPS + 1} kernel tables\n", done.stdout)
            self.assertEqual(lab.chainrouter("check", "fib", "3-4").returncode, 0)
        finally:
            self.route(2, undo)
        self.assertEqual(self.differences(), [])

    def test_tables_that_are_what_bgp_says(self):
        text = lab.chainrouter("check", "fib").stdout
        routes = sum(len(lab.expected_routes(r, HOPS)) for r in range(HOPS + 1))
        self.assertEqual(text, f"{HOPS + 1} kernel tables are what BGP says: {routes} routes\n")

    def test_somebody_elses_route_goes_before_ours(self):
        self.check_named(f"add {lab.prefix_of(0)} via {lab.address_of(3, True)} metric 5 proto static",
                         f"del {lab.prefix_of(0)} metric 5", "shadowed", "proto static, metric 5",
                         lab.address_of(3, True))

    def test_a_route_that_only_claims_to_be_ours(self):
        self.check_named(f"add {ELSEWHERE} via {lab.address_of(2, False)} metric 20 proto bgp",
                         f"del {ELSEWHERE} metric 20", "foreign", ELSEWHERE, "knows nothing of it")

    def test_another_protocol_has_taken_our_place(self):
        same = f"{lab.prefix_of(0)} via {lab.address_of(2, False)} metric 20 proto"
        self.check_named(f"replace {same} static", f"replace {same} bgp", "replaced", "proto static, metric 20")

    def contested(self, words, kind):
        """The guard puts our routes back, within 50 ms; who insists is seen all the same."""
        over = threading.Event()

        def insist():
            while not over.is_set():
                self.route(2, words)

        thread = threading.Thread(target=insist)
        thread.start()
        try:
            found = []

            def seen():
                found[:] = [n for n in self.differences("VIEW_2") if n[1] == kind]
                return found

            lab.eventually(seen, f"a route that is {kind}")
            self.assertEqual(found[0][2], lab.prefix_of(0))
        finally:
            over.set()
            thread.join()
        lab.eventually(lambda: not self.differences(), lambda: str(self.differences()))

    def test_missing(self):
        self.contested(f"del {lab.prefix_of(0)} proto bgp", "missing")

    def test_another_next_hop(self):
        self.contested(f"replace {lab.prefix_of(0)} via {lab.address_of(3, True)} metric 20 proto bgp", "otherNextHop")

    # --- wait ---

    def waiting(self, *words):
        return subprocess.Popen([lab.PROGRAM, "wait", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def await_clients(self, count):
        """So many connections to the control socket, beside the one that listens."""
        def connections():
            return sum(line.endswith("VIEW_.sock") for line in pathlib.Path("/proc/net/unix").read_text().splitlines()) - 1

        lab.eventually(lambda: connections() == count, lambda: f"{count} clients, not {connections()}")

    def check_still_waiting(self, waiting):
        """The lab has heard of it, and it has no answer yet."""
        self.await_clients(1)
        self.ask(op="list")
        self.assertIsNone(waiting.poll())

    def test_wait_route(self):
        last, done = self.lab.name(HOPS), lambda waiting: waiting.wait(timeout=lab.DEADLINE)
        with self.waiting("route", last, ELSEWHERE) as waiting:
            self.check_still_waiting(waiting)
            lab.chainrouter("announce", "VIEW_0", ELSEWHERE)
            self.assertEqual(done(waiting), 0)
        self.assertIn(ELSEWHERE, lab.bgp_routes(last))
        self.assertEqual(lab.chainrouter("wait", "route", last, ELSEWHERE).returncode, 0)  # it is there
        with self.waiting("route", last, ELSEWHERE, "absent") as waiting:
            self.check_still_waiting(waiting)
            lab.chainrouter("withdraw", "VIEW_0", ELSEWHERE)
            self.assertEqual(done(waiting), 0)
        self.assertNotIn(ELSEWHERE, lab.bgp_routes(last))

    def test_wait_session_and_converged(self):
        with self.waiting("session", "VIEW_2", "VIEW_3", "down") as waiting:
            self.check_still_waiting(waiting)
            lab.chainrouter("session", "2-3", "down")
            self.assertEqual(waiting.wait(timeout=lab.DEADLINE), 0)
        lab.chainrouter("wait")
        sentence = self.refused(3, "wait", "converged")
        self.assertIn(f"only {HOPS - 1} of {HOPS} sessions are up", sentence)
        lab.chainrouter("session", "2-3", "up")
        self.assertEqual(lab.chainrouter("wait", "session", "r2", lab.address_of(3, True), "up").returncode, 0)
        self.assertEqual(lab.chainrouter("wait", "converged").returncode, 0)

    def test_wait_no_longer_than_told(self):
        self.assertIn(f"the route to {ELSEWHERE} did not come to VIEW_1 within 0.05 s",
                      self.refused(124, "wait", "route", "VIEW_1", ELSEWHERE, "--timeout", "0.05"))
        self.assertIn("did not go down", self.refused(124, "wait", "session", "1", "2", "down", "--timeout", "0.05"))

    def test_who_gives_up_leaves_no_trace(self):
        """There are 32 places for clients, and those who have gone do not keep them."""
        for _ in range(4):
            waiting = [self.waiting("route", "VIEW_1", ELSEWHERE) for _ in range(10)]
            self.await_clients(10)
            for one in waiting:
                one.kill()
                one.communicate()
            self.await_clients(0)
        self.assertEqual(lab.chainrouter("list").returncode, 0)

    def test_wait_for_nonsense(self):
        self.assertIn("VIEW_1 has no neighbor 192.0.2.1", self.refused(1, "wait", "session", "VIEW_1", "192.0.2.1"))
        self.assertIn("is no neighbor of", self.refused(1, "wait", "session", "VIEW_1", "VIEW_4"))
        self.assertIn("not a neighbor's address or name", self.refused(1, "wait", "session", "VIEW_1", "left"))
        self.assertIn("wait takes one router", self.refused(1, "wait", "route", "all", ELSEWHERE))
        self.assertIn("is not a prefix", self.refused(2, "wait", "route", "VIEW_1", "203.0.113.1/24"))
        self.assertIn("present or absent", self.refused(2, "wait", "route", "VIEW_1", ELSEWHERE, "gone"))
        self.assertIn("up or down", self.refused(2, "wait", "session", "VIEW_1", "VIEW_2", "sideways"))
        self.assertIn("wait takes nothing", self.refused(2, "wait", "forever"))
        self.assertIn("--timeout takes seconds", self.refused(2, "wait", "converged", "--timeout", "soon"))

    # --- top ---

    def test_top_once(self):
        text = lab.chainrouter("top", "--once", "--interval", "0.2").stdout.splitlines()
        self.assertEqual(len(text), 2 + HOPS + 1)
        self.assertLessEqual(max(map(len, text)), 80)
        self.assertEqual(sorted(line.split()[0] for line in text[2:]), self.names)
        document = conforming(lab.chainrouter("top", "--interval", "0.2", "--format", "json", "--sort", "memory").stdout)
        memory = [sum(r[kind + "Bytes"] for kind in ("table", "attribute", "session")) for r in document["routers"]]
        self.assertEqual(memory, sorted(memory, reverse=True))
        for router in document["routers"]:
            self.assertEqual(router["sessions"], router["sessionsConfigured"])
            self.assertGreater(min(router["messagesSent"], router["messagesReceived"], router["cpuSeconds"],
                                   router["tableBytes"]), 0)
        two = rows(lab.chainrouter("top", "1,3", "--interval", "0.1", "--format", "csv").stdout)
        self.assertEqual(sorted(row["router"] for row in two), ["VIEW_1", "VIEW_3"])

    def on_a_terminal(self, end, **environment):
        """What `top` draws on 80x6, until it has been sent these keys, or this signal, and has ended."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 6, 80, 0, 0))
        before = termios.tcgetattr(theirs)
        process = subprocess.Popen([lab.PROGRAM, "top", "--interval", "0.1"], stdin=theirs, stdout=theirs,
                                   stderr=subprocess.PIPE, env={**os.environ, "TERM": "xterm", **environment})
        drawn = b""
        try:
            while drawn.count(b"\x1b[H") < 4:
                drawn += os.read(ours, 65536)
            process.send_signal(end) if isinstance(end, int) else os.write(ours, end)
            while b"\x1b[?1049l" not in drawn:
                drawn += os.read(ours, 65536)
            self.assertEqual(process.wait(timeout=lab.DEADLINE), 0)
            self.assertEqual(termios.tcgetattr(theirs), before)
        finally:
            process.kill()
            process.communicate()
            os.close(theirs)
            os.close(ours)
        return drawn.decode()

    def test_top_on_a_terminal_stays_within_it(self):
        for end in (b"q", b"mq", signal.SIGINT):
            with self.subTest(end=end):
                screens = self.on_a_terminal(end).split("\x1b[?1049l")[0].split("\x1b[H")[1:]
                for screen in screens[:-1]:
                    self.assertEqual(screen.count("\n"), 5, screen)
                self.assertIn("\x1b[1mRouter", screens[0])
        self.assertNotIn("\x1b[1m", self.on_a_terminal(b"q", NO_COLOR="1"))
        self.assertIn("CPU %", self.on_a_terminal(b"q", NO_COLOR="1"))

    def test_top_of_nonsense(self):
        self.assertIn("--sort takes cpu, memory, messages or queue", self.refused(2, "top", "--sort", "name"))
        self.assertIn("--interval takes seconds from 0.1", self.refused(2, "top", "--interval", "0"))

    # --- metrics ---

    def test_metrics_satisfy_promtool(self):
        done = lab.promtool(lab.chainrouter("metrics").stdout)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_frr_exporters_names_are_read_by_promtool(self):
        """That its gauges end in _total is what promtool does not like about frr_exporter, too."""
        done = lab.promtool(lab.chainrouter("metrics", "--compat", "frr").stdout)
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if "_total\" suffix" not in line]
        self.assertEqual((done.returncode, complaints), (3, []))

    def test_metrics_tell_of_every_router_and_neighbor(self):
        text = lab.chainrouter("metrics").stdout
        for router in range(HOPS + 1):
            self.assertIn(f'chainrouter_router_kernel_routes{{router="VIEW_{router}",state="installed"}} '
                          f"{len(lab.expected_routes(router, HOPS))}\n", text)
        self.assertEqual(text.count("chainrouter_neighbor_up{"), 2 * HOPS)
        frr = lab.chainrouter("metrics", "--compat", "frr").stdout
        self.assertIn('frr_bgp_peer_state{vrf="default",afi="ipv4",safi="unicast",local_as="103",peer="172.31.3.2",'
                      'peer_as="102"} 1\n', frr)
        self.assertIn("--compat takes frr", self.refused(2, "metrics", "--compat", "bird"))


if __name__ == "__main__":
    lab.main()
