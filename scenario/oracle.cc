#include "scenario/oracle.h"

#include <algorithm>

#include <fmt/format.h>

namespace scenario {

void Oracle::announce(std::uint32_t router, net::Ipv4Prefix prefix) {
  withdraw(router, prefix);
  routers_[router].networks.push_back({prefix, std::nullopt});
}

void Oracle::withdraw(std::uint32_t router, net::Ipv4Prefix prefix) {
  std::erase_if(routers_[router].networks, [&](const Network& network) { return network.prefix == prefix; });
}

bool Oracle::announces(std::uint32_t router, net::Ipv4Prefix prefix) const {
  return std::ranges::any_of(routers_[router].networks, [&](const Network& network) {
    return network.prefix == prefix && active(network);
  });
}

Table Oracle::table(std::uint32_t router) const {
  // How far the nearest router that announces it is, on either side.
  const auto walk = [&](bool left) {
    std::map<net::Ipv4Prefix, std::uint32_t> nearest;
    for (std::uint32_t at = router, distance = 1;; ++distance) {
      const std::uint32_t link = left ? at : at + 1;
      if (link < 1 || link > outages_.hops() || !outages_.session_up(link)) return nearest;
      at = left ? at - 1 : at + 1;
      for (const Network& network : routers_[at].networks)
        if (active(network)) nearest.emplace(network.prefix, distance);
    }
  };
  const auto to_left = walk(true), to_right = walk(false);
  const RouterFacts& own = routers_[router];
  Table table;
  for (const auto& [prefix, distance] : to_left) table[prefix] = own.to_left;
  for (const auto& [prefix, distance] : to_right) {
    const auto other = to_left.find(prefix);
    // Equally long paths: the lower BGP identifier (RFC 4271 §9.1.2.2 f).
    const bool nearer = other == to_left.end() || distance < other->second ||
                        (distance == other->second && routers_[router + 1].id < routers_[router - 1].id);
    if (nearer) table[prefix] = own.to_right;
  }
  for (const Network& network : own.networks)
    if (active(network)) table.erase(network.prefix);
  return table;
}

std::string difference(const Table& is, const Table& must) {
  for (const auto& [prefix, next_hop] : must) {
    const auto found = is.find(prefix);
    if (found == is.end()) return fmt::format("lacks {} via {}", prefix.to_string(), next_hop.to_string());
    if (found->second != next_hop)
      return fmt::format("has {} via {}, not via {}", prefix.to_string(), found->second.to_string(),
                         next_hop.to_string());
  }
  for (const auto& [prefix, next_hop] : is)
    if (!must.contains(prefix))
      return fmt::format("has {} via {}, and should have none", prefix.to_string(), next_hop.to_string());
  return {};
}

}  // namespace scenario
