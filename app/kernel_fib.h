// The speaker's Fib over rtnetlink: decisions in, errno out. One a router, in its namespace.
#pragma once

#include "netns/route_table.h"
#include "speaker/ports.h"

namespace app {

class KernelFib final : public speaker::Fib {
 public:
  explicit KernelFib(netns::Nexthops nexthops) : routes_(nexthops) {}
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return apply_all(decisions);
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return apply_all(decisions);
  }
  netns::RouteTable& routes() { return routes_; }  // of this namespace's kernel

 private:
  template <class Prefix>
  std::vector<int> apply_all(std::span<const rib::BasicDecision<Prefix>> decisions);

  static constexpr std::size_t kKept = 4;

  netns::RouteTable routes_;
  std::vector<netns::RouteChange> changes_;  // scratch
};

}  // namespace app
