// What a router writes down of its own work, one fixed-size record an event: plain octets that any thread may
// copy. An event names its cause by number; the cause of a received UPDATE is the same UPDATE at its
// sender's, which both ends know by the connection and by its place in it (TCP keeps the order), so that
// nothing of this is ever on the wire (docs/adr/0016).
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "bgp/fsm.h"
#include "net/prefix.h"
#include "rib/decision.h"
#include "rib/rib.h"

namespace speaker {

// Of one router's events, from 1, in the order in which they were written; 0: none.
using EventNumber = std::uint32_t;

enum class EventKind : std::uint8_t {
  Trigger,   // an order, or another input from outside BGP
  Link,      // a neighbour's subnet, or another one, became usable or ceased to be
  Session,   // the state of a neighbour's foremost connection
  Received,  // an UPDATE
  Route,     // the best path of a prefix changed, and the kernel has answered
  Held,      // news for a neighbour waits for MRAI
  Sent,      // UPDATEs, as many as were written at once
};

enum class Trigger : std::uint8_t {
  Start,
  Announce,
  Withdraw,
  ShutDown,
  Enable,
  Clear,
  RequestRefresh,
  RefreshReceived,  // a neighbour asks for everything again (RFC 2918)
  KernelChanged,    // somebody else changed our routes in the kernel's table
  StaleRoutesGone,  // a neighbour did not confirm them in time (RFC 4724 §4.2)
};

// Who ended a session with a NOTIFICATION.
enum class LastWord : std::uint8_t { Nobody, Ours, Theirs };

inline constexpr std::uint16_t kNoPeer = 0xffff;

// An address of either family, in as few octets as it takes.
struct EventPrefix {
  std::array<std::uint8_t, 16> address{};
  std::uint8_t length = 0;
  bool ipv6 = false;

  static EventPrefix of(const net::Ipv4Prefix& prefix);
  static EventPrefix of(const net::Ipv6Prefix& prefix);
  static EventPrefix of(const net::IpPrefix& prefix);
  net::IpPrefix value() const;
  friend auto operator<=>(const EventPrefix&, const EventPrefix&) = default;
};

struct Event {
  std::int64_t at = 0;    // ns of the monotonic clock; never less than that of the event before
  EventNumber cause = 0;  // an event of the same router
  std::uint16_t peer = kNoPeer;
  EventKind kind = EventKind::Trigger;
  std::uint8_t detail = 0;  // see below

  struct OfPrefix {
    EventPrefix prefix;
    rib::KernelChange kernel = rib::KernelChange::Nothing;
    std::uint8_t error = 0;  // errno of the kernel's answer
    std::uint32_t took = 0;  // ns between the decision and the answer, saturated; `at` is the answer's
  };
  struct OfUpdates {
    std::uint32_t connection = 0;  // equal at both ends, different for successive connections
    std::uint32_t first = 0;       // which UPDATE of the connection, in this direction, from 1
    std::uint32_t count = 0;
    std::uint32_t announced = 0, withdrawn = 0;  // prefixes; of Received only
    std::uint32_t unused = 0;
  };
  struct OfSession {
    std::uint32_t connection = 0;  // of a session that is Established now
    bgp::State from = bgp::State::Idle, to = bgp::State::Idle;
    std::uint8_t code = 0, subcode = 0;  // of a NOTIFICATION, where there was a last word
    std::array<std::uint32_t, 4> unused{};
  };
  struct OfHold {
    std::int64_t until = 0;  // ns of the monotonic clock
    std::array<std::uint64_t, 2> unused{};
  };
  union {
    OfPrefix prefix;    // Trigger (Announce, Withdraw), Route
    OfUpdates updates;  // Received, Sent
    OfSession session;  // Session
    OfHold hold;        // Held
  };

  Event() : prefix{} {}

  // `detail`, by kind.
  Trigger trigger() const { return static_cast<Trigger>(detail); }
  bool usable() const { return detail != 0; }                                        // Link
  LastWord last_word() const { return static_cast<LastWord>(detail); }               // Session
  rib::DecisionStep step() const { return static_cast<rib::DecisionStep>(detail); }  // Route; None: no route
};

static_assert(sizeof(Event) == 40 && std::is_trivially_copyable_v<Event>);

}  // namespace speaker
