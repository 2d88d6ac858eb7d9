// `show ip route` and `show ipv6 route`: the kernel's routes of a family as far as we know them, in the
// layout of FRR 8.4.4's zebra (which keeps them there; here BGP does it itself). Every text ends in "\n".
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/prefix.h"

namespace show {

struct IpRoute {
  enum class Source : std::uint8_t {
    Kernel,     // somebody else put it there
    Connected,  // a subnet of ours
    Bgp,
  };
  enum class State : std::uint8_t { Installed, Queued, Rejected };

  net::IpPrefix prefix;
  Source source = Source::Bgp;
  State state = State::Installed;
  std::uint32_t distance = 0, metric = 0;
  std::optional<net::IpAddress> next_hop;  // nothing: directly connected
  std::uint32_t interface = 0;             // index; 0: none
  std::string interface_name;
  std::optional<std::chrono::milliseconds> age;  // nothing: not known
};

// Into the order in which they are shown: by prefix, and of one prefix the one that packets take first.
void sort(std::vector<IpRoute>& routes);

// Of sorted routes of one family.
std::string ip_routes_text(const std::vector<IpRoute>& routes);
std::string ip_routes_json(const std::vector<IpRoute>& routes);

// One prefix in full (as JSON it is no different): `routes` are all of it, sorted; none: it is not in the
// table.
std::string ip_route_text(const std::vector<IpRoute>& routes);

}  // namespace show
