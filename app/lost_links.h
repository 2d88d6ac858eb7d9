// Which of a router's links have ceased to be usable, however short, and what the kernel forgets then: the
// permanent entry of the neighbour beyond (netns/chain_builder.h), which is set again as soon as the link is
// up. On the router's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <system_error>
#include <vector>

#include "app/topology.h"
#include "netns/interface_monitor.h"

namespace app {

class LostLinks {
 public:
  // `plan`, of the router of this number, must outlive this.
  LostLinks(std::size_t number, const RouterPlan& plan) : number_(number), plan_(plan) {}

  // Indices of those that were lost since the last look.
  std::vector<std::uint32_t> look(std::span<const netns::Interface> interfaces);

 private:
  bool was_lost(const netns::Interface& interface);
  std::error_code restore_neighbor(const netns::Interface& interface) const;

  struct Seen {
    std::uint32_t times_lost = 0;
    bool neighbor_due = false;
  };

  std::size_t number_;
  const RouterPlan& plan_;
  std::map<std::uint32_t, Seen> seen_;  // by interface index
};

}  // namespace app
