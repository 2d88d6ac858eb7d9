#!/usr/bin/env python3
"""Started by ExaBGP: writes what it tells (one JSON document a line) to the file of the first argument, and
hands it the commands that come by the named pipe of the second."""

import os
import sys
import threading


def record(path: str) -> None:
    with open(path, "a", buffering=1) as events:
        for line in sys.stdin:
            events.write(line)


threading.Thread(target=record, args=(sys.argv[1],), daemon=True).start()
# For writing too, so that the pipe never ends.
with os.fdopen(os.open(sys.argv[2], os.O_RDWR)) as commands:
    for command in commands:
        sys.stdout.write(command)
        sys.stdout.flush()
