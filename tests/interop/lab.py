"""Namespaces, links and processes of one experiment. All of it lies in a network, mount and process namespace
of the test's own (see `run`): nothing is made in the host's, and nothing outlives the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

PATIENCE = 300.0  # seconds; far more than anything takes on an idle machine, enough on one that is not


class Failure(Exception):
    """What was seen is not what should be."""


class NotApplicable(Exception):
    """The daemon cannot do it; the text says why."""


def ip(*lines: str) -> None:
    text = "\n".join(lines) + "\n"
    done = subprocess.run(["ip", "-batch", "-"], input=text, text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip -batch: {done.stderr.strip()}\n{text}")


def await_that(holds: Callable[[], object], what: str | Callable[[], str], patience: float = PATIENCE) -> object:
    """Asks again and again until `holds` answers something true; returns that. To ask costs a process or two, so the
    pauses grow."""
    deadline, pause = time.monotonic() + patience, 0.03
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"not within {patience:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(pause)
        pause = min(pause * 1.2, 0.25)


class Outside:
    """The test's own namespace, in which the others are made."""

    @staticmethod
    def command(*words: str) -> list[str]:
        return list(words)


class Namespace:
    DIRECTORY = Path("/run/netns")

    def __init__(self, name: str, made: bool = True):
        """`made`: by us, here and now; otherwise it is there already."""
        self.name = name
        if not made:
            return
        ip(f"netns add {name}")
        self.run("ip", "link", "set", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv4.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0",
                 "net.ipv4.conf.default.rp_filter=0", "net.ipv6.conf.all.forwarding=1",
                 "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")

    def command(self, *words: str) -> list[str]:
        return ["nsenter", f"--net={self.DIRECTORY}/{self.name}", "--", *words]

    def run(self, *words: str, check: bool = True, timeout: float = PATIENCE, stdin: str | None = None) -> str:
        done = subprocess.run(self.command(*words), text=True, input=stdin, capture_output=True, timeout=timeout)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(words)}: status {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def counter(self, name: str) -> int:
        """Of /proc/net/netstat, e.g. TCPMD5Failure."""
        names: list[str] = []
        for line in self.run("cat", "/proc/thread-self/net/netstat").splitlines():
            words = line.split()
            if name in words:
                names = words
            elif names and words[0] == names[0]:
                return int(words[names.index(name)])
        raise Failure(f"the kernel counts no {name}")

    def connections(self, port: int = 179) -> int:
        """How many TCP connections to or from the port are established."""
        text = self.run("ss", "-Htn", "state", "established", f"( sport = :{port} or dport = :{port} )")
        return len(text.splitlines())


class Process:
    """A daemon in the foreground, in a namespace; what it prints goes to a file."""

    def __init__(self, namespace: Namespace | Outside, words: list[str], log: Path,
                 environment: dict[str, str] | None = None, stdout: Path | None = None):
        self.log = log
        with log.open("ab") as errors, (stdout or log).open("ab") as output:
            self.child = subprocess.Popen(namespace.command(*words), stdout=output, stderr=errors,
                                          stdin=subprocess.DEVNULL, cwd=log.parent,
                                          env={**os.environ, **(environment or {})})

    @property
    def running(self) -> bool:
        return self.child.poll() is None

    def send(self, number: int) -> None:
        if self.running:
            self.child.send_signal(number)

    def end(self, number: int = signal.SIGTERM, patience: float = 10) -> int:
        """Sends the signal, waits; one that does not listen is killed."""
        self.send(signal.SIGCONT)
        self.send(number)
        try:
            return self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()

    def text(self) -> str:
        return self.log.read_text(errors="replace")


class Lab:
    """The namespaces and the directory of one experiment; links are numbered, and link N is 10.90.N.0/24 and
    fd00:90:N::/64 with the first node at .1 and the second at .2."""

    def __init__(self) -> None:
        self.outside = Outside()
        self._open()

    def _open(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="interop-", dir="/run"))  # a file system of the test's own
        self.directory.chmod(0o755)
        self.namespaces: dict[str, Namespace] = {}
        self.closing: list[Callable[[], object]] = []

    def fresh(self) -> Lab:
        """Everything that there is ends; the lab is empty again."""
        self.__exit__()
        self._open()
        return self

    def node(self, name: str) -> Namespace:
        self.namespaces[name] = Namespace(name)
        return self.namespaces[name]

    def link(self, number: int, first: Namespace, second: Namespace) -> None:
        ends = ((first, f"to-{second.name}", 1), (second, f"to-{first.name}", 2))
        ip(f"link add {ends[0][1]} netns {first.name} type veth peer name {ends[1][1]} netns {second.name}")
        for namespace, device, host in ends:
            namespace.run("ip", "-batch", "-", stdin=f"link set {device} up\n"
                          f"address add 10.90.{number}.{host}/24 dev {device}\n"
                          f"address add fd00:90:{number}::{host}/64 dev {device} nodad\n")

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        for close in reversed(self.closing):
            close()
        for namespace in self.namespaces.values():
            ip(f"netns del {namespace.name}")
        shutil.rmtree(self.directory)
