"""BGP Role and Only to Customer: RFC 9234. The neighbours of this topic are told roles by the router: our role in
`place`, so that the right answer is the opposite one."""

import time

from judges import Ends, Establishes, EstablishesOr, Ignores, Keeps, Withdraws
from lab import ROLES
from peer import Failure
from rows import OPEN_SENT, Table
from wire import CAP_ROLE, OPT_TRANS, OTC, PARTIAL, UPDATE, attribute, capability, read_update, u32

table = Table("roles")
PROVIDER, RS, RS_CLIENT, CUSTOMER, PEER = range(5)  # RFC 9234 §4.1, and the places of the neighbours
OPPOSITE = {PROVIDER: CUSTOMER, CUSTOMER: PROVIDER, RS: RS_CLIENT, RS_CLIENT: RS, PEER: PEER}


def claims(*roles):
    return {"more": [capability(CAP_ROLE, bytes([role])) for role in roles]}


def otc(asn):
    return attribute(OPT_TRANS, OTC, u32(asn))


mismatch = Ends(2, 11, None)
for ours in range(5):
    table.row(f"we are {ROLES[ours]}, the neighbour {ROLES[OPPOSITE[ours]]}", "RFC 9234 §4.2", lambda s: s.open(),
              Establishes(), kind="roles", place=ours, offer=claims(OPPOSITE[ours]), state=OPEN_SENT)
    for theirs in range(5):
        if theirs == OPPOSITE[ours] or (ours + theirs) % 2 and ours != theirs:
            continue
        table.row(f"we are {ROLES[ours]}, the neighbour {ROLES[theirs]} as well" if ours == theirs else
                  f"we are {ROLES[ours]}, the neighbour {ROLES[theirs]}", "RFC 9234 §4.2", lambda s: s.open(), mismatch,
                  kind="roles", place=ours, offer=claims(theirs), state=OPEN_SENT)
table.row("no role where we have one", "RFC 9234 §4.2", lambda s: s.open(), Establishes(), kind="roles", place=PROVIDER,
          state=OPEN_SENT)
table.row("a role where we have none", "RFC 9234 §4.2", lambda s: s.open(), Establishes(), offer=claims(PROVIDER),
          state=OPEN_SENT)
table.row("the right role twice", "RFC 9234 §4.2", lambda s: s.open(), Establishes(), kind="roles", place=PEER,
          offer=claims(PEER, PEER), state=OPEN_SENT)
table.row("the right role and another", "RFC 9234 §4.2", lambda s: s.open(), mismatch, kind="roles", place=PEER,
          offer=claims(PEER, CUSTOMER), state=OPEN_SENT)
table.row("an unassigned role", "RFC 9234 §4.2", lambda s: s.open(), mismatch, kind="roles", place=PEER,
          offer=claims(200), state=OPEN_SENT)
table.row("a role of two octets", "RFC 9234 §4.1", lambda s: s.open(), EstablishesOr((2, 0), (2, 11)), kind="roles",
          place=PEER, offer={"more": [capability(CAP_ROLE, b"\4\4")]}, state=OPEN_SENT)


def leaves(name, place, octets, expect, **rest):
    """An UPDATE from a neighbour to whom we are `place`."""
    table.row(name, "RFC 9234 §5", lambda s: s.update(octets(s)) if octets else s.update(), expect, kind="roles",
              place=place, offer=claims(OPPOSITE[place]), **rest)


def carries(asn):
    return Keeps("ONLY_TO_CUSTOMER passed on", lambda s: {OTC: (None, u32(asn(s)))}, witness="ibgp")


leaves("OTC from a customer is a leak", PROVIDER, lambda s: otc(s.asn), Ignores(witness="ibgp"))
leaves("OTC of a third AS from a customer is a leak", PROVIDER, lambda s: otc(7), Ignores(witness="ibgp"))
leaves("OTC from a route server's client is a leak", RS, lambda s: otc(s.asn), Ignores(witness="ibgp"))
leaves("OTC of a third AS from a peer is a leak", PEER, lambda s: otc(7), Ignores(witness="ibgp"))
leaves("OTC of its own AS from a peer", PEER, lambda s: otc(s.asn), carries(lambda s: s.asn))
leaves("OTC of a third AS from a provider", CUSTOMER, lambda s: otc(7), carries(lambda s: 7))
leaves("no OTC from a provider: it is added", CUSTOMER, None, carries(lambda s: s.asn))
leaves("no OTC from a peer: it is added", PEER, None, carries(lambda s: s.asn))
leaves("no OTC from a route server: it is added", RS_CLIENT, None, carries(lambda s: s.asn))
leaves("no OTC from a customer", PROVIDER, None, Keeps("none is added", absent=(OTC,), witness="ibgp"))
leaves("OTC of 3 octets from a provider", CUSTOMER, lambda s: attribute(OPT_TRANS, OTC, bytes(3)), Withdraws())
for length in (0, 5, 8):
    table.row(f"OTC of {length} octets, no role", "RFC 9234 §5", lambda s,
              n=length: s.update(attribute(OPT_TRANS, OTC, bytes(n))), Withdraws())
table.row("OTC where no role is configured", "RFC 9234 §5", lambda s: s.update(otc(7)),
          Keeps("passed on unchanged", lambda s: {OTC: (None, u32(7))}))
table.row("OTC with Partial", "RFC 9234 §5", lambda s: s.update(attribute(OPT_TRANS | PARTIAL, OTC, u32(7))),
          Keeps("passed on", lambda s: {OTC: (None, u32(7))}))
table.row("OTC of AS 0", "RFC 9234 §5", lambda s: s.update(otc(0)),
          Keeps("passed on unchanged", lambda s: {OTC: (None, u32(0))}))
table.row("an IPv6 leak", "RFC 9234 §5", lambda s: s.update6(otc(7)), Ignores(six=True, witness="ibgp"), kind="roles",
          place=PROVIDER, offer=claims(CUSTOMER))


def hears(other, text, seconds=5.0):
    """The attributes with which another neighbour is told of this prefix; None when it is told of `text` + 1 only."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            read = other.peer.receive(deadline)
        except TimeoutError:
            raise Failure(f"was never told of {text}") from None
        if read.kind == UPDATE:
            told = read_update(read.body)
            if text in told.announced:
                return told.attributes


def told_of(s, place, learned_from, own=()):
    """A neighbour to whom we are `place` is told of a route learned from one to whom we are `learned_from`."""
    s.establish()
    other = s.other(place)
    other.establish()
    s.announce(s.p(), *own)
    return other


for learned, what in ((CUSTOMER, "a provider"), (PEER, "a peer"), (RS_CLIENT, "a route server")):
    for place, whom in ((CUSTOMER, "a provider"), (PEER, "a peer"), (RS_CLIENT, "a route server")):
        if learned == place:
            continue

        @table.script(f"a route of {what} is not told to {whom}", "RFC 9234 §5",
                      f"a route from {what}, then one that {whom} may have", "only the second one is told",
                      kind="roles", place=learned, offer=claims(OPPOSITE[learned]))
        def _(s, place=place):
            other = told_of(s, place, s.row.place)
            s.arrives(s.p(), s.witnesses["ibgp"])
            customer = s.other(PROVIDER)
            customer.establish()
            customer.announce(s.p(1))
            deadline = time.monotonic() + 6
            while True:
                try:
                    read = other.peer.receive(deadline)
                except TimeoutError:
                    raise Failure("never told of the customer's route") from None
                if read.kind != UPDATE:
                    continue
                told = read_update(read.body)
                if s.p() in told.announced:
                    raise Failure(f"the route leaks: {s.p()} is told")
                if s.p(1) in told.announced:
                    break
            s.check_session()


@table.script("a route of a provider is told to a customer", "RFC 9234 §5", "a route from a provider",
              "told, with ONLY_TO_CUSTOMER of the provider", kind="roles", place=CUSTOMER, offer=claims(PROVIDER))
def _(s):
    told = hears(told_of(s, PROVIDER, CUSTOMER), s.p())
    if told.get(OTC, (0, b""))[1] != u32(s.asn):
        raise Failure(f"ONLY_TO_CUSTOMER is {told.get(OTC)}")


for place, whom in ((PROVIDER, "a customer"), (PEER, "a peer"), (RS, "a route server's client")):
    @table.script(f"OTC is added towards {whom}", "RFC 9234 §5", "a route of ours",
                  f"{whom} is told ONLY_TO_CUSTOMER with our AS",
                  kind="roles", place=place, offer=claims(OPPOSITE[place]))
    def _(s):
        s.establish()
        told = hears(s, s.router.network)
        if told.get(OTC, (0, b""))[1] != u32(s.router.asn):
            raise Failure(f"ONLY_TO_CUSTOMER is {told.get(OTC)}")


@table.script("no OTC towards a provider", "RFC 9234 §5", "a route of ours",
              "a provider is told without ONLY_TO_CUSTOMER", kind="roles", place=CUSTOMER, offer=claims(PROVIDER))
def _(s):
    s.establish()
    told = hears(s, s.router.network)
    if OTC in told:
        raise Failure(f"ONLY_TO_CUSTOMER is {told[OTC]}")
