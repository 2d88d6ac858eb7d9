"""Message headers: RFC 4271 §4.1 and §6.1. A header is judged before the body has come, so oversized lengths
are sent as nineteen octets alone."""

from judges import Ends, EndsOneOf, Survives
from rows import ESTABLISHED, OPEN_CONFIRM, OPEN_SENT, Table
from wire import (KEEPALIVE, MARKER, NOTIFICATION, OPEN, ROUTE_REFRESH, UPDATE, keepalive, message, u8, u16, update)

table = Table("header")

NOT_SYNCHRONIZED = Ends(1, 1)

for what, marker in {
    "first octet 0": b"\0" + MARKER[1:],
    "first bit": b"\x7f" + MARKER[1:],
    "octet in the middle": MARKER[:8] + b"\xfe" + MARKER[9:],
    "last bit of the last octet": MARKER[:15] + b"\xfe",
    "all zero": bytes(16),
}.items():
    table.row(f"marker, {what}", "RFC 4271 §6.1", lambda s, m=marker: message(KEEPALIVE, marker=m), NOT_SYNCHRONIZED)
for state in (OPEN_SENT, OPEN_CONFIRM):
    table.row(f"marker all zero in {state}", "RFC 4271 §6.1", lambda s: message(KEEPALIVE, marker=bytes(16)),
              NOT_SYNCHRONIZED, state=state)
table.row("marker wrong on an OPEN", "RFC 4271 §6.1",
          lambda s: MARKER[:15] + b"\0" + s.open()[16:], NOT_SYNCHRONIZED, state=OPEN_SENT)
table.row("marker wrong, Length wrong as well", "RFC 4271 §6.1",
          lambda s: message(KEEPALIVE, marker=bytes(16), length=0), NOT_SYNCHRONIZED)
table.row("HTTP instead of BGP", "RFC 4271 §6.1", lambda s: b"GET / HTTP/1.1\r\nHost: bgp\r\n\r\n", NOT_SYNCHRONIZED,
          state=OPEN_SENT)
table.row("second message of a segment out of step", "RFC 4271 §6.1",
          lambda s: keepalive() + b"\0" + keepalive()[:-1], NOT_SYNCHRONIZED)


def bad_length(length: int) -> Ends:
    return Ends(1, 2, u16(length))


for state in (OPEN_SENT, OPEN_CONFIRM, ESTABLISHED):
    for length in (0, 18):
        table.row(f"Length {length} in {state}", "RFC 4271 §6.1",
                  lambda s, n=length: message(KEEPALIVE, length=n), bad_length(length), state=state)
table.row("Length 1", "RFC 4271 §6.1", lambda s: message(UPDATE, length=1), bad_length(1))
table.row("Length 65535, KEEPALIVE", "RFC 4271 §6.1", lambda s: message(KEEPALIVE, length=65535), bad_length(65535))
for kind, name, state in ((OPEN, "OPEN", OPEN_SENT), (UPDATE, "UPDATE", ESTABLISHED),
                          (NOTIFICATION, "NOTIFICATION", ESTABLISHED), (ROUTE_REFRESH, "ROUTE-REFRESH", ESTABLISHED),
                          (KEEPALIVE, "KEEPALIVE", ESTABLISHED)):
    table.row(f"{name} of 4097", "RFC 4271 §6.1", lambda s, k=kind: message(k, length=4097), bad_length(4097),
              state=state)
table.row("UPDATE of 65535", "RFC 4271 §6.1", lambda s: message(UPDATE, length=65535), bad_length(65535))
table.row("UPDATE of 4097, sent whole", "RFC 4271 §6.1", lambda s: message(UPDATE, bytes(4078)), bad_length(4097))
for length in (19, 28):
    table.row(f"OPEN of {length}", "RFC 4271 §6.1",
              lambda s, n=length: message(OPEN, s.open()[19:n], length=n), bad_length(length), state=OPEN_SENT)
for length in (19, 20, 22):
    table.row(f"UPDATE of {length}", "RFC 4271 §6.1", lambda s, n=length: message(UPDATE, bytes(n - 19)),
              bad_length(length))
for length in (19, 20):
    table.row(f"NOTIFICATION of {length}", "RFC 4271 §6.1",
              lambda s, n=length: message(NOTIFICATION, bytes(n - 19)), bad_length(length))
for length in (20, 23, 4096):  # with a body: not everyone judges the header alone
    table.row(f"KEEPALIVE of {length}", "RFC 4271 §6.1", lambda s, n=length: message(KEEPALIVE, bytes(n - 19)),
              bad_length(length))
table.row("KEEPALIVE of 20 in OpenConfirm", "RFC 4271 §6.1", lambda s: message(KEEPALIVE, b"\0"), bad_length(20),
          state=OPEN_CONFIRM)
table.row("UPDATE of 23, the least there is", "RFC 4271 §4.3", lambda s: update(), Survives())

for kind in (0, 6, 7, 64, 128, 255):
    table.row(f"type {kind}", "RFC 4271 §6.1", lambda s, k=kind: message(k), Ends(1, 3, u8(kind)))
for kind in (0, 6, 255):
    table.row(f"type {kind} in OpenSent", "RFC 4271 §6.1", lambda s, k=kind: message(k), Ends(1, 3, u8(kind)),
              state=OPEN_SENT)
for kind in (0, 255):
    table.row(f"type {kind} in OpenConfirm", "RFC 4271 §6.1", lambda s, k=kind: message(k), Ends(1, 3, u8(kind)),
              state=OPEN_CONFIRM)
table.row("type 6 with a body", "RFC 4271 §6.1", lambda s: message(6, bytes(40)), Ends(1, 3, u8(6)))
table.row("type 200 and Length 4097", "RFC 4271 §6.1", lambda s: message(200, length=4097), EndsOneOf((1, 2), (1, 3)))
