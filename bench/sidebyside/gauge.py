"""The instrument (bench/gauge.cc) as an object, and what the kernel says of processes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

# What a measurement is started under: nothing that it makes is seen outside, and all of it, processes and
# namespaces, ends with it, however it ends.
CONFINED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child",
            "--mount-proc", "sh", "-ec", 'mount -t tmpfs tmpfs /run; ip link set lo up; exec "$@"', "sh"]


class GaugeError(Exception):
    """What was to be measured did not happen."""


class Gauge:
    """One gauge is one stage: `clear` takes everything down that it has built and started."""

    def __init__(self, program: Path):
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, op: str, **arguments) -> dict:
        self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise GaugeError(f"the gauge ended while it was asked to {op}")
        answer = json.loads(line)
        if "error" in answer:
            raise GaugeError(f"{op}: {answer['error']}")
        return answer

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def pss_mib(pids: list[int]) -> float:
    return sum(_field(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in pids) / 1024


def peak_rss_mib(pids: list[int]) -> float:
    return sum(_field(Path(f"/proc/{pid}/status"), "VmHWM:") for pid in pids) / 1024


def cpu_seconds(pids: list[int]) -> float:
    """Of all threads that are still there. /proc/PID/stat counts in ticks of 10 ms, too coarse for daemons of which
    each needs a few milliseconds."""
    spent = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


def _field(file: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name))
