#!/usr/bin/env python3
"""`chainrouter completion`, with the shells themselves: what Tab offers on a command line."""

import os
import pathlib
import shutil
import unittest

import running_lab as lab

BASH = """
source <("$1" completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_chainrouter
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""
# Of zsh's completion system only what the script calls; it runs inside a key's handler, where no script can be.
ZSH = """
compdef() { }
_files() { print -l -- *(N) }
_command_names() { print -l -- ${(k)commands} }
_describe() { local one; for one in "${(@P)2}"; do print -r -- "${one%%:*}"; done }
source <("$1" completion zsh)
words=("$@"); CURRENT=$#
_chainrouter
"""
FISH = """
$argv[1] completion fish | source
for line in (complete -C "$argv[2]"); string split -f 1 \\t -- $line; end
true
"""


def bash(*words):
    return lab.run("bash", "--norc", "-c", BASH, "bash", lab.PROGRAM, *words).stdout.splitlines()


def zsh(*words):
    return lab.run("zsh", "-f", "-c", ZSH, "zsh", lab.PROGRAM, *words).stdout.splitlines()


def fish(*words):
    # fish takes the command's name from the line: it has to be found as chainrouter.
    path = f"{pathlib.Path(lab.PROGRAM).resolve().parent}:{os.environ['PATH']}"
    home = {**os.environ, "PATH": path, "HOME": "/run", "XDG_CONFIG_HOME": "/run", "XDG_DATA_HOME": "/run"}
    return lab.run("fish", "--no-config", "-c", FISH, lab.PROGRAM, " ".join(("chainrouter", *words)),
                   env=home).stdout.splitlines()


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(3, prefix="TAB_")
        cls.addClassCleanup(cls.lab.__exit__)

    def shells(self):
        for name, ask in (("bash", bash), ("zsh", zsh), ("fish", fish)):
            if shutil.which(name) is None:
                print(f"SKIPPED: no {name} here (apt-get install {name})")
            else:
                yield ask

    def test_commands_and_options(self):
        for ask in self.shells():
            self.assertEqual(sorted(ask("sh")), ["shell", "show", "shutdown"])
            self.assertEqual(sorted(ask("--mr")), ["--mrai", "--mrai-mode"])
            self.assertEqual(sorted(ask("--mrai-mode", "")), ["quagga", "rfc"])
            self.assertEqual(ask("list", "--format", "j"), ["json"])
            self.assertEqual(ask("nonsense", "x"), [])

    def test_routers_that_run(self):
        routers = [self.lab.name(number) for number in range(4)]
        for ask in self.shells():
            for words in (("show", ""), ("exec", "TAB_"), ("trace", ""), ("announce", "T"), ("clear", "TAB")):
                self.assertEqual(sorted(ask(*words)), routers, words)
            self.assertEqual(ask("show", "TAB_2"), ["TAB_2"])
            self.assertEqual(ask("show", "x"), [])

    def test_lines_of_the_vty(self):
        for ask in self.shells():
            self.assertEqual(sorted(ask("show", "TAB_1", "")),
                             ["adj-in", "adj-in-post", "adj-out", "bgp", "ip", "ipv6", "loc", "neighbors",
                              "running-config", "version"])
            self.assertEqual(sorted(ask("show", "TAB_1", "ip", "")), ["bgp", "route"])
            self.assertEqual(ask("show", "TAB_1", "ip", "bgp", "sum"), ["summary"])

    def test_files_and_programs(self):
        for ask in self.shells():
            self.assertIn("true", ask("exec", "TAB_1", "tru"))
        self.assertIn("/proc", bash("decode", "/pro"))
        self.assertIn("/proc", bash("--scenario", "/pro"))

    def test_another_shell(self):
        answer = lab.chainrouter("completion", "tcsh", check=False)
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("takes bash, zsh or fish", answer.stderr)


if __name__ == "__main__":
    lab.main()
