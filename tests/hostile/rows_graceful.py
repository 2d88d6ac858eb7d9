"""A neighbour that restarts: the router as the helper of RFC 4724."""

import time

from peer import Failure
from rows import Table
from wire import (CAP_GR, IPV4, IPV6, MP_UNREACH, NON_TRANSITIVE, attribute, capability, mp_unreach, notification,
                  u16, u8, update)

table = Table("graceful")
FORWARDING, RESTARTED = 0x80, 0x8000


def restarting(*families, seconds=60, flags=0, forwarding=FORWARDING):
    value = u16(flags | seconds)
    for afi, safi in families or (IPV4, IPV6):
        value += u16(afi) + u8(safi, forwarding)
    return {"more": [capability(CAP_GR, value)]}


def two_routes(s):
    s.establish()
    for text in (s.p(), s.p(1)):
        s.announce(text)
        s.arrives(text)
    if not s.their_open.has(CAP_GR):
        raise Failure("the router does not offer Graceful Restart")


def falls(s):
    s.peer.reset()
    s.peer = None


def stay(s, *texts, seconds=0.7):
    """Still there after a while: a withdrawal would have come by then."""
    deadline = time.monotonic() + seconds
    with s.witness.changed:
        while (left := deadline - time.monotonic()) > 0:
            for text in texts:
                if text not in s.witness.routes:
                    raise Failure(f"{text} was withdrawn")
            s.witness.changed.wait(left)


def end_of_rib(s):
    s.peer.send(update() + update(attribute(NON_TRANSITIVE, MP_UNREACH, mp_unreach(b""))))


HELPER = "RFC 4724 §4.2"
offer = restarting()


@table.script("routes outlive the connection", HELPER, "two routes, RST; a new session, both again, End-of-RIB",
              "the routes stay at others all the time", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    stay(s, s.p(), s.p(1))
    s.offer = restarting(flags=RESTARTED)
    s.establish()
    s.announce(s.p())
    s.announce(s.p(1))
    end_of_rib(s)
    s.fence()
    stay(s, s.p(), s.p(1), seconds=0.1)


@table.script("what is not announced again goes with End-of-RIB", HELPER,
              "two routes, RST; a new session, one of them, End-of-RIB",
              "the other one is withdrawn at End-of-RIB, not before", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(flags=RESTARTED)
    s.establish()
    s.announce(s.p())
    s.fence()
    stay(s, s.p(), s.p(1), seconds=0.1)
    end_of_rib(s)
    s.goes(s.p(1))
    s.arrives(s.p())


@table.script("nobody comes back", HELPER, "two routes, Restart Time 2 s, RST", "the routes are withdrawn after 2 s",
              offer=restarting(seconds=2))
def _(s):
    two_routes(s)
    falls(s)
    stay(s, s.p(), s.p(1))
    s.goes(s.p())
    s.goes(s.p(1))


@table.script("forwarding state was not kept", HELPER, "two routes, RST; the new OPEN has the Forwarding bits clear",
              "the routes are withdrawn at once", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(flags=RESTARTED, forwarding=0)
    s.establish()
    s.goes(s.p())
    s.goes(s.p(1))
    s.fence()


@table.script("the family is missing from the new OPEN", HELPER, "two routes, RST; the new OPEN lists IPv6 only",
              "the IPv4 routes are withdrawn at once", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(IPV6, flags=RESTARTED)
    s.establish()
    s.goes(s.p())
    s.fence()


@table.script("the new OPEN knows nothing of it", HELPER, "two routes, RST; a new OPEN without the capability",
              "the routes are withdrawn at once", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = {}
    s.establish()
    s.goes(s.p())
    s.fence()


@table.script("a family that was not listed", HELPER, "routes of both families, capability for IPv6 only, RST",
              "the IPv4 route goes, the IPv6 route stays", offer=restarting(IPV6))
def _(s):
    two_routes(s)
    s.announce(s.p6())
    s.arrives(s.p6())
    falls(s)
    s.goes(s.p())
    stay(s, s.p6(), seconds=0.3)


@table.script("NOTIFICATION instead of RST", HELPER + ", RFC 4271 §6", "two routes, Cease; the N flag was not offered",
              "the routes are withdrawn at once", offer=offer)
def _(s):
    two_routes(s)
    s.peer.send(notification(6, 4))
    s.peer.until_closed()
    s.peer.close()
    s.goes(s.p())
    s.goes(s.p(1))


@table.script("a malformed message instead of RST", HELPER + ", RFC 4271 §6",
              "two routes, then an unknown message type",
              "NOTIFICATION 1/3; the routes are withdrawn at once", offer=offer)
def _(s):
    two_routes(s)
    s.peer.send(b"\xff" * 16 + u16(19) + u8(77))
    s.ends(1, 3)
    s.peer.close()
    s.goes(s.p())


@table.script("falls again before End-of-RIB", HELPER,
              "two routes, RST; a new session, RST; a third with one route, End-of-RIB",
              "one route is there in the end, the other is not", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(flags=RESTARTED)
    s.establish()
    falls(s)
    s.establish()
    s.announce(s.p())
    end_of_rib(s)
    s.fence()
    s.arrives(s.p())
    s.goes(s.p(1))


@table.script("a stale route is withdrawn by its owner", HELPER, "two routes, RST; a new session withdraws one",
              "it goes at once, the other one stays", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(flags=RESTARTED)
    s.establish()
    s.retract(s.p())
    s.goes(s.p())
    stay(s, s.p(1), seconds=0.2)


@table.script("a stale route is malformed when it comes again", HELPER + ", RFC 7606 §2",
              "two routes, RST; one again with ORIGIN 3", "it is withdrawn", offer=offer)
def _(s):
    two_routes(s)
    falls(s)
    s.offer = restarting(flags=RESTARTED)
    s.establish()
    s.peer.send(s.update(b"\x40\1\1\3"))
    s.goes(s.p())
    s.fence()


@table.script("End-of-RIB is sent to who restarts", "RFC 4724 §4.1", "a session with the Restart State bit set",
              "End-of-RIB for each family", offer=restarting(flags=RESTARTED))
def _(s):
    s.establish()
    end_of_rib(s)
    s.hears_end_of_rib(IPV4, IPV6)
