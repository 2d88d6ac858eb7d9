// Path attributes as values (RFC 4271 §5 and the RFCs named at each member). Well-known ones are typed; what
// we do not know is kept octet for octet, because optional transitive attributes must be passed on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgp/as_path.h"
#include "net/address.h"

namespace bgp {

enum class Origin : std::uint8_t { Igp = 0, Egp = 1, Incomplete = 2 };

struct Aggregator {
  std::uint32_t as = 0;
  net::Ipv4Address speaker;
  friend bool operator==(const Aggregator&, const Aggregator&) = default;
};

struct LargeCommunity {  // RFC 8092
  std::uint32_t global = 0, local1 = 0, local2 = 0;
  friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

using ExtendedCommunity = std::array<std::uint8_t, 8>;  // RFC 4360

// An attribute that we have no row for. `flags` keeps what was received, low four bits cleared.
struct UnknownAttribute {
  std::uint8_t flags = 0;
  std::uint8_t code = 0;
  std::vector<std::uint8_t> value;
  friend bool operator==(const UnknownAttribute&, const UnknownAttribute&) = default;
};

// What few routes have, at least inside one network.
struct RarerAttributes {
  bool atomic_aggregate = false;
  std::optional<net::Ipv6Address> link_local_next_hop;  // beside an IPv6 next hop (RFC 2545 §3)
  std::optional<Aggregator> aggregator;
  std::vector<std::uint32_t> communities;               // RFC 1997
  std::vector<ExtendedCommunity> extended_communities;  // RFC 4360
  std::vector<LargeCommunity> large_communities;        // RFC 8092
  std::optional<net::Ipv4Address> originator_id;        // RFC 4456
  std::vector<net::Ipv4Address> cluster_list;           // RFC 4456
  std::optional<std::uint32_t> only_to_customer;        // RFC 9234
  std::vector<UnknownAttribute> unknown;                // ascending code
  // Bit n: the optional transitive attribute of type code n came with its Partial bit, which nobody may clear
  // (RFC 4271 §5). Those in `unknown` have it in their flags.
  std::uint64_t partial = 0;

  // Is there anything here but communities, which half of all routes have?
  bool more_than_communities() const {
    return atomic_aggregate || link_local_next_hop || aggregator || !extended_communities.empty() ||
           !large_communities.empty() || originator_id || !cluster_list.empty() || only_to_customer ||
           !unknown.empty() || partial != 0;
  }

  friend bool operator==(const RarerAttributes&, const RarerAttributes&) = default;
};

struct PathAttributes : RarerAttributes {
  Origin origin = Origin::Incomplete;
  net::IpAddress next_hop;  // NEXT_HOP, or the next hop of MP_REACH_NLRI
  AsPath as_path;
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_pref;

  friend bool operator==(const PathAttributes&, const PathAttributes&) = default;
};

// The three grades of RFC 7606 §2 below which nothing happens; ordered by strength.
enum class FaultTreatment : std::uint8_t { Discard, Withdraw, Reset };

// One attribute that was not as its RFC wants it, and what was done.
struct AttributeFault {
  std::uint8_t code = 0;
  FaultTreatment treatment = FaultTreatment::Discard;
  std::string what;
  friend bool operator==(const AttributeFault&, const AttributeFault&) = default;
};

}  // namespace bgp
