// What a speaker keeps of one address family: its RIBs, and what the kernel has been asked and not yet
// answered.
#pragma once

#include <utility>
#include <vector>

#include "bgp/session.h"
#include "rib/rib.h"

namespace speaker {

template <class Prefix>
struct FamilyTables {
  static constexpr std::size_t kKept = 4;

  FamilyTables(std::uint32_t local_as, std::size_t peers, rib::AttributeStore::Resolver resolver,
               net::Ipv4Address router_id)
      : rib(local_as, peers, std::move(resolver), router_id) {}

  bool kernel_at_work() const { return !outstanding.empty() || clearing; }
  void answered() {
    outstanding.clear();
    if (outstanding.capacity() > kKept)  // a whole table's worth
      outstanding = std::vector<rib::BasicDecision<Prefix>>();
  }
  bool at_work() const { return kernel_at_work() || rib.has_marked(); }

  rib::BasicRib<Prefix> rib;
  std::vector<rib::BasicDecision<Prefix>> outstanding;  // the kernel has them, its answer has not come
  bgp::Instant decided{};                               // when those that are outstanding were
  bool clearing = false;                                // likewise, of what failed replacements left behind
};

}  // namespace speaker
