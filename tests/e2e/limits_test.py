#!/usr/bin/env python3
"""A router that may hold only so much, and one that cannot go on: what its neighbours, its lab and its user notice.
docs/faults.md has a row for each test here. Foreign neighbours are played octet for octet."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

import running_lab as lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hostile"))
import peer  # noqa: E402
import wire  # noqa: E402

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def be_neighbor():
    """Ours is ROUTER_0's place in a chain; we dial ROUTER_1 and come to an agreement."""
    them, _ = peer.connect_until_open(lambda: peer.Peer.dial(lab.address_of(1, False), lab.address_of(1, True), 179))
    capabilities = wire.parameter(2, wire.multiprotocol(1, 1) + wire.four_octet_as(100))
    them.send(wire.message(wire.OPEN, wire.open_body(100, 90, "192.0.2.1", capabilities)) + wire.keepalive())
    them.expect(wire.KEEPALIVE)
    return them


def route_update(first, count):
    """So many /24s, from the `first` on, of one set of attributes."""
    attributes = (wire.attribute(wire.WELL_KNOWN, wire.ORIGIN, b"\0")
                  + wire.attribute(wire.WELL_KNOWN, wire.AS_PATH, wire.sequence(100))
                  + wire.attribute(wire.WELL_KNOWN, wire.NEXT_HOP, wire.ip(lab.address_of(1, False))))
    return wire.update(attributes, b"".join(b"\x18" + wire.u32((20 << 24) + (n << 8))[:3] for n in range(first, first + count)))


def flood():
    """UPDATEs without end, until we are sent away; prints how, and how many prefixes that took."""
    them, said, farewell = be_neighbor(), 0, None
    while farewell is None and said < 400_000:
        them.sock.settimeout(peer.DEADLINE)
        try:
            them.sock.sendall(route_update(said, 200))
        except OSError:
            break
        said += 200
        them.sock.setblocking(False)
        try:
            octets = them.sock.recv(65536)
            them.buffer += octets
        except BlockingIOError:
            continue
        except OSError:
            octets = b""
        while (read := wire.cut(them.buffer)) is not None:
            if read.kind == wire.NOTIFICATION:
                farewell = read
        if not octets:
            break
    if farewell is None:
        farewell = them.until_closed()
    print(json.dumps({"prefixes": said, "code": farewell and farewell.body[0], "subcode": farewell and farewell.body[1]}))


def gorge():
    """One prefix after the other, each with three thousand octets of attributes that no other has."""
    them = be_neighbor()
    start = bytes(route_update(0, 1))[23:-4]  # its attributes alone
    with contextlib.suppress(OSError):
        for n in range(100_000):
            filling = wire.attribute(wire.OPT_TRANS, 200, wire.u32(n) + bytes(3000))
            them.sock.sendall(wire.update(start + filling, b"\x18" + wire.u32((20 << 24) + (n << 8))[:3]))


def say_cease_and_fall():
    """Cease/Administrative Shutdown, and the link is down before anybody can have read it."""
    them = be_neighbor()
    print("up", flush=True)
    sys.stdin.readline()
    name = struct.pack("16sH", b"right", 0)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flags = struct.unpack("16sH", fcntl.ioctl(control, SIOCGIFFLAGS, name))[1]
    them.sock.sendall(wire.notification(6, 2))
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH", b"right", flags & ~IFF_UP))
    print("down", flush=True)
    sys.stdin.readline()
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH", b"right", flags | IFF_UP))


class Foreign(unittest.TestCase):
    HOPS = 4

    def play(self, chain, part, **options):
        """One of the functions above, in ROUTER_0's place."""
        return subprocess.Popen(["ip", "netns", "exec", chain.name(0), sys.executable, __file__, part], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)

    def neighbors(self, chain, router):
        text = lab.chainrouter("show", chain.name(router), "neighbors", "--format", "json").stdout
        return {neighbor["address"]: neighbor for neighbor in json.loads(text)["neighbors"]}

    def falls(self, chain):
        """Of the sessions among ours."""
        return [neighbor["connectionsDropped"] for router in range(1, self.HOPS + 1)
                for address, neighbor in self.neighbors(chain, router).items() if address != lab.address_of(1, False)]

    def tables(self, chain):
        return [lab.bgp_routes(chain.name(router)) for router in range(1, self.HOPS + 1)]


class MemoryLimit(Foreign):
    def test_a_flood_ends_the_session_that_it_came_over_and_no_other(self):
        before = lab.host_state()
        with lab.Lab(self.HOPS, "--foreign", "0", "--router-memory", "512K", prefix="CAP_") as chain:
            tables, falls = self.tables(chain), self.falls(chain)
            for again in range(2):
                flooding = self.play(chain, "flood")
                told = json.loads(flooding.communicate(timeout=lab.DEADLINE)[0])
                self.assertEqual((told["code"], told["subcode"]), (6, 8), told)
                self.assertGreater(told["prefixes"], 1000)
                lab.eventually(lambda: self.tables(chain) == tables, "what it said is withdrawn everywhere")
                neighbor = self.neighbors(chain, 1)[lab.address_of(1, False)]
                self.assertEqual((neighbor["lastErrorSent"]["code"], neighbor["lastErrorSent"]["subcode"]), (6, 8))
                self.assertRegex(lab.chainrouter("show", chain.name(1), "ip bgp summary").stdout,
                                 r"RIB entries \d+, using \d+ (KiB|bytes) of memory \(512 KiB allowed\)\n")
                summary = json.loads(lab.chainrouter("show", chain.name(1), "ip bgp summary json").stdout)["ipv4Unicast"]
                self.assertEqual(summary["ribMemoryLimit"], 512 * 1024)
                self.assertLess(summary["ribMemory"], 512 * 1024 / 4)  # the index has grown, and stays
                self.assertEqual(self.falls(chain), falls)
                # It stays away, until an administrator lets it in again.
                self.assertEqual(neighbor["state"], "Idle")
                lab.chainrouter("clear", chain.name(1), lab.address_of(1, False))
            for verb, there in (("announce", True), ("withdraw", False)):  # the others are as alive as ever
                lab.chainrouter(verb, chain.name(self.HOPS), "203.0.113.0/24")
                lab.eventually(lambda: ("203.0.113.0/24" in lab.bgp_routes(chain.name(1))) == there, verb)
            self.assertEqual(chain.end(), 0)
            errors = chain.process.stderr.read()
            sentence = r"CAP_1: ended the session with 172\.31\.1\.2 for 60 s: its routes took the memory to " \
                       r"\d+ KiB, 512 KiB are allowed\n"
            self.assertEqual(len(re.findall(sentence, errors)), 2, errors)
            self.assertNotRegex(errors, r"CAP_[234]: ")
        self.assertEqual(lab.host_state(), before)


class NoMemory(Foreign):
    """The address space of the process may not grow: the router that needs more cannot go on, nor can the lab."""

    def test_an_exception_on_a_routers_thread_ends_the_lab_and_leaves_nothing(self):
        before = lab.host_state()
        with lab.Lab(self.HOPS, "--foreign", "0", prefix="OOM_") as chain:
            pid = chain.process.pid
            pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0])
            room = pages * os.sysconf("SC_PAGE_SIZE") + 1024 * 1024
            resource.prlimit(pid, resource.RLIMIT_AS, (room, room))
            flooding = self.play(chain, "gorge")
            status = chain.process.wait(timeout=3 * lab.DEADLINE)
            flooding.kill()
            flooding.communicate(timeout=lab.DEADLINE)
            errors = chain.process.stderr.read()
            self.assertEqual(status, 1, errors)
            self.assertRegex(errors, r"(?m)^chainrouter: OOM_[1-4]: there is no memory left$")
        self.assertEqual(lab.host_state(), before)
        with lab.Lab(2, "--exit-when-converged", prefix="OOM_") as chain:  # nothing is in the way of the next one
            self.assertEqual(chain.process.wait(timeout=lab.DEADLINE), 0)
            self.assertNotIn("removed what", chain.process.stderr.read())


class LastWords(Foreign):
    def test_a_cease_that_came_just_before_the_link_fell_is_read(self):
        with lab.Lab(self.HOPS, "--foreign", "0", prefix="WORDS_") as chain:
            address = lab.address_of(1, False)
            for _ in range(8):
                falling = self.play(chain, "say_cease_and_fall")
                self.assertEqual(falling.stdout.readline(), "up\n")
                lab.eventually(lambda: self.neighbors(chain, 1)[address]["state"] == "Established", "up")
                falling.stdin.write("\n")
                falling.stdin.flush()
                self.assertEqual(falling.stdout.readline(), "down\n")
                lab.eventually(lambda: self.neighbors(chain, 1)[address]["state"] != "Established", "fallen")
                reset = self.neighbors(chain, 1)[address]["lastReset"]
                self.assertRegex(str(reset), "Received NOTIFICATION")
                falling.communicate("\n", timeout=lab.DEADLINE)


class UnreadLog(unittest.TestCase):
    """Somebody keeps the log's pipe open and reads on only now and then."""

    def make_news(self, chain, times=1):
        for _ in range(times):
            lab.chainrouter("clear", chain.name(1), lab.address_of(1, False))
            lab.run("ip", "-n", chain.name(1), "nexthop", "flush")
            lab.eventually(chain.settled, chain.difference)

    def test_the_lab_waits_for_nobody_and_says_what_was_not_read(self):
        with lab.Lab(3, prefix="UNREAD_") as chain:
            fcntl.fcntl(chain.process.stderr, fcntl.F_SETPIPE_SZ, 4096)
            chain.await_settled()
            filling = b"x" * 4095 + b"\n"
            os.set_blocking((other := os.open(f"/proc/{chain.process.pid}/fd/2", os.O_WRONLY)), False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(other, filling)
            os.close(other)
            self.make_news(chain, times=5)  # and each time the lab answers
            os.set_blocking(chain.process.stderr.fileno(), False)
            said = ""

            def heard():
                nonlocal said
                with contextlib.suppress(BlockingIOError):
                    said += os.read(chain.process.stderr.fileno(), 65536).decode()
                return re.search(r"^\(nobody read on: [1-9]\d* lines? left out\)$", said, re.MULTILINE)

            self.assertIsNone(heard())
            self.make_news(chain)
            lab.eventually(heard, lambda: f"the log says what is missing: {said}")
            self.make_news(chain, times=10)
            self.assertEqual(chain.end(), 0)


class Overrun(unittest.TestCase):
    """More is notified than the lab has room for, while it is kept from reading: it must find out by itself."""

    def test_nothing_is_lost_when_notices_are(self):
        with lab.Lab(4, prefix="OVER_") as chain:
            chain.await_settled()
            pid, router = chain.process.pid, chain.name(2)
            with tempfile.TemporaryDirectory() as folder:
                trace = pathlib.Path(folder, "trace")
                watching = subprocess.Popen(["strace", "-f", "-e", "trace=recvmsg,recvmmsg,recvfrom", "-e", "status=failed",
                                             "-o", str(trace), "-p", str(pid)], stderr=subprocess.PIPE, text=True)
                watching.stderr.readline()  # attached
                chain.process.send_signal(signal.SIGSTOP)
                try:
                    flaps = "".join(f"link set right {state}\n" for _ in range(3000) for state in ("down", "up"))
                    others = "".join(f"route {verb} blackhole 203.0.113.{n}/32\n" for verb in ("add", "del") for n in range(256))
                    ours = f"route del {lab.prefix_of(0)}\n"
                    lab.run("ip", "-n", router, "-batch", "-", input=ours + flaps + 16 * others + "link set right down\n")
                finally:
                    chain.process.send_signal(signal.SIGCONT)
                chain.await_settled(cut=[3])
                lab.run("ip", "-n", router, "link", "set", "right", "up")
                chain.await_settled()
                watching.terminate()
                watching.communicate(timeout=lab.DEADLINE)
                self.assertIn("ENOBUFS", trace.read_text(), "the socket never overran: the test shows nothing")


if __name__ == "__main__":
    if sys.argv[1:2] in (["flood"], ["gorge"], ["say_cease_and_fall"]):
        globals()[sys.argv[1]]()
    else:
        lab.main()
