// The decision process (RFC 4271 §9.1.2), by elimination, worded as in §9.1.2.2: every step removes from the
// set the routes that are worse by its measure, and the step that leaves one route is the reason why it is
// the best. Elimination, unlike a pairwise order, is sound with MULTI_EXIT_DISC, which compares only routes
// of the same neighbouring AS. Pure; knows no table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bgp/attributes.h"

namespace rib {

// In the order in which they are taken.
enum class DecisionStep : std::uint8_t {
  None,           // there was no route
  OnlyRoute,      // a single candidate
  Weight,         // locally originated routes win over learnt ones (Quagga's weight 32768)
  LocalPref,      // RFC 4271 §9.1.1: degree of preference
  AsPathLength,   // §9.1.2.2 a
  Origin,         // §9.1.2.2 b
  Med,            // §9.1.2.2 c
  External,       // §9.1.2.2 d: eBGP over iBGP
  InteriorCost,   // §9.1.2.2 e
  RouterId,       // §9.1.2.2 f
  ClusterLength,  // RFC 4456 §9
  PeerAddress,    // §9.1.2.2 g
};

std::string_view to_string(DecisionStep step);  // "AS path length", …

inline constexpr std::uint32_t kDefaultLocalPref = 100;

// What is compared of a route's attributes.
struct Merits {
  std::uint32_t local_pref = kDefaultLocalPref;
  std::uint32_t path_length = 0;  // of AS_PATH
  std::uint32_t neighbor_as = 0;  // the first of AS_PATH
  bgp::Origin origin = bgp::Origin::Incomplete;
  // §9.1.2.2 c: a route without MULTI_EXIT_DISC has the lowest value, 0, which is the most preferred.
  std::uint32_t med = 0;
  std::optional<net::Ipv4Address> originator_id;
  std::uint32_t cluster_length = 0;  // of CLUSTER_LIST
};

Merits merits_of(const bgp::PathAttributes& attributes);

struct Candidate {
  Merits merits = {};
  bool local = false;       // originated here
  bool external = true;     // learnt over eBGP
  bool shuts_down = false;  // to be preferred least (RFC 8326): its LOCAL_PREF counts as 0
  std::uint32_t interior_cost = 0;
  net::Ipv4Address router_id{};  // of the peer
  net::IpAddress peer_address{};
};

struct Selection {
  std::size_t best = 0;  // index into the candidates; meaningful unless decided_by is None
  DecisionStep decided_by = DecisionStep::None;
};

// The best of `candidates`, whatever their order. At most 64 candidates are looked at in place; more are
// handled with one allocation.
Selection select_best(std::span<const Candidate> candidates);

}  // namespace rib
