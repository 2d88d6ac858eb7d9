"""bench/compare measures what it says, and leaves nothing behind, whatever ends it. Exit status 77: not permitted here.

    compare_test.py BUILD_DIRECTORY
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from sidebyside.contenders import Router, routes_when_full  # noqa: E402
from sidebyside.figures import Results, Spread  # noqa: E402

BUILD = sys.argv[1]
PATIENCE = 60.0


def command(*words: str) -> list[str]:
    return [sys.executable, str(HERE / "compare"), "--build", BUILD, "--contenders", "ours", *words]


def statistics_are_right() -> None:
    assert Spread([4, 1, 3, 2, 5]).median == 3
    assert Spread([4, 1, 3, 2, 5]).quartiles == (2, 4)
    assert Spread([7]).quartiles == (7, 7)
    results = Results(["bird", "ours"])
    results.add("converge", "bird", 30)
    results.add("converge", "ours", 10)
    assert "30 3x" in results.table(), results.table()


def the_plan_is_the_programs() -> None:
    """The daemons' configurations and the tables waited for are those of app/topology.cc."""
    text = subprocess.run([f"{BUILD}/chainrouter", "--hops", "300", "--plan", "--format", "json"], capture_output=True,
                          text=True, check=True).stdout
    for number, planned in enumerate(json.loads(text)["routers"]):
        router = Router(number, 300)
        assert router.as_number == planned["as"] and router.router_id == planned["routerId"], planned
        assert router.networks == planned["networks"], (router.networks, planned)
        ends = [planned[side].split("/")[0] for side in ("left", "right") if side in planned]
        assert [local for local, _, _ in router.neighbors] == ends, planned
    assert routes_when_full(2, ()) == [2, 3, 3]
    assert routes_when_full(3, (0,)) == [0, 2, 2, 2]
    assert routes_when_full(3, (0, 3)) == [0, 1, 1, 0]


def it_measures() -> None:
    with tempfile.TemporaryDirectory() as directory:
        json_file, plot = Path(directory, "figures.json"), Path(directory, "figures.svg")
        done = subprocess.run(command("--hops", "4", "--rounds", "1", "--only", "start,prefix", "--json", str(json_file),
                                      "--plot", str(plot)), capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        figures = json.loads(json_file.read_text())["figures"]
        assert plot.read_text().startswith("<svg")
    wanted = {"converge", "exec", "cpu", "memory", "link-down", "link-up", "new-prefix", "withdrawal"}
    assert wanted == set(figures), wanted ^ set(figures)
    for name, figure in figures.items():
        assert figure["of"]["ours"]["median"] > 0, (name, figure)
    assert "speakers started" in done.stdout


def nothing_outlives_it() -> None:
    """Killed in the midst of it, it takes all that it started along: found by a word in their environment."""
    word = f"COMPARE_TEST={uuid.uuid4()}"

    def processes() -> list[str]:
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if word.encode() in (directory / "environ").read_bytes():
                    found.append((directory / "comm").read_text().strip())
            except OSError:
                pass  # it has ended meanwhile
        return found

    compare = subprocess.Popen(command("--hops", "4", "--rounds", "1000", "--only", "start"), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, **dict([word.split("=")])})
    try:
        await_that(lambda: {"gauge", "chainrouter"} <= set(processes()), "it starts nothing")
    finally:
        compare.send_signal(signal.SIGKILL)
        compare.wait()
    await_that(lambda: not processes(), "processes outlive it")


def await_that(holds, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def main() -> int:
    statistics_are_right()
    the_plan_is_the_programs()
    if os.geteuid() != 0:
        print("SKIPPED, and nothing was measured: this needs root")
        return 77
    if subprocess.run(command("--hops", "1", "--rounds", "0"), capture_output=True).returncode != 0:
        print("SKIPPED, and nothing was measured: no namespaces may be made here")
        return 77
    it_measures()
    nothing_outlives_it()
    print("bench/compare: it measures, and nothing outlives it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
