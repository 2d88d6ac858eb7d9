"""Gathers what the players say, and writes docs/interop.md."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading

from results import Result, State


def gather(players: list[subprocess.Popen]) -> list[Result]:
    """Every result as it comes, with a line each on stderr; until all players have ended."""
    lines: queue.Queue[str | None] = queue.Queue()

    def listen(player: subprocess.Popen) -> None:
        for line in player.stdout:
            lines.put(line)
        player.wait()
        lines.put(None)

    for player in players:
        threading.Thread(target=listen, args=(player,), daemon=True).start()
    results, speaking = [], len(players)
    while speaking:
        line = lines.get()
        if line is None:
            speaking -= 1
            continue
        result = Result.from_json(json.loads(line))
        results.append(result)
        print(f"{result.daemon}: {result.scenario}: {result.state.value} ({result.seconds:.1f} s) {result.text}",
              file=sys.stderr, flush=True)
    return results


def document(results: list[Result], kinds: dict[str, type]) -> str:
    import scenarios_sessions  # noqa: F401 (it registers its scenarios, as the next one does)
    import scenarios_routes  # noqa: F401
    from registry import scenarios
    from scenarios_chain import chains

    by_place = {(result.daemon, result.scenario): result for result in results}
    notes: list[str] = []

    def note(text: str) -> str:
        if text not in notes:
            notes.append(text)
        return f" [{notes.index(text) + 1}]"

    def cell(daemon: str, name: str) -> str:
        result = by_place.get((daemon, name))
        if result is None:
            return "not run"
        if result.state is State.FAILED:
            return "**fails**" + note(result.text.strip().split("\n")[0])
        word = "yes" if result.state is State.PASSED else "n/a"
        return word + (note(result.text) if result.text else "")

    lines = ["# Interoperability", "",
             "`tests/interop/run --matrix docs/interop.md` writes this file. In each scenario `chainrouter speak` "
             "stands between two speakers of the other implementation, which are its left neighbour (with a lower "
             "identifier than ours), its right one (with a higher one), and both at once: what one announces the "
             "other must have by way of us. *yes*: all of it was seen, on both sides. *n/a*: the daemon cannot do it, "
             "for the reason in the note.", "",
             "| | " + " | ".join(f"{kind.kind} {kind.version}" for kind in kinds.values()) + " |",
             "|---|" + "---|" * len(kinds)]
    for scenario in scenarios:
        cells = " | ".join(cell(daemon, scenario.name) for daemon in kinds)
        lines.append(f"| **{scenario.name}**: {scenario.text} | {cells} |")
    lines += ["", f"In a chain of 20 hops (`chainrouter --hops 20 --foreign …`):", "", "| | |", "|---|---|"]
    for name, play in chains.items():
        result = by_place.get(("chains", name))
        text = "not run" if result is None else f"{'**fails**: ' if result.state is State.FAILED else ''}{result.text}"
        lines.append(f"| **{name}**: {' '.join(play.__doc__.split())} | {text} |")
    lines += [""] + [f"{number}. {text[0].upper()}{text[1:]}." for number, text in enumerate(notes, 1)]
    return "\n".join(lines).rstrip() + "\n"
