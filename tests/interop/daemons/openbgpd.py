"""OpenBGPD (portable). Told not to write kernel routes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from daemons.base import Daemon, Neighbor
from lab import Failure, Process, await_that
from routes import Route, canonical, extended_text, path_of

FEW = 100  # networks: its time to read more of them from the configuration grows with their square
CHROOT = Path("/run/openbgpd")  # home of its user; /run is the test's own
FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}


class OpenBgpd(Daemon):
    kind = "OpenBGPD"
    version = subprocess.run(["bgpd", "-V"], text=True, capture_output=True).stderr.strip().removeprefix("OpenBGPD ")
    cannot = {
        "IPv6 next hop": "on a session between IPv4 addresses it announces IPv6 routes with next hop ::1, so only ours "
                         "were looked at",
        "answer refresh": "it counts a ROUTE-REFRESH and sends nothing again, to BIRD neither",
        "collision": "it closes one of the two connections before any OPEN is sent, whatever the identifiers",
        "graceful restart": "as a restarting speaker it offers no family (only End-of-RIB)",
        "originate unknown": "its filters can set no attribute that it does not know",
        "originate as-set": "it never aggregates",
        "originate as-path": "its filters can prepend only its own AS or the neighbour's",
        "extended message": "version 7.7 does not know RFC 8654",
    }

    def as_shown(self, route: Route) -> Route:
        """It shows a MED of 0 where there is none."""
        return super().as_shown(route).with_(med=route.med or None)

    def config(self) -> str:
        lines = [f"AS {self.as_number}", f"router-id {self.router_id}", f'socket "{self.directory}/bgpd.sock"',
                 "fib-update no", "connect-retry 1", "listen on 0.0.0.0", "listen on ::"]
        if len(self.routes) <= FEW:
            lines += [f"network {route.prefix}{self._settings(route)}" for route in self.routes.values()]
        for neighbor in self.neighbors:
            lines += [f"neighbor {neighbor.address} {{", f"  remote-as {neighbor.remote_as}",
                      f"  holdtime {neighbor.hold}", f"  local-address {neighbor.local}"]
            lines += ["  passive"] * neighbor.passive
            lines += ["  announce as-4byte no"] * (not neighbor.asn4)
            lines += ["  ttl-security yes"] * neighbor.ttl_security
            lines += ["  announce restart yes" if neighbor.graceful_restart else "  announce restart no"]
            if neighbor.md5:
                lines.append(f"  tcp md5sig password {neighbor.md5}")
            if neighbor.max_prefix:
                lines.append(f"  max-prefix {neighbor.max_prefix} restart 1")
            lines += [f"  announce {name} {'unicast' if family in neighbor.families else 'none'}"
                      for family, name in FAMILIES.items()]
            if neighbor.add_path:
                lines += ["  announce add-path recv yes", "  announce add-path send all"]
            lines.append("}")
        return "\n".join(lines + ["allow from any", "allow to any"]) + "\n"

    @staticmethod
    def _words(route: Route) -> list[str]:
        words = [f"community {text}" for text in sorted(route.communities)]
        words += [f"large-community {text}" for text in sorted(route.large)]
        words += [f"ext-community rt {int(text[4:8], 16)}:{int(text[8:], 16)}" for text in sorted(route.extended)]
        if route.med is not None:
            words.append(f"med {route.med}")
        if route.origin != "IGP":
            words.append(f"origin {route.origin.lower()}")
        return words

    def _settings(self, route: Route) -> str:
        words = self._words(route)
        return " set { " + " ".join(words) + " }" if words else ""

    def rewrite(self) -> None:
        self.file("bgpd.conf", self.config())

    def start(self) -> None:
        path = self.file("bgpd.conf", self.config())
        path.chmod(0o600)
        self.restart()

    def restart(self) -> None:
        CHROOT.mkdir(exist_ok=True)
        (self.directory / "bgpd.sock").unlink(missing_ok=True)
        self.process = Process(self.namespace, ["bgpd", "-d", "-v", "-f", str(self.directory / "bgpd.conf")],
                               self.directory / "log")
        await_that(lambda: self._answers() or not self.process.running, "bgpd does not answer")
        if len(self.routes) > FEW:
            self.namespace.run("bgpctl", "-s", str(self.directory / "bgpd.sock"), "network", "bulk", "add",
                               stdin="\n".join(self.routes))

    def _answers(self) -> bool:
        try:
            return bool(self.ctl("show", "summary"))
        except Failure:
            return False

    def ctl(self, *words: str) -> str:
        return self.namespace.run("bgpctl", "-s", str(self.directory / "bgpd.sock"), *words)

    def _peer(self, neighbor: Neighbor) -> dict:
        peers = json.loads(self.ctl("-j", "show", "neighbor", neighbor.address)).get("neighbors", [])
        return peers[0] if peers else {}

    def established(self, neighbor: Neighbor) -> bool:
        return self._peer(neighbor).get("state") == "Established"

    def received_count(self, neighbor: Neighbor) -> int:
        return self._peer(neighbor)["stats"]["prefixes"]["received"]

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        table = json.loads(self.ctl("-j", "show", "rib", "detail", "in", "neighbor", neighbor.address))
        return {canonical(entry["prefix"]): self._route(canonical(entry["prefix"]), entry)
                for entry in table.get("rib", [])}

    @staticmethod
    def _route(prefix: str, entry: dict) -> Route:
        route = Route(prefix, entry["origin"], path_of(entry.get("aspath", "")), entry["exit_nexthop"],
                      entry["metric"] or None,
                      frozenset(entry.get("communities", [])), frozenset(entry.get("large_communities", [])),
                      frozenset(extended_text(text.replace(" ", ":"))
                                for text in entry.get("extended_communities", [])),
                      local_pref=entry.get("localpref"))
        for attribute in entry.get("attributes", []):
            kind = attribute["type"]
            if kind == "Atomic Aggregate":
                route = route.with_(atomic=True)
            elif kind == "Aggregator":
                route = route.with_(aggregator=(attribute["AS"], attribute["router_id"]))
            elif kind.startswith("Unknown Attribute #"):
                bits = attribute["flags"]
                flags = bits["optional"] << 7 | bits["transitive"] << 6 | bits["partial"] << 5
                item = (int(kind.partition("#")[2]), flags, attribute["data"])
                route = route.with_(unknown=route.unknown | {item})
        return route

    def announce(self, route: Route) -> None:
        words = [word for phrase in self._words(route) for word in phrase.split()]
        self.ctl("network", "add", route.prefix, *words)

    def withdraw(self, prefix: str) -> None:
        self.ctl("network", "delete", prefix)

    def refresh(self, neighbor: Neighbor) -> None:
        self.ctl("neighbor", neighbor.address, "refresh")

    def shut(self, neighbor: Neighbor, text: str) -> None:
        self.ctl("neighbor", neighbor.address, "down", text)

    def said(self, neighbor: Neighbor) -> str:
        return self.ctl("show", "neighbor", neighbor.address) + self.process.text()
