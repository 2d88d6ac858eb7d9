"""ExaBGP: announces what it is told to and reports what it hears; it has no table of its own, so the adapter
keeps one from the events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from daemons.base import Daemon, Neighbor, address_of_other_family
from lab import Process
from routes import Route, canonical

AS_TRANS = 23456  # RFC 6793
FEED = Path(__file__).with_name("exabgp_feed.py")


def program_version() -> str:
    text = subprocess.run(["exabgp", "--version"], text=True, capture_output=True).stdout
    return text.split("\n")[0].partition(":")[2].strip()


class ExaBgp(Daemon):
    kind = "ExaBGP"
    version = program_version()
    cannot = {
        "collision": "it closes one of the two connections before any OPEN is sent, whatever the identifiers",
        "relay": "it passes nothing on",
        "show shutdown text": "it fails on the text of a Cease/Administrative Shutdown, and answers 1/0",
        "shutdown text": "its teardown command takes a code and no text",
        "max-prefix": "it has no limit on what it is sent",
    }

    @classmethod
    def remote_as_without_capability(cls, number: int) -> int:
        return AS_TRANS if number > 65535 else number

    def config(self) -> str:
        parts = [f"process feed {{\n  run {sys.executable} {FEED} {self.directory}/events {self.directory}/commands;\n"
                 "  encoder json;\n}"]
        for neighbor in self.neighbors:
            capabilities = {
                "asn4": neighbor.asn4, "route-refresh": True, "extended-message": neighbor.extended_message,
            }
            words = [f"{name} {'enable' if on else 'disable'};" for name, on in capabilities.items()]
            words.append(f"graceful-restart {60 if neighbor.graceful_restart else 'disable'};")
            words.append(f"add-path {'send/receive' if neighbor.add_path else 'disable'};")
            lines = [f"router-id {self.router_id};", f"local-address {neighbor.local};",
                     f"local-as {self.as_number};", f"peer-as {neighbor.remote_as};", f"hold-time {neighbor.hold};",
                     "adj-rib-in true;", "adj-rib-out true;", "capability { " + " ".join(words) + " }",
                     "family { " + " ".join(f"{family} unicast;" for family in neighbor.families) + " }",
                     "api { processes [ feed ]; neighbor-changes; receive { parsed; update; } }"]
            lines += ["passive true;"] * neighbor.passive
            if neighbor.md5:
                lines.append(f'md5-password "{neighbor.md5}";')
            if neighbor.ttl_security:
                lines += ["incoming-ttl 255;", "outgoing-ttl 255;"]
            routes = "\n".join(f"    {self._words(route, neighbor)};" for route in self.routes.values()
                               if ("ipv6" if route.ipv6 else "ipv4") in neighbor.families)
            lines.append(f"static {{\n{routes}\n  }}")
            parts.append(f"neighbor {neighbor.address} {{\n  " + "\n  ".join(lines) + "\n}")
        return "\n".join(parts) + "\n"

    def _words(self, route: Route, neighbor: Neighbor) -> str:
        """The route as a command. An explicit path replaces the one that it would make: own AS first."""
        next_hop = neighbor.local if (":" in neighbor.local) == route.ipv6 else address_of_other_family(neighbor.local)
        words = [f"route {route.prefix} next-hop {next_hop}", f"origin {route.origin.lower()}"]
        if route.as_path:
            own = (self.as_number,) if neighbor.remote_as != self.as_number else ()
            path = " ".join(str(hop) if isinstance(hop, int) else "( " + " ".join(map(str, sorted(hop))) + " )"
                            for hop in (*own, *route.as_path))
            words.append(f"as-path [ {path} ]")
        if route.med is not None:
            words.append(f"med {route.med}")
        if route.communities:
            words.append(f"community [ {' '.join(sorted(route.communities))} ]")
        if route.large:
            words.append(f"large-community [ {' '.join(sorted(route.large))} ]")
        if route.extended:
            targets = [f"target:{int(text[4:8], 16)}:{int(text[8:], 16)}" for text in sorted(route.extended)]
            words.append(f"extended-community [ {' '.join(targets)} ]")
        if route.atomic:
            words.append("atomic-aggregate")
        if route.aggregator:
            words.append(f"aggregator ( {route.aggregator[0]}:{route.aggregator[1]} )")
        words += [f"attribute [ 0x{code:02x} 0x{flags:02x} 0x{value} ]" for code, flags, value in sorted(route.unknown)]
        return " ".join(words)

    def rewrite(self) -> None:
        self.file("exabgp.conf", self.config())

    def start(self) -> None:
        self.file("exabgp.conf", self.config())
        os.mkfifo(self.directory / "commands")
        self.restart()

    def restart(self) -> None:
        self.file("events", "")
        self._read, self._tables, self._up, self._farewells = 0, {}, {}, []
        bind = " ".join(sorted({neighbor.local for neighbor in self.neighbors if not neighbor.md5}))
        environment = {"exabgp.daemon.drop": "false", "exabgp.daemon.user": "root", "exabgp.api.cli": "false",
                       "exabgp.api.ack": "false", "exabgp.tcp.bind": bind, "exabgp.tcp.port": "179",
                       "exabgp.log.level": "INFO", "exabgp.log.all": "false", "exabgp.cache.attributes": "true"}
        self.process = Process(self.namespace, ["exabgp", str(self.directory / "exabgp.conf")],
                               self.directory / "log", environment)

    def tell(self, command: str) -> None:
        with open(self.directory / "commands", "w") as commands:
            commands.write(command + "\n")

    def _take_events(self) -> None:
        with open(self.directory / "events") as events:
            events.seek(self._read)
            text = events.read()
        whole = text.rpartition("\n")[0] + "\n" if "\n" in text else ""
        self._read += len(whole)
        for line in whole.splitlines():
            event = json.loads(line)
            neighbor = event.get("neighbor", {})
            address = neighbor.get("address", {}).get("peer", "")
            if event["type"] == "state":
                self._up[address] = neighbor["state"] == "up"
                if neighbor["state"] == "down":
                    self._tables[address] = {}
                    self._farewells.append(line)
            elif event["type"] == "notification":
                self._farewells.append(line)
            elif event["type"] == "update":
                self._update(self._tables.setdefault(address, {}), neighbor.get("message", {}).get("update", {}))

    def _update(self, table: dict[str, Route], update: dict) -> None:
        for prefixes in update.get("withdraw", {}).values():
            for prefix in prefixes:
                table.pop(canonical(prefix["nlri"]), None)
        for by_hop in update.get("announce", {}).values():
            # A next hop of two addresses (RFC 2545 section 3) is told as two, the link-local one among them.
            told = {hop: prefixes for hop, prefixes in by_hop.items()
                    if len(by_hop) == 1 or not hop.startswith("fe80:")}
            for next_hop, prefixes in told.items():
                for prefix in prefixes:
                    if "nlri" in prefix:
                        route = self._route(canonical(prefix["nlri"]), next_hop, update["attribute"])
                        table[route.prefix] = route

    @staticmethod
    def _route(prefix: str, next_hop: str, attributes: dict) -> Route:
        path = list(attributes.get("as-path", []))
        if attributes.get("as-set"):  # told apart, so it is taken to be where an aggregate has it
            path.append(frozenset(attributes["as-set"]))
        aggregator = None
        if "aggregator" in attributes:
            number, _, address = attributes["aggregator"].partition(":")
            aggregator = (int(number), address)
        unknown = set()
        for name, value in attributes.items():
            if name.startswith("attribute-0x"):
                code, flags = name.removeprefix("attribute-").split("-")
                unknown.add((int(code, 16), int(flags, 16), value.lower().removeprefix("0x")))
        origin = {"igp": "IGP", "egp": "EGP"}.get(attributes["origin"], "incomplete")
        return Route(prefix, origin, tuple(path), next_hop, attributes.get("med"),
                     frozenset(f"{first}:{second}" for first, second in attributes.get("community", [])),
                     frozenset(":".join(map(str, parts)) for parts in attributes.get("large-community", [])),
                     frozenset(f"{item['value']:016x}" for item in attributes.get("extended-community", [])),
                     attributes.get("atomic-aggregate", False), aggregator, frozenset(unknown),
                     attributes.get("local-preference"))

    def established(self, neighbor: Neighbor) -> bool:
        self._take_events()
        return self._up.get(neighbor.address, False)

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        self._take_events()
        return dict(self._tables.get(neighbor.address, {}))

    def announce(self, route: Route) -> None:
        for neighbor in self.neighbors:
            self.tell(f"neighbor {neighbor.address} announce {self._words(route, neighbor)}")

    def withdraw(self, prefix: str) -> None:
        for neighbor in self.neighbors:
            self.tell(f"neighbor {neighbor.address} withdraw {self._words(Route(prefix), neighbor)}")

    def refresh(self, neighbor: Neighbor) -> None:
        for family in neighbor.families:
            self.tell(f"neighbor {neighbor.address} announce route-refresh {family} unicast")

    def said(self, neighbor: Neighbor) -> str:
        self._take_events()
        return "\n".join(self._farewells) + self.process.text()
