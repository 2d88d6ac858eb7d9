// Is a kernel's table what BGP says? Compares the Loc-RIB with the routes of a table and names each
// difference. Pure: both are handed in, read at one instant.
//
// What BGP says of a prefix that it learnt: one route of protocol `bgp` at our metric, over this next hop and
// interface, and nobody's before it. Of prefixes that BGP knows nothing of, only routes that claim to be
// BGP's are a difference; those that the kernel makes itself (connected subnets) never are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "net/prefix.h"
#include "speaker/route_records.h"

namespace show {

// A route of a kernel's main table.
struct KernelRoute {
  net::IpPrefix prefix;
  net::IpAddress next_hop;  // 0.0.0.0 or ::, where there is none
  std::uint32_t interface = 0;
  std::uint8_t protocol = 0;  // RTPROT_*
  std::uint32_t metric = 0;
};

struct FibDifference {
  enum class Kind : std::uint8_t {
    Missing,       // BGP's route is not there
    OtherNextHop,  // it leads elsewhere
    Replaced,      // another protocol's stands in its place
    Shadowed,      // another protocol's goes before it, by a smaller metric
    Foreign,       // claims to be BGP's, which knows nothing of it
    Refused,       // the kernel did not take it when it was installed, and still does not have it
  };
  Kind kind = Kind::Missing;
  net::IpPrefix prefix;
  std::string sentence;  // without the router's name, without a full stop
};

std::string_view to_string(FibDifference::Kind kind);  // "missing", "otherNextHop", …

// Where our routes stand: the protocol, and the metric in each family.
struct FibPlace {
  std::uint8_t protocol = 0;
  std::uint32_t ipv4_metric = 0, ipv6_metric = 0;
};

struct FibCheck {
  std::size_t routes = 0;                  // that BGP says must be there
  std::vector<FibDifference> differences;  // ascending by prefix
};

FibCheck check_fib(const FibPlace& place, std::span<const speaker::LocRoute> loc,
                   std::span<const KernelRoute> table);

}  // namespace show
