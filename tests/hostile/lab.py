"""Where the list is played: the runner itself moves into a network namespace without a name that holds every
neighbour, and each router under test gets one of its own, joined by a veth pair. All of it ends with the
process. Also the table of neighbours: who they are and how the router is told to treat them."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class NotPermitted(Exception):
    """Namespaces cannot be made here."""


def unshare() -> None:
    if _libc.unshare(CLONE_NEWNET) != 0:
        raise NotPermitted(os.strerror(ctypes.get_errno()))


def namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise NotPermitted(os.strerror(ctypes.get_errno()))


def ip(commands: list[str], where: int | None = None) -> None:
    """A batch of `ip` commands, here or in another namespace."""
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True, capture_output=True,
                          preexec_fn=None if where is None else lambda: enter(where))
    if done.returncode != 0:
        raise NotPermitted(f"ip: {done.stderr.strip()}")


@dataclass
class Neighbour:
    """`options` are those of `chainrouter speak --neighbor`."""
    address: str
    asn: int
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_v6(self) -> bool:
        return ":" in self.address


@dataclass
class Slot:
    """Rows of one kind take turns here; most have one neighbour."""
    kind: str
    router: "RouterPlan"
    neighbours: list[Neighbour]


class RouterPlan:
    """One router under test: its number gives it 10.(90 + N).0.0/16 and fd90:N::/64."""

    def __init__(self, name: str, number: int, asn: int) -> None:
        self.name, self.number, self.asn = name, number, asn
        self.address = f"10.{90 + number}.0.1"
        self.address6 = f"fd90:{number}::1"
        self.identifier = self.address
        self.network = f"172.16.{number}.0/24"
        self.neighbours: list[Neighbour] = []
        self.namespace = -1
        self.link = f"peers{number}"

    def add(self, asn: int, six: bool = False, **options: str) -> Neighbour:
        place = len(self.neighbours)
        host = 256 + place  # 10.90.1.0 and on
        address = f"fd90:{self.number}::{host:x}" if six else f"10.{90 + self.number}.{host // 256}.{host % 256}"
        neighbour = Neighbour(address, asn, {"passive": "", "hold": "90", "retry": "1",
                                             "families": "ipv4+ipv6", **options})
        self.neighbours.append(neighbour)
        return neighbour

    def hop6(self, neighbour: Neighbour) -> str:
        """An IPv6 address of the neighbour, whatever its session runs over."""
        if neighbour.is_v6:
            return neighbour.address
        packed = ipaddress.ip_address(neighbour.address).packed
        return f"fd90:{self.number}::{packed[2] * 256 + packed[3]:x}"

    def build(self) -> None:
        """Called in the neighbours' namespace."""
        here = namespace()
        unshare()
        self.namespace = namespace()
        # A link-local address that becomes usable later would make the router announce everything once more.
        Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")
        enter(here)
        os.close(here)
        # Born in the router's namespace and handed over: no name is needed on either side.
        ip(["link set lo up",
            f"link add eth0 type veth peer name {self.link} netns {os.getpid()}",
            f"addr add {self.address}/16 dev eth0",
            f"addr add {self.address6}/64 dev eth0 nodad",
            "link set eth0 up"], self.namespace)
        batch = [f"link set {self.link} up"]
        for neighbour in self.neighbours:
            if not neighbour.is_v6:
                batch.append(f"addr add {neighbour.address}/16 dev {self.link}")
            batch.append(f"addr add {self.hop6(neighbour)}/64 dev {self.link} nodad")
        batch.append(f"addr add {self.stranger}/16 dev {self.link}")
        ip(batch)

    @property
    def stranger(self) -> str:
        """An address that no router has been told of."""
        return f"10.{90 + self.number}.99.99"


ROLES = ("provider", "rs", "rs-client", "customer", "peer")  # by number, RFC 9234 §4.1


class Plan:
    """Two routers: most rows are played at `main`; `wide` has an AS number of four octets."""

    def __init__(self) -> None:
        self.main = RouterPlan("main", 0, 65001)
        self.wide = RouterPlan("wide", 1, 4200000001)
        self.slots: list[Slot] = []
        self.witnesses: dict[str, Neighbour] = {}
        for router in (self.main, self.wide):
            for name, asn in (("ebgp", 65100), ("ibgp", router.asn), ("old", 65102), ("extended", 65103)):
                self.witnesses[f"{router.name}/{name}"] = router.add(asn)
        self.many("ebgp", 16, asn=65002)
        self.many("ibgp", 5, asn=65001)
        self.many("as4", 2, asn=4200000002)
        self.many("v6", 3, asn=65002, six=True)
        self.many("v4only", 2, asn=65002, families="ipv4")
        self.many("hold3", 4, asn=65002, hold="3")
        self.many("hold0", 1, asn=65002, hold="0")
        self.slots.append(Slot("impatient", self.main, [self.main.add(65002, **{"open-hold": "2", "send-hold": "2"}),
                                                        self.main.add(65003)]))
        self.many("md5", 1, asn=65002, md5="open-sesame")
        self.many("gtsm", 1, asn=65002, **{"ttl-security": ""})
        self.many("maxprefix", 2, asn=65002, **{"max-prefix": "5", "max-prefix-restart": "3"})
        self.many("dialled", 5, asn=65002, passive=None)
        self.many("dialled-ibgp", 1, asn=65001, passive=None)
        self.many("policy", 1, asn=65002, policy="require")
        self.many("as-set-reject", 1, asn=65002, **{"as-set": "reject"})
        self.many("down", 1, asn=65002, shutdown="")
        self.many("commanded", 2, asn=65002)
        for _ in range(3):
            self.slots.append(Slot("roles", self.main, [self.main.add(65010 + i, role=role)
                                                        for i, role in enumerate(ROLES)]))
        self.many("wide", 3, asn=65002, router=self.wide)
        self.many("heavy", 1, asn=65002)
        self.many("ending", 1, asn=65002)

    def many(self, kind: str, count: int, *, asn: int, six: bool = False, router: RouterPlan | None = None,
             **options: str | None) -> None:
        router = router or self.main
        for _ in range(count):
            neighbour = router.add(asn, six, **options)
            neighbour.options = {key: value for key, value in neighbour.options.items() if value is not None}
            self.slots.append(Slot(kind, router, [neighbour]))

    def build(self) -> None:
        unshare()
        ip(["link set lo up"])
        # What the kernel sends for no socket, such as RST, must get through to a neighbour that wants 255.
        Path("/proc/sys/net/ipv4/ip_default_ttl").write_text("255")
        self.main.build()
        self.wide.build()
