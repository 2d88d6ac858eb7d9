#!/usr/bin/env python3
"""chainrouter decode as a user runs it: text, JSON, standard input, compressed files, and what each mistake gets."""

import bz2
import csv
import gzip
import io
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

CAPTURES = Path(__file__).resolve().parent.parent / "data" / "captures"


def decode(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run([os.environ["CHAINROUTER"], "decode", *arguments], input=stdin, capture_output=True)


class Decode(unittest.TestCase):
    def test_text(self):
        result = decode(str(CAPTURES / "communities.pcap"))
        self.assertEqual(result.returncode, 0)
        self.assertIn("  large communities 65001:1:2\n  announced 10.1.0.0/24\n", result.stdout.decode())
        self.assertEqual(result.stderr.decode(), "2 KEEPALIVE, 2 OPEN, 3 UPDATE\n")

    def test_json(self):
        plain = (CAPTURES / "communities.pcap").read_bytes()
        documents = []
        for octets in (plain, gzip.compress(plain), bz2.compress(plain)):
            result = decode("-", "--format", "json", stdin=octets)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            documents.append(json.loads(result.stdout))
        self.assertEqual(documents[0]["schema"], "chainrouter.decode/1")
        self.assertEqual(documents[0]["counts"], {"KEEPALIVE": 2, "OPEN": 2, "UPDATE": 3})
        update = [e for e in documents[0]["entries"] if e.get("announced") == {"ipv4-unicast": ["10.1.0.0/24"]}]
        self.assertEqual(update[0]["attributes"]["largeCommunities"], ["65001:1:2"])
        self.assertEqual(documents[0], documents[1])
        self.assertEqual(documents[0], documents[2])

    def test_csv(self):
        result = decode(str(CAPTURES / "communities.pcap"), "--format", "csv")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        rows = list(csv.DictReader(io.StringIO(result.stdout.decode())))
        self.assertEqual([row["type"] for row in rows].count("OPEN"), 2)
        self.assertEqual([row["action"] for row in rows if row["prefix"] == "10.1.0.0/24"], ["announce"])
        for row in rows:
            self.assertNotIn(None, row)  # as many values as names
            self.assertNotIn(None, row.values())

    def test_hexadecimal_text(self):
        result = decode("-", stdin=b"0017 02 00000000  # End-of-RIB\n")
        self.assertEqual(result.stdout.decode(), "UPDATE, 23 octets\n  End-of-RIB ipv4-unicast\n")

    def test_refused(self):
        result = decode("-", "--format", "json", stdin=b"0013 09")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(json.loads(result.stdout)["counts"], {"refused": 1})

    def test_damaged_file_is_read_as_far_as_it_goes(self):
        octets = (CAPTURES / "communities.pcap").read_bytes()[:-7]
        result = decode("-", "--format", "json", stdin=octets)
        self.assertEqual(result.returncode, 1)
        self.assertIn("ends inside packet", result.stderr.decode())
        document = json.loads(result.stdout)
        self.assertGreater(len(document["entries"]), 3)
        self.assertIn("ends inside packet", document["fault"])

    def test_failures_are_one_sentence_and_status_1(self):
        bomb = gzip.compress(b"\0" * (3 << 20))
        rows = [
            (["/nonexistent"], b"", "cannot open /nonexistent: No such file or directory"),
            (["-"], b"", "- is empty"),
            (["-"], b"hello", "- is no packet capture"),
            (["-", "--max-size", "1"], bomb, "decompressed it is larger than the 1 MiB that are allowed"),
            (["-", "--max-size", "1"], bomb * 999, "larger than the 1 MiB"),
            (["-"], bomb[:100], "the gzip data ends too early"),
            (["/"], b"", "cannot read /"),
        ]
        for arguments, stdin, sentence in rows:
            with self.subTest(sentence):
                result = decode(*arguments, stdin=stdin)
                self.assertEqual(result.returncode, 1)
                self.assertIn(sentence, result.stderr.decode())
                self.assertEqual(result.stderr.decode().count("\n"), 1)

    def test_usage_is_status_2(self):
        capture = str(CAPTURES / "communities.pcap")
        for arguments in ([], ["--format", "xml", "-"], ["--nonsense", "-"], [capture, "--format", "bgpdump"]):
            with self.subTest(arguments):
                self.assertEqual(decode(*arguments).returncode, 2)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [os.environ["CHAINROUTER"], "decode", str(CAPTURES / "many_routes.pcap")],
                stdout=full,
                stderr=subprocess.PIPE,
            )
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write", result.stderr.decode())

    def test_output_to_a_reader_that_has_left(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            result = subprocess.run(
                [os.environ["CHAINROUTER"], "decode", str(CAPTURES / "many_routes.pcap")],
                stdout=pipe,
                stderr=subprocess.PIPE,
            )
        self.assertNotEqual(result.returncode, 0)  # SIGPIPE, or "cannot write" where it is ignored


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
