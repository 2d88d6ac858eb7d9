"""TCP and what can be done to it: octets that trickle, connections that break, RFC 5082 (GTSM), RFC 2385 (MD5)."""

import contextlib
import socket
import struct
import time

from peer import AGAIN, DEADLINE, Closed, Failure
from rows import Table
from wire import (COMMUNITIES, KEEPALIVE, MED, NON_TRANSITIVE, NOTIFICATION, OPEN, OPT_TRANS, attribute, keepalive,
                  message, prefix, u16, u32, update)

table = Table("transport")
script = table.script


def trickle(s, octets: bytes, pieces) -> None:
    """Each piece is a segment of its own."""
    for piece in pieces(octets):
        s.peer.send(piece)


def one_by_one(octets):
    return (octets[i:i + 1] for i in range(len(octets)))


@script("OPEN and KEEPALIVE octet by octet", "RFC 4271 §4: TCP is a stream",
        "an OPEN and a KEEPALIVE, each octet a segment", "Established")
def _(s):
    s.connect()
    trickle(s, s.open(), one_by_one)
    s.peer.expect(KEEPALIVE)
    trickle(s, keepalive(), one_by_one)
    s.fence()


@script("UPDATE octet by octet", "RFC 4271 §4", "an UPDATE, each octet a segment", "the route is there")
def _(s):
    s.establish()
    trickle(s, s.update(), one_by_one)
    s.arrives(s.p())
    s.fence()


for cut in (1, 15, 16, 17, 18, 19, 20, 22, 30):
    @script(f"two UPDATEs cut after {cut} octets", "RFC 4271 §4", f"two UPDATEs; {cut} octets, a pause, the rest",
            "both routes are there")
    def _(s, cut=cut):
        s.establish()
        octets = s.update() + s.update(nlri=prefix(s.p(1)))
        s.peer.send(octets[:cut])
        time.sleep(AGAIN)  # so that the router reads them apart
        s.peer.send(octets[cut:])
        s.arrives(s.p())
        s.arrives(s.p(1))
        s.fence()


@script("a message and the half of the next one at a time", "RFC 4271 §4", "six UPDATEs in pieces of one and a half",
        "all six routes are there")
def _(s):
    s.establish()
    one = len(s.update())
    octets = b"".join(s.update(nlri=prefix(s.p(i))) for i in range(6))
    trickle(s, octets, lambda all_of: (all_of[i:i + one * 3 // 2] for i in range(0, len(all_of), one * 3 // 2)))
    for i in range(6):
        s.arrives(s.p(i))
    s.fence()


@script("OPEN before the router has said anything", "RFC 4271 §8.2.2", "the OPEN leaves with the handshake",
        "Established")
def _(s):
    deadline = time.monotonic() + 10
    while True:
        try:
            s.peer = s.dial()
            s.peer.send(s.open())
            s.peer.expect(OPEN)
            break
        except (ConnectionError, Failure):
            if time.monotonic() > deadline:
                raise
            time.sleep(AGAIN)
    s.peer.expect(KEEPALIVE)
    s.peer.send(keepalive())
    s.fence()


def breaks(name, words, octets, state, reset):
    @script(name, "RFC 4271 §8.2.2, Event 18", words, "the neighbour is let in again, others notice nothing")
    def _(s):
        s.reach(state)
        s.peer.send(octets(s))
        s.peer.reset() if reset else s.peer.close()
        s.establish()
        s.fence()


for state in ("OpenSent", "OpenConfirm", "Established"):
    breaks(f"FIN in {state}", "FIN, nothing before it", lambda s: b"", state, False)
    breaks(f"RST in {state}", "RST, nothing before it", lambda s: b"", state, True)
    breaks(f"half a header, then FIN, in {state}", "nine octets of marker, FIN", lambda s: b"\xff" * 9, state, False)
breaks("half an OPEN, then FIN", "20 octets of an OPEN, FIN", lambda s: s.open()[:20], "OpenSent", False)
breaks("half an UPDATE, then FIN", "40 octets of an UPDATE, FIN", lambda s: s.update()[:40], "Established", False)
breaks("half an UPDATE, then RST", "40 octets of an UPDATE, RST", lambda s: s.update()[:40], "Established", True)
breaks("an UPDATE that claims 4096 octets, then RST", "a header of Length 4096, RST", lambda s: message(2, length=4096),
       "Established", True)
breaks("an UPDATE, then RST at once", "a whole UPDATE, RST", lambda s: s.update(), "Established", True)
breaks("a NOTIFICATION, then RST at once", "Cease, RST", lambda s: message(NOTIFICATION, b"\6\2"), "Established", True)


@script("FIN, but the other half stays open", "RFC 4271 §8.2.2, Event 18", "a route, then shutdown of our half only",
        "the router closes; the route is withdrawn from others")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.sock.shutdown(socket.SHUT_WR)
    s.peer.until_closed()
    s.peer.close()
    s.goes(s.p())


@script("routes go with an RST in the middle of an UPDATE", "RFC 4271 §8.2.2, Event 18", "a route, half an UPDATE, RST",
        "the route is withdrawn from others")
def _(s):
    s.establish()
    s.announce(s.p())
    s.arrives(s.p())
    s.peer.send(s.update(nlri=prefix(s.p(1)))[:30])
    s.peer.reset()
    s.peer = None
    s.goes(s.p())


@script("five sessions one after the other", "RFC 4271 §8.2.2", "five times: a session, a route, RST",
        "let in each time; the route goes each time")
def _(s):
    for _ in range(5):
        s.establish()
        s.announce(s.p())
        s.arrives(s.p())
        s.peer.reset()
        s.peer = None
        s.goes(s.p())


@script("connections that close at once", "RFC 4271 §8.2.2", "thirty connections of the neighbour, each reset at once",
        "a session comes up afterwards")
def _(s):
    for _ in range(30):
        with contextlib.suppress(ConnectionError):
            s.dial().reset()
    s.establish()
    s.fence()


@script("2000 UPDATEs for one prefix", "RFC 4271 §9.1", "2000 UPDATEs, each another MULTI_EXIT_DISC, in one write",
        "the last one counts",
        kind="heavy")
def _(s):
    s.establish()
    octets = b"".join(s.update(attribute(NON_TRANSITIVE, MED, u32(i))) for i in range(2000))
    s.peer.send(octets)
    inside = s.witnesses["ibgp"]
    s.wait(lambda: inside.routes.get(s.p(), {}).get(MED, (0, b""))[1] == u32(1999), "the last UPDATE did not win",
           inside)
    s.fence()


@script("announced and withdrawn 1000 times", "RFC 4271 §9.1",
        "1000 times an UPDATE and its withdrawal, then another prefix", "the other one is there, the first is not",
        kind="heavy")
def _(s):
    s.establish()
    s.peer.send((s.update() + update(withdrawn=prefix(s.p()))) * 1000 + s.update(nlri=prefix(s.p(1))))
    s.wait(lambda: s.p(1) in s.witness.routes, "the last UPDATE was not taken in", seconds=3 * DEADLINE)
    s.goes(s.p())
    s.fence()


@script("600 prefixes, one an UPDATE, then RST", "RFC 4271 §9.1", "600 small UPDATEs, RST when the last one is there",
        "all are withdrawn from others",
        kind="heavy")
def _(s):
    s.establish()
    base = "21.{}.{}.0/24"
    texts = [base.format(i // 250, i % 250) for i in range(600)]
    s.peer.send(b"".join(s.update(nlri=prefix(text)) for text in texts))
    s.wait(lambda: texts[-1] in s.witness.routes, "the last one never came", seconds=3 * DEADLINE)
    s.peer.reset()
    s.peer = None
    s.wait(lambda: not any(text.startswith("21.") for text in s.witness.routes), "some of the routes stayed",
           seconds=DEADLINE)


@script("a peer that does not read", "RFC 4271 §8.2.2; RFC 9687 gives it eight minutes",
        "a receive window of 2 KB, never read, while routes pass by", "others are told all the same",
        kind="v4only")
def _(s):
    s.connect(prepare=lambda sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048))
    s.peer.send(s.open())
    s.peer.expect(KEEPALIVE)
    s.peer.send(keepalive())
    s.announce(s.p())
    s.arrives(s.p())
    for i in range(4):  # the fence goes to everyone but us
        s.announce(s.p(i))
        s.arrives(s.p(i))
    s.retract(s.p())
    s.goes(s.p())


def announce_much(talker, net):
    for i in range(200):  # each with attributes of its own: 900 communities
        listed = attribute(OPT_TRANS, COMMUNITIES, b"".join(u32(i << 16 | j) for j in range(900)))
        talker.peer.send(talker.update(listed, nlri=prefix(f"{net}.{i}.0/24")))


@script("a peer that never reads is given up", "RFC 9687 §4",
        "a route, then silence and nothing read, while another neighbour announces 720 KB",
        "the session ends after the send hold time, 2 s here, with 8/0; the route is withdrawn from others",
        kind="impatient", needs=("last_error_sent",))
def _(s):
    s.connect(prepare=lambda sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048))
    s.peer.send(s.open() + keepalive())
    s.announce(s.p())
    s.witness.wait(lambda: s.p() in s.witness.routes, "the route never came", DEADLINE)
    talker = s.other(1)
    talker.establish()
    started = time.monotonic()
    announce_much(talker, "22.0")
    s.witness.wait(lambda: s.p() not in s.witness.routes, "the session stayed", DEADLINE)
    took = time.monotonic() - started
    if took < 1.5:
        raise Failure(f"given up after {took:.2f} s")
    if (said := s.daemon.last_error_sent(s.neighbour.address)) != (8, 0):
        raise Failure(f"given up with {said}")
    s.peer.reset()  # no last words: what stands before them was never read
    s.peer = None


@script("malformed message behind a full window", "RFC 4271 §6.1, §6.2",
        "nothing read while another neighbour announces 720 KB, then Length 18, then all is read",
        "what was begun, NOTIFICATION 1/2 at the end of it", kind="impatient")
def _(s):
    s.connect(prepare=lambda sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048))
    s.peer.send(s.open() + keepalive())
    talker = s.other(1)
    talker.establish()
    announce_much(talker, "22.1")
    s.arrives("22.1.199.0/24")
    s.peer.send(message(KEEPALIVE, length=18))
    s.peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.ends(1, 2, u16(18))


@script("urgent octets", "RFC 4271 §4: TCP is a stream", "a KEEPALIVE, an octet of urgent data, a KEEPALIVE",
        "either ignored, or 1/1; nothing else")
def _(s):
    s.establish()
    s.fence()
    s.peer.send(keepalive())
    s.peer.sock.send(b"!", socket.MSG_OOB)
    s.peer.send(keepalive())
    deadline = time.monotonic() + 0.5
    while True:
        try:
            read = s.peer.receive(deadline)
        except TimeoutError:
            return s.fence()
        except Closed:
            raise Failure("closed without a word") from None
        if read.kind == NOTIFICATION:
            if read.body[:2] != b"\1\1":
                raise Failure(str(read))
            return


# --------------------------------------------------------------------------- GTSM

def ttl(number):
    return lambda sock: sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, number)


@script("GTSM, TTL 255", "RFC 5082 §3", "a session with TTL 255", "Established", kind="gtsm")
def _(s):
    s.connect(prepare=ttl(255))
    s.peer.send(s.open())
    s.peer.expect(KEEPALIVE)
    s.peer.send(keepalive())
    s.fence()


for number in (1, 64, 254):
    @script(f"GTSM, TTL {number}", "RFC 5082 §3",
            f"a connection with TTL {number}; an OPEN when the router has said its own",
            "no KEEPALIVE, no NOTIFICATION: the OPEN never reaches the parser", kind="gtsm")
    def _(s, number=number):
        with contextlib.suppress(OSError):
            peer = s.dial(prepare=ttl(number), timeout=1.0)
            s.stack.callback(ttl(255), peer.sock)  # or the router never hears that we have gone
            with contextlib.suppress(TimeoutError, Closed):
                peer.receive(time.monotonic() + 1)
                peer.send(s.open())
                read = peer.receive(time.monotonic() + 1)
                raise Failure(f"answered with {read}")


@script("GTSM, TTL falls in Established", "RFC 5082 §3", "an UPDATE with TTL 254, later TTL 255 again",
        "not taken in before the TTL is 255 again", kind="gtsm")
def _(s):
    s.connect(prepare=ttl(255))
    s.peer.send(s.open())
    s.peer.expect(KEEPALIVE)
    s.peer.send(keepalive())
    s.fence()
    ttl(254)(s.peer.sock)
    s.announce(s.p())
    time.sleep(0.6)
    if s.p() in s.witness.routes:
        raise Failure("the UPDATE was taken in")
    ttl(255)(s.peer.sock)
    s.arrives(s.p())


@script("GTSM, the router's own TTL", "RFC 5082 §3", "a socket that takes TTL 255 only", "the router's OPEN arrives",
        kind="gtsm")
def _(s):
    IP_MINTTL = 21

    def prepare(sock):
        ttl(255)(sock)
        sock.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 255)
    s.connect(prepare=prepare)


# --------------------------------------------------------------------------- MD5

def md5(s, key: bytes):
    """TCP_MD5SIG towards the router."""
    TCP_MD5SIG = 14
    address = struct.pack("!HH4s120x", 0, 0, socket.inet_aton(s.router.address))
    address = struct.pack("=H", socket.AF_INET) + address[2:]
    option = address + struct.pack("=BBHi80s", 0, 0, len(key), 0, key)
    return lambda sock: sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option)


@script("MD5, the right key", "RFC 2385 §2", "a session with the key", "Established", kind="md5")
def _(s):
    s.connect(prepare=md5(s, b"open-sesame"))
    s.peer.send(s.open())
    s.peer.expect(KEEPALIVE)
    s.peer.send(keepalive())
    s.fence()


for name, key in (("a wrong key", b"open-barley"), ("a key that begins right", b"open-sesame!"), ("no key", None)):
    @script(f"MD5, {name}", "RFC 2385 §2", f"a connection with {name}", "silence: the handshake does not end",
            kind="md5")
    def _(s, key=key):
        try:
            peer = s.dial(prepare=md5(s, key) if key else None, timeout=1.2)
        except TimeoutError:
            return
        except ConnectionError as error:
            raise Failure(f"refused ({error}) where silence is due") from None
        peer.reset()
        raise Failure("the handshake ended")


@script("MD5 where no key is configured", "RFC 2385 §2", "a connection with a key to a router without one",
        "silence: the handshake does not end")
def _(s):
    try:
        s.dial(prepare=md5(s, b"open-sesame"), timeout=1.2).reset()
    except TimeoutError:
        return
    except ConnectionError as error:
        raise Failure(f"refused ({error}) where silence is due") from None
    raise Failure("the handshake ended")

