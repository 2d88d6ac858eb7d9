#!/usr/bin/env python3
"""What others do to a running chain, and what the machine may lack: docs/faults.md has a row for each test here. Whatever
happens, the lab goes on or says in a sentence why it cannot; what lies outside the fault notices nothing."""

import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import running_lab as lab

HOPS = 8
MIDDLE = 4
HOLD = 9.0  # seconds, of the lab's profile

# Opens many connections to an address, says how many the kernel let through, and keeps them until its input ends.
CROWD = """
import resource, select, socket, sys
address, port, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (4 * number, 4 * number))
crowd = []
for _ in range(number):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex((address, port))
    crowd.append(one)
poll = select.poll()
for one in crowd:
    poll.register(one, select.POLLOUT)
answered = set()
while len(answered) < number:
    ready = poll.poll(5000)
    if not ready:
        break
    for descriptor, _ in ready:
        answered.add(descriptor)
        poll.unregister(descriptor)
print(len(answered), flush=True)
sys.stdin.read()
"""


class Harm(unittest.TestCase):
    def setUp(self):
        self.before = lab.host_state()
        self.lab = lab.Lab(HOPS, prefix="HARM_")

    def tearDown(self):
        self.lab.__exit__()
        self.assertEqual(lab.host_state(), self.before)

    def inside(self, router, *words, **options):
        return lab.run("ip", "netns", "exec", self.lab.name(router), *words, **options)

    def ip(self, router, words):
        lab.run("ip", "-n", self.lab.name(router), *words.split())

    def neighbors(self, router):
        text = lab.chainrouter("show", self.lab.name(router), "neighbors", "--format", "json").stdout
        return {neighbor["address"]: neighbor for neighbor in json.loads(text)["neighbors"]}

    def state(self, router, address):
        return self.neighbors(router)[address]["state"]

    def falls(self):
        """How often each session has fallen so far, at each router."""
        return [[n["connectionsDropped"] for n in self.neighbors(router).values()] for router in range(HOPS + 1)]

    def assert_no_fall(self, before):
        why = {(router, address): neighbor.get("lastReset")
               for router in range(HOPS + 1) for address, neighbor in self.neighbors(router).items()}
        self.assertEqual(self.falls(), before, why)

    def crowd(self, router, address, port, number):
        process = subprocess.Popen(["ip", "netns", "exec", self.lab.name(router), "python3", "-c", CROWD, address, str(port),
                                    str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return process, int(process.stdout.readline())

    def disperse(self, process):
        process.stdin.close()
        process.wait(timeout=lab.DEADLINE)
        process.stdout.close()

    def check_alive(self):
        """Routes still move, from one end to the other and back."""
        for verb, there in (("announce", True), ("withdraw", False)):
            lab.chainrouter(verb, self.lab.name(0), "203.0.113.0/24")
            lab.eventually(lambda: ("203.0.113.0/24" in lab.bgp_routes(self.lab.name(HOPS))) == there, verb)

    # --- links and addresses ---

    def test_a_thousand_flaps(self):
        flaps = "link set left down\nlink set left up\n" * 1000
        lab.run("ip", "-n", self.lab.name(MIDDLE), "-batch", "-", input=flaps)
        self.lab.await_settled()
        self.check_alive()

    def test_an_address_removed_and_given_back(self):
        left, right = lab.address_of(MIDDLE, False), lab.address_of(MIDDLE, True)
        before = self.falls()
        self.ip(MIDDLE, f"address del {right}/24 dev left")
        lab.eventually(lambda: self.state(MIDDLE, left) != "Established", "the session falls where the address was")
        lab.eventually(lambda: "default" not in lab.bgp_routes(self.lab.name(HOPS)), "what lies behind it is withdrawn")
        self.assertEqual(lab.bgp_routes(self.lab.name(MIDDLE)).get(lab.prefix_of(HOPS)), lab.address_of(MIDDLE + 1, True))
        self.ip(MIDDLE, f"address add {right}/24 dev left")
        self.lab.await_settled()
        # Only the two ends of that link have lost a session.
        after = self.falls()
        self.assertEqual([i for i in range(HOPS + 1) if before[i] != after[i]], [MIDDLE - 1, MIDDLE])

    def test_an_interface_renamed(self):
        before = self.falls()
        self.ip(MIDDLE, "link set left down")
        self.ip(MIDDLE, "link set left name other")
        self.lab.await_settled(cut=[MIDDLE])
        self.ip(MIDDLE, "link set other up")
        self.lab.await_settled()
        self.inside(HOPS, "ping", "-n", "-c", "1", "-W", "2", "198.51.100.1")
        for state, cut in (("down", [MIDDLE]), ("up", [])):  # our own command finds it by its index
            lab.chainrouter("link", f"{MIDDLE - 1}-{MIDDLE}", state)
            self.lab.await_settled(cut)
        self.assertEqual([i for i in range(HOPS + 1) if before[i] != self.falls()[i]], [MIDDLE - 1, MIDDLE])

    # --- sessions ---

    def refuse(self, router, rule):
        """A firewall rule in the router's namespace; returns what takes it away again."""
        for words in ("add table inet harm", "add chain inet harm in { type filter hook input priority 0 ; }"):
            if self.inside(router, "nft", *words.split(), check=False).returncode != 0:
                self.skipTest("this kernel has no nftables")
        self.inside(router, "nft", "add", "rule", "inet", "harm", "in", *rule.split())
        return lambda: self.inside(router, "nft", "delete", "table", "inet", "harm")

    def test_a_session_reset_by_rst(self):
        left = lab.address_of(MIDDLE, False)
        before = self.falls()
        allow = self.refuse(MIDDLE, f"ip saddr {left} meta l4proto tcp reject with tcp reset")
        # The next octet from the left is answered with RST: a KEEPALIVE, within a third of the hold time.
        lab.eventually(lambda: self.state(MIDDLE - 1, lab.address_of(MIDDLE, True)) != "Established", "the session is reset")
        allow()
        self.lab.await_settled()
        self.assertEqual([i for i in range(HOPS + 1) if before[i] != self.falls()[i]], [MIDDLE - 1, MIDDLE])

    def test_a_peer_that_is_half_open(self):
        """Nothing of it arrives any more, and no FIN has: after the hold time it is gone (RFC 4271 §6.5)."""
        left, right = lab.address_of(MIDDLE, False), lab.address_of(MIDDLE, True)
        allow = self.refuse(MIDDLE, f"ip saddr {left} meta l4proto tcp drop")
        lab.eventually(lambda: self.state(MIDDLE, left) != "Established", "the hold timer runs out", HOLD + lab.DEADLINE)
        said = self.neighbors(MIDDLE)[left]["lastErrorSent"]
        self.assertEqual((said["code"], said["subcode"]), (4, 0))
        lab.eventually(lambda: "default" not in lab.bgp_routes(self.lab.name(HOPS)), "what it said is withdrawn")
        self.assertEqual(self.state(MIDDLE, lab.address_of(MIDDLE + 1, True)), "Established")
        allow()
        self.lab.await_settled()
        self.assertEqual(self.state(MIDDLE - 1, right), "Established")

    # --- the process and its processor ---

    def test_stopped_for_five_seconds_and_continued(self):
        before = self.falls()
        self.lab.process.send_signal(signal.SIGSTOP)
        time.sleep(5)  # the fault itself
        self.lab.process.send_signal(signal.SIGCONT)
        self.check_alive()
        self.assert_no_fall(before)
        self.assertTrue(self.lab.settled())

    def test_no_session_falls_while_others_take_the_processors(self):
        """Two spinning processes a core, for longer than the hold time."""
        before = self.falls()
        spinning = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(2 * (os.cpu_count() or 1))]
        try:
            time.sleep(HOLD + 3)  # the fault itself
            self.assert_no_fall(before)
        finally:
            for process in spinning:
                process.kill()
                process.wait()
        self.check_alive()

    def test_no_descriptor_left(self):
        """Nothing new can be opened while the limit is reached; sessions that are up stay up, and when there is room
        again the others come back."""
        pid = self.lab.process.pid
        before, limits = self.falls(), resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        self.ip(MIDDLE, "link set left down")
        lab.eventually(lambda: lab.bgp_routes(self.lab.name(HOPS)).keys() == lab.expected_routes(HOPS, HOPS, [MIDDLE]).keys(),
                       "what lay behind the link is withdrawn")
        self.ip(MIDDLE, "link set left up")
        time.sleep(2)  # the fault itself: both ends try, and fail
        if self.lab.process.poll() is not None:
            self.fail(self.lab.process.stderr.read())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        self.lab.await_settled()
        self.assertEqual([i for i in range(HOPS + 1) if before[i] != self.falls()[i]], [MIDDLE - 1, MIDDLE])

    # --- crowds, and readers that do not read ---

    def test_a_thousand_connections_to_port_179(self):
        before = self.falls()
        crowd, answered = self.crowd(MIDDLE, lab.address_of(MIDDLE, True), 179, 1000)
        try:
            self.assertGreater(answered, 0)
            self.check_alive()
            self.assert_no_fall(before)
        finally:
            self.disperse(crowd)
        self.assertTrue(self.lab.settled())

    def test_a_thousand_connections_to_the_vty(self):
        before = self.falls()
        crowd, answered = self.crowd(MIDDLE, "127.0.0.1", 2605, 1000)
        try:
            self.assertGreater(answered, 0)
            self.check_alive()
            self.assertIn("IPv4 Unicast", lab.chainrouter("show", self.lab.name(MIDDLE), "ip bgp summary").stdout)
            self.assert_no_fall(before)
        finally:
            self.disperse(crowd)

        def vty_answers():
            words = "import socket; s = socket.create_connection(('127.0.0.1', 2605), 2); s.settimeout(2); print(s.recv(99))"
            return "Hello" in self.inside(MIDDLE, "python3", "-c", words, check=False).stdout

        lab.eventually(vty_answers, "the vty has room again")

    def test_readers_that_do_not_read(self):
        """They ask for much and take none of it, at the vty and at the control socket; nobody else waits for them."""
        ask = "import socket, sys; s = socket.create_connection(('127.0.0.1', 2605)); s.setblocking(False)\n" \
              "try:\n    [s.send(b'show ip bgp\\r\\n' * 1000) for _ in range(1000)]\nexcept OSError: pass\n" \
              "print('asked', flush=True); sys.stdin.read()"
        before = self.falls()
        greedy = [subprocess.Popen(["ip", "netns", "exec", self.lab.name(MIDDLE), "python3", "-c", ask], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(8)]
        sockets = []
        try:
            for process in greedy:
                self.assertIn("asked", process.stdout.readline())
            path = next(f"/run/chainrouter/{name}" for name in os.listdir("/run/chainrouter") if name.endswith(".sock"))
            for _ in range(8):
                one = socket.socket(socket.AF_UNIX)
                one.connect(path)
                one.send(b'{"op":"show","router":"HARM_4","command":"show ip bgp"}\n')
                sockets.append(one)
            self.check_alive()
            self.assert_no_fall(before)
        finally:
            for one in sockets:
                one.close()
            for process in greedy:
                self.disperse(process)


class FullDisk(unittest.TestCase):
    """Of the machine's, or where the report goes."""

    def test_no_room_for_the_record(self):
        lab.run("mount", "-t", "tmpfs", "-o", "mode=755,size=64k", "tmpfs", "/run")
        try:
            self.assertNotEqual(lab.run("dd", "if=/dev/zero", "of=/run/full", check=False).returncode, 0)
            done = lab.chainrouter("--hops", "3", "--name-prefix", "FULL_", "--exit-when-converged", check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("No space left on device", done.stderr)
            self.assertEqual(os.listdir("/run"), ["full"])
            os.remove("/run/full")
            done = lab.chainrouter("--hops", "3", "--name-prefix", "FULL_", "--exit-when-converged", check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(os.listdir("/run"), [])
        finally:
            lab.run("umount", "/run")

    def test_no_room_for_the_names(self):
        """The record fits, what `ip netns` shall show does not: nothing remains of the lab that was begun."""
        lab.run("mount", "-t", "tmpfs", "-o", "mode=755,nr_inodes=16", "tmpfs", "/run")
        try:
            done = lab.chainrouter("--hops", "30", "--name-prefix", "FULL_", "--exit-when-converged", check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, r"(?m)^chainrouter: cannot [^\n]+: No space left on device$")
            self.assertEqual(os.listdir("/run"), [])
        finally:
            lab.run("umount", "/run")

    def run_with_log(self, log, after_start):
        """A lab whose log goes there has something to tell, and nobody takes it: that is no reason to end."""
        before = lab.host_state()
        with subprocess.Popen([lab.PROGRAM, "--hops", "3", "--name-prefix", "FULL_", "--format", "json"], stderr=log,
                              stdout=subprocess.PIPE, text=True) as process:
            while process.stdout.readline() not in ("}\n", ""):
                pass
            after_start()
            lab.eventually(lambda: lab.ip("FULL_1", "route", "show", "proto", "bgp"), "routes")
            for _ in range(20):  # each is told
                lab.run("ip", "-n", "FULL_1", "nexthop", "flush")
                lab.eventually(lambda: lab.bgp_routes("FULL_1") == lab.expected_routes(1, 3), "put back")
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=lab.DEADLINE), 0)
        self.assertEqual(lab.host_state(), before)

    def test_no_room_for_the_log(self):
        with tempfile.TemporaryDirectory() as folder:
            lab.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
            try:
                lab.run("dd", "if=/dev/zero", f"of={folder}/full", check=False)
                with open(f"{folder}/log", "wb") as log:
                    self.run_with_log(log, lambda: None)
                self.assertEqual(os.path.getsize(f"{folder}/log"), 0)
            finally:
                lab.run("umount", folder)

    def test_nobody_reads_the_log_any_more(self):
        reading, writing = os.pipe()
        with open(writing, "wb") as log:
            self.run_with_log(log, lambda: os.close(reading))

    def test_no_room_for_the_report(self):
        for words in ([], ["--format", "json"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([lab.PROGRAM, "--hops", "3", "--name-prefix", "FULL_", "--exit-when-converged", *words],
                                      stdout=full, stderr=subprocess.PIPE, text=True, timeout=lab.DEADLINE)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("No space left on device", done.stderr)

    def test_a_closed_stream_is_nobody_else_s(self):
        closed = ["sh", "-c", 'exec "$0" "$@" <&- >&-', lab.PROGRAM, "--hops", "3", "--name-prefix", "FULL_"]
        with subprocess.Popen(closed, stderr=subprocess.PIPE, text=True) as process:
            while not process.stderr.readline().startswith("routes: "):
                self.assertIsNone(process.poll())
            streams = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1)]
            process.send_signal(signal.SIGINT)
            self.assertIn("cannot write to standard output: Bad file descriptor", process.communicate(timeout=lab.DEADLINE)[1])
        self.assertEqual(streams, ["/dev/null", "/dev/null"])
        self.assertEqual(process.returncode, 1)


if __name__ == "__main__":
    lab.main()
