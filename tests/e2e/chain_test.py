#!/usr/bin/env python3
"""`chainrouter --hops 100` on the real kernel: tables, hops, TTL, and what looks inside."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import unittest

import running_lab as lab

TARGET = "198.51.100.1"


class HundredHops(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(100)

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def last(self, *words, **options):
        return lab.run("ip", "netns", "exec", self.lab.name(100), *words, **options)

    def test_report(self):
        report = self.lab.report
        self.assertEqual((report["routers"], report["sessions"], report["routes"], report["routesFailed"]),
                         (101, 100, 10200, 0))
        phases = report["milliseconds"]
        order = ["namespaces", "links", "listening", "sessions", "routes", "converged", "detected"]
        self.assertEqual(sorted(order, key=lambda phase: phases[phase]), order)
        self.assertGreater(report["memory"]["pssBytes"], 0)

    def test_every_kernel_table(self):
        for router in range(101):
            name = self.lab.name(router)
            routes = lab.bgp_routes(name)
            self.assertEqual(routes, lab.expected_routes(router, 100), name)
            self.assertEqual(len(routes), 101 if router else 100)
            kernel = lab.ip(name, "route", "show", "proto", "kernel")
            self.assertEqual(len(kernel), 2 if 0 < router < 100 else 1, name)
            for route in lab.ip(name, "route", "show", "proto", "bgp"):
                self.assertEqual(route["metric"], 20)

    def test_summary_shows_52_and_51(self):
        text = lab.chainrouter("show", self.lab.name(50), "ip bgp summary").stdout
        self.assertRegex(text, r"(?m)^172\.31\.50\.2 +4 +1049 .* 52 +\d+ N/A$")
        self.assertRegex(text, r"(?m)^172\.31\.51\.1 +4 +1051 .* 51 +\d+ N/A$")
        peers = json.loads(lab.chainrouter("show", self.lab.name(50), "ip bgp summary json").stdout)
        self.assertEqual(peers["ipv4Unicast"]["peers"]["172.31.50.2"]["pfxRcd"], 52)

    def test_vty_over_tcp(self):
        script = ("import socket; s = socket.create_connection(('127.0.0.1', 2605), 5)\n"
                  "s.sendall(b'sh ip bgp sum\\nexit\\n')\n"
                  "while (d := s.recv(65536)): print(d.decode('latin1'), end='')")
        text = lab.run("ip", "netns", "exec", self.lab.name(50), "python3", "-c", script).stdout
        self.assertIn("local AS number 1050", text)
        self.assertIn("Total number of neighbors 2", text)

    def test_traceroute_ends_after_exactly_100_hops_twice(self):
        for _ in range(2):
            lines = self.last("traceroute", "-n", "-m", "128", TARGET).stdout.strip().splitlines()[1:]
            self.assertEqual(len(lines), 100, lines[-1])
            self.assertRegex(lines[-1], r"^100  198\.51\.100\.1 ")
            self.assertEqual([l for l in lines if "*" in l], [])
            path = [f"172.31.{link}.2" for link in range(100, 1, -1)] + [TARGET]
            self.assertEqual([l.split()[1] for l in lines], path)

    def test_traceroute_stops_at_30_by_itself(self):
        lines = self.last("traceroute", "-n", TARGET).stdout.strip().splitlines()[1:]
        self.assertEqual(len(lines), 30)

    def test_trace_names_every_hop(self):
        trace = json.loads(lab.chainrouter("trace", self.lab.name(100), "--format", "json").stdout)
        self.assertTrue(trace["reached"])
        self.assertEqual([hop.get("router") for hop in trace["hops"]],
                         [self.lab.name(i) for i in range(99, -1, -1)])

    def test_default_ttl_64_does_not_get_through(self):
        def set_everywhere(ttl):
            for router in range(101):
                lab.run("ip", "netns", "exec", self.lab.name(router), "sysctl", "-qw", f"net.ipv4.ip_default_ttl={ttl}")

        set_everywhere(64)
        try:
            self.assertEqual(self.last("ping", "-c", "1", "-W", "1", TARGET, check=False).returncode, 1)
        finally:
            set_everywhere(255)
        self.assertEqual(self.last("ping", "-c", "1", "-W", "2", TARGET, check=False).returncode, 0)

    def test_exec_passes_the_status_on(self):
        self.assertEqual(lab.chainrouter("exec", self.lab.name(7), "--", "sh", "-c", "exit 7", check=False).returncode, 7)
        addresses = lab.chainrouter("exec", self.lab.name(7), "--", "ip", "-o", "-4", "address").stdout
        self.assertIn("172.31.7.1/24", addresses)

    def test_exec_of_a_command_that_a_signal_ends(self):
        ended = f"{lab.PROGRAM} exec {self.lab.name(7)} -- sh -c 'kill -TERM $$'; echo $?"
        self.assertEqual(lab.run("sh", "-c", ended).stdout, f"{128 + signal.SIGTERM}\n")

    def test_no_child_would_keep_the_lab_alive(self):
        """Every descriptor is close-on-exec, those of clients too."""
        client = subprocess.Popen(["ip", "netns", "exec", self.lab.name(50), "python3", "-c",
                                   "import socket, sys; s = socket.create_connection(('127.0.0.1', 2605), 5)\n"
                                   "s.recv(1); print('there', flush=True); sys.stdin.read()"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with client:
            self.assertEqual(client.stdout.readline(), "there\n")
            self.assertEqual(self.inherited(), [])
            client.stdin.close()

    def inherited(self):
        """What a child of the lab would find open beside its standard streams."""
        process = pathlib.Path(f"/proc/{self.lab.process.pid}")
        names = []
        for info in (process / "fdinfo").iterdir():
            flags = int(re.search(r"flags:\s*(\d+)", info.read_text())[1], 8)
            if int(info.name) > 2 and not flags & os.O_CLOEXEC:
                names.append(os.readlink(process / "fd" / info.name))
        return names

    @unittest.skipIf("thread" in os.environ.get("SANITIZERS", ""), "SKIPPED: ThreadSanitizer has a thread of its own")
    def test_threads_keep_no_capability_that_they_do_not_need(self):
        kept = {}
        for status in pathlib.Path(f"/proc/{self.lab.process.pid}/task").glob("*/status"):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
            name = fields["Name"].strip()
            self.assertEqual(fields["NoNewPrivs"].strip(), "1", name)
            kept[name] = {int(fields[which], 16) for which in ("CapPrm", "CapEff")}
        net_admin = 1 << 12
        self.assertEqual({name for name, sets in kept.items() if sets == {net_admin}},
                         {self.lab.name(router) for router in range(101)})
        self.assertEqual({name for name, sets in kept.items() if sets not in ({0}, {net_admin})}, set())

    @unittest.skipIf(os.environ.get("SANITIZERS"), "SKIPPED: sanitizers make system calls of their own")
    def test_threads_are_held_to_the_usual_system_calls(self):
        for status in pathlib.Path(f"/proc/{self.lab.process.pid}/task").glob("*/status"):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
            self.assertEqual(fields["Seccomp"].strip(), "2", fields["Name"])  # SECCOMP_MODE_FILTER

    @unittest.skipIf(os.environ.get("SANITIZERS"), "SKIPPED: sanitizers need the full stacks, and get them")
    def test_stacks_are_small(self):
        maps = pathlib.Path(f"/proc/{self.lab.process.pid}/maps").read_text().splitlines()
        spans = [[int(end, 16) for end in line.split()[0].split("-")] for line in maps if line.split()[1] == "rw-p"]
        large = [end - begin for begin, end in spans if end - begin >= 8 << 20]
        self.assertLess(len(large), 50)  # a hundred and one stacks would be there

    def test_ip_and_nsenter_and_exec_reach_the_same_router(self):
        name = self.lab.name(50)
        addresses = lab.run("ip", "-n", name, "address").stdout
        self.assertIn("172.31.50.1/24", addresses)
        for way in (["ip", "netns", "exec", name], ["nsenter", f"--net=/run/netns/{name}"],
                    [lab.PROGRAM, "exec", name], [lab.PROGRAM, "exec", name, "--"]):
            self.assertEqual(lab.run(*way, "ip", "address").stdout, addresses, way)

    def test_trace_says_when_it_does_not_arrive(self):
        done = lab.chainrouter("trace", self.lab.name(100), "--max-hops", "7", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("was not reached", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1 + 7)

    def test_list_names_all(self):
        labs = json.loads(lab.chainrouter("list", "--format", "json").stdout)["labs"]
        mine = next(l for l in labs if l["prefix"] == self.lab.prefix)
        self.assertEqual(len(mine["routers"]), 101)
        self.assertEqual({r["routes"] for r in mine["routers"]}, {100, 101})

    def test_unknown_router_gets_the_nearest(self):
        done = lab.chainrouter("show", "E2E_5O", "ip bgp summary", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"did you mean E2E_\d+")

    def test_announce_travels_to_the_end_and_back(self):
        far = self.lab.name(100)
        lab.chainrouter("announce", self.lab.name(0), "203.0.113.0/24")
        lab.eventually(lambda: lab.bgp_routes(far).get("203.0.113.0/24") == "172.31.100.2", "the new route")
        lab.chainrouter("withdraw", self.lab.name(0), "203.0.113.0/24")
        lab.eventually(lambda: "203.0.113.0/24" not in lab.bgp_routes(far), "its removal")


class Others(unittest.TestCase):
    def test_no_escape_codes_without_a_terminal(self):
        done = lab.chainrouter("--hops", "3", "--name-prefix", "PLAIN_", "--exit-when-converged")
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertTrue(re.search(r"3 hops converged [\d.]+ ms", done.stdout))

    def on_a_terminal(self, columns, **environment):
        """Runs a lab with its stderr on a terminal of that width; what it drew there and what it reported."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        process = subprocess.Popen(
            [lab.PROGRAM, "--hops", "30", "--name-prefix", "TTY_", "--exit-when-converged"],
            stdout=subprocess.PIPE, stderr=theirs, text=True, env={**os.environ, "TERM": "xterm", **environment})
        os.close(theirs)
        drawn = b""
        with contextlib.suppress(OSError):  # the terminal's other end has closed
            while part := os.read(ours, 65536):
                drawn += part
        os.close(ours)
        report = process.communicate(timeout=lab.DEADLINE)[0]
        self.assertEqual(process.returncode, 0)
        self.assertNotIn("\x1b", report)
        return drawn.decode().replace("\r", "")

    def drawings(self, text):
        """Four lines, drawn several times over each other: each drawing but the first begins by going up again."""
        drawings = text[text.index("\x1b"):].split("\x1b[4A")  # before it, what the machine offers
        self.assertGreater(len(drawings), 1)
        for drawing in drawings[:-1]:
            self.assertEqual(drawing.count("\n"), 4, text)
        return drawings

    def test_on_a_terminal_the_progress_stays_in_its_lines(self):
        drawings = self.drawings(self.on_a_terminal(100))
        self.assertRegex(drawings[-1], r"sessions +\[#{30}\] +30 / 30")

    def test_on_a_narrow_terminal_too(self):
        """A line that wrapped would take two rows, and going up four would not be enough."""
        for columns in (60, 40, 20):
            with self.subTest(columns=columns):
                drawings = self.drawings(self.on_a_terminal(columns))
                lines = "".join(drawings[:-1]).replace("\x1b[K", "").splitlines()
                self.assertLess(max(map(len, lines)), columns)
                self.assertIn("  sessions ", drawings[-1])

    def test_a_dumb_terminal_gets_plain_lines_and_nobody_gets_colours(self):
        self.assertNotIn("\x1b", self.on_a_terminal(100, TERM="dumb"))
        self.assertNotRegex(self.on_a_terminal(100, NO_COLOR="1"), r"\x1b\[[\d;]*m")
        self.assertNotRegex(self.on_a_terminal(100), r"\x1b\[[\d;]*m")

    def test_json_is_one_document(self):
        done = lab.chainrouter("--hops", "3", "--name-prefix", "JSON_", "--exit-when-converged", "--format", "json")
        self.assertEqual(json.loads(done.stdout)["hops"], 3)

    def test_not_converged_is_status_3(self):
        done = lab.chainrouter("--hops", "50", "--name-prefix", "LATE_", "--exit-when-converged", "--timeout", "0.02",
                               check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("not converged within", done.stderr)

    def test_any_target_answers(self):
        with lab.Lab(3, "--target", "any", prefix="ANY_") as chain:
            ping = lab.run("ip", "netns", "exec", chain.name(3), "ping", "-c", "1", "-W", "2", "192.0.2.77", check=False)
            self.assertEqual(ping.returncode, 0, ping.stdout)
            self.assertTrue(chain.settled())

    def test_more_hops_than_a_packet_survives(self):
        with lab.Lab(260, prefix="LONG_") as chain:
            self.assertEqual((chain.report["routers"], chain.report["sessions"]), (261, 260))
            # 256 and more AS numbers: two AS_SEQUENCE segments on the wire
            path = json.loads(lab.chainrouter("show", chain.name(260), "ip bgp 0.0.0.0/0 json").stdout)
            self.assertEqual(path["paths"][0]["aspath"]["length"], 260)
            chain.end()
            self.assertIn("at most 254 routers", chain.process.stderr.read())

    def test_mrai_still_converges(self):
        with lab.Lab(4, "--mrai", "0.2", prefix="MRAI_") as chain:
            self.assertTrue(chain.settled())
            self.assertGreater(chain.report["milliseconds"]["converged"], 100)


class Keys(unittest.TestCase):
    def dial(self, chain):
        """From the neighbour's own address, without any key: what becomes of it within a second."""
        words = "import socket; socket.create_connection(('172.31.2.1', 179), 1, ('172.31.2.2', 0))"
        return lab.run("ip", "netns", "exec", chain.name(1), "python3", "-c", words, check=False)

    def test_md5_on_all_sessions(self):
        with lab.Lab(4, prefix="KEY_") as chain:
            self.assertEqual(self.dial(chain).returncode, 0)
        with lab.Lab(4, "--md5", "a key", prefix="KEY_") as chain:
            self.assertTrue(chain.settled())
            self.assertIn("timed out", self.dial(chain).stderr)

    def test_tcp_ao_or_an_honest_refusal(self):
        doctor = json.loads(lab.chainrouter("doctor", "--format", "json").stdout)
        if next(finding["ok"] for finding in doctor["findings"] if finding["what"] == "TCP-AO"):
            with lab.Lab(4, "--ao", "a key", prefix="KEY_") as chain:
                self.assertTrue(chain.settled())
                self.assertIn("timed out", self.dial(chain).stderr)
            return
        before = lab.host_state()
        speak = ["speak", "--as", "65001", "--router-id", "10.0.0.1", "--local", "10.0.0.1", "--neighbor", "10.0.0.2,as=1,ao=k"]
        for words in (["--hops", "4", "--ao", "a key"], speak):
            done = lab.chainrouter(*words, check=False)
            self.assertEqual((done.returncode, done.stdout), (5, ""))
            self.assertRegex(done.stderr, r"^chainrouter: [^\n]*this kernel offers no TCP-AO [^\n]*take TCP MD5 instead\n$")
        self.assertEqual(lab.host_state(), before)


if __name__ == "__main__":
    lab.main()
