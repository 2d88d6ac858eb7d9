"""Extended messages: RFC 8654."""

from judges import Ends, EstablishesOr, Keeps, Survives, Withdraws
from peer import Failure
from rows import OPEN_SENT, Table
from wire import (AS_PATH, CAP_EXTENDED, COMMUNITIES, KEEPALIVE, LARGE_COMMUNITIES, OPEN, OPT_TRANS, PARTIAL, UPDATE,
                  WELL_KNOWN, attribute, capability, message, notification, prefix, prefixes, sequence, u16, update)

table = Table("extended")
agreed = {"extended": True}
BIG = u16(*[n for i in range(1250) for n in (65002, i + 1)])  # 5000 octets of communities
BLOB = bytes(range(256)) * 20  # 5120 octets


def row(name, rfc, sent, expect, **rest):
    table.row(name, rfc, sent, expect, **{"offer": agreed, **rest})


row("UPDATE of 4097 octets", "RFC 8654 §4",
    lambda s: update(attribute(OPT_TRANS, 200, bytes(4097 - 23 - 4 - len(s.attributes()) - 4)) + s.attributes(),
                     prefix(s.p())),
    Survives())
row("UPDATE of 65535 octets", "RFC 8654 §4",
    lambda s: update(s.attributes(), prefix(s.p()) * ((65535 - 23 - len(s.attributes())) // 4)), Keeps())
row("5000 octets of communities, to who takes them", "RFC 8654 §4",
    lambda s: s.update(attribute(OPT_TRANS, COMMUNITIES, BIG)),
    Keeps("passed on", lambda s: {COMMUNITIES: (OPT_TRANS, BIG)}, witness="extended"))
row("an unknown attribute of 5120 octets, to who takes it", "RFC 8654 §4",
    lambda s: s.update(attribute(OPT_TRANS, 201, BLOB)),
    Keeps("passed on with Partial", lambda s: {201: (OPT_TRANS | PARTIAL, BLOB)}, witness="extended"))
row("5000 octets of communities, to who does not take them", "RFC 8654 §4",
    lambda s: s.update(attribute(OPT_TRANS, COMMUNITIES, BIG)), Withdraws())
row("an unknown attribute of 5120 octets, to who does not take it", "RFC 8654 §4",
    lambda s: s.update(attribute(OPT_TRANS, 201, BLOB)), Withdraws())
row("an IPv6 route of 5000 octets, to who does not take it", "RFC 8654 §4",
    lambda s: s.update6(attribute(OPT_TRANS, COMMUNITIES, BIG)), Withdraws(six=True))
row("a path of 1100 numbers, to who takes it", "RFC 8654 §4", lambda s: s.update(long_path(1100)), Survives())
row("malformed attribute in 6000 octets", "RFC 8654 §4, RFC 7606 §7.8",
    lambda s: s.update(attribute(OPT_TRANS, COMMUNITIES, bytes(5999))), Withdraws())
row("attribute overruns in 60000 octets", "RFC 7606 §4",
    lambda s: update(attribute(OPT_TRANS, LARGE_COMMUNITIES, bytes(50000), length=65000) + s.attributes(),
                     prefix(s.p())), Withdraws())
row("Total Path Attribute Length beyond 65535 octets", "RFC 4271 §6.3",
    lambda s: update(bytes(0), bytes(5000), attributes_length=65535), Ends(3, 1))
row("NLRI of 33 bits behind 5000 octets", "RFC 7606 §5.3",
    lambda s: s.update(nlri=prefix(s.p()) * 1250 + b"\x21" + bytes(5)), Ends(3, 10))
row("KEEPALIVE of 4097", "RFC 8654 §5", lambda s: message(KEEPALIVE, length=4097), Ends(1, 2, u16(4097)))
row("OPEN of 4097 in Established", "RFC 8654 §5", lambda s: message(OPEN, length=4097), Ends(1, 2, u16(4097)))
row("OPEN of 4097", "RFC 8654 §5", lambda s: message(OPEN, length=4097), Ends(1, 2, u16(4097)), state=OPEN_SENT)
row("Length 18", "RFC 8654 §5", lambda s: message(UPDATE, length=18), Ends(1, 2, u16(18)))
row("capability with a value", "RFC 8654 §3", lambda s: s.open(), EstablishesOr((2, 0)), state=OPEN_SENT,
    offer={"more": [capability(CAP_EXTENDED, b"\1\2")]})


def long_path(count):
    numbers = [65002, *range(100000, 100000 + count - 1)]
    return attribute(WELL_KNOWN, AS_PATH, b"".join(sequence(*numbers[i:i + 255]) for i in range(0, count, 255)))


@table.script("NOTIFICATION of 65000 octets", "RFC 8654 §4", "Cease with 64979 octets of data",
              "closed, no NOTIFICATION", offer=agreed)
def _(s):
    s.establish()
    s.peer.send(notification(6, 2, bytes(64979)))
    if (farewell := s.peer.until_closed()) is not None:
        raise Failure(f"answered with {farewell}")


@table.script("many prefixes to who does not take them", "RFC 8654 §4", "16000 withdrawals in one UPDATE, all unknown",
              "nobody is sent more than 4096 octets without having offered it", offer=agreed)
def _(s):
    s.establish()
    s.peer.send(update(withdrawn=prefixes(*[s.p(i) for i in range(15)]) * 1000))
    s.peer.send(s.update(nlri=prefixes(*[s.p(i) for i in range(15)]) * 1000))
    s.arrives(s.p(14))
    s.fence()
    if s.witness.largest > 4096:
        raise Failure(f"a message of {s.witness.largest} octets reached a witness that did not offer the capability")


@table.script("offered by the router", "RFC 8654 §3", "nothing yet", "capability 6 is in its OPEN, empty")
def _(s):
    s.connect()
    if (6, b"") not in s.their_open.capabilities:
        raise Failure(f"capabilities are {s.their_open.capabilities}")


@table.script("an UPDATE of 5000 octets in OpenConfirm", "RFC 8654 §4, RFC 6608 §4",
              "UPDATE of 5000 octets in OpenConfirm", "NOTIFICATION 5/2 or 1/2", offer=agreed)
def _(s):
    s.confirm()
    s.peer.send(update(nlri=bytes(4977)))
    farewell = s.peer.until_closed()
    if farewell is None or farewell.body[:2] not in (b"\5\2", b"\1\2"):
        raise Failure(f"{farewell} instead of 5/2")

