// Seeded random lives of a Rib against a naive oracle: whatever came in whatever order, and however little
// the neighbours' sockets took at a time, kernel and neighbours end up with what the routes at hand imply.
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "tests/rib/rib_world.h"

using namespace rib_test;

namespace {

constexpr PeerIndex kPeers = 3;

struct Oracle {
  std::array<std::map<net::Ipv4Prefix, bgp::PathAttributes>, kPeers> in;
  std::set<net::Ipv4Prefix> local;
  std::array<bool, kPeers> up{};

  // Whose route is to be used: peer number, kPeers for our own, -1 for none.
  int best(const World& world, const net::Ipv4Prefix& network) const {
    if (local.contains(network)) return kPeers;
    std::vector<rib::Candidate> candidates;
    std::vector<int> whose;
    for (PeerIndex peer = 0; peer < kPeers; ++peer) {
      const auto found = in[peer].find(network);
      if (found == in[peer].end() || found->second.as_path.contains(kLocalAs) || !world.reachable[peer])
        continue;
      candidates.push_back({.merits = rib::merits_of(found->second),
                            .router_id = address("1.1.1." + std::to_string(peer + 1)),
                            .peer_address = address(World::address_of(peer))});
      whose.push_back(peer);
    }
    if (candidates.empty()) return -1;
    const int winner = whose[rib::select_best(candidates).best];
    return refused(network, winner) ? -1 : winner;
  }
  // Some pairs of prefix and interface the kernel never takes.
  static bool refused(const net::Ipv4Prefix& network, int peer) {
    return (network.address().value >> 8) % 11 == 3 && peer == 1;
  }
};

void check(World& world, const Oracle& oracle, unsigned networks) {
  std::size_t installed = 0;
  for (unsigned i = 0; i < networks; ++i) {
    const net::Ipv4Prefix network(net::Ipv4Address::of(172, 16, i, 0), 24);
    const int best = oracle.best(world, network);
    const bool learnt = best >= 0 && best < kPeers;
    installed += learnt ? 1 : 0;
    REQUIRE(world.kernel.contains(network) == learnt);
    if (learnt)
      REQUIRE(world.kernel.at(network) ==
              net::IpAddress(address(World::address_of(static_cast<PeerIndex>(best)))));
    for (PeerIndex peer = 0; peer < kPeers; ++peer) {
      const bool expected = oracle.up[peer] && best >= 0 && best != peer;
      CAPTURE(network.to_string(), best, peer, oracle.up[peer]);
      REQUIRE(world.told[peer].contains(network) == expected);
      if (!expected) continue;
      const auto& path = world.told[peer].at(network).as_path;
      if (best == kPeers)
        REQUIRE(path.to_string() == "100");
      else
        REQUIRE(path == oracle.in[static_cast<std::size_t>(best)].at(network).as_path.prepended(kLocalAs));
    }
  }
  REQUIRE(world.kernel.size() == installed);
  REQUIRE(world.rib.kernel_count(rib::KernelState::Installed) == installed);
  REQUIRE(world.rib.kernel_count(rib::KernelState::Pending) == 0);
  for (PeerIndex peer = 0; peer < kPeers; ++peer) {
    REQUIRE(world.rib.advertised(peer) == world.told[peer].size());
    std::size_t accepted = 0;
    for (const auto& [network, attributes] : oracle.in[peer])
      accepted += attributes.as_path.contains(kLocalAs) ? 0 : 1;
    REQUIRE(world.rib.accepted(peer) == accepted);
  }
}

}  // namespace

TEST_CASE("random lives end where the oracle does, and leave nothing behind", "[rib]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const unsigned networks = seed % 3 == 0 ? 200 : 12;
    World world(kPeers);
    world.agreed[2].extended_message = true;
    world.refuses = [](const rib::Decision& decision) {
      return Oracle::refused(decision.prefix, static_cast<int>(decision.interface) - 2);
    };
    Oracle oracle;
    for (int step = 0; step < 1200; ++step) {
      const auto peer = static_cast<PeerIndex>(random() % kPeers);
      const net::Ipv4Prefix network(
          net::Ipv4Address::of(172, 16, static_cast<unsigned>(random() % networks), 0), 24);
      const std::string text = network.to_string();
      switch (random() % 16) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: {
          if (!oracle.up[peer]) break;
          std::vector<std::uint32_t> behind(random() % 3, 300 + static_cast<std::uint32_t>(random() % 2));
          if (random() % 8 == 0) behind.push_back(kLocalAs);
          auto attributes = World::route_of(peer, behind);
          attributes.med = static_cast<std::uint32_t>(random() % 2);
          world.learn(peer, text, attributes);
          oracle.in[peer][network] = attributes;
          break;
        }
        case 6:
        case 7:
        case 8:
          world.withdraw(peer, text);
          oracle.in[peer].erase(network);
          break;
        case 9:
          world.rib.originate(network, routes::originated(), rib::Seconds{1});
          oracle.local.insert(network);
          break;
        case 10:
          world.rib.retract(network);
          oracle.local.erase(network);
          break;
        case 11:
          if (random() % 4 != 0) break;
          oracle.up[peer] ? world.down(peer) : world.up(peer);
          if (std::exchange(oracle.up[peer], !oracle.up[peer])) oracle.in[peer].clear();
          break;
        case 12:
          if (random() % 4 != 0) break;
          world.reachable[peer] = !world.reachable[peer];
          world.rib.resolve_next_hops();
          break;
        case 13:
          if (random() % 4 == 0) world.rib.resend(peer);
          break;
        case 14: world.settle(); break;
        case 15: world.take(peer, 23 + random() % 200); break;
      }
      if (random() % 40 != 0) continue;
      world.settle_and_take_all();
      check(world, oracle, networks);
    }
    for (PeerIndex peer = 0; peer < kPeers; ++peer) world.down(peer);
    for (const auto& network : oracle.local) world.rib.retract(network);
    world.settle_and_take_all();
    REQUIRE(world.rib.attributes().size() == 0);
    REQUIRE(world.rib.table().size() == 0);
    REQUIRE(world.kernel.empty());
  }
}
