#!/usr/bin/env python3
"""Runs the fuzzers of build/fuzz, each for an equal share of the processor time given, in pieces.

What they learn stays in build/fuzz/corpus/<target>, what breaks them in build/fuzz/found, and what each piece
did in build/fuzz/ledger.tsv. With --resume the pieces of the ledger count towards the share, so that a long run
may be broken off and gone on with. Ends with executions and coverage by target; 1 when something was found.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/fuzz"
LEDGER = BUILD / "ledger.tsv"  # target, seconds, executions, edges, features


def targets() -> list[str]:
    return sorted(p.name for p in BUILD.glob("*_fuzz") if p.is_file() and os.access(p, os.X_OK))


def ledger() -> list[list[str]]:
    if not LEDGER.exists():
        return []
    return [line.split("\t") for line in LEDGER.read_text(encoding="ascii").splitlines()]


def spent(target: str) -> int:
    return sum(int(row[1]) for row in ledger() if row[0] == target)


def folders(target: str) -> list[str]:
    learnt = BUILD / "corpus" / target
    learnt.mkdir(parents=True, exist_ok=True)
    given = [ROOT / "tests/fuzz/corpus" / target, BUILD / "seeds" / target]
    return [str(folder) for folder in [learnt, *given] if folder.is_dir()]


def run_piece(target: str, seconds: int, seed: int) -> bool:
    """True: nothing was found."""
    log = BUILD / f"{target}.log"
    command = [
        str(BUILD / target),
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={BUILD}/found/{target}-",
        *folders(target),
    ]
    with log.open("w", encoding="utf-8") as output:
        status = subprocess.run(command, stdout=output, stderr=output, check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    executions = re.search(r"stat::number_of_executed_units:\s+(\d+)", text)
    coverage = re.findall(r"cov: (\d+) ft: (\d+)", text)
    row = [target, str(seconds), executions.group(1) if executions else "0", *(coverage[-1] if coverage else ("0", "0"))]
    with LEDGER.open("a", encoding="ascii") as book:
        book.write("\t".join(row) + "\n")
    if status != 0:
        print(f"{target}: status {status}; the end of {log}:", *text.splitlines()[-40:], sep="\n")
    return status == 0


def run_target(target: str, share: int, piece: int, seed: int) -> bool:
    while (left := share - spent(target)) > 0:
        done = sum(1 for row in ledger() if row[0] == target)
        if not run_piece(target, min(piece, left), seed + done):
            return False
    return True


def summary() -> None:
    total = 0
    for target in targets():
        rows = [row for row in ledger() if row[0] == target]
        executions = sum(int(row[2]) for row in rows)
        total += executions
        edges, features = (rows[-1][3], rows[-1][4]) if rows else ("0", "0")
        print(f"{target}: {spent(target)} s, {executions} executions, {edges} edges, {features} features")
    print(f"all: {total} executions")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core-seconds", type=int, default=300, help="for all targets together")
    parser.add_argument("--piece", type=int, default=300, help="seconds between two entries of the ledger")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if not targets():
        print("no fuzzer is built")
        return 1
    (BUILD / "found").mkdir(parents=True, exist_ok=True)
    if not options.resume:
        LEDGER.unlink(missing_ok=True)
    subprocess.run([sys.executable, ROOT / "tests/fuzz/seeds.py", BUILD / "seeds"], check=True)
    share = max(1, options.core_seconds // len(targets()))
    with ThreadPoolExecutor(options.jobs) as pool:
        fine = list(pool.map(lambda target: run_target(target, share, options.piece, options.seed), targets()))
    summary()
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
