"""Ends that are nobody's mistake: RFC 4486, RFC 9003, max-prefix, and the commands that make the router say Cease."""

import contextlib
import time

from judges import Quiet
from peer import DEADLINE, Closed, Failure, Peer, connect_until_open
from rows import Table
from wire import NOTIFICATION, ip, mp_reach, notification, prefixes, u16, u32, u8, update

table = Table("cease")


# --------------------------------------------------------------------------- Shutdown Communication, received

def told(name, rfc, subcode, data, **rest):
    """A Cease with this data: closed in silence, and the log stays plain text."""
    @table.script(name, rfc, f"Cease 6/{subcode}, data `{data[:40].hex()}{'…' if len(data) > 40 else ''}`",
                  "closed, no NOTIFICATION; no control character reaches the log", **rest)
    def _(s):
        s.establish()
        said = len(s.daemon.log())
        s.peer.send(notification(6, subcode, data))
        if (farewell := s.peer.until_closed()) is not None:
            raise Failure(f"answered with {farewell}")
        plain(s, s.daemon.log()[said:])


def plain(s, log: bytes) -> None:
    """What the log says of this neighbour holds no control characters; INJECTED begins no line of it."""
    own = (s.neighbour.address.encode(), s.neighbour.address.replace(".", "_").encode())
    for line in log.split(b"\n"):
        if line.startswith(INJECTED):
            raise Failure("a peer's text begins a line of the log")
        if not any(name in line for name in own):
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise Failure(f"the log is not UTF-8: {error}") from None
        odd = [character for character in text if character < " " and character != "\t" or "\x7f" <= character < "\xa0"
               or character in "\u2028\u2029\u202e"]
        if odd:
            raise Failure(f"control characters in the log: {line!r}")


INJECTED = b"2020 all is well"
COMMUNICATION = "RFC 9003 §2"
for subcode in (2, 4):
    told(f"Shutdown Communication, 6/{subcode}", COMMUNICATION, subcode, b"\x0dback at noon.")
told("Shutdown Communication, empty", COMMUNICATION, 2, b"\0")
told("Shutdown Communication, in Cyrillic", COMMUNICATION, 2, u8(len(text := "обслуживание".encode())) + text)
told("Shutdown Communication of 255 octets", COMMUNICATION, 2, b"\xff" + b"x" * 255)
told("Shutdown Communication of 128 octets", COMMUNICATION, 2, b"\x80" + b"y" * 128)
told("Shutdown Communication longer than its data", COMMUNICATION, 2, b"\xc8short")
told("Shutdown Communication shorter than its data", COMMUNICATION, 2, b"\2long")
told("Shutdown Communication without text", COMMUNICATION, 2, b"\x0a")
told("Shutdown Communication, broken UTF-8", COMMUNICATION, 2, b"\6\xff\xfe\xc3\x28\xe2\x82")
told("Shutdown Communication, overlong UTF-8", COMMUNICATION, 2, b"\2\xc0\x80")
told("Shutdown Communication, a UTF-16 surrogate", COMMUNICATION, 2, b"\3\xed\xa0\x80")
told("Shutdown Communication cut in the middle of a character", COMMUNICATION, 2, b"\2a\xc3")
told("Shutdown Communication with newlines", COMMUNICATION + ", §6", 2, b"\x18one\r\n" + INJECTED + b"\n\nx")
told("Shutdown Communication with escape sequences", COMMUNICATION + ", §6", 2, b"\x12\x1b[2J\x1b]0;owned\x07\x1b[31mx")
told("Shutdown Communication with zero octets", COMMUNICATION + ", §6", 2, b"\5a\0b\0c")
told("Shutdown Communication with C1 controls", COMMUNICATION + ", §6", 2, b"\6\xc2\x9b31mX")
told("Shutdown Communication with a direction override", COMMUNICATION + ", §6", 2, b"\7ab\xe2\x80\xaecd")
told("Shutdown Communication with format characters", COMMUNICATION + ", §6", 2, b"\x12%n%n%s%s{}{0}$(ls)")
told("data behind a Cease that has none", "RFC 4486 §4", 6, bytes(range(64)))
told("max-prefix data of 3 octets", "RFC 4486 §4", 1, b"\0\1\1")
told("Hard Reset with an inner NOTIFICATION", "RFC 8538 §3", 9, b"\6\2\4stop")
for subcode in (5, 7, 8, 11, 255):
    table.row(f"Cease 6/{subcode}", "RFC 4486 §3", lambda s, n=subcode: notification(6, n), Quiet())


# --------------------------------------------------------------------------- commands

@table.script("the command to clear", "RFC 4486 §4", "the command, while Established",
              "NOTIFICATION 6/4; may come again", kind="commanded", needs=("clear",))
def _(s):
    s.establish()
    s.fence()
    s.daemon.clear(s.neighbour.address)
    s.ends(6, 4)
    s.peer.close()
    s.establish()
    s.fence()


for name, text in (("without text", ""), ("with text", "back at noon"), ("with text beyond ASCII", "bis später ☕"),
                   ("with 128 octets of text", "z" * 128)):
    @table.script(f"the command to shut down, {name}", "RFC 9003 §2",
                  f"the command with {len(text.encode())} octets of text",
                  "NOTIFICATION 6/2 with that text; stays down until enabled", kind="commanded", needs=("shutdown",))
    def _(s, text=text):
        s.establish()
        s.announce(s.p())
        s.arrives(s.p())
        s.daemon.shutdown(s.neighbour.address, text)
        try:
            octets = text.encode()
            farewell = s.ends(6, 2)
            if farewell.body[2:] not in ([u8(len(octets)) + octets] if octets else [b"", b"\0"]):
                raise Failure(f"{farewell}: the text should be {text!r}")
            s.peer.close()
            s.goes(s.p())
            not_let_in(s)
        finally:
            s.daemon.enable(s.neighbour.address)
        s.establish()
        s.fence()


def not_let_in(s) -> None:
    """A connection now gets no OPEN: refused, closed, or Cease."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        peer = s.dial()
        try:
            read = peer.receive(time.monotonic() + 3)
        except Closed:
            return
        if read.kind == NOTIFICATION and read.body[0] == 6:
            return
        raise Failure(f"{read} came though the neighbour is down")


@table.script("a neighbour that is shut down", "RFC 4271 §8.2.2, Idle", "a connection",
              "refused, closed, or Cease; no OPEN", kind="down")
def _(s):
    not_let_in(s)
    not_let_in(s)


@table.script("from an address nobody configured", "RFC 4271 §8.2, RFC 4486 §4",
              "a connection with an OPEN from a stranger", "NOTIFICATION 6/5, closed; no OPEN, no KEEPALIVE")
def _(s):
    # It says farewell to sixteen strangers at a time, each for a second, and closes on more without a word: the
    # fifty of the next row may be there already.
    deadline = time.monotonic() + DEADLINE
    while True:
        peer = Peer.dial(s.router.stranger, s.router.address, 179)
        s.stack.callback(peer.close)
        peer.send(s.open())
        try:
            read = peer.receive()
            break
        except Closed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    if read.kind != NOTIFICATION or read.body != b"\6\5":
        raise Failure(f"a stranger was answered with {read}")
    if (more := peer.until_closed()) is not None:
        raise Failure(f"a stranger was told {more}, too")
    s.establish()
    s.fence()


@table.script("fifty connections from an address nobody configured", "RFC 4271 §8.2",
              "fifty connections from a stranger", "no OPEN to any; neighbours still get in", kind="heavy")
def _(s):
    for _ in range(50):
        with contextlib.suppress(ConnectionError, TimeoutError):
            s.stack.callback(Peer.dial(s.router.stranger, s.router.address, 179, timeout=0.5).close)
    s.establish()
    s.fence()


# --------------------------------------------------------------------------- max-prefix

LIMIT = "RFC 4486 §4, RFC 4271 §6.7"


def offer_six(s, octets):
    s.establish()
    s.peer.send(octets)


@table.script("one prefix above the limit", LIMIT, "six prefixes in one UPDATE, the limit is five",
              "NOTIFICATION 6/1, data AFI, SAFI, limit; the routes go; not let in for 3 s, then again",
              kind="maxprefix")
def _(s):
    offer_six(s, s.update(nlri=prefixes(*[s.p(i) for i in range(6)])))
    s.ends(6, 1, u16(1) + u8(1) + u32(5))
    ended = time.monotonic()
    s.peer.close()
    for i in range(6):
        s.goes(s.p(i))
    s.peer, _ = connect_until_open(s.dial, time.monotonic() + 20)
    if time.monotonic() - ended < 1.5:
        raise Failure("let in again without a pause")


@table.script("one prefix above the limit, one by one", LIMIT, "six UPDATEs of one prefix",
              "NOTIFICATION 6/1 at the sixth", kind="maxprefix")
def _(s):
    offer_six(s, b"".join(s.update(nlri=prefixes(s.p(i))) for i in range(6)))
    s.ends(6, 1, u16(1) + u8(1) + u32(5))


@table.script("one IPv6 prefix above the limit", LIMIT, "six IPv6 prefixes",
              "NOTIFICATION 6/1, data 00 02 01 and the limit", kind="maxprefix")
def _(s):
    offer_six(s, s.update6(reach=mp_reach(ip(s.hop6), prefixes(*[s.p6(i) for i in range(6)]))))
    s.ends(6, 1, u16(2) + u8(1) + u32(5))


@table.script("as many prefixes as the limit", LIMIT, "five prefixes, all of them again, one exchanged for another",
              "session stays", kind="maxprefix")
def _(s):
    s.establish()
    five = prefixes(*[s.p(i) for i in range(5)])
    s.peer.send(s.update(nlri=five) * 3)
    s.peer.send(update(withdrawn=prefixes(s.p(4))) + s.update(nlri=prefixes(s.p(5))))
    s.arrives(s.p(5))
    s.peer.send(update(withdrawn=prefixes(s.p(0))))
    s.fence()


@table.script("withdrawn and announced in one UPDATE at the limit", LIMIT, "five prefixes; one UPDATE exchanges one",
              "session stays: withdrawals count first", kind="maxprefix")
def _(s):
    s.establish()
    s.peer.send(s.update(nlri=prefixes(*[s.p(i) for i in range(5)])))
    s.peer.send(s.update(nlri=prefixes(s.p(6)), withdrawn=prefixes(s.p(2))))
    s.arrives(s.p(6))
    s.goes(s.p(2))
    s.peer.send(update(withdrawn=prefixes(s.p(0))))
    s.fence()


# --------------------------------------------------------------------------- the end

@table.script("SIGTERM", "RFC 4486 §4, RFC 9003", "SIGTERM to the router",
              "NOTIFICATION 6/2 to every neighbour, exit status 0", kind="ending")
def _(s):
    s.establish()
    s.fence()
    for witness in s.witnesses.values():
        witness.ending = True
    status = s.daemon.stop()
    s.ends(6, 2)
    s.peer.close()
    for witness in s.witnesses.values():
        witness.thread.join(5)
        if witness.farewell is None or witness.farewell.body[:2] != b"\6\2":
            raise Failure(f"witness {witness.name} was told {witness.farewell}")
    if status != 0:
        raise Failure(f"exit status {status}")

