#!/usr/bin/env python3
"""The vty of a running chain, over TCP: what its commands change, who may give them, and that scripts never wait."""

import json
import shutil
import sys
import unittest

import running_lab as lab

PREFIX = "203.0.113.0/24"

# Sends all lines at once, as a script does, and prints what comes until the vty closes.
CLIENT = """
import socket, sys
vty = socket.create_connection(("127.0.0.1", 2605), 10)
vty.settimeout(20)
vty.sendall(sys.stdin.buffer.read())
while text := vty.recv(65536):
    sys.stdout.buffer.write(text.replace(b"\\r", b""))
"""


class Vty(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(3, prefix="VTY_")
        cls.addClassCleanup(cls.lab.__exit__)

    def type(self, router, *lines, user=()):
        words = ("ip", "netns", "exec", self.lab.name(router), *user, sys.executable, "-c", CLIENT)
        return lab.run(*words, input="\n".join((*lines, "end", "exit", "exit")) + "\n", encoding="latin-1").stdout

    def configure(self, router, *lines):
        return self.type(router, "enable", "configure terminal", "router bgp", *lines)

    def sessions(self, router):
        table = json.loads(lab.chainrouter("show", self.lab.name(router), "ip bgp neighbors json").stdout)
        return {address: (peer["bgpState"], peer["connectionsEstablished"]) for address, peer in table.items()}

    def has_route(self, router):
        return PREFIX in lab.bgp_routes(self.lab.name(router))

    def test_networks_come_and_go(self):
        self.configure(0, f"network {PREFIX}")
        lab.eventually(lambda: self.has_route(3), "the network has come")
        self.assertIn(f"  network {PREFIX}\n", self.type(0, "enable", "show running-config"))
        self.configure(0, "address-family ipv4 unicast", f"no network {PREFIX}")
        lab.eventually(lambda: not self.has_route(3), "the network has gone")
        self.assertIn("% Can't find static route specified\n", self.configure(0, f"no network {PREFIX}"))

    def test_neighbors_are_shut_down_and_come_again(self):
        address = lab.address_of(2, True)
        self.configure(1, f"neighbor {address} shutdown message gone for a walk")
        lab.eventually(lambda: self.sessions(1)[address][0] == "Idle", "it is down")
        heard = json.loads(lab.chainrouter("show", self.lab.name(2), "neighbors", "--format", "json").stdout)
        self.assertIn("gone for a walk", json.dumps(heard))
        self.assertIn("shutdown message gone for a walk", self.type(1, "enable", "write terminal"))
        self.configure(1, f"no neighbor {address} shutdown")
        self.lab.await_settled()
        self.assertEqual(self.sessions(1)[address][0], "Established")

    def test_clear(self):
        before = self.sessions(1)
        self.type(1, "enable", "clear ip bgp * soft", "clear ip bgp * soft in", "clear ip bgp * soft out")
        self.lab.await_settled()
        self.assertEqual(self.sessions(1), before)
        self.type(1, "enable", "clear ip bgp *")
        lab.eventually(lambda: self.sessions(1) == {address: ("Established", count + 1)
                                                    for address, (_, count) in before.items()}, "both came again")
        self.lab.await_settled()

    def test_the_routing_table_is_the_kernels(self):
        lab.run("ip", "-n", self.lab.name(2), "route", "add", "192.0.2.0/24", "via", lab.address_of(2, False),
                "metric", "7")
        self.addCleanup(lab.run, "ip", "-n", self.lab.name(2), "route", "del", "192.0.2.0/24", "metric", "7")
        shown = json.loads(lab.chainrouter("show", self.lab.name(2), "ip route json").stdout)
        installed = {prefix for prefix, routes in shown.items() if routes[0].get("installed")}
        kernel = {route["dst"] if route["dst"] != "default" else "0.0.0.0/0"
                  for route in lab.ip(self.lab.name(2), "route", "show")}
        self.assertEqual(installed, kernel)
        self.assertEqual((shown["192.0.2.0/24"][0]["protocol"], shown["192.0.2.0/24"][0]["metric"]), ("kernel", 7))

    def test_only_root_and_our_user_may_change(self):
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        if lab.run(*nobody, "true", check=False).returncode != 0:
            self.skipTest("SKIPPED: there is no other user in this user namespace")
        said = self.type(1, "enable", "show running-config", f"network {PREFIX}", "show version", user=nobody)
        self.assertIn("% Only root and the user who runs this router may change it; you may look.\n", said)
        self.assertIn("% [BGP] Unknown command: show running-config\n", said)
        self.assertIn("chainrouter", said)
        self.assertNotIn(f"{self.lab.name(1)}# ", said)
        self.assertIn(f"{self.lab.name(1)}# ", self.type(1, "enable"))

    def test_a_pipe_to_telnet_does_not_wait(self):
        if shutil.which("telnet") is None:
            self.skipTest("SKIPPED: no telnet here")
        # telnet leaves when its input ends, so that it has to stay open until the vty closes.
        script = "(echo terminal length 3; echo show ip bgp; echo show ip bgp neighbors; echo exit; cat) " \
                 "| telnet 127.0.0.1 2605"
        held = lab.subprocess.Popen(["ip", "netns", "exec", self.lab.name(1), "bash", "-c", script],
                                    stdin=lab.subprocess.PIPE, stdout=lab.subprocess.PIPE,
                                    stderr=lab.subprocess.STDOUT, text=True)
        with held:
            said = ""
            for line in held.stdout:
                said += line
                if "Connection closed" in line:
                    break
            held.stdin.close()
        self.assertIn("BGP neighbor is 172.31.2.1", said)
        self.assertNotIn("--More--", said)


if __name__ == "__main__":
    lab.main()
