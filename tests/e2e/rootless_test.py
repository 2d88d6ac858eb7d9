#!/usr/bin/env python3
"""A lab of an ordinary user: everything works, from inside and from outside, and the host sees nothing of it."""

import json
import os
import pathlib
import shutil
import signal
import unittest

import running_lab as lab

HOPS = 100
USER, OTHER = 65534, 65533
PROGRAM = "/run/chainrouter-program"  # a copy that everybody may run, wherever the checkout is
RUNTIME = pathlib.Path(f"/run/user/{USER}")


def words_as(user):
    return ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", PROGRAM]


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHAINROUTER_", "XDG_"))}
    return {**kept, "XDG_RUNTIME_DIR": str(RUNTIME), "SHELL": "/bin/sh", **more}


def as_user(*words, user=USER, **options):
    return lab.run(*words_as(user), *words, env=environment(), **options)


class UserLab(lab.Lab):
    def __init__(self, hops, *words, env=None, **options):
        super().__init__(hops, *words, program=words_as(USER), prefix="MINE_", env=env or environment(), **options)


def setUpModule():
    shutil.copy(lab.PROGRAM, PROGRAM)
    os.chmod(PROGRAM, 0o755)
    RUNTIME.mkdir(parents=True)
    os.chown(RUNTIME, USER, USER)
    trial = lab.run(*words_as(USER)[:-1], "unshare", "--user", "--map-root-user", "--net", "--mount", "true", check=False)
    if trial.returncode != 0:
        print(f"SKIPPED: no ordinary user can make a user namespace here: {trial.stderr}")
        raise SystemExit(77)


class HundredHops(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before = lab.host_state()
        cls.lab = UserLab(HOPS)

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__()

    def test_the_report_says_so(self):
        self.assertTrue(self.lab.report["rootless"])
        self.assertEqual((self.lab.report["routers"], self.lab.report["sessions"]), (HOPS + 1, HOPS))

    def test_the_host_sees_nothing_of_it(self):
        self.assertEqual(lab.host_state(), self.before)
        self.assertEqual(lab.run("ip", "netns", "list").stdout, "")

    def test_traceroute_crosses_a_hundred_hops(self):
        done = as_user("exec", self.lab.name(HOPS), "--", "traceroute", "-n", "-m", "128", "198.51.100.1")
        last = done.stdout.splitlines()[-1].split()
        self.assertEqual(last[:2], [str(HOPS), "198.51.100.1"])

    def test_trace_names_the_routers(self):
        self.assertIn(self.lab.name(50), as_user("trace").stdout)

    def test_bgp_and_vty_have_their_ports(self):
        """The vty for those inside only."""
        listening = as_user("exec", self.lab.name(5), "--", "ss", "-ltnH").stdout.splitlines()
        self.assertEqual({line.split()[3] for line in listening}, {"0.0.0.0:179", "127.0.0.1:2605"})

    def test_plain_ip_works_in_the_shell(self):
        script = f"ip netns list | wc -l\nip netns exec {self.lab.name(50)} ip -o route show proto bgp | wc -l\n"
        self.assertEqual(as_user("shell", input=script).stdout.split(), [str(HOPS + 1), str(HOPS + 1)])

    def test_chainrouter_works_in_the_shell(self):
        script = f"{PROGRAM} exec {self.lab.name(3)} -- ip -o link show left | wc -l\n{PROGRAM} list | wc -l\n"
        self.assertEqual(as_user("shell", self.lab.name(7), input=script).stdout.split(), ["1", str(HOPS + 2)])

    def test_exec_keeps_directory_and_status(self):
        done = as_user("exec", self.lab.name(1), "--", "sh", "-c", "pwd; exit 7", cwd="/usr/share", check=False)
        self.assertEqual((done.stdout, done.returncode), ("/usr/share\n", 7))

    def test_announcements_travel(self):
        as_user("announce", self.lab.name(0), "203.0.113.0/24")
        as_user("wait")
        self.assertIn("203.0.113.0/24", as_user("show", self.lab.name(HOPS), "ip bgp 203.0.113.0/24").stdout)
        as_user("withdraw", self.lab.name(0), "203.0.113.0/24")
        as_user("wait")

    def test_it_is_nobody_elses(self):
        self.assertEqual(as_user("list", user=OTHER).stdout, "")
        self.assertEqual(as_user("exec", self.lab.name(1), "--", "true", user=OTHER, check=False).returncode, 1)


class Ends(unittest.TestCase):
    def check_ends(self, number, env=None):
        before = lab.host_state()
        with UserLab(3, env=env) as chain:
            chain.process.send_signal(number)
            chain.process.wait(timeout=lab.DEADLINE)
        self.assertEqual(lab.host_state(), before)

    def test_a_signal_leaves_nothing(self):
        self.check_ends(signal.SIGTERM)
        self.assertEqual(list(RUNTIME.iterdir()), [])

    def test_kill_9_leaves_a_record_that_clean_removes(self):
        self.check_ends(signal.SIGKILL)
        self.assertEqual(len(as_user("clean").stdout.splitlines()), 2)
        self.assertEqual(list(RUNTIME.iterdir()), [])

    def test_the_next_start_removes_it_too(self):
        self.check_ends(signal.SIGKILL)
        with UserLab(3, "--exit-when-converged") as chain:
            self.assertEqual(chain.process.wait(timeout=lab.DEADLINE), 0)
            self.assertIn("removed what a killed lab left", chain.process.stderr.read())
        self.assertEqual(list(RUNTIME.iterdir()), [])

    def test_without_a_runtime_directory(self):
        """Its place is in /tmp then, unless somebody else has taken the name."""
        env = environment()
        del env["XDG_RUNTIME_DIR"]
        place = pathlib.Path(f"/tmp/chainrouter-{USER}")
        self.assertFalse(place.exists())
        self.check_ends(signal.SIGTERM, env)
        self.assertFalse(place.exists())
        place.mkdir()  # root's
        try:
            done = lab.run(*words_as(USER), "--hops", "2", env=env, check=False)
        finally:
            place.rmdir()
        self.assertEqual(done.returncode, 5)
        self.assertIn("not a directory of yours", done.stderr)

    def test_root_may_choose_it(self):
        before = lab.host_state()
        done = lab.chainrouter("--hops", "3", "--rootless", "yes", "--exit-when-converged", "--format", "json")
        self.assertTrue(json.loads(done.stdout)["rootless"])
        self.assertEqual(lab.host_state(), before)


class Refused(unittest.TestCase):
    def check_sentence(self, done, *texts):
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_the_sentence_names_the_switch(self):
        script = f"echo 0 >/proc/sys/user/max_user_namespaces; exec {PROGRAM} --rootless yes --hops 2"
        done = lab.run("unshare", "--user", "--map-root-user", "sh", "-c", script, check=False, env=environment())
        self.check_sentence(done, "user.max_user_namespaces is 0", "sysctl user.max_user_namespaces=10000")

    def test_not_wanted(self):
        self.check_sentence(as_user("--rootless", "no", "--hops", "2", check=False), "sudo")

    def test_doctor_tells_how_it_would_run(self):
        done = as_user("doctor", "--format", "json")
        findings = {finding["what"]: finding for finding in json.loads(done.stdout)["findings"]}
        self.assertIn("user namespace", findings["privileges"]["detail"])
        self.assertTrue(findings["veth links"]["ok"])
        self.assertEqual(list(RUNTIME.iterdir()), [])


if __name__ == "__main__":
    lab.main()
