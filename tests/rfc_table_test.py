#!/usr/bin/env python3
"""docs/rfc.md says which function keeps which rule of which RFC, and which test watches it. Here it is held to
that: functions must be in the files that are named, tests must be test cases, sections or hostile rows, and no
RFC that the speaker claims to keep may be missing. Every check is first tried on rows that must fail (BREACHES),
so that a check which finds nothing cannot pass."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "rfc.md"

# What must have a row at least.
CLAIMED = {1997, 2545, 2918, 4271, 4360, 4456, 4486, 4724, 4760, 5065, 5492, 6286, 6608, 6793, 7313, 7606, 7607,
           8092, 8212, 8326, 8538, 8654, 9003, 9072, 9234, 9687, 9774}

STRING = r'"((?:[^"\\]|\\.)*)"'


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row below a heading that begins with "RFC"."""
    rows = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] != "RFC" and not set(line) <= set("|- "):
            rows.append(cells)
    return rows


def without_comments(code: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", code, flags=re.DOTALL)


def test_titles() -> set[str]:
    titles: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("*.cc")):
        # A title may be several literals in a row.
        for match in re.finditer(rf"\b(?:TEST_CASE|SECTION)\(\s*((?:{STRING}\s*)+)", path.read_text()):
            titles.add("".join(re.findall(STRING, match.group(1))).replace('\\"', '"'))
    for path in sorted((ROOT / "tests" / "hostile").glob("rows_*.py")):
        text = path.read_text()
        topic = re.search(rf"Table\({STRING}\)", text)
        if topic:
            titles |= {f"{topic.group(1)}: {name}" for name in re.findall(rf"\b(?:row|script)\(\s*{STRING}", text)}
    return titles


def faults_of(cells: list[str], titles: set[str]) -> list[str]:
    if len(cells) != 5:
        return [f"{len(cells)} cells instead of 5: {' | '.join(cells)[:60]}"]
    rfc, section, rule, functions, tests = cells
    name = f"RFC {rfc} §{section}"
    faults = []
    if not rfc.isdigit():
        faults.append(f"{name}: not the number of an RFC")
    if not re.fullmatch(r"[\w.]+(, [\w.]+)*", section) or not rule:
        faults.append(f"{name}: no section or no rule")
    places = re.findall(r"`([^`]*)`", functions)
    if not places:
        faults.append(f"{name}: no function")
    for place in places:
        file, _, names = place.partition(": ")
        path = ROOT / file
        if not names or not path.is_file():
            faults.append(f"{name}: no such file: {place}")
            continue
        code = without_comments(path.read_text())
        faults += [f"{name}: no {function} in {file}" for function in names.split(", ")
                   if not re.search(rf"\b{re.escape(function)}\s*[\[({{]", code)]
    watched = re.findall(STRING, tests)
    if not watched:
        faults.append(f"{name}: no test")
    faults += [f'{name}: no test "{title}"' for title in watched if title not in titles]
    return faults


GOOD = ["4271", "6.1", "a rule", "`bgp/codec.cc: next_frame`", '"headers: what is wrong, as soon as the octets tell"']
BREACHES = [
    GOOD[:4],
    ["RFC 4271", *GOOD[1:]],
    [GOOD[0], "", *GOOD[2:]],
    [*GOOD[:2], "", *GOOD[3:]],
    [*GOOD[:3], "next_frame", GOOD[4]],
    [*GOOD[:3], "`bgp/codec.cc`", GOOD[4]],
    [*GOOD[:3], "`bgp/nowhere.cc: next_frame`", GOOD[4]],
    [*GOOD[:3], "`bgp/codec.cc: next_frame, next_framework`", GOOD[4]],
    [*GOOD[:4], ""],
    [*GOOD[:4], '"headers: what is wrong"'],
]


def main() -> int:
    titles = test_titles()
    if faults_of(GOOD, titles):
        print(f"a good row is refused: {faults_of(GOOD, titles)}", file=sys.stderr)
        return 1
    for cells in BREACHES:
        if not faults_of(cells, titles):
            print(f"a bad row passes: {cells}", file=sys.stderr)
            return 1
    rows = table_rows(TABLE.read_text())
    faults = [fault for cells in rows for fault in faults_of(cells, titles)]
    missing = CLAIMED - {int(cells[0]) for cells in rows if cells[0].isdigit()}
    faults += [f"RFC {rfc} has no row" for rfc in sorted(missing)]
    for fault in faults:
        print(f"docs/rfc.md: {fault}", file=sys.stderr)
    print(f"{len(rows)} rows, {len(titles)} tests to choose from, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
