#!/usr/bin/env python3
"""The page in Debian's Chromium, on a real chain of 30 hops: web/test/page_test.mjs has the checks. Skipped, loudly,
where there is no Node.js, no Chromium, or what npm brings is not there."""

import os
import pathlib
import shutil
import subprocess
import unittest

import running_lab as lab
from web_test import page_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "pictures"


def missing():
    if shutil.which("node") is None:
        return "Node.js (nodejs)"
    if not pathlib.Path(os.environ.get("CHROMIUM", "/usr/bin/chromium")).exists():
        return "Chromium (chromium)"
    if not (ROOT / "web/node_modules/playwright-core").exists():
        return "web/node_modules (npm ci in web/)"
    done = lab.chainrouter("--hops", "1", "--web", "127.0.0.1:0", "--exit-when-converged", check=False)
    return "its page in this chainrouter" if "without its page" in done.stderr else None


class Browser(unittest.TestCase):
    def test_page(self):
        with lab.Lab(30, "--web", "127.0.0.1:0", prefix="PAGE_") as chain:
            port, token = page_of(chain.process)
            done = subprocess.run(["node", ROOT / "web/test/page_test.mjs", f"http://127.0.0.1:{port}/?token={token}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200,
                                  env={**os.environ, "SHOTS": str(SHOTS), "HOME": "/tmp"})
            print(done.stdout, flush=True)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    if "CHAINROUTER_TEST_ALONE" not in os.environ and (lack := missing()):
        print(f"SKIPPED: the test of the page in a browser lacks {lack}")
        raise SystemExit(77)
    lab.main()
