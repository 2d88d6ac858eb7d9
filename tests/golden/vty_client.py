"""Types commands into a vty, in the namespace that this process runs in, and gives back what each printed.

Standard input: {"port", "password" (or null), "commands": [...]}. Standard output: a list of texts."""

import json
import re
import socket
import sys

PROMPT = re.compile(rb"[\w.-]+(\(config[\w-]*\))?[>#] $")
OPTION = re.compile(rb"\xff[\xfb-\xfe].")


class Vty:
    def __init__(self, port, password):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.settimeout(20)
        if password:
            self.until(re.compile(rb"Password: $"))
            self.socket.sendall(password.encode() + b"\n")
        self.until(PROMPT)

    def until(self, end):
        text = b""
        while not end.search(OPTION.sub(b"", text)):
            got = self.socket.recv(65536)
            if not got:
                return OPTION.sub(b"", text) + b"\n"
            text += got
        return OPTION.sub(b"", text)

    def ask(self, command):
        """What it printed, without the command that it may have echoed, and the prompt after that; no prompt: it has
        closed."""
        self.socket.sendall(command.encode() + b"\n")
        text = self.until(PROMPT).replace(b"\r\n", b"\n").decode()
        text, _, prompt = text.rpartition("\n")
        return {"text": "".join(line + "\n" for line in text.split("\n")[1:]), "prompt": prompt}


asked = json.load(sys.stdin)
vty = Vty(asked["port"], asked["password"])
vty.ask("terminal length 0")
json.dump([vty.ask(command) for command in asked["commands"]], sys.stdout)
