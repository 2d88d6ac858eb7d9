#!/usr/bin/env python3
"""A thousand polls of every show, from before a chain has converged: the lab converges, answers all, and does not grow."""

import json
import pathlib
import re
import socket
import unittest

import running_lab as lab

HOPS = 4
ROUNDS = 1000
SETTLED = 500  # rounds after which the allocator has what it keeps
SOCKET = "/run/chainrouter/POLL_.sock"

TABLES = [{"op": "table", "table": table, "format": kind} for table, kind in
          (("neighbors", "json"), ("adj-in", "json"), ("adj-in-post", "text"), ("loc", "csv"), ("adj-out", "json"))]
LINES = [{"op": "show", "command": line} for line in
         ("show ip bgp", "show ip bgp json", "show ip bgp summary", "show ip bgp neighbors", "show version")]
OF_A_ROUTER = [*TABLES, *LINES, {"op": "check-fib"}]
OF_ALL = [{"op": "list"}, {"op": "loads"}, {"op": "metrics"}, {"op": "metrics", "names": "frr"}]


def ask(request):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(SOCKET)
        client.sendall(json.dumps(request).encode() + b"\n")
        reply = b""
        while part := client.recv(1 << 20):
            reply += part
    return json.loads(reply)


class Polling(unittest.TestCase):
    def resident(self, chain):
        status = pathlib.Path(f"/proc/{chain.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1])

    def test_no_growth(self):
        with lab.Lab(HOPS, "--mrai", "0.5", prefix="POLL_", wait=False) as chain:
            lab.eventually(lambda: pathlib.Path(SOCKET).exists(), "the control socket")
            lab.eventually(lambda: "error" not in ask({"op": "list"}), "a lab that answers")
            early = ask({"op": "list"})["routers"]
            self.assertLess(sum(router["routes"] for router in early), HOPS * (HOPS + 1) + HOPS)  # not converged yet
            for number in range(ROUNDS):
                router = chain.name(number % (HOPS + 1))
                for request in (*({**one, "router": router} for one in OF_A_ROUTER), *OF_ALL):
                    reply = ask(request)
                    self.assertNotIn("error", reply, request)
                if number == SETTLED:
                    chain.read_report()
                    before = self.resident(chain)
            self.assertLess(self.resident(chain) - before, 512)
            self.assertTrue(chain.settled())


if __name__ == "__main__":
    lab.main()
