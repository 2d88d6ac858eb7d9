"""One TCP connection of the hostile side: it says whatever octets it is given and reads whole messages.
Waits end with an event or at a deadline; nothing sleeps for a fixed time but the pause between two attempts
to be let in."""

from __future__ import annotations

import socket
import struct
import time

import wire

DEADLINE = 12.0  # seconds for anything to happen
AGAIN = 0.05     # between two attempts to connect


class Failure(AssertionError):
    """The router did not do what the row expects."""


class Closed(Exception):
    """The other end closed the connection."""


class Peer:
    """A connection; `kept` holds the messages that nobody has asked for yet."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    @staticmethod
    def dial(local: str, remote: str, port: int, prepare=None, timeout: float = 3.0) -> "Peer":
        family = socket.AF_INET6 if ":" in local else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if prepare:
                prepare(sock)
            sock.bind((local, 0))
            sock.connect((remote, port))
        except OSError:
            sock.close()
            raise
        return Peer(sock)

    def send(self, octets: bytes) -> None:
        try:
            self.sock.settimeout(DEADLINE)
            self.sock.sendall(octets)
        except OSError as error:  # its answer may be waiting to be read
            if isinstance(error, TimeoutError):
                raise Failure("the router stopped reading") from None

    def receive(self, deadline: float | None = None) -> wire.Message:
        """The next message; raises Closed, or TimeoutError at the deadline (monotonic)."""
        deadline = time.monotonic() + DEADLINE if deadline is None else deadline
        while True:
            read = wire.cut(self.buffer)
            if read:
                return read
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                octets = self.sock.recv(65536)
            except ConnectionError:
                raise Closed from None
            if not octets:
                raise Closed
            self.buffer += octets

    def expect(self, kind: int, deadline: float | None = None) -> wire.Message:
        """The next message of this kind; a NOTIFICATION instead of it is a failure."""
        deadline = time.monotonic() + DEADLINE if deadline is None else deadline
        while True:
            try:
                read = self.receive(deadline)
            except Closed:
                raise Failure(f"closed instead of sending {wire.MESSAGE_NAMES[kind]}") from None
            except TimeoutError:
                raise Failure(f"no {wire.MESSAGE_NAMES[kind]} came") from None
            if read.kind == kind:
                return read
            if read.kind == wire.NOTIFICATION:
                raise Failure(f"{read} instead of {wire.MESSAGE_NAMES[kind]}")

    def until_closed(self, deadline: float | None = None) -> wire.Message | None:
        """Reads to the end of the connection; the NOTIFICATION that came before it, if any."""
        deadline = time.monotonic() + DEADLINE if deadline is None else deadline
        farewell = None
        while True:
            try:
                read = self.receive(deadline)
            except Closed:
                return farewell
            except TimeoutError:
                raise Failure(f"connection still open{f' after {farewell}' if farewell else ''}") from None
            if read.kind == wire.NOTIFICATION:
                if farewell:
                    raise Failure(f"two NOTIFICATIONs: {farewell}, {read}")
                farewell = read

    def reset(self) -> None:
        """Ends with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        self.sock.close()


def connect_until_open(dial, deadline: float | None = None) -> tuple[Peer, wire.Open]:
    """Connects again and again until the router lets us in and says OPEN."""
    deadline = time.monotonic() + DEADLINE if deadline is None else deadline
    last = "nothing"
    while time.monotonic() < deadline:
        try:
            peer = dial()
        except OSError as error:
            last = str(error)
            time.sleep(AGAIN)
            continue
        try:
            read = peer.receive(min(deadline, time.monotonic() + 4))
            if read.kind == wire.OPEN:
                return peer, wire.read_open(read.body)
            last = str(read)
        except Closed:
            last = "closed without a word"
        except TimeoutError:
            last = "silence"
        peer.close()
        time.sleep(AGAIN)
    raise Failure(f"never let in; the last attempt met: {last}")
