"""Ours: `chainrouter speak`."""

from __future__ import annotations

import json
import os
import subprocess

from daemons.base import Daemon, Neighbor
from lab import PATIENCE, Failure, Process, await_that
from routes import Route, canonical, path_of

PROGRAM = os.environ.get("CHAINROUTER", "build/release/chainrouter")
FAMILIES = {"ipv4-unicast": "ipv4", "ipv6-unicast": "ipv6"}


class ChainRouter(Daemon):
    kind = "chainrouter"
    default_med = 0  # as FRR's
    max_prefix_restart = 1  # seconds

    def words(self) -> list[str]:
        words = [PROGRAM, "speak", "--name", self.namespace.name, "--netns", self.namespace.name,
                 "--as", str(self.as_number), "--router-id", self.router_id, "--format", "json"]
        for neighbor in self.neighbors:
            options = [neighbor.address, f"as={neighbor.remote_as}", f"local={neighbor.local}",
                       f"hold={neighbor.hold}", f"families={'+'.join(neighbor.families)}"]
            options += ["passive"] * neighbor.passive + ["ttl-security"] * neighbor.ttl_security
            options += ["as-set=reject"] * neighbor.as_set_reject
            if neighbor.md5:
                options.append(f"md5={neighbor.md5}")
            if neighbor.max_prefix:
                options += [f"max-prefix={neighbor.max_prefix}", f"max-prefix-restart={self.max_prefix_restart}"]
            words += ["--neighbor", ",".join(options)]
        for route in self.routes.values():
            words += ["--network", route.prefix]
        return words

    def start(self) -> None:
        # In the test's own namespace: --netns takes it where it belongs.
        self.output = self.directory / "stdout"
        self.process = Process(self.lab.outside, self.words(), self.directory / "log", stdout=self.output)
        await_that(lambda: not self.process.running or self._ready(), "chainrouter is not ready")
        if not self.process.running:
            raise Failure(f"chainrouter speak has ended: {self.process.text()}")

    def _ready(self) -> bool:
        first = self.output.read_text().partition("\n")
        return bool(first[1]) and json.loads(first[0]).get("event") == "ready"

    def ask(self, command: str, *words: str) -> str:
        done = subprocess.run([PROGRAM, command, self.namespace.name, *words], text=True, capture_output=True,
                              timeout=PATIENCE)
        if done.returncode != 0:
            raise Failure(f"chainrouter {command} {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def show(self, view: str, neighbor: Neighbor | None = None) -> dict:
        words = ["--neighbor", neighbor.address] if neighbor else []
        return json.loads(self.ask("show", view, "--format", "json", *words))

    def peer(self, neighbor: Neighbor) -> dict:
        """What it says of the session; the keys are of docs/schema."""
        for peer in self.show("neighbors")["neighbors"]:
            if peer["address"] == neighbor.address:
                return peer
        raise Failure(f"chainrouter does not show {neighbor.address}")

    def established(self, neighbor: Neighbor) -> bool:
        return self.peer(neighbor)["state"] == "Established"

    def received_count(self, neighbor: Neighbor) -> int:
        return self.peer(neighbor).get("prefixesReceived", 0)

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        """Without what went through us already: FRR sends routes back to whom they came from, and such a path is
        excluded (RFC 4271 section 9.1.2)."""
        table = self._table("adj-in", neighbor)
        return {prefix: route for prefix, route in table.items() if self.as_number not in route.as_path}

    def accepted(self, neighbor: Neighbor) -> dict[str, Route]:
        return self._table("adj-in-post", neighbor)

    def stale(self, neighbor: Neighbor) -> set[str]:
        rows = self.show("adj-in", neighbor)["routes"]
        return {canonical(row["prefix"]) for row in rows if row.get("stale")} & self.received(neighbor).keys()

    def best(self) -> dict[str, str]:
        """Every prefix of the Loc-RIB with what became of it in the kernel."""
        return {canonical(row["prefix"]): row["kernel"] for row in self.show("loc")["routes"]}

    def _table(self, view: str, neighbor: Neighbor) -> dict[str, Route]:
        return {canonical(row["prefix"]): self._route(canonical(row["prefix"]), row["attributes"])
                for row in self.show(view, neighbor)["routes"] if row["neighbor"] == neighbor.address}

    @staticmethod
    def _route(prefix: str, attributes: dict) -> Route:
        aggregator = attributes.get("aggregator")
        return Route(prefix, attributes["origin"], path_of(attributes.get("asPath", "")), attributes["nextHop"],
                     attributes.get("med"), frozenset(attributes.get("communities", [])),
                     frozenset(attributes.get("largeCommunities", [])),
                     frozenset(text.lower() for text in attributes.get("extendedCommunities", [])),
                     attributes.get("atomicAggregate", False),
                     (aggregator["as"], aggregator["address"]) if aggregator else None,
                     frozenset((item["code"], item["flags"], item["value"].lower())
                               for item in attributes.get("unknown", [])), attributes.get("localPref"))

    def announce(self, route: Route) -> None:
        self.ask("announce", route.prefix)

    def withdraw(self, prefix: str) -> None:
        self.ask("withdraw", prefix)

    def refresh(self, neighbor: Neighbor) -> None:
        self.ask("refresh", neighbor.address)

    def shut(self, neighbor: Neighbor, text: str) -> None:
        self.ask("shutdown", neighbor.address, text)

    def enable(self, neighbor: Neighbor) -> None:
        self.ask("enable", neighbor.address)

    def said(self, neighbor: Neighbor) -> str:
        return json.dumps(self.peer(neighbor).get("lastErrorReceived", {}), ensure_ascii=False)
