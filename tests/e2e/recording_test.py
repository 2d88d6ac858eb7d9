#!/usr/bin/env python3
"""Recordings of a lab in the field's formats, read back by Debian's bgpdump and tshark and by our own decode; and
what a full disk does to each: one sentence, and to the lab nothing."""

import collections
import csv
import io
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

import running_lab as lab

HOPS = 4


def decoded(path):
    return json.loads(lab.chainrouter("decode", str(path), "--format", "json").stdout)


def bgpdump(path):
    """The lines of `bgpdump -m`, as lists of fields."""
    return [line.split("|") for line in lab.run("bgpdump", "-m", str(path)).stdout.splitlines()]


def tshark(path, *words):
    return lab.run("tshark", "-n", "-r", str(path), *words, env={**os.environ, "HOME": "/nonexistent"}).stdout.splitlines()


class Recorder:
    """record or capture, under way: it has said so."""

    def __init__(self, *words):
        self.process = subprocess.Popen([lab.PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first = self.process.stderr.readline()
        if "Ctrl-C ends it" not in self.first:
            raise AssertionError(self.first + self.process.stderr.read())

    def end(self, status=0, number=signal.SIGINT):
        if number:
            self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=lab.DEADLINE)
        assert self.process.returncode == status, (self.process.returncode, errors)
        return errors


def move_a_prefix(chain, prefix):
    for verb in ("announce", "withdraw"):
        lab.chainrouter(verb, chain.name(0), prefix)
        chain.quiet()


class Mrt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.at = pathlib.Path(cls.folder.name)
        cls.whole = cls.at / "whole.mrt"
        with lab.Lab(HOPS, "--record", str(cls.whole), prefix="MRT_") as chain:
            cls.routers = json.loads(lab.chainrouter("list", "--format", "json").stdout)["labs"][0]["routers"]
            recorder = Recorder("record", "mrt", str(cls.at / "some.mrt"), "--routers", "r2", "--sent")
            move_a_prefix(chain, "203.0.113.0/24")
            cls.said = recorder.end()
            cls.dumped = lab.chainrouter("mrt", "rib", str(cls.at / "rib.mrt")).stderr
            table = lab.chainrouter("show", "all", "adj-in", "--format", "csv").stdout
            cls.heard = [(row["neighbor"], row["prefix"]) for row in csv.DictReader(io.StringIO(table))]
            cls.status = chain.end()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def entries(self, name):
        return decoded(self.at / name)["entries"]

    def test_a_recording_from_the_start_has_every_message_in_order_of_time(self):
        self.assertEqual(self.status, 0)
        document = decoded(self.whole)
        self.assertNotIn("fault", document)
        entries = document["entries"]
        times = [entry["time"] for entry in entries]
        self.assertEqual(times, sorted(times))
        counts = collections.Counter(entry["type"] for entry in entries)
        self.assertGreaterEqual(counts["OPEN"], 2 * HOPS)  # received at both ends of each session
        self.assertGreaterEqual(counts["KEEPALIVE"], 2 * HOPS)
        # The chain's own prefixes and the default route to each router beyond the first; then the one that moved.
        news = [line for line in bgpdump(self.whole) if line[2] in "AW" and line[5] == "203.0.113.0/24"]
        self.assertEqual(sorted((line[2], line[4]) for line in news),
                         sorted((way, str(self.routers[i]["as"])) for i in range(HOPS) for way in "AW"))
        states = [line for line in bgpdump(self.whole) if line[2] == "STATE"]
        came, went = (sum(line[place] == "6" for line in states) for place in (-1, -2))
        self.assertGreaterEqual(came, 2 * HOPS)  # more where two connections that collided both fell (RFC 4271 §6.8)
        self.assertEqual(went, came)  # with the lab, at the latest

    def test_of_chosen_routers_what_they_hear_and_say(self):
        self.assertRegex(self.said, r"^\d+ records in .*some\.mrt\n$")
        updates = [entry for entry in self.entries("some.mrt") if "203.0.113.0/24" in json.dumps(entry)]
        left, right = lab.address_of(2, False), lab.address_of(3, True)  # the neighbours of ROUTER_2
        self.assertEqual([(entry["source"], entry["destination"]) for entry in updates],
                         [(left, lab.address_of(2, True)), (lab.address_of(3, False), right)] * 2, updates)

    def test_the_tables_of_all_routers_as_bgpdump_reads_them(self):
        rows = bgpdump(self.at / "rib.mrt")
        self.assertTrue(rows)
        dumped = collections.Counter((row[3], row[5]) for row in rows if row[3] != "0.0.0.0")
        self.assertEqual(dumped, collections.Counter(self.heard))
        own = [(row[4], row[5]) for row in rows if row[3] == "0.0.0.0"]
        self.assertIn((str(self.routers[0]["as"]), "0.0.0.0/0"), own)
        self.assertRegex(self.dumped, r"^\d+ paths to \d+ prefixes of 5 routers in .*rib\.mrt\n$")
        views = [entry["view"] for entry in self.entries("rib.mrt") if "view" in entry]
        self.assertEqual(views, [router["name"] for router in self.routers])


class Capture(unittest.TestCase):
    def test_all_links_merged_and_each_packet_once(self):
        with tempfile.TemporaryDirectory() as folder, lab.Lab(HOPS, prefix="CAP_") as chain:
            at = pathlib.Path(folder)
            recorders = [Recorder("capture", str(at / "all.pcapng")),
                         Recorder("capture", str(at / "bgp.pcapng"), "--link", "1-2", "--bgp")]
            move_a_prefix(chain, "203.0.113.0/24")
            lab.chainrouter("exec", chain.name(HOPS), "--", "ping", "-c", "1", "198.51.100.1")
            said = [recorder.end() for recorder in recorders]
            self.assertRegex(said[0], r"^\d+ packets of 4 links in .*all\.pcapng\n$")
            rows = [line.split("\t") for line in tshark(at / "all.pcapng", "-T", "fields", "-e", "frame.interface_name",
                                                        "-e", "frame.time_epoch", "-e", "_ws.malformed", "-e", "frame.protocols")]
            names = [f"CAP_{i}--CAP_{i + 1}" for i in range(HOPS)]
            self.assertEqual({row[0] for row in rows}, set(names))
            times = [row[1] for row in rows]
            self.assertEqual(times, sorted(times))
            self.assertFalse([row for row in rows if row[2]])
            self.assertEqual(collections.Counter(row[0] for row in rows if "icmp" in row[3]), {name: 2 for name in names})
            bgp = tshark(at / "bgp.pcapng", "-T", "fields", "-e", "frame.interface_name", "-e", "tcp.port")
            self.assertTrue(bgp)
            self.assertTrue(all(re.fullmatch(r"CAP_1--CAP_2\t(\d+,179|179,\d+)", row) for row in bgp), bgp)
            updates = [entry for entry in decoded(at / "all.pcapng")["entries"] if "203.0.113.0/24" in json.dumps(entry)]
            self.assertEqual(len(updates), 2 * HOPS)

    def test_it_ends_with_the_time_and_with_the_lab(self):
        with tempfile.TemporaryDirectory() as folder, lab.Lab(1, prefix="CAP_") as chain:
            at = pathlib.Path(folder)
            short = Recorder("capture", str(at / "a"), "--for", "0.05")
            self.assertIn("CAP_0--CAP_1", short.first)
            short.end(number=None)
            recorders = [Recorder("capture", str(at / "b")), Recorder("record", "mrt", str(at / "c"))]
            move_a_prefix(chain, "203.0.113.0/24")
            lab.eventually(lambda: os.path.getsize(at / "c") > 0, "what was said is in the file")
            self.assertEqual(chain.end(), 0)
            for recorder in recorders:
                self.assertIn("the lab has ended", recorder.end(number=None))
            self.assertTrue(tshark(at / "b"))
            self.assertNotIn("fault", decoded(at / "c"))

    def test_without_root(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
            with lab.Lab(2, "--rootless", "yes", prefix="CAP_", env=environment):
                file = f"{folder}/c.pcapng"
                lab.chainrouter("capture", file, "--link", "1-2", "--for", "0.2", env=environment)
                self.assertIn("CAP_1--CAP_2", lab.run("capinfos", file).stdout)

    def test_what_is_no_link_or_port(self):
        with lab.Lab(2, prefix="CAP_"):
            for words, status, sentence in ((["--link", "1"], 1, "has no link in it"), (["--link", "1-9"], 1, "no router 1-9"),
                                            (["--port", "0"], 2, "--port takes a number"), (["--bgp", "--port", "5"], 2, "--bgp is"),
                                            (["--for", "x"], 2, "--for takes seconds")):
                done = lab.chainrouter("capture", "/dev/null", *words, check=False)
                self.assertEqual(done.returncode, status, done)
                self.assertIn(sentence, done.stderr)


class Report(unittest.TestCase):
    def test_a_page_that_needs_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder, lab.Lab(HOPS, prefix="PAGE_") as chain:
            lab.chainrouter("report", "--html", f"{folder}/run.html")
            html = pathlib.Path(folder, "run.html").read_text()
            for text in (f"{HOPS} hops converged", "PAGE_0 to PAGE_4", "The wave of the default route", "--name-prefix PAGE_",
                         "slowest hops", f"All {HOPS + 1} routers"):
                self.assertIn(text, html)
            self.assertNotRegex(html, r"<script|https?://|<link|@import|url\(")
            self.assertGreaterEqual(html.count("<path d=\"M"), (HOPS + 1) + 2 * HOPS)  # the wave, and both ends of each session


class Collector:
    """Takes BMP connections and keeps what they say, octet for octet, until it is told to hang up."""

    def __init__(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.said = {}  # by connection
        self.over = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with selectors.DefaultSelector() as ready:
            ready.register(self.listener, selectors.EVENT_READ)
            while not self.over:
                for key, _ in ready.select(0.05):
                    if key.fileobj is self.listener:
                        connection = self.listener.accept()[0]
                        ready.register(connection, selectors.EVENT_READ)
                        self.said[connection] = b""
                        continue
                    octets = key.fileobj.recv(1 << 16)
                    self.said[key.fileobj] += octets
                    if not octets:
                        ready.unregister(key.fileobj)

    def hang_up(self):
        self.over = True
        self.thread.join()
        for connection in [self.listener, *self.said]:
            connection.close()

    def messages(self):
        """Of each router by name: [(type, body)]; RFC 7854 §4.1."""
        routers = {}
        for said in list(self.said.values()):
            messages = []
            while len(said) >= 6:
                version, length, kind = struct.unpack(">BIB", said[:6])
                assert version == 3 and length >= 6, said[:6]
                if len(said) < length:
                    break
                messages.append((kind, said[6:length]))
                said = said[length:]
            if messages:
                assert messages[0][0] == 4, "Initiation comes first"
                routers[messages[0][1].split(b"\0\2", 1)[1][2:].decode()] = messages
        return routers


class Bmp(unittest.TestCase):
    PREFIX = b"\x18" + bytes([203, 0, 113])
    LOC_RIB = 3  # the peer type, RFC 9069 §4.1

    def kinds(self, collector, router):
        return collections.Counter(kind for kind, _ in collector.messages().get(router, []))

    def test_a_collector_that_goes_and_comes_again(self):
        with lab.Lab(2, prefix="BMP_") as chain:
            collector = Collector()
            feeder = Recorder("record", "bmp", f"127.0.0.1:{collector.port}")
            lab.eventually(lambda: all(self.kinds(collector, chain.name(i))[3] == (3 if i == 1 else 2) for i in range(3)), "Peer Up")
            lab.chainrouter("announce", chain.name(0), "203.0.113.0/24")
            def told(name, pattern, peer_type=0):
                return any(kind == 0 and body[0] == peer_type and pattern in body
                           for kind, body in collector.messages().get(name, []))
            lab.eventually(lambda: told(chain.name(2), self.PREFIX), "the UPDATE is told")
            lab.eventually(lambda: all(told(chain.name(i), self.PREFIX, self.LOC_RIB) for i in range(3)), "it is in the Loc-RIBs")
            self.assertFalse(told(chain.name(0), self.PREFIX))  # which originates it
            lab.chainrouter("session", "1-2", "down")
            lab.eventually(lambda: self.kinds(collector, chain.name(2))[2] == 1, "Peer Down")
            gone = b"\0\4" + self.PREFIX + b"\0\0"  # RFC 4271 §4.3: nothing but this withdrawal
            lab.eventually(lambda: told(chain.name(2), gone, self.LOC_RIB), "it has left the Loc-RIB")
            reasons = [body[42] for name in (chain.name(1), chain.name(2))
                       for kind, body in collector.messages()[name] if kind == 2]
            self.assertTrue(set(reasons) <= {1, 3, 4}, reasons)
            lab.chainrouter("session", "1-2", "up")
            lab.eventually(lambda: self.kinds(collector, chain.name(2))[3] == 3, "Peer Up again")
            self.check_with_tshark(collector, chain)
            port = collector.port
            collector.hang_up()
            self.assertIn(f"127.0.0.1:{port} is fed by 3 routers", feeder.process.stderr.readline())
            self.assertIn("trying again", feeder.process.stderr.readline())
            collector = Collector(port)
            lab.eventually(lambda: all(told(chain.name(2), self.PREFIX, kind) for kind in (0, self.LOC_RIB)), "the whole tables again")
            feeder.end()
            lab.eventually(lambda: all(collector.messages()[chain.name(i)][-1][0] == 5 for i in range(3)), "Termination")
            collector.hang_up()
            self.assertEqual(chain.end(), 0)

    def check_with_tshark(self, collector, chain):
        """What was told, in a capture of its own: no message is malformed."""
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            with open(at / "hex", "w") as text:
                for said in collector.said.values():
                    for start in range(0, len(said), 1400):
                        text.write("".join(f"{offset:06x} {octet:02x}\n" for offset, octet in enumerate(said[start:start + 1400])))
                    break
            lab.run("text2pcap", "-q", "-T", "1790,1790", str(at / "hex"), str(at / "bmp.pcap"))
            rows = tshark(at / "bmp.pcap", "-d", "tcp.port==1790,bmp", "-T", "fields", "-e", "_ws.malformed", "-e", "bmp.type")
            self.assertTrue(rows)
            wrong = [row for row in rows if row.split("\t")[0]]
            self.assertFalse(wrong, tshark(at / "bmp.pcap", "-d", "tcp.port==1790,bmp", "-V") if wrong else "")
            self.assertIn("4", rows[0].split("\t")[1].split(","))

    def test_nobody_listens(self):
        with lab.Lab(1, prefix="BMP_"):
            done = lab.chainrouter("record", "bmp", "127.0.0.1:1", "--for", "0.3", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"127\.0\.0\.1:1: Connection refused; trying again\n.*took nothing in the end\n$")

    def test_nonsense(self):
        for words, sentence in ((["bmp", "nowhere"], "takes HOST:PORT"), (["bmp", "a:0"], "takes HOST:PORT"),
                                (["tape", "x"], "record takes mrt"), (["bmp", "a:1", "--sent"], "--sent is of record mrt")):
            done = lab.chainrouter("record", *words, check=False)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(sentence, done.stderr)


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        lab.run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", self.folder)
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(lab.run, "umount", self.folder)

    def test_one_sentence_and_the_lab_goes_on(self):
        own = f"{self.folder}/own"
        with lab.Lab(HOPS, "--record", own, prefix="FULL_") as chain:
            lab.eventually(lambda: os.path.getsize(own) > 0, "the beginning is in the file")
            lab.run("dd", "if=/dev/zero", f"of={self.folder}/rest", check=False)
            for words in (["mrt", "rib"], ["report", "--html"], ["snapshot", "save"]):
                done = lab.chainrouter(*words, f"{self.folder}/x", check=False)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, f"chainrouter: cannot write {self.folder}/x: No space left on device\n")
                self.assertFalse(os.path.exists(f"{self.folder}/x"))  # half of it is of no use
            done = lab.chainrouter("capture", f"{self.folder}/x", "--for", "5", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"cannot write {self.folder}/x: No space left on device\n", done.stderr)
            recorder = Recorder("record", "mrt", f"{self.folder}/y")
            while recorder.process.poll() is None:  # what it holds back it writes when it ends
                move_a_prefix(chain, "203.0.113.0/24")
            self.assertIn("No space left on device", recorder.end(1, None))
            for _ in range(12):  # beyond the page of its file that was there already
                move_a_prefix(chain, "203.0.113.0/24")
            lab.chainrouter("check", "fib", "all")
            self.assertEqual(chain.end(), 1)
            self.assertRegex(chain.process.stderr.read(),
                             rf"cannot write {own}: No space left on device: the recording has ended, the lab goes on\n")
        self.assertNotIn("fault", decoded(own))  # up to there it is whole


if __name__ == "__main__":
    lab.main()
