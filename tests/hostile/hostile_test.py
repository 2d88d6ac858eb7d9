#!/usr/bin/env python3
"""The list of hostile behaviours for ctest: that it is whole, then all of it against $CHAINROUTER. 77: not
permitted here."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = HERE / "run"


def load_run():
    loader = importlib.machinery.SourceFileLoader("hostile_run", str(RUN))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("hostile_run", loader))
    loader.exec_module(module)
    return module


class TheList(unittest.TestCase):
    """What must hold of it whatever is played against."""

    @classmethod
    def setUpClass(cls):
        cls.run_module = load_run()
        cls.rows = cls.run_module.all_rows()

    def test_it_is_long_enough(self):
        self.assertGreaterEqual(len(self.rows), 300)

    def test_every_row_cites_and_expects(self):
        for row in self.rows:
            self.assertRegex(row.rfc, r"RFC \d+|^draft-", row.name)
            words = row.expect if isinstance(row.expect, str) else row.expect.words
            self.assertTrue(words, row.name)

    def test_every_kind_has_a_neighbour(self):
        kinds = {slot.kind for slot in self.run_module.lab.Plan().slots}
        self.assertEqual({row.kind for row in self.rows} - kinds, set())

    def test_no_two_rows_send_the_same_to_get_the_same(self):
        seen, repeated = {}, []
        plan = self.run_module.lab.Plan()
        for row in self.rows:
            if not callable(row.sent):
                continue
            slot = next(slot for slot in plan.slots if slot.kind == row.kind)
            number, row.number = row.number, 0  # the same prefixes for all
            octets = row.sent(self.run_module.Stage(row, slot, None, {}))
            row.number = number
            judge = row.expect
            key = (octets, row.kind, row.state, row.place, str(row.offer), type(judge), judge.words,
                   getattr(judge, "witness", ""), getattr(judge, "six", ""))
            if key in seen:
                repeated.append(f"{row.name} repeats {seen[key]}")
            seen[key] = row.name
        self.assertEqual(repeated, [])

    def test_the_table_prints(self):
        lines = self.run_module.listing(self.rows).splitlines()
        self.assertEqual(len(lines), len(self.rows) + 2)


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(TheList))
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(subprocess.run([sys.executable, str(RUN), "--slow", "5"]).returncode)
