"""What may be expected of a router, each with its words for the table and the way it is found out: by the
NOTIFICATION that comes, or by what a witness is told about the row's prefix."""

from __future__ import annotations

from typing import Callable

import wire
from peer import Failure
from stage import Stage

# Flags (None: any) and value, or the values that are equally right.
Attributes = dict[int, tuple[int | None, bytes | list[bytes]]]


class Judge:
    words = ""

    def prepare(self, stage: Stage) -> None:
        """Before the row's octets are sent."""

    def judge(self, stage: Stage, sent: bytes) -> None:
        """After they were sent."""
        raise NotImplementedError


class Ends(Judge):
    """NOTIFICATION, then the connection is closed. `data`: octets, a function of what was sent, or None for any."""

    def __init__(self, code: int, subcode: int, data: bytes | Callable[[Stage, bytes], bytes] | None = b"",
                 words: str = "") -> None:
        self.code, self.subcode, self.data = code, subcode, data
        self.words = f"NOTIFICATION {code}/{subcode}"
        if words:
            self.words += f", data {words}"
        elif data is None:
            self.words += ", any data"
        elif not callable(data):
            self.words += f", data {data.hex(' ')}" if data else ", no data"

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.ends(self.code, self.subcode, self.data(stage, sent) if callable(self.data) else self.data)


class EndsOneOf(Judge):
    """Where the RFCs leave a choice between codes."""

    def __init__(self, *pairs: tuple[int, int]) -> None:
        self.pairs = pairs
        self.words = "NOTIFICATION " + " or ".join(f"{code}/{subcode}" for code, subcode in pairs)

    def judge(self, stage: Stage, sent: bytes) -> None:
        farewell = stage.peer.until_closed()
        if farewell is None or tuple(farewell.body[:2]) not in self.pairs:
            raise Failure(f"{farewell or 'closed in silence'} instead of {self.words}")


class Quiet(Judge):
    """A NOTIFICATION is never answered by one."""
    words = "closed, no NOTIFICATION"

    def judge(self, stage: Stage, sent: bytes) -> None:
        farewell = stage.peer.until_closed()
        if farewell is not None:
            raise Failure(f"answered with {farewell}")


class Establishes(Judge):
    """The OPEN is taken: KEEPALIVE answers it, and routes pass."""
    words = "KEEPALIVE, then Established"

    def __init__(self, check: Callable[[Stage], None] | None = None, words: str = "") -> None:
        self.check = check
        if words:
            self.words = f"Established; {words}"

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.peer.expect(wire.KEEPALIVE)
        stage.peer.send(wire.keepalive())
        if self.check:
            self.check(stage)
        stage.fence()


class EstablishesOr(Judge):
    """Taken, or refused with one of these."""

    def __init__(self, *pairs: tuple[int, int]) -> None:
        self.pairs = pairs
        self.words = "Established, or NOTIFICATION " + " or ".join(f"{code}/{subcode}" for code, subcode in pairs)

    def judge(self, stage: Stage, sent: bytes) -> None:
        answer = stage.peer.receive()
        if answer.kind == wire.NOTIFICATION and tuple(answer.body[:2]) in self.pairs:
            stage.peer.until_closed()
            return
        if answer.kind != wire.KEEPALIVE:
            raise Failure(f"{answer} instead of KEEPALIVE")
        stage.peer.send(wire.keepalive())
        stage.fence()


class Survives(Judge):
    """Nothing comes of it."""
    words = "ignored; session stays"

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.fence()


def texts(stage: Stage, six: bool) -> str:
    return stage.p6() if six else stage.p()


class Withdraws(Judge):
    """Treat-as-withdraw: the prefix was announced before; afterwards nobody has it, and the session stays."""

    def __init__(self, six: bool = False) -> None:
        self.six = six
        self.words = "treat-as-withdraw: the route learned before goes; session stays"

    def prepare(self, stage: Stage) -> None:
        stage.announce(texts(stage, self.six))
        stage.arrives(texts(stage, self.six))

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.fence()
        stage.goes(texts(stage, self.six))


class Ignores(Judge):
    """The route is not used: no witness ever hears of it; the session stays."""

    def __init__(self, six: bool = False, witness: str = "ebgp", prefix: Callable[[Stage], str] | None = None,
                 words: str = "") -> None:
        self.six, self.witness, self.prefix = six, witness, prefix
        self.words = words or "route unused, told to nobody; session stays"

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.fence()
        witness = stage.witnesses[self.witness]
        text = self.prefix(stage) if self.prefix else texts(stage, self.six)
        if text in witness.routes or text in witness.history:
            raise Failure(f"{text} reached witness {witness.name}")


class Keeps(Judge):
    """The route reaches a witness with these attributes; flags None: any."""

    def __init__(self, words: str = "route passed on", attributes: Callable[[Stage], Attributes] | None = None, *,
                 absent: tuple[int, ...] = (), six: bool = False, witness: str = "ebgp",
                 prefix: Callable[[Stage], str] | None = None) -> None:
        self.attributes, self.absent, self.six, self.witness, self.prefix = attributes, absent, six, witness, prefix
        self.words = f"{words}; session stays"

    def judge(self, stage: Stage, sent: bytes) -> None:
        witness = stage.witnesses[self.witness]
        text = self.prefix(stage) if self.prefix else texts(stage, self.six)
        compare(text, stage.arrives(text, witness), self.attributes(stage) if self.attributes else {}, self.absent)
        stage.fence()
        compare(text, stage.arrives(text, witness), self.attributes(stage) if self.attributes else {}, self.absent)


class Stays(Judge):
    """The route learned before stays as it was."""
    words = "route learned before stays; session stays"

    def __init__(self, six: bool = False) -> None:
        self.six = six

    def prepare(self, stage: Stage) -> None:
        stage.announce(texts(stage, self.six))
        self.before = stage.arrives(texts(stage, self.six))

    def judge(self, stage: Stage, sent: bytes) -> None:
        stage.fence()
        after = stage.witness.routes.get(texts(stage, self.six))
        if after is None:
            raise Failure("the route learned before is gone")


def compare(text: str, got: dict[int, tuple[int, bytes]], wanted: Attributes, absent: tuple[int, ...]) -> None:
    for code in absent:
        if code in got:
            raise Failure(f"{text} carries attribute {code}: {got[code][1].hex(' ')}")
    for code, (flags, value) in wanted.items():
        if code not in got:
            raise Failure(f"{text} lacks attribute {code}")
        values = value if isinstance(value, list) else [value]
        if got[code][1] not in values:
            raise Failure(f"{text} attribute {code} is {got[code][1].hex(' ')}, not {values[0].hex(' ')}")
        if flags is not None and got[code][0] & 0xE0 != flags:
            raise Failure(f"{text} attribute {code} has flags {got[code][0]:02x}, not {flags:02x}")
