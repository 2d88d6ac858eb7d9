// Graceful restart as a helper knows it: what a peer promises to preserve, and which ends of a session its
// routes outlive. Knows no routes and no timers. RFC 4724 §3 and §4.2, RFC 8538.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "bgp/message.h"

namespace bgp {

// What the capability says (RFC 4724 §3).
struct GracefulRestart {
  bool restarting = false;             // R: it comes back from a restart and waits for our End-of-RIB
  bool graceful_notification = false;  // N: a NOTIFICATION is no reason to forget routes (RFC 8538 §2)
  std::chrono::seconds restart_time{0};
  struct Preserved {
    Family family;
    bool forwarding = false;  // F: packets went on meanwhile
    friend bool operator==(const Preserved&, const Preserved&) = default;
  };
  std::vector<Preserved> families;

  bool preserves(Family family) const;             // named at all
  bool forwarded_throughout(Family family) const;  // named with F
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

// Of the last such capability (RFC 4724 §3); nothing when there is none or it is malformed.
std::optional<GracefulRestart> graceful_restart_of(const Open& open);

// Our own: no family, for we preserve no forwarding state and only help others (the restart time is without
// meaning then, RFC 4724 §3); N, because a peer that also has it may end a session with a NOTIFICATION and
// have its routes kept.
Capability graceful_restart_helper();

// Does a NOTIFICATION of this kind, sent or received, end the routes even where both sides have N? A Hard
// Reset does (RFC 8538 §3), and so do those by which an administrator or a limit ends the peering (§5).
bool ends_routes(const Notification& notification);

}  // namespace bgp
