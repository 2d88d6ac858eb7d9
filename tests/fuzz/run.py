#!/usr/bin/env python3
"""Runs the fuzzers of build/fuzz (or of FUZZ_BUILD), each for an equal share of the processor time given, in pieces.

What counts is the time that a fuzzer really had the processor, so that a run beside other work, at the lowest
priority, is worth no less. The fuzzer that has had least comes next: a run broken off has been fair to all.

What they learn stays in build/fuzz/corpus/<target>, what breaks them in build/fuzz/found, and what each piece
did in a line of the ledger, written when the piece ends; whatever kills a run costs its pieces at most. With
--resume the lines of build/fuzz/ledger.tsv count towards the share, and a long run goes on where it was. Ends with
executions and coverage by target; 1 when something was found.
"""

import argparse
import math
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("FUZZ_BUILD", "build/fuzz")
# Wall time, as libFuzzer has it: at the lowest priority an input may wait long for the processor.
UNIT_TIMEOUT = 60


def targets() -> list[str]:
    return sorted(p.name for p in BUILD.glob("*_fuzz") if p.is_file() and os.access(p, os.X_OK))


@dataclass(frozen=True)
class Piece:
    target: str
    seconds: float  # of one processor
    executions: int
    edges: int
    features: int

    def line(self) -> str:
        return f"{self.target}\t{self.seconds:.2f}\t{self.executions}\t{self.edges}\t{self.features}\n"

    @staticmethod
    def parse(line: str) -> "Piece | None":
        """None: a line that was broken off, of a disk that was full, say."""
        try:
            target, seconds, *counts = line.split("\t")
            executions, edges, features = (int(count) for count in counts)
            return Piece(target, float(seconds), executions, edges, features)
        except ValueError:
            return None


class Ledger:
    """Lines are appended whole, each by one write; a reader needs no lock."""

    def __init__(self, path: Path):
        self.path = path

    def pieces(self, target: str) -> list[Piece]:
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="ascii").splitlines()
        return [piece for line in lines if (piece := Piece.parse(line)) and piece.target == target]

    def spent(self, target: str) -> float:
        return sum(piece.seconds for piece in self.pieces(target))

    def append(self, piece: Piece) -> None:
        book = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(book, piece.line().encode("ascii"))
            os.fsync(book)
        finally:
            os.close(book)

    def summary(self) -> None:
        total = 0
        for target in targets():
            pieces = self.pieces(target)
            executions = sum(piece.executions for piece in pieces)
            total += executions
            edges = max((piece.edges for piece in pieces), default=0)
            features = max((piece.features for piece in pieces), default=0)
            print(f"{target}: {self.spent(target):.0f} s, {executions} executions, {edges} edges, {features} features")
        print(f"all: {sum(map(self.spent, targets())):.0f} s, {total} executions")


def folders(target: str) -> list[str]:
    learnt = BUILD / "corpus" / target
    learnt.mkdir(parents=True, exist_ok=True)
    given = [ROOT / "tests/fuzz/corpus" / target, BUILD / "seeds" / target]
    return [str(folder) for folder in [learnt, *given] if folder.is_dir()]


def run_piece(ledger: Ledger, target: str, wall_seconds: int, seed: int) -> bool:
    """True: nothing was found."""
    log = BUILD / f"{target}.log"
    command = [
        str(BUILD / target),
        f"-max_total_time={wall_seconds}",
        f"-seed={seed}",
        f"-timeout={UNIT_TIMEOUT}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={BUILD}/found/{target}-",
        *folders(target),
    ]
    with log.open("w", encoding="utf-8") as output:
        fuzzer = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(fuzzer.pid, 0)
        fuzzer.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(encoding="utf-8", errors="replace")
    executions = re.findall(r"^#(\d+)\t", text, re.MULTILINE)
    coverage = re.findall(r"cov: (\d+) ft: (\d+)", text)
    edges, features = map(int, coverage[-1]) if coverage else (0, 0)
    seconds = usage.ru_utime + usage.ru_stime
    ledger.append(Piece(target, seconds, int(executions[-1]) if executions else 0, edges, features))
    if fuzzer.returncode != 0:
        kept = BUILD / "found" / f"{target}-{seed}.log"
        kept.write_text(text, encoding="utf-8")
        print(f"{target}: status {fuzzer.returncode}; the end of {kept}:", *text.splitlines()[-40:], sep="\n", flush=True)
    return fuzzer.returncode == 0


class Turns:
    """Whose turn it is: of those that are idle and sound, the target that has had the processor least."""

    def __init__(self, ledger: Ledger, share: float):
        self.ledger = ledger
        self.share = share
        self.idle = set(targets())
        self.broken: set[str] = set()
        self.lock = Lock()

    def take(self) -> tuple[str, float] | None:
        """The target, and what is left of its share; None when there is nothing left to do."""
        with self.lock:
            left = [(self.share - self.ledger.spent(target), target) for target in self.idle]
            most, target = max(left, default=(0.0, ""))
            if most <= 0:
                return None
            self.idle.remove(target)
            return target, most

    def give_back(self, target: str, fine: bool) -> None:
        with self.lock:
            (self.idle if fine else self.broken).add(target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core-seconds", type=int, default=300, help="of the processor, for all targets together")
    parser.add_argument("--piece", type=int, default=300, help="seconds by the clock between two lines of the ledger")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if not targets():
        print("no fuzzer is built")
        return 1
    (BUILD / "found").mkdir(parents=True, exist_ok=True)
    # A short run leaves the ledger of a long one alone.
    ledger = Ledger(BUILD / ("ledger.tsv" if options.resume else "ledger-once.tsv"))
    if not options.resume:
        ledger.path.unlink(missing_ok=True)
    subprocess.run([sys.executable, ROOT / "tests/fuzz/seeds.py", BUILD / "seeds"], check=True)
    turns = Turns(ledger, options.core_seconds / len(targets()))

    def work() -> None:
        while (turn := turns.take()) is not None:
            target, left = turn
            seed = options.seed + len(ledger.pieces(target))
            turns.give_back(target, run_piece(ledger, target, max(1, min(options.piece, math.ceil(left))), seed))

    with ThreadPoolExecutor(options.jobs) as pool:
        for worker in [pool.submit(work) for _ in range(options.jobs)]:
            worker.result()
    ledger.summary()
    return 1 if turns.broken else 0


if __name__ == "__main__":
    sys.exit(main())
