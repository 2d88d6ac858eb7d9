// Shared by tests: a Rib between a pretended kernel and neighbours that remember what they were told.
#pragma once

#include <cerrno>
#include <functional>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "rib/rib.h"
#include "tests/rib/routes.h"

namespace rib_test {

using rib::PeerIndex;
using routes::address;
using routes::prefix;

inline constexpr std::uint32_t kLocalAs = 100;

// Peer p is AS 201 + p at 10.0.p.1, beyond interface p + first_interface; our end is 10.0.p.2.
class World {
 public:
  using Told = std::map<net::Ipv4Prefix, bgp::PathAttributes>;

  explicit World(std::size_t peers)
      : reachable(peers, true),
        told(peers),
        messages(peers),
        story(peers),
        agreed(peers, bgp::Agreed{.extended_message = false}),
        rib(kLocalAs, peers, [this](const net::IpAddress& next_hop) { return interface_towards(next_hop); }) {
  }

  static std::string address_of(PeerIndex peer) { return "10.0." + std::to_string(peer) + ".1"; }
  static std::uint32_t as_of(PeerIndex peer) { return 201u + peer; }
  // A route of this peer; `behind`: the rest of the path.
  static bgp::PathAttributes route_of(PeerIndex peer, std::vector<std::uint32_t> behind = {}) {
    auto attributes = routes::learnt({}, address_of(peer));
    behind.insert(behind.begin(), as_of(peer));
    attributes.as_path = bgp::AsPath(behind);
    return attributes;
  }
  std::uint32_t interface_towards(const net::IpAddress& next_hop) const {
    if (!next_hop.is_ipv4() || next_hop.ipv4().value >> 16 != (10u << 8)) return 0;
    const std::size_t peer = next_hop.ipv4().value >> 8 & 0xff;
    return peer < reachable.size() && reachable[peer] ? static_cast<std::uint32_t>(peer + first_interface)
                                                      : 0;
  }

  void up(PeerIndex peer, bool external = true) {
    const rib::Policy policy{.in = import_policy,
                             .out = {.external = external,
                                     .local_as = kLocalAs,
                                     .local_address = address("10.0." + std::to_string(peer) + ".2")}};
    rib.peer_up(peer, policy, agreed[peer], address("1.1.1." + std::to_string(peer + 1)),
                address(address_of(peer)));
  }
  void down(PeerIndex peer) {
    rib.peer_down(peer);
    told[peer].clear();
  }
  void learn(PeerIndex peer, std::string_view text, const bgp::PathAttributes& attributes) {
    const std::vector prefixes{prefix(text)};
    rib.learn(peer, prefixes, attributes, rib::Seconds{1});
  }
  void withdraw(PeerIndex peer, std::string_view text) {
    const std::vector prefixes{prefix(text)};
    rib.withdraw(peer, prefixes);
  }

  // Decision, kernel, commit, until there is nothing to decide.
  void settle() {
    while (rib.has_marked()) {
      const auto decisions = rib.decide();
      std::vector<int> errors;
      for (const auto& decision : decisions) errors.push_back(change_kernel(decision));
      for (const auto& left : rib.commit(decisions, errors)) REQUIRE(change_kernel(left) == 0);
    }
  }
  int change_kernel(const rib::Decision& decision) {
    using Kernel = rib::Decision::Kernel;
    if (decision.kernel == Kernel::Nothing) return 0;
    if (decision.kernel == Kernel::Remove) {
      REQUIRE(kernel.contains(decision.prefix));
      REQUIRE(kernel[decision.prefix] == decision.next_hop);
      kernel.erase(decision.prefix);
      return 0;
    }
    REQUIRE(kernel.contains(decision.prefix) == (decision.kernel == Kernel::Replace));
    REQUIRE(decision.interface != 0);
    if (refuses && refuses(decision)) return ENETUNREACH;
    kernel[decision.prefix] = decision.next_hop;
    return 0;
  }

  // Lets a peer read at most `room` octets. Returns the number of UPDATEs.
  std::size_t take(PeerIndex peer, std::size_t room = 1 << 20) {
    std::vector<std::uint8_t> octets;
    const rib::Written count = rib.take_updates(peer, room, octets);
    REQUIRE(octets.size() <= room);
    rib::Written seen;
    net::Bytes rest = octets;
    while (!rest.empty()) {
      const auto frame = bgp::next_frame(rest, bgp::max_octets(agreed[peer]));
      REQUIRE(frame);
      REQUIRE(*frame);
      const auto message = bgp::decode(**frame, agreed[peer]);
      REQUIRE(message);
      rest = rest.subspan((*frame)->octets());
      if (const auto* mark = std::get_if<bgp::RouteRefresh>(&*message)) {
        story[peer] += mark->subtype == bgp::kRefreshBegin ? "BoRR " : "EoRR ";
        ++seen.refresh_marks;
        continue;
      }
      const auto& update = std::get<bgp::Update>(*message);
      story[peer] += update.is_end_of_rib() ? "EoR " : update.announced.empty() ? "withdrawal " : "routes ";
      hear(peer, update);
      ++seen.updates;
    }
    REQUIRE(seen.updates == count.updates);
    REQUIRE(seen.refresh_marks == count.refresh_marks);
    return count.updates;
  }
  void hear(PeerIndex peer, const bgp::Update& update) {
    REQUIRE(update.faults.empty());
    messages[peer].push_back(update);
    for (const auto& gone : update.withdrawn) {
      REQUIRE(told[peer].contains(gone));  // nobody is told to forget what it never knew
      told[peer].erase(gone);
    }
    for (const auto& announced : update.announced) told[peer][announced] = update.attributes;
  }
  void settle_and_take_all() {
    settle();
    for (PeerIndex peer = 0; peer < told.size(); ++peer) {
      take(peer);
      REQUIRE_FALSE(rib.has_updates(peer));
    }
  }
  bool knows(PeerIndex peer, std::string_view text) const { return told[peer].contains(prefix(text)); }

  std::map<net::Ipv4Prefix, net::IpAddress> kernel;
  std::function<bool(const rib::Decision&)> refuses;
  rib::ImportPolicy import_policy;
  std::uint32_t first_interface = 2;
  std::vector<bool> reachable;
  std::vector<Told> told;
  std::vector<std::vector<bgp::Update>> messages;
  std::vector<std::string> story;  // the kinds of all that a peer has read, in order
  std::vector<bgp::Agreed> agreed;
  rib::Rib rib;
};

// Nothing is left of anything.
inline void check_empty(World& world) {
  world.settle_and_take_all();
  CHECK(world.rib.attributes().size() == 0);
  CHECK(world.rib.table().size() == 0);
  CHECK(world.kernel.empty());
  for (const auto state : {rib::KernelState::NotWanted, rib::KernelState::Pending,
                           rib::KernelState::Installed, rib::KernelState::Failed})
    CHECK(world.rib.kernel_count(state) == 0);
}

}  // namespace rib_test
