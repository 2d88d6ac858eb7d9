"""How many instructions a route costs in a pure speaker, counted by callgrind, against the stored numbers: a guard that
neither a slow machine nor a busy one disturbs. More, or fewer, than TOLERANCE: it fails, for what has become cheaper
should be held, too.

    instructions_test.py PROGRAM [--store]
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STORED = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.03
COUNTS = {"bulk": 20_000, "single": 2_000}


def instructions(program: str, mode: str, count: int) -> float:
    """A route."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=travel", f"--callgrind-out-file={directory}/out",
                               program, mode, str(count)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{mode}: status {done.returncode}\n{done.stdout}{done.stderr}")
        text = (Path(directory) / "out").read_text()
    return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M)[1]) / count


def main() -> int:
    program = sys.argv[1]
    if not shutil.which("valgrind"):
        print("SKIPPED, and nothing was counted: there is no valgrind (./dev setup installs it)")
        return 77
    counted = {mode: round(instructions(program, mode, count)) for mode, count in COUNTS.items()}
    if "--store" in sys.argv:
        STORED.write_text(json.dumps(counted, indent=1) + "\n")
    stored = json.loads(STORED.read_text())
    failed = False
    for mode, number in counted.items():
        change = number / stored[mode] - 1
        off = abs(change) > TOLERANCE
        failed = failed or off
        print(f"{mode}: {number} instructions a route, stored are {stored[mode]}: {change:+.1%}{' TOO FAR OFF' if off else ''}")
    if failed:
        print(f"If it is meant to be so: python3 {__file__} {program} --store, and commit the numbers with the change.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
