#!/usr/bin/env python3
"""The page over HTTP, without a browser: who gets in, what is answered, what the stream says, and what becomes of
those who send nonsense or do not listen."""

import contextlib
import http.client
import json
import os
import re
import select
import socket
import time
import unittest

import running_lab as lab

HOPS = 6


def page_of(process):
    """The page's port and token, from what the lab prints."""
    while line := process.stderr.readline():
        if found := re.search(r"the page: http://[\d.]+:(\d+)/\?token=([0-9a-f]{32})$", line):
            return int(found[1]), found[2]
    raise AssertionError("no page")


class Client:
    def __init__(self, port, token):
        self.port, self.token = port, token

    def cookie(self):
        return {"Cookie": f"chainrouter_{self.port}={self.token}"}

    def request(self, method, target, body=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, target, body, {name.replace("_", "-"): value for name, value in fields.items()})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()

    def ask(self, **request):
        return json.loads(self.request("POST", "/api", json.dumps(request), Authorization=f"Bearer {self.token}",
                                       Content_Type="application/json")[2])

    def raw(self, octets):
        """What is answered to these octets, until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=lab.DEADLINE) as connection:
            connection.sendall(octets)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(65536):
                    answer += part
            return answer.decode()

    def stream(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=lab.DEADLINE)
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie()['Cookie']}\r\n\r\n".encode())
        return connection


def events_of(connection):
    """(name, data) of each event, as they come; not for ever."""
    file = connection.makefile("r", encoding="utf-8")
    name, end = None, time.monotonic() + lab.DEADLINE
    for line in file:
        if time.monotonic() > end:
            raise AssertionError("it did not come")
        if line.startswith("event: "):
            name = line[7:-1]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def route_changes(connection, prefix):
    """{router: has it} as the stream tells of a prefix, again whenever it tells something new."""
    prefixes, routes = [], {}
    for name, data in events_of(connection):
        if name != "news":
            continue
        prefixes += data["prefixes"]
        for event in data["events"]:
            if event[0] == 4 and prefixes[event[3]] == prefix:
                routes[event[1]] = event[4] != 0
        yield routes


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(HOPS, "--web", "127.0.0.1:0", prefix="WEB_")
        cls.client = Client(*page_of(cls.lab.process))

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def test_the_printed_address_lets_in(self):
        status, fields, page = self.client.request("GET", f"/?token={self.client.token}")
        self.assertEqual(status, 200)
        self.assertIn("<!doctype html>", page)
        self.assertRegex(fields["Set-Cookie"], rf"^chainrouter_{self.client.port}={self.client.token}; Path=/; HttpOnly; SameSite=Strict$")
        policy = fields["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual((fields["X-Content-Type-Options"], fields["Cache-Control"]), ("nosniff", "no-store"))
        # Whatever the page needs it has, and from here.
        for found in re.findall(r'(?:src|href)="(/[^"]*)"', page):
            self.assertEqual(self.client.request("GET", found, **self.client.cookie())[0], 200, found)
        self.assertEqual(re.findall(r'(?:src|href)="(?![/#])[^"]*"', page), [])
        self.assertNotRegex(page, r"<style|style=|<script>|\son\w+=")

    def test_others_stay_out(self):
        mine = self.client.cookie()
        json_type = {"Content_Type": "application/json"}
        order = '{"op":"link","number":2,"state":"down"}'
        for what, status, request in [
            ("no token", 403, ("GET", "/", None, {})),
            ("a wrong token", 403, ("GET", "/?token=0", None, {})),
            ("another name", 421, ("GET", "/", None, {**mine, "Host": "evil.example"})),
            ("an order without a token", 403, ("POST", "/api", order, {**json_type, "Origin": f"http://127.0.0.1:{self.client.port}"})),
            ("an order of another page", 403, ("POST", "/api", order, {**mine, **json_type, "Origin": "http://evil.example"})),
            ("an order of no page", 403, ("POST", "/api", order, {**mine, **json_type})),
            ("news without a token", 403, ("GET", "/events", None, {})),
            ("an unknown address", 404, ("GET", "/nothing", None, mine)),
            ("a way that there is not", 405, ("PUT", "/", "", mine)),
            ("a form", 415, ("POST", "/api", "op=list", {"Authorization": f"Bearer {self.client.token}"})),
            ("no request", 400, ("POST", "/api", "[]", {"Authorization": f"Bearer {self.client.token}", **json_type})),
            ("what is not for the page", 403, ("POST", "/api", '{"op":"events"}', {"Authorization": f"Bearer {self.client.token}", **json_type})),
        ]:
            with self.subTest(what):
                method, target, body, fields = request
                answer = self.client.request(method, target, body, **fields)
                self.assertEqual(answer[0], status, answer)
                self.assertTrue(answer[2])
        self.assertTrue(self.lab.settled())

    def test_nonsense_is_refused(self):
        for what, status, octets in [
            ("no HTTP", 400, b"hello\r\n\r\n"),
            ("binary", 400, bytes(range(256)) * 4),
            ("TLS", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)),
            ("no host", 400, b"GET / HTTP/1.1\r\n\r\n"),
            ("two hosts", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
            ("a folded field", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n"),
            ("two lengths", 400, b"POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"),
            ("a long head", 431, b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 9000 + b"\r\n\r\n"),
            ("a long body", 413, b"POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"),
            ("a chunk that is none", 400, b"POST /api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
             + self.client.token.encode() + b"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ]:
            with self.subTest(what):
                answer = self.client.raw(octets)
                self.assertRegex(answer, rf"^HTTP/1\.1 {status} ")
                self.assertRegex(answer, r"\r\n\r\n\w[^\n]+\n$")
        # Who says nothing keeps nobody out, nor who goes in the middle.
        silent = [socket.create_connection(("127.0.0.1", self.client.port)) for _ in range(40)]
        for one in silent[:20]:
            one.sendall(b"POST /api HTTP/1.1\r\nHost: loc")
            one.close()
        self.assertEqual(self.client.request("GET", "/", **self.client.cookie())[0], 200)
        for one in silent:
            one.close()

    def test_it_asks_what_the_control_socket_answers(self):
        answer = self.client.ask(op="table", router=self.lab.name(3), table="loc", format="json")
        self.assertEqual(answer["rows"], len(lab.expected_routes(3, HOPS)) + 2)
        self.assertEqual(self.client.ask(op="check-fib", router=self.lab.name(3))["differences"], 0)
        self.assertIn("no router", self.client.ask(op="check-fib", router="X")["error"])

    def test_the_stream_tells_of_links_and_routes(self):
        with self.client.stream() as connection:
            events = events_of(connection)
            name, hello = next(events)
            self.assertEqual((name, hello["schema"]), ("hello", "chainrouter.feed/1"))
            self.assertEqual([router["name"] for router in hello["routers"]], [self.lab.name(i) for i in range(HOPS + 1)])
            name, told = next(events)
            self.assertEqual((name, told["phase"], told["down"]["links"]), ("lab", "converged", []))
            name, news = next(events)
            self.assertEqual(dict(map(tuple, news["links"])), {link: 1 for link in range(HOPS)})
        with self.client.stream() as connection:
            routes = route_changes(connection, "0.0.0.0/0")
            self.assertEqual(next(routes), {router: True for router in range(HOPS + 1)})
            self.assertEqual(self.client.ask(op="link", number=4, state="down"), {"done": True})
            lost = {router: router < 4 for router in range(HOPS + 1)}
            self.assertTrue(any(now == lost for now in routes))
            self.lab.await_settled(cut=[4])
            self.assertEqual(self.client.ask(op="link", number=4, state="up"), {"done": True})
            self.assertTrue(any(all(now.values()) for now in routes))
        self.lab.await_settled()

    def test_only_so_many_pages(self):
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                self.assertIn(b" 200 ", stack.enter_context(self.client.stream()).recv(100))
            with self.client.stream() as one_more:
                self.assertIn(b" 503 ", one_more.recv(100))
        # Closed ones make room.
        def room():
            with self.client.stream() as connection:
                return b" 200 " in connection.recv(100)
        lab.eventually(room, "a place for another page")

    def test_prometheus(self):
        status, fields, text = self.client.request("GET", "/metrics")
        self.assertEqual((status, fields["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assertRegex(text, rf'chainrouter_neighbor_up{{router="{self.lab.name(3)}".*}} 1\n')
        status, _, text = self.client.request("GET", "/metrics?names=frr")
        self.assertIn('frr_bgp_peer_state{vrf="default"', text)
        self.assertEqual(self.client.request("GET", "/metrics", Host="evil.example")[0], 421)

    def test_promtool_has_nothing_against_the_metrics(self):
        done = lab.promtool(self.client.request("GET", "/metrics")[2])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_its_thread_has_no_capability(self):
        effective = {}
        for task in os.listdir(f"/proc/{self.lab.process.pid}/task"):
            with open(f"/proc/{self.lab.process.pid}/task/{task}/status", encoding="utf-8") as status:
                text = status.read()
            effective[re.search(r"Name:\s*(\S+)", text)[1]] = re.search(r"CapEff:\s*(\w+)", text)[1]
        self.assertEqual(effective["page"], "0" * 16)
        self.assertEqual(effective[self.lab.name(1)], f"{1 << 12:016x}")  # the routers' CAP_NET_ADMIN


class Starting(unittest.TestCase):
    def test_a_reader_that_is_stuck_costs_nothing_and_is_told_what_it_missed(self):
        """More happens than its socket and a ring hold."""
        with lab.Lab(3, "--web", "127.0.0.1:0", "--events", "64", prefix="STUCK_") as chain, socket.socket() as connection:
            client = Client(*page_of(chain.process))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(lab.DEADLINE)
            connection.connect(("127.0.0.1", client.port))
            connection.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {client.cookie()['Cookie']}\r\n\r\n".encode())
            select.select([connection], [], [], lab.DEADLINE)
            for number in range(600):
                client.ask(op="announce" if number % 2 == 0 else "withdraw", router=chain.name(0), prefix="203.0.113.0/24")
            chain.await_settled()
            self.assertTrue(any(name == "news" and data["lost"] for name, data in events_of(connection)))

    def check_refused(self, status, text, *words):
        done = lab.chainrouter("--hops", "2", *words, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn(text, done.stderr)

    def test_mistakes(self):
        self.check_refused(2, "--web takes an address and a port", "--web", "nonsense")
        self.check_refused(2, "which --web serves", "--metrics-compat", "frr")
        self.check_refused(2, "--metrics-compat takes frr", "--web", "--metrics-compat", "x")
        self.check_refused(2, "--plan build none", "--web", "--plan")
        self.check_refused(1, "Cannot assign requested address", "--web", "192.0.2.99:8080")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.check_refused(1, "Address already in use", "--web", f"127.0.0.1:{taken.getsockname()[1]}")

    def test_built_without_node(self):
        program = os.environ.get("WITHOUT_PAGE", "")
        if not os.path.exists(program):
            self.skipTest("that program was not built here")
        done = lab.run(program, "--hops", "2", "--web", check=False)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        self.assertIn("built without its page", done.stderr)
        self.assertIn("./dev run --web", done.stderr)

    def test_off_unless_asked_for(self):
        with lab.Lab(2, prefix="OFF_"):
            self.assertEqual(lab.run("ss", "-ltnH").stdout, "")

    def test_elsewhere_than_on_loopback_it_warns(self):
        with lab.Lab(2, "--web", "192.0.2.1:0", "--metrics-compat", "frr", prefix="OUT_") as chain:
            port, token = page_of(chain.process)
            self.assertIn("may do with this lab what you may", chain.process.stderr.readline())
            connection = http.client.HTTPConnection("192.0.2.1", port, timeout=lab.DEADLINE)
            with contextlib.closing(connection):
                connection.request("GET", f"/?token={token}")
                response = connection.getresponse()
                self.assertEqual((response.status, response.read()[:15]), (200, b"<!doctype html>"))
                connection.request("GET", "/metrics")
                self.assertIn(b"frr_bgp_peer_state", connection.getresponse().read())

    def test_without_root_it_is_in_the_users_own_network(self):
        with lab.Lab(2, "--web", "127.0.0.1:0", "--rootless", "yes", prefix="MINE_") as chain:
            client = Client(*page_of(chain.process))
            with client.stream() as connection:
                self.assertEqual(next(events_of(connection))[0], "hello")
            self.assertEqual(client.ask(op="link", number=2, state="down"), {"done": True})


if __name__ == "__main__":
    if "CHAINROUTER_TEST_ALONE" not in os.environ:
        if "without its page" in lab.run(lab.PROGRAM, "--hops", "1", "--web", "127.0.0.1:0", "--exit-when-converged", check=False).stderr:
            print("SKIPPED: this chainrouter was built without its page (no Node.js, or no web/node_modules)")
            raise SystemExit(77)
    lab.main()
