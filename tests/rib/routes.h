// Shared by tests: attributes and prefixes in few words.
#pragma once

#include <initializer_list>
#include <string_view>

#include "bgp/attributes.h"
#include "net/prefix.h"

namespace routes {

inline net::Ipv4Prefix prefix(std::string_view text) { return net::Ipv4Prefix::parse(text).value(); }
inline net::Ipv4Address address(std::string_view text) { return net::Ipv4Address::parse(text).value(); }

// As a neighbour sends them: IGP, this path, this next hop.
inline bgp::PathAttributes learnt(std::initializer_list<std::uint32_t> path, std::string_view next_hop) {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>(path));
  attributes.next_hop = address(next_hop);
  return attributes;
}

inline bgp::PathAttributes originated() {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  attributes.med = 0;
  return attributes;
}

}  // namespace routes
