// The RIBs of both families, route by route, as RFC 4271 §3.2 names them: plain values for whoever compares
// them with another speaker's (`show NAME adj-in` and so on).
#pragma once

#include <chrono>
#include <optional>

#include "bgp/attributes.h"
#include "net/prefix.h"
#include "rib/decision.h"
#include "rib/kernel_state.h"
#include "rib/policy.h"

namespace speaker {

// A route in an Adj-RIB-In, before or after policy, or in an Adj-RIB-Out.
struct AdjRoute {
  net::IpAddress neighbor;
  net::IpPrefix prefix;
  bgp::PathAttributes attributes;                // as received; as used; as the neighbour sees them
  std::optional<std::chrono::milliseconds> age;  // since it was received; nothing in an Adj-RIB-Out
  rib::RejectReason rejected = rib::RejectReason::None;
  bool stale = false;  // kept for a neighbour that restarts (RFC 4724 §4.2), or refreshes (RFC 7313 §4)
};

// A route in the Loc-RIB, or one that would be there if the kernel took it.
struct LocRoute {
  net::IpPrefix prefix;
  std::optional<net::IpAddress> neighbor;  // nothing: originated here
  bgp::PathAttributes attributes;
  rib::DecisionStep reason = rib::DecisionStep::None;  // the step that decided
  std::chrono::milliseconds age{0};                    // since it was received or originated
  rib::KernelState kernel = rib::KernelState::NotWanted;
  int kernel_errno = 0;         // of Failed
  std::uint32_t interface = 0;  // index: of the installed route, or towards the next hop; 0: none
};

}  // namespace speaker
