"""Routes as values, the same whoever shows them: what is announced, what a table must hold, what differs."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from dataclasses import dataclass

FIELDS = ("origin", "as_path", "next_hop", "med", "local_pref", "communities", "large", "extended", "atomic",
          "aggregator", "unknown")


@dataclass(frozen=True)
class Route:
    """A prefix with its attributes."""

    prefix: str
    origin: str = "IGP"  # IGP, EGP, incomplete
    as_path: tuple = ()  # numbers; an AS_SET is a frozenset of numbers
    next_hop: str = ""
    med: int | None = None
    communities: frozenset[str] = frozenset()  # "65001:7"
    large: frozenset[str] = frozenset()  # "65001:1:2"
    extended: frozenset[str] = frozenset()  # 16 hexadecimal digits
    atomic: bool = False
    aggregator: tuple[int, str] | None = None
    unknown: frozenset[tuple[int, int, str]] = frozenset()  # code, flags, value in hexadecimal
    local_pref: int | None = None  # None: not looked at, for tables show what they made up where none came

    @property
    def ipv6(self) -> bool:
        return ":" in self.prefix

    def with_(self, **changes) -> Route:
        return dataclasses.replace(self, **changes)


def route_target(as_number: int, value: int) -> str:
    """RFC 4360 section 4, two-octet AS specific: 0x00 0x02, AS, value."""
    return f"0002{as_number:04x}{value:08x}"


def extended_text(text: str) -> str:
    """The octets of "rt:65001:7", "RT:65001:7", "(rt, 65001, 7)", "65001:7" or of digits with or without 0x."""
    text = text.strip().lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{16}", text):
        return text
    numbers = re.fullmatch(r"\(?(?:(rt|soo|ro)[:, ]\s*)?(\d+)[:,]\s*(\d+)\)?", text)
    if not numbers:
        return text
    kind = 3 if numbers[1] in ("soo", "ro") else 2
    return f"00{kind:02x}{int(numbers[2]):04x}{int(numbers[3]):08x}"


def path_of(text: str) -> tuple:
    """"65001 {65002 65003}" (or with commas, or in brackets) as numbers and frozensets."""
    path: list = []
    for part in re.findall(r"\{[^}]*\}|\d+", text):
        if part.startswith("{"):
            path.append(frozenset(int(number) for number in re.findall(r"\d+", part)))
        else:
            path.append(int(part))
    return tuple(path)


def canonical(prefix: str) -> str:
    return str(ipaddress.ip_network(prefix))


def differences(expected: dict[str, Route], actual: dict[str, Route], shown: frozenset[str]) -> list[str]:
    """What is missing, too many, or not as it should be; only the fields that the table's owner shows."""
    found = [f"{prefix} is missing" for prefix in sorted(expected.keys() - actual.keys())]
    found += [f"{prefix} is not expected" for prefix in sorted(actual.keys() - expected.keys())]
    for prefix in sorted(expected.keys() & actual.keys()):
        for name in FIELDS:
            want, have = getattr(expected[prefix], name), getattr(actual[prefix], name)
            if name == "local_pref" and want is None:
                continue
            if name in shown and want != have:
                found.append(f"{prefix}: {name} is {have!r}, not {want!r}")
    return found
