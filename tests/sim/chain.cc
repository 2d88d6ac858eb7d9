#include "tests/sim/chain.h"

#include <fmt/format.h>

namespace sim {

// 172.31.i.0/24 as long as that lasts, then 10.x.y.0/24 with x·256 + y the number.
net::Ipv4Prefix Chain::subnet(std::size_t link) {
  const auto number = static_cast<unsigned>(link);
  return {link <= 255 ? net::Ipv4Address::of(172, 31, number, 0)
                      : net::Ipv4Address::of(10, number >> 8, number & 0xff, 0),
          24};
}

net::Ipv4Address Chain::address(std::size_t link, unsigned host) {
  return {subnet(link).address().value | host};
}

std::uint32_t Chain::as_number(std::size_t router) {
  return router == 0 ? 100 : static_cast<std::uint32_t>(std::stoul("10" + std::to_string(router)));
}

speaker::SpeakerConfig Chain::config_of(std::size_t router, const ChainOptions& options) const {
  speaker::SpeakerConfig config;
  config.name = fmt::format("ROUTER_{}", router);
  config.as = as_number(router);
  config.router_id = address(router, 1);
  config.seed = options.simulator.seed * 1'000'003 + router;
  config.networks = {{subnet(router), false}, {subnet(router + 1), false}};
  if (router == 0) config.networks.push_back({net::Ipv4Prefix(), true});
  const auto add_neighbor = [&](std::size_t other, net::Ipv4Address theirs, net::Ipv4Address ours) {
    speaker::NeighborConfig neighbor;
    neighbor.mrai = options.mrai;
    neighbor.peer.address = theirs;
    neighbor.peer.local_address = ours;
    neighbor.peer.session.local_as = config.as;
    neighbor.peer.session.peer_as = as_number(other);
    neighbor.peer.session.identifier = config.router_id;
    neighbor.peer.session.fsm.connect_retry = 1s;
    neighbor.peer.session.fsm.hold_time = 9s;
    config.neighbors.push_back(neighbor);
  };
  if (router > 0) add_neighbor(router - 1, address(router, 2), address(router, 1));
  if (router < hops_) add_neighbor(router + 1, address(router + 1, 1), address(router + 1, 2));
  options.change(router, config);
  return config;
}

Chain::Chain(const ChainOptions& options)
    : hops_(options.hops), simulator_(std::make_unique<Simulator>(options.simulator)) {
  for (std::size_t router = 0; router <= hops_; ++router)
    simulator_->add_router(config_of(router, options),
                           {{subnet(router), address(router, 1), router == 0 ? 1u : 2u, true},
                            {subnet(router + 1), address(router + 1, 2), router == hops_ ? 1u : 3u, true}});
  for (std::size_t link = 1; link <= hops_; ++link)
    simulator_->add_link({.router = link - 1, .peer = right_peer(link - 1), .connected = 1},
                         {.router = link, .peer = left_peer(link), .connected = 0});
  simulator_->start();
}

Simulator::Kernel Chain::expected(std::size_t router) const {
  Simulator::Kernel table;
  // Walk away from the router as far as links are up; every router met there originates what is connected to
  // it and usable, and the first one met is the nearest.
  const auto usable = [&](std::size_t subnet_number) {
    return subnet_number == 0 || subnet_number == hops_ + 1 || is_up(subnet_number);
  };
  const auto own = [&](std::size_t number) { return number == router || number == router + 1; };
  const auto walk = [&](int step) {
    for (std::size_t at = router;;) {
      const std::size_t link = step < 0 ? at : at + 1;
      if (link == 0 || link > hops_ || !is_up(link)) return;
      at = step < 0 ? at - 1 : at + 1;
      const net::IpAddress next_hop = step < 0 ? address(router, 2) : address(router + 1, 1);
      for (const std::size_t number : {at, at + 1})
        if (usable(number) && !own(number)) table.emplace(subnet(number), next_hop);
      if (at == 0) table.emplace(net::Ipv4Prefix(), next_hop);
    }
  };
  walk(-1);
  walk(+1);
  return table;
}

std::string Chain::difference() const {
  for (std::size_t router = 0; router <= hops_; ++router) {
    const auto is = simulator_->kernel(router), must = expected(router);
    for (const auto& [prefix, next_hop] : must) {
      const auto found = is.find(prefix);
      if (found == is.end()) return fmt::format("ROUTER_{} lacks {}", router, prefix.to_string());
      if (found->second != next_hop)
        return fmt::format("ROUTER_{}: {} via {}, not {}", router, prefix.to_string(),
                           found->second.to_string(), next_hop.to_string());
    }
    for (const auto& [prefix, next_hop] : is)
      if (!must.contains(prefix))
        return fmt::format("ROUTER_{} has {} via {}", router, prefix.to_string(), next_hop.to_string());
  }
  return {};
}

}  // namespace sim
