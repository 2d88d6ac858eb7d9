#!/usr/bin/env python3
"""What our vty prints, beside what the real FRR prints for the same chain: five routers each, with the same names,
addresses and AS numbers, in namespaces of their own. What may differ, and how it is made the same, is in masks.py."""

import difflib
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import running_lab as lab  # noqa: E402

import frr_chain  # noqa: E402
import masks  # noqa: E402

HOPS = 4  # the last router of the FRR chain is ours, and what its neighbor sees of it
COMPARED = (0, 1, 2)
OURS, THEIRS = "GOLD_", "FRR_"
CLIENT = pathlib.Path(__file__).resolve().with_name("vty_client.py")

BGP = [
    "show ip bgp summary", "show ip bgp summary json", "show ip bgp", "show ip bgp json",
    "show ip bgp 172.31.1.0/24", "show ip bgp 172.31.4.0/24", "show ip bgp 172.31.4.9", "show ip bgp 0.0.0.0/0",
    "show ip bgp 172.31.1.0/24 json", "show ip bgp 172.31.4.0/24 json", "show ip bgp 10.0.0.0/8",
    "show ip bgp 10.0.0.0/8 json",
    "show ip bgp neighbors", "show ip bgp neighbors json", "show ip bgp neighbors 9.9.9.9",
    "show ip bgp neighbors 9.9.9.9 json", "show ip bgp neighbors 9.9.9.9 routes",
    "show ip bgp neighbors 9.9.9.9 advertised-routes json", "show ip bgp neighbors 9.9.9.9 received-routes",
    "show ip bgp | include ^.> 172.31.[45]", "show ip bgp | grep x", "show ip bgp | include",
    "nonsense", "show ip bgp nonsense", "sh", "e", "configure terminal", "show running-config",
]
NEIGHBOR = ["", " json", " advertised-routes", " advertised-routes json", " received-routes", " received-routes json",
            " routes", " routes json"]
ZEBRA = [
    "show ip route", "show ip route json", "show ip route bgp", "show ip route connected json",
    "show ip route 172.31.1.0/24", "show ip route 172.31.4.0/24", "show ip route 172.31.4.9",
    "show ip route 172.31.4.9 json", "show ip route 10.0.0.0/8", "show ip route 172.31.1.0/24 json",
]
# One conversation: prompts are compared, too.
CHANGES = [
    "enable", "show running-config", "clear ip bgp 9.9.9.9", "clear ip bgp 9.9.9.9 soft in", "clear ip bgp * soft out",
    "configure terminal", "show ip bgp", "router bgp 5", "router bgp", "no network 99.0.0.0/8",
    "neighbor 9.9.9.9 shutdown", "no neighbor 9.9.9.9 shutdown", "network 203.0.113.0/24", "network 203.0.113.0/24",
    "do show version | include nothing", "neighbor", "address-family ipv4 unicast", "no network 203.0.113.0/24",
    "no network 203.0.113.0/24", "exit-address-family", "address-family ipv4 unicast", "exit", "exit", "router bgp",
    "end", "write terminal", "disable", "exit",
]


def ask(namespace, port, password, commands):
    asked = json.dumps({"port": port, "password": password, "commands": commands})
    return json.loads(lab.run("ip", "netns", "exec", namespace, sys.executable, str(CLIENT), input=asked).stdout)


class Golden(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not frr_chain.is_installed():
            print("SKIPPED: no FRR here (apt-get install frr): our vty is not compared with it")
            raise SystemExit(77)
        cls.ours = lab.Lab(HOPS, prefix=OURS)
        cls.addClassCleanup(cls.ours.__exit__)
        cls.frr = frr_chain.FrrChain(HOPS, THEIRS, OURS)
        cls.addClassCleanup(cls.frr.close)
        lab.eventually(lambda: all(cls.frr_has_all(router) for router in range(HOPS)), "FRR has converged", 100)

    @classmethod
    def frr_has_all(cls, router):
        """Its neighbors have said as much as ours, and its kernel has the same routes."""
        def counts(name, password):
            summary, = ask(name, 2605, password, ["show ip bgp summary json"])
            peers = json.loads(summary["text"]).get("ipv4Unicast", {}).get("peers", {})
            return {address: peer["pfxRcd"] for address, peer in peers.items()}

        ours, theirs = f"{OURS}{router}", f"{THEIRS}{router}"
        return lab.bgp_routes(ours).keys() == lab.bgp_routes(theirs).keys() and \
            counts(ours, None) == counts(theirs, frr_chain.PASSWORD)

    def compare(self, router, port, commands, neighbor_as=None):
        ours = ask(f"{OURS}{router}", 2605, None, commands)
        theirs = ask(f"{THEIRS}{router}", port, frr_chain.PASSWORD, commands)
        for command, mine, frr in zip(commands, ours, theirs):
            if frr["prompt"] == "" and mine["prompt"] == "":
                continue  # both have closed
            with self.subTest(router=router, command=command):
                self.assertEqual(mine["prompt"], frr["prompt"])
                if "advertised-routes" in command and neighbor_as:
                    frr["text"] = masks.without_returns(command, frr["text"], neighbor_as)
                if "received-routes" in command and neighbor_as:
                    frr["text"] = masks.without_returns(command, frr["text"], self.frr.plan[router]["as"])
                expected, got = (masks.masked(command, answer["text"]) for answer in (frr, mine))
                if expected != got:
                    difference = "\n".join(difflib.unified_diff(expected.split("\n"), got.split("\n"), "FRR", "ours",
                                                                lineterm="", n=1))
                    self.fail(f"{command}:\n{difference}")

    def test_bgp(self):
        for router in COMPARED:
            self.compare(router, 2605, BGP)

    def test_one_neighbor(self):
        for router in COMPARED:
            for neighbor in self.frr.plan[router]["neighbors"]:
                self.compare(router, 2605, [f"show ip bgp neighbors {neighbor['address']}{what}" for what in NEIGHBOR],
                             neighbor["as"])

    def test_routing_table(self):
        for router in COMPARED:
            self.compare(router, 2601, ZEBRA)

    def test_changes(self):
        for router in COMPARED:
            self.compare(router, 2605, CHANGES)


if __name__ == "__main__":
    lab.main()
