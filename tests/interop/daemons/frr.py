"""FRR: bgpd, with zebra beside it for next hops and the kernel."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess

from daemons.base import Daemon, Neighbor
from lab import Failure, Process, await_that
from routes import FIELDS, Route, canonical, extended_text, path_of

LIBEXEC = "/usr/lib/frr"


class Frr(Daemon):
    kind = "FRR"
    version = subprocess.run([f"{LIBEXEC}/bgpd", "--version"], text=True,
                             capture_output=True).stdout.split("\n")[0].removeprefix("bgpd version ")
    shows = frozenset(FIELDS) - {"unknown"}
    default_med = 0
    cannot = {
        "AS4_PATH": "told to offer nothing, it still takes us for a 4-octet speaker and leaves AS4_PATH aside: its "
                    "table shows AS_TRANS",
        "collision": "told that one connection has lost, it closes the other one, too, and comes again",
        "decline extended message": "it always offers RFC 8654",
        "originate unknown": "its configuration can make no attribute that it does not know",
        "originate as-set": "it makes an AS_SET only when it aggregates",
        "show unknown": "its tables do not show attributes that it does not know; they were seen behind it",
    }

    def config(self) -> str:
        maps: list[str] = []
        lines = [f"router bgp {self.as_number}", f" bgp router-id {self.router_id}", " no bgp ebgp-requires-policy",
                 " bgp log-neighbor-changes", " no bgp network import-check", " no bgp default ipv4-unicast", " no bgp enforce-first-as"]
        if any(neighbor.graceful_restart for neighbor in self.neighbors):
            lines += [" bgp graceful-restart", " bgp graceful-restart preserve-fw-state"]
        for neighbor in self.neighbors:
            peer = f" neighbor {neighbor.address}"
            lines += [f"{peer} remote-as {neighbor.remote_as}", f"{peer} timers {neighbor.hold // 3} {neighbor.hold}",
                      f"{peer} timers connect 1", f"{peer} advertisement-interval 0",
                      f"{peer} update-source {neighbor.local}"]
            lines += [f"{peer} passive"] * neighbor.passive
            lines += [f"{peer} ttl-security hops 1"] * neighbor.ttl_security
            lines += [f"{peer} dont-capability-negotiate"] * (not neighbor.asn4)
            if neighbor.md5:
                lines.append(f"{peer} password {neighbor.md5}")
        for family in ("ipv4", "ipv6"):
            lines.append(f" address-family {family} unicast")
            for route in self.routes.values():
                if route.ipv6 == (family == "ipv6"):
                    lines.append(f"  {self._network(route, maps)}")
            for neighbor in self.neighbors:
                if family in neighbor.families:
                    lines.append(f"  neighbor {neighbor.address} activate")
                    if neighbor.max_prefix:
                        lines.append(f"  neighbor {neighbor.address} maximum-prefix {neighbor.max_prefix}")
                    if neighbor.add_path:
                        lines.append(f"  neighbor {neighbor.address} addpath-tx-all-paths")
            lines.append(" exit-address-family")
        return "\n".join([f"hostname {self.namespace.name}", *maps, *lines, "exit"]) + "\n"

    def _network(self, route: Route, maps: list[str]) -> str:
        """The network statement; what it sets goes to a route-map of the attributes' own."""
        settings = []
        if route.med is not None:
            settings.append(f" set metric {route.med}")
        if route.origin != "IGP":
            settings.append(f" set origin {route.origin.lower()}")
        if route.as_path:
            settings.append(f" set as-path prepend {' '.join(map(str, route.as_path))}")
        if route.communities:
            settings.append(f" set community {' '.join(sorted(route.communities))}")
        if route.large:
            settings.append(f" set large-community {' '.join(sorted(route.large))}")
        if route.extended:
            targets = [f"{int(text[4:8], 16)}:{int(text[8:], 16)}" for text in sorted(route.extended)]
            settings.append(f" set extcommunity rt {' '.join(targets)}")
        if not settings:
            return f"network {route.prefix}"
        name = "for-" + route.prefix.replace("/", "-")
        maps += [f"route-map {name} permit 10", *settings, "exit"]
        return f"network {route.prefix} route-map {name}"

    def rewrite(self) -> None:
        self.file("bgpd.conf", self.config())

    def start(self) -> None:
        path = self.file("bgpd.conf", self.config())
        zebra = self.file("zebra.conf", f"hostname {self.namespace.name}\n")
        shutil.chown(self.directory, "frr", "frr")
        common = ["-u", "frr", "-g", "frr", "--vty_socket", str(self.directory), "-z",
                  str(self.directory / "zserv.api"), "-P", "0", "--log", "stdout"]
        self.zebra = Process(self.namespace, [f"{LIBEXEC}/zebra", "-f", str(zebra), "-i",
                                              str(self.directory / "zebra.pid"), *common],
                             self.directory / "zebra.log")
        await_that((self.directory / "zserv.api").exists, "zebra does not listen")
        self.bgpd = [f"{LIBEXEC}/bgpd", "-f", str(path), "-i", str(self.directory / "bgpd.pid"), *common]
        self.start_bgpd()

    def start_bgpd(self) -> None:
        self.process = Process(self.namespace, self.bgpd, self.directory / "bgpd.log")
        await_that(lambda: self._answers() or not self.process.running, "bgpd does not answer")

    restart = start_bgpd

    def _answers(self) -> bool:
        try:
            return "vrf-id" in self.vty("show bgp summary") or True
        except Failure:
            return False

    def close(self) -> None:
        super().close()
        if hasattr(self, "zebra"):
            self.zebra.end(signal.SIGKILL)

    def vty(self, *commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        return self.namespace.run("vtysh", "--vty_socket", str(self.directory), "-d", "bgpd", *words)

    def configure(self, *commands: str) -> None:
        self.vty("configure terminal", *commands)

    def _peer(self, neighbor: Neighbor) -> dict:
        return json.loads(self.vty(f"show bgp neighbors {neighbor.address} json")).get(neighbor.address, {})

    def established(self, neighbor: Neighbor) -> bool:
        return self._peer(neighbor).get("bgpState") == "Established"

    def received_count(self, neighbor: Neighbor) -> int:
        families = self._peer(neighbor).get("addressFamilyInfo", {})
        return sum(family.get("acceptedPrefixCounter", 0) for family in families.values())

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        routes = {}
        for family in neighbor.families:
            table = json.loads(self.vty(f"show bgp {family} unicast json detail"))
            for prefix, paths in table.get("routes", {}).items():
                for path in paths if isinstance(paths, list) else paths.get("paths", []):
                    if path.get("peer", {}).get("peerId") == neighbor.address:
                        routes[canonical(prefix)] = self._route(canonical(prefix), path)
        return routes

    @staticmethod
    def _route(prefix: str, path: dict) -> Route:
        aggregator = None
        if "aggregatorAs" in path:
            aggregator = (path["aggregatorAs"], path["aggregatorId"])
        hops = [hop["ip"] for hop in path.get("nexthops", []) if hop.get("scope") != "link-local"]
        return Route(
            prefix, path["origin"], path_of(path.get("aspath", {}).get("string", "")), hops[0] if hops else "",
            path.get("metric"), frozenset(path.get("community", {}).get("list", [])),
            frozenset(path.get("largeCommunity", {}).get("list", [])),
            frozenset(extended_text(text) for text in path.get("extendedCommunity", {}).get("string", "").split()),
            path.get("atomicAggregate", False), aggregator, local_pref=path.get("locPrf"))

    def announce(self, route: Route) -> None:
        maps: list[str] = []
        network = self._network(route, maps)
        family = "ipv6" if route.ipv6 else "ipv4"
        self.configure(*maps, f"router bgp {self.as_number}", f"address-family {family} unicast", network)

    def withdraw(self, prefix: str) -> None:
        family = "ipv6" if ":" in prefix else "ipv4"
        self.configure(f"router bgp {self.as_number}", f"address-family {family} unicast", f"no network {prefix}")

    def refresh(self, neighbor: Neighbor) -> None:
        for family in neighbor.families:
            self.vty(f"clear bgp {family} unicast {neighbor.address} soft in")

    def shut(self, neighbor: Neighbor, text: str) -> None:
        self.configure(f"router bgp {self.as_number}", f"neighbor {neighbor.address} shutdown message {text}")

    def said(self, neighbor: Neighbor) -> str:
        return self.vty(f"show bgp neighbors {neighbor.address}") + self.process.text()
