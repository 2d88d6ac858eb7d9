"""BIRD 2."""

from __future__ import annotations

import re
import signal
import subprocess

from daemons.base import Daemon, Neighbor
from lab import Failure, Process, await_that
from routes import Route, canonical, extended_text, path_of

FEW = 16  # communities that its tables show whole


def many(count: int) -> str:
    return f"{count} of them"


class Bird(Daemon):
    kind = "BIRD"
    version = subprocess.run(["bird", "--version"], text=True,
                             capture_output=True).stderr.strip().removeprefix("BIRD version ")
    shows_flags = False
    cannot = {
        "4-octet neighbour": "our own AS number was below 65536: without 4-octet numbers it takes no larger one for a "
                             "neighbour, and 23456 does not match what it reads in our OPEN",
        "originate unknown": "its filters can set no attribute that it does not know",
        "originate as-set": "it never aggregates",
    }

    @classmethod
    def remote_as_without_capability(cls, number: int) -> int | None:
        return None if number > 65535 else number

    def config(self) -> str:
        parts = [f"router id {self.router_id};", f'log "{self.directory}/log" all;',
                 "debug protocols { states, events };", "protocol device { scan time 5; }",
                 "protocol kernel k4 { ipv4 { export where source = RTS_BGP; }; }",
                 "protocol kernel k6 { ipv6 { export where source = RTS_BGP; }; }"]
        if any(neighbor.graceful_restart for neighbor in self.neighbors):
            parts.append("graceful restart wait 20;")
        for family in ("ipv4", "ipv6"):
            routes = "\n".join(f"  route {route.prefix} blackhole {self._settings(route)};"
                               for route in self.routes.values() if route.ipv6 == (family == "ipv6"))
            parts.append(f"protocol static s{family[-1]} {{\n  {family};\n{routes}\n}}")
        parts += [self._protocol(neighbor) for neighbor in self.neighbors]
        return "\n".join(parts) + "\n"

    @staticmethod
    def _settings(route: Route) -> str:
        steps = []
        if route.origin != "IGP":
            steps.append(f"bgp_origin = ORIGIN_{route.origin.upper()};")
        for number in reversed(route.as_path):
            steps.append(f"bgp_path.prepend({number});")
        for text in sorted(route.communities):
            steps.append(f"bgp_community.add(({text.replace(':', ',')}));")
        for text in sorted(route.large):
            steps.append(f"bgp_large_community.add(({text.replace(':', ',')}));")
        for text in sorted(route.extended):
            steps.append(f"bgp_ext_community.add((rt, {int(text[4:8], 16)}, {int(text[8:], 16)}));")
        return "{ " + " ".join(steps) + " }" if steps else ""

    def _protocol(self, neighbor: Neighbor) -> str:
        lines = [f"local {neighbor.local} as {self.as_number};",
                 f"neighbor {neighbor.address} as {neighbor.remote_as};",
                 f"hold time {neighbor.hold}; keepalive time {neighbor.hold // 3};",
                 "connect delay time 1; connect retry time 1; error wait time 1, 2; error forget time 2;",
                 "startup hold time 20;", "advertise hostname on;"]
        lines += ["passive on;"] * neighbor.passive
        lines += ["enable as4 off;"] * (not neighbor.asn4)
        lines += ["ttl security on;"] * neighbor.ttl_security
        lines += ["enable extended messages on;"] * neighbor.extended_message
        lines += ["graceful restart on;" if neighbor.graceful_restart else "graceful restart off;"]
        if neighbor.md5:
            lines.append(f'password "{neighbor.md5}";')
        channel = "import all;"
        if neighbor.max_prefix:
            channel += f" receive limit {neighbor.max_prefix} action restart;"
        if neighbor.add_path:
            channel += " add paths on;"
        lines += [f"{family} {{ {channel} {self._export(family)} }};" for family in neighbor.families]
        return f"protocol bgp {neighbor.name} {{\n  " + "\n  ".join(lines) + "\n}"

    def _export(self, family: str) -> str:
        """To an external neighbour goes only a MED that the export filter itself has set."""
        steps = "".join(f" if net = {route.prefix} then bgp_med = {route.med};" for route in self.routes.values()
                        if route.med is not None and route.ipv6 == (family == "ipv6"))
        return f"export filter {{ if source != RTS_BGP && source != RTS_STATIC then reject;{steps} accept; }};"

    def rewrite(self) -> None:
        self.file("bird.conf", self.config())

    def start(self) -> None:
        self.file("bird.conf", self.config())
        self.restart()

    def restart(self) -> None:
        words = ["bird", "-f", "-c", str(self.directory / "bird.conf"), "-s", str(self.directory / "bird.ctl")]
        recovering = any(neighbor.graceful_restart for neighbor in self.neighbors) and self.process is not None
        self.process = Process(self.namespace, words + ["-R"] * recovering, self.directory / "log")
        await_that(lambda: self._answers() or not self.process.running, "bird does not answer")

    def _answers(self) -> bool:
        try:
            return "BIRD" in self.ctl("show status")
        except Failure:
            return False

    def ctl(self, command: str) -> str:
        return self.namespace.run("birdc", "-r" if command.startswith("show") else "-v", "-s",
                                  str(self.directory / "bird.ctl"), *command.split(" "))

    def established(self, neighbor: Neighbor) -> bool:
        return re.search(rf"^{neighbor.name}\s.*Established", self.ctl("show protocols"), re.M) is not None

    def received_count(self, neighbor: Neighbor) -> int:
        counts = re.findall(r"Routes: +(\d+) imported", self.ctl(f"show protocols all {neighbor.name}"))
        return sum(map(int, counts))

    def received(self, neighbor: Neighbor) -> dict[str, Route]:
        routes: dict[str, Route] = {}
        for family in neighbor.families:
            text = self.ctl(f"show route table master{family[-1]} all protocol {neighbor.name}")
            prefix = ""
            fields: dict[str, str] = {}
            for line in text.splitlines() + ["end/0 "]:
                start = re.match(r"(\S+/\d+)\s", line)
                if start:
                    if prefix:
                        routes[canonical(prefix)] = self._route(canonical(prefix), fields)
                    prefix, fields = start[1], {}
                elif (attribute := re.match(r"\s+(BGP\.\w+)(?: \[(\w*)\])?: ?(.*)", line)):
                    fields[attribute[1]] = attribute[3]
                    if attribute[1].removeprefix("BGP.").startswith(("c", "a")) and attribute[2] is not None:
                        fields[attribute[1] + " flags"] = attribute[2]
        return {prefix: route if len(route.large) <= FEW else
                route.with_(large=frozenset({many(self._large(neighbor.name, prefix))}))
                for prefix, route in routes.items()}

    @staticmethod
    def _route(prefix: str, fields: dict[str, str]) -> Route:
        def pairs(name: str) -> frozenset[str]:
            return frozenset(re.sub(r"\s*,\s*", ":", text) for text in re.findall(r"\(([^)]*)\)", fields.get(name, "")))

        aggregator = re.match(r"(\S+) AS(\d+)", fields.get("BGP.aggregator", ""))
        med = fields.get("BGP.med")
        unknown = set()
        for name, value in fields.items():
            if (code := re.fullmatch(r"BGP\.([0-9a-f]{2})", name)):
                unknown.add((int(code[1], 16), 0, value.replace(" ", "")))
        return Route(
            prefix, {"Incomplete": "incomplete"}.get(fields["BGP.origin"], fields["BGP.origin"]),
            path_of(fields.get("BGP.as_path", "")), fields["BGP.next_hop"].split()[0],
            int(med) if med is not None else None, pairs("BGP.community"), pairs("BGP.large_community"),
            frozenset(extended_text(text.replace(":", ", ").replace(", ", ":")) for text in pairs("BGP.ext_community")),
            "BGP.atomic_aggr" in fields, (int(aggregator[2]), aggregator[1]) if aggregator else None,
            frozenset(unknown), int(fields["BGP.local_pref"]) if "BGP.local_pref" in fields else None)

    def as_shown(self, route: Route) -> Route:
        route = super().as_shown(route)
        return route.with_(large=frozenset({many(len(route.large))})) if len(route.large) > FEW else route

    def _large(self, protocol: str, prefix: str) -> int:
        """How many large communities the route has, of which the table shows the first ones only."""
        least, most = 0, 65536
        while most - least > 1:
            middle = (least + most) // 2
            words = f"show route {prefix} protocol {protocol} where bgp_large_community.len >= {middle}"
            least, most = (middle, most) if prefix in self.ctl(words) else (least, middle)
        return least

    def _reconfigure(self) -> None:
        self.file("bird.conf", self.config())
        self.ctl("configure")

    def announce(self, route: Route) -> None:
        self.routes[route.prefix] = route
        self._reconfigure()

    def withdraw(self, prefix: str) -> None:
        del self.routes[prefix]
        self._reconfigure()

    def refresh(self, neighbor: Neighbor) -> None:
        self.ctl(f"reload in {neighbor.name}")

    def shut(self, neighbor: Neighbor, text: str) -> None:
        self.namespace.run("birdc", "-s", str(self.directory / "bird.ctl"), "disable", neighbor.name, f'"{text}"')

    def said(self, neighbor: Neighbor) -> str:
        return self.ctl(f"show protocols all {neighbor.name}") + self.process.text()

    def stop(self) -> None:
        self.process.end(signal.SIGTERM)
