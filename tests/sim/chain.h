// The chain of routers that chainrouter builds, as the simulator's configuration, and what its tables must
// hold.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/simulator.h"

namespace sim {

struct ChainOptions {
  std::size_t hops = 4;
  speaker::MraiConfig mrai;
  Options simulator;
  // What is unusual about a router's configuration.
  std::function<void(std::size_t router, speaker::SpeakerConfig&)> change = [](auto&&...) {};
};

// ROUTER_0 … ROUTER_hops. Link i (1 … hops) joins ROUTER_(i-1), which holds .2, and ROUTER_i, which holds .1,
// in subnet(i); subnets 0 and hops + 1 are stubs at the ends.
class Chain {
 public:
  explicit Chain(const ChainOptions& options);

  Simulator& network() { return *simulator_; }
  std::size_t hops() const { return hops_; }
  // Number i of the simulator's links is link i + 1 here.
  void cut(std::size_t link) { simulator_->cut(link - 1); }
  void heal(std::size_t link) { simulator_->heal(link - 1); }
  bool is_up(std::size_t link) const { return simulator_->is_up(link - 1); }

  // The kernel table that ROUTER_i must have: shortest paths over the links that are up.
  Simulator::Kernel expected(std::size_t router) const;
  // The first difference between what is and what must be, in words; empty: none.
  std::string difference() const;

  static net::Ipv4Prefix subnet(std::size_t link);
  static net::Ipv4Address address(std::size_t link, unsigned host);
  static std::uint32_t as_number(std::size_t router);
  // Peer numbers of a router: ROUTER_0 has none to the left, the last one none to the right.
  std::size_t left_peer(std::size_t) const { return 0; }
  std::size_t right_peer(std::size_t router) const { return router == 0 ? 0 : 1; }

 private:
  speaker::SpeakerConfig config_of(std::size_t router, const ChainOptions& options) const;

  std::size_t hops_;
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace sim
