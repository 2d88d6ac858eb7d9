"""GoBGP: gobgpd alone. It writes no kernel routes."""

from __future__ import annotations

import base64
import ipaddress
import json
import struct
import subprocess

from daemons.base import Daemon, Neighbor
from lab import Failure, Process, await_that
from routes import Route, canonical

FAMILIES = {"ipv4": "ipv4-unicast", "ipv6": "ipv6-unicast"}
ESTABLISHED = 6
LOST = 1000  # records at the end of an MRT file
ORIGINS = ("IGP", "EGP", "incomplete")


class GoBgp(Daemon):
    kind = "GoBGP"
    version = subprocess.run(["gobgpd", "--version"], text=True,
                             capture_output=True).stdout.strip().removeprefix("gobgpd version ")
    marks_partial = False
    cannot = {
        "IPv6 next hop": "on a session between IPv4 addresses it announces IPv6 routes with an IPv4-mapped next hop, "
                         "so only ours were looked at",
        "refresh": "it never asks: its softresetin goes through the routes that it holds already",
        "collision": "it closes one of the two connections before any OPEN is sent, whatever the identifiers",
        "asn4 off": "it cannot leave out the 4-octet capability",
        "extended message": "version 3.10 does not know RFC 8654",
    }

    def config(self) -> str:
        lines = ["[global.config]", f"as = {self.as_number}", f'router-id = "{self.router_id}"']
        for neighbor in self.neighbors:
            lines += ["[[neighbors]]", "[neighbors.config]", f'neighbor-address = "{neighbor.address}"',
                      f"peer-as = {neighbor.remote_as}"]
            if neighbor.md5:
                lines.append(f'auth-password = "{neighbor.md5}"')
            lines += ["[neighbors.transport.config]", f"passive-mode = {str(neighbor.passive).lower()}",
                      f'local-address = "{neighbor.local}"',
                      "[neighbors.timers.config]", f"hold-time = {neighbor.hold}",
                      f"keepalive-interval = {neighbor.hold // 3}", "connect-retry = 1",
                      "idle-hold-time-after-reset = 1"]
            if neighbor.ttl_security:
                lines += ["[neighbors.ttl-security.config]", "enabled = true", "ttl-min = 255"]
            if neighbor.graceful_restart:
                lines += ["[neighbors.graceful-restart.config]", "enabled = true", "restart-time = 60"]
            for family in neighbor.families:
                lines += ["[[neighbors.afi-safis]]", "[neighbors.afi-safis.config]",
                          f'afi-safi-name = "{FAMILIES[family]}"']
                if neighbor.graceful_restart:
                    lines += ["[neighbors.afi-safis.mp-graceful-restart.config]", "enabled = true"]
                if neighbor.max_prefix:
                    lines += ["[neighbors.afi-safis.prefix-limit.config]", f"max-prefixes = {neighbor.max_prefix}"]
                if neighbor.add_path:
                    lines += ["[neighbors.afi-safis.add-paths.config]", "receive = true", "send-max = 4"]
        return "\n".join(lines) + "\n"

    def rewrite(self) -> None:
        self.file("gobgpd.conf", self.config())

    def start(self) -> None:
        self.file("gobgpd.conf", self.config())
        self.restart()

    def restart(self) -> None:
        recovering = self.process is not None and any(neighbor.graceful_restart for neighbor in self.neighbors)
        words = ["gobgpd", "-f", str(self.directory / "gobgpd.conf"), "--log-plain"]
        self.process = Process(self.namespace, words + ["-r"] * recovering, self.directory / "log")
        await_that(lambda: self._answers() or not self.process.running, "gobgpd does not answer")
        self._inject(list(self.routes.values()))

    def _answers(self) -> bool:
        try:
            return bool(self.ask("global"))
        except Failure:
            return False

    def ask(self, *words: str) -> str:
        """Again when its own patience, a second or so, was not enough."""
        said: dict[str, str] = {}

        def answered() -> bool:
            try:
                said["text"] = self.namespace.run("gobgp", *words)
                return True
            except Failure as failure:
                if "deadline exceeded" not in str(failure):
                    raise
                return False

        await_that(answered, f"gobgp {' '.join(words)} gets no answer")
        return said["text"]

    def _inject(self, routes: list[Route]) -> None:
        """By way of an MRT table (RFC 6396): one call for all, and every attribute as it is written there. gobgp 3.10
        hangs up before gobgpd has taken the end of it: hence an end that may be lost, and again if need be."""
        path = self.directory / "routes.mrt"
        missing = routes

        def all_there() -> bool:
            nonlocal missing
            path.write_bytes(mrt_table(missing + missing[-1:] * LOST, self))
            self.ask("mrt", "inject", "global", str(path))
            own = self._own()
            missing = [route for route in missing if route.prefix not in own]
            return not missing

        if routes:
            await_that(all_there, lambda: f"gobgpd has not taken {len(missing)} routes")

    def _own(self) -> set[str]:
        """The prefixes that it originates."""
        return {canonical(prefix) for family in ("ipv4", "ipv6")
                for prefix, paths in json.loads(self.ask("global", "rib", "-a", family, "-j")).items()
                if any("neighbor-ip" not in path for path in paths)}

    def _peer(self, neighbor: Neighbor) -> dict:
        for peer in json.loads(self.ask("neighbor", "-j")):
            if peer["state"].get("neighbor_address", peer["conf"]["neighbor_address"]) == neighbor.address:
                return peer
        return {}

    def established(self, neighbor: Neighbor) -> bool:
        return self._peer(neighbor).get("state", {}).get("session_state") == ESTABLISHED

    def received_count(self, neighbor: Neighbor) -> int:
        families = self._peer(neighbor).get("afi_safis", [])
        return sum(int(family.get("state", {}).get("received", 0)) for family in families)

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        routes = {}
        for family in neighbor.families:
            table = json.loads(self.ask("neighbor", neighbor.address, "adj-in", "-a", family, "-j"))
            for prefix, paths in table.items():
                routes[canonical(prefix)] = self._route(canonical(prefix), paths[0]["attrs"])
        return routes

    @staticmethod
    def _route(prefix: str, attributes: list[dict]) -> Route:
        route = Route(prefix)
        unknown = set()
        for attribute in attributes:
            code, value = attribute["type"], attribute.get("value")
            if code == 1:
                route = route.with_(origin=ORIGINS[value])
            elif code == 2:
                path: list = []
                for segment in attribute["as_paths"]:
                    numbers = segment["asns"]
                    path += [frozenset(numbers)] if segment["segment_type"] == 1 else numbers
                route = route.with_(as_path=tuple(path))
            elif code == 3:
                route = route.with_(next_hop=attribute["nexthop"])
            elif code == 4:
                route = route.with_(med=attribute["metric"])
            elif code == 5:
                route = route.with_(local_pref=value)
            elif code == 6:
                route = route.with_(atomic=True)
            elif code == 7:
                route = route.with_(aggregator=(attribute["as"], attribute["address"]))
            elif code == 8:
                route = route.with_(communities=frozenset(f"{text >> 16}:{text & 0xffff}"
                                                          for text in attribute["communities"]))
            elif code == 14:
                route = route.with_(next_hop=attribute["nexthop"])
            elif code == 16:
                route = route.with_(extended=frozenset(extended(item) for item in value))
            elif code == 32:
                route = route.with_(large=frozenset(f"{item['ASN']}:{item['LocalData1']}:{item['LocalData2']}"
                                                    for item in value))
            else:
                unknown.add((code, attribute.get("flags", 0), base64.b64decode(value).hex()))
        return route.with_(unknown=frozenset(unknown))

    def announce(self, route: Route) -> None:
        """What is added by MRT cannot be taken back, so this is for what its command line can say."""
        words = ["global", "rib", "add", route.prefix, "-a", "ipv6" if route.ipv6 else "ipv4"]
        words += ["origin", route.origin.lower()]
        if route.med is not None:
            words += ["med", str(route.med)]
        if route.communities:
            words += ["community", ",".join(sorted(route.communities))]
        self.ask(*words)

    def withdraw(self, prefix: str) -> None:
        self.ask("global", "rib", "del", prefix, "-a", "ipv6" if ":" in prefix else "ipv4")

    def refresh(self, neighbor: Neighbor) -> None:
        for family in neighbor.families:
            self.ask("neighbor", neighbor.address, "softresetin", "-a", family)

    def shut(self, neighbor: Neighbor, text: str) -> None:
        self.ask("neighbor", neighbor.address, "shutdown", "--reason", text)


def extended(item: dict) -> str:
    """Of {"type": 0, "subtype": 2, "value": "65001:7"}: two-octet AS specific."""
    first, second = str(item["value"]).split(":")
    return f"{item['type']:02x}{item['subtype']:02x}{int(first):04x}{int(second):08x}"


def attribute(flags: int, code: int, value: bytes) -> bytes:
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return struct.pack("!BBB", flags, code, len(value)) + value


def nlri(prefix: str) -> bytes:
    network = ipaddress.ip_network(prefix)
    return bytes([network.prefixlen]) + network.network_address.packed[:(network.prefixlen + 7) // 8]


def attributes_of(route: Route) -> bytes:
    """With the unspecified address as next hop: the daemon puts its own there."""
    octets = attribute(0x40, 1, bytes([ORIGINS.index(route.origin)]))
    segments, sequence = b"", []
    for hop in [*route.as_path, None]:
        if isinstance(hop, int):
            sequence.append(hop)
            continue
        if sequence:
            segments += bytes([2, len(sequence)]) + struct.pack(f"!{len(sequence)}I", *sequence)
            sequence = []
        if hop:
            segments += bytes([1, len(hop)]) + struct.pack(f"!{len(hop)}I", *sorted(hop))
    octets += attribute(0x40, 2, segments)
    if route.ipv6:
        # Whole, as gobgp reads it, and not cut down to the next hop, as RFC 6396 section 4.3.4 has it.
        octets += attribute(0x80, 14, struct.pack("!HBB", 2, 1, 16) + bytes(16) + b"\0" + nlri(route.prefix))
    else:
        octets += attribute(0x40, 3, bytes(4))
    if route.med is not None:
        octets += attribute(0x80, 4, struct.pack("!I", route.med))
    if route.atomic:
        octets += attribute(0x40, 6, b"")
    if route.aggregator:
        number, address = route.aggregator
        octets += attribute(0xc0, 7, struct.pack("!I", number) + ipaddress.ip_address(address).packed)
    if route.communities:
        octets += attribute(0xc0, 8, b"".join(struct.pack("!HH", *map(int, text.split(":")))
                                              for text in sorted(route.communities)))
    if route.extended:
        octets += attribute(0xc0, 16, bytes.fromhex("".join(sorted(route.extended))))
    if route.large:
        octets += attribute(0xc0, 32, b"".join(struct.pack("!III", *map(int, text.split(":")))
                                               for text in sorted(route.large)))
    for code, flags, value in sorted(route.unknown):
        octets += attribute(flags, code, bytes.fromhex(value))
    return octets


def mrt_table(routes: list[Route], owner: GoBgp) -> bytes:
    """TABLE_DUMP_V2: the index of one peer, then a record a prefix (RFC 6396 section 4.3)."""

    def record(subtype: int, body: bytes) -> bytes:
        return struct.pack("!IHHI", 0, 13, subtype, len(body)) + body

    identifier = ipaddress.ip_address(owner.router_id).packed
    peer = struct.pack("!B4s4sI", 2, identifier, identifier, owner.as_number)
    octets = record(1, identifier + struct.pack("!HH", 0, 1) + peer)
    for number, route in enumerate(routes):
        attributes = attributes_of(route)
        octets += record(4 if route.ipv6 else 2, struct.pack("!I", number) + nlri(route.prefix) +
                         struct.pack("!HHIH", 1, 0, 0, len(attributes)) + attributes)
    return octets
