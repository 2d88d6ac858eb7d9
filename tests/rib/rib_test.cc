// The three RIBs together: what comes in, what the kernel is asked, what the neighbours are told.
#include "rib/rib.h"

#include <catch2/catch.hpp>

#include "tests/rib/rib_world.h"

using namespace rib_test;
using rib::KernelState;

namespace {

const char* const kNet = "172.31.7.0/24";

void check_empty(World& world) {
  world.settle_and_take_all();
  CHECK(world.rib.attributes().size() == 0);
  CHECK(world.rib.table().size() == 0);
  CHECK(world.kernel.empty());
  for (const auto state :
       {KernelState::NotWanted, KernelState::Pending, KernelState::Installed, KernelState::Failed})
    CHECK(world.rib.kernel_count(state) == 0);
}

bgp::PathAttributes large(PeerIndex peer, std::size_t communities) {
  auto attributes = World::route_of(peer);
  for (std::size_t i = 0; i < communities; ++i)
    attributes.communities.push_back(static_cast<std::uint32_t>(i << 16 | 1));
  return attributes;
}

}  // namespace

TEST_CASE("a route is learnt, replaced and withdrawn", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0, {300}));
  CHECK(world.take(1) == 1);  // End-of-RIB: nothing else before the kernel has it
  CHECK(world.messages[1].back().is_end_of_rib());
  world.settle();
  CHECK(world.kernel.at(prefix(kNet)) == net::IpAddress(address("10.0.0.1")));
  CHECK(world.rib.kernel_count(KernelState::Installed) == 1);
  world.settle_and_take_all();
  CHECK(world.told[1].at(prefix(kNet)).as_path.to_string() == "100 201 300");
  CHECK(world.told[1].at(prefix(kNet)).next_hop == net::IpAddress(address("10.0.1.2")));
  CHECK(world.told[0].empty());  // no echo
  CHECK(world.rib.accepted(0) == 1);
  CHECK(world.rib.advertised(1) == 1);

  const auto version = world.rib.version();
  world.learn(0, kNet, World::route_of(0, {300}));  // the same again is no news
  world.settle();
  CHECK_FALSE(world.rib.has_updates(1));
  CHECK(world.rib.version() == version);

  world.learn(0, kNet, World::route_of(0, {301, 302}));
  world.settle_and_take_all();
  CHECK(world.told[1].at(prefix(kNet)).as_path.to_string() == "100 201 301 302");
  CHECK(world.rib.accepted(0) == 1);

  world.withdraw(0, kNet);
  world.withdraw(0, "172.31.99.0/24");  // never was there
  CHECK(world.knows(1, kNet));
  check_empty(world);
  CHECK(world.told[1].empty());
  CHECK(world.rib.accepted(0) == 0);
  CHECK(world.rib.advertised(1) == 0);
}

TEST_CASE("what somebody else did to our route in the kernel's table is undone", "[rib]") {
  using Route = rib::Rib::KernelRoute;
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0, {300}));
  world.settle_and_take_all();
  const net::IpAddress next_hop = address("10.0.0.1");
  const std::uint32_t interface = world.rib.table()[world.rib.table().find(prefix(kNet))].interface;

  CHECK_FALSE(world.rib.kernel_has(prefix(kNet), Route{next_hop, interface}));  // as it should be
  CHECK_FALSE(world.rib.kernel_has(prefix("172.31.99.0/24"), std::nullopt));    // not ours
  CHECK_FALSE(world.rib.has_marked());

  const std::optional<Route> rows[] = {std::nullopt, Route{address("10.0.0.9"), interface},
                                       Route{next_hop, interface + 1}};
  for (const auto& found : rows) {
    world.kernel.at(prefix(kNet)) = address("10.0.0.9");
    CHECK(world.rib.kernel_has(prefix(kNet), found));
    CHECK(world.rib.kernel_has(prefix(kNet), found));  // said twice, done once
    world.settle();
    CHECK(world.kernel.at(prefix(kNet)) == next_hop);
    CHECK(world.rib.kernel_count(KernelState::Installed) == 1);
    CHECK_FALSE(world.rib.has_updates(1));  // no news for anybody
  }

  // Lost, and then not wanted any more.
  CHECK(world.rib.kernel_has(prefix(kNet), std::nullopt));
  world.withdraw(0, kNet);
  check_empty(world);
  CHECK_FALSE(world.rib.kernel_has(prefix(kNet), std::nullopt));
}

TEST_CASE("the better route wins, the other takes over", "[rib]") {
  World world(3);
  for (PeerIndex peer = 0; peer < 3; ++peer) world.up(peer);
  world.learn(0, kNet, World::route_of(0, {300, 301}));
  world.settle_and_take_all();
  world.learn(1, kNet, World::route_of(1));
  world.settle_and_take_all();
  CHECK(world.kernel.at(prefix(kNet)) == net::IpAddress(address("10.0.1.1")));
  CHECK(world.told[2].at(prefix(kNet)).as_path.to_string() == "100 202");
  CHECK(world.knows(0, kNet));        // its own is not the best any more
  CHECK_FALSE(world.knows(1, kNet));  // taken back: the best is now its own
  world.down(1);
  world.settle_and_take_all();
  CHECK(world.kernel.at(prefix(kNet)) == net::IpAddress(address("10.0.0.1")));
  CHECK(world.told[2].at(prefix(kNet)).as_path.to_string() == "100 201 300 301");
  CHECK_FALSE(world.knows(0, kNet));
  world.up(1);
  world.settle_and_take_all();
  CHECK(world.knows(1, kNet));
  CHECK(world.messages[1].back().is_end_of_rib());
  world.down(0);
  check_empty(world);
}

TEST_CASE("what is originated here beats what is learnt, and is no business of the kernel", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  world.rib.originate(prefix(kNet), routes::originated(), rib::Seconds{5});
  world.settle_and_take_all();
  CHECK(world.kernel.empty());
  CHECK(world.told[0].at(prefix(kNet)).as_path.to_string() == "100");
  CHECK(world.told[1].at(prefix(kNet)).as_path.to_string() == "100");
  world.rib.retract(prefix(kNet));
  world.settle_and_take_all();
  CHECK(world.kernel.size() == 1);
  CHECK_FALSE(world.knows(0, kNet));
  CHECK(world.told[1].at(prefix(kNet)).as_path.to_string() == "100 201");
  world.withdraw(0, kNet);
  check_empty(world);
}

TEST_CASE("a route through ourselves is neither used nor counted", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0, {100, 300}));
  world.settle_and_take_all();
  CHECK(world.kernel.empty());
  CHECK(world.rib.accepted(0) == 0);
  CHECK_FALSE(world.knows(1, kNet));
  world.learn(0, kNet, World::route_of(0, {300}));
  world.settle_and_take_all();
  CHECK(world.rib.accepted(0) == 1);
  CHECK(world.knows(1, kNet));
  world.learn(0, kNet, World::route_of(0, {100}));
  world.settle_and_take_all();
  CHECK(world.rib.accepted(0) == 0);
  CHECK_FALSE(world.knows(1, kNet));
  world.withdraw(0, kNet);
  check_empty(world);
}

TEST_CASE("a next hop that cannot be reached makes a route unusable until it can", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  auto elsewhere = World::route_of(0);
  elsewhere.next_hop = address("192.0.2.1");
  world.learn(0, "10.9.0.0/16", elsewhere);
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.kernel.size() == 1);
  CHECK_FALSE(world.knows(1, "10.9.0.0/16"));
  world.reachable[0] = false;
  world.rib.resolve_next_hops();
  world.settle_and_take_all();
  CHECK(world.kernel.empty());
  CHECK(world.told[1].empty());
  world.reachable[0] = true;
  world.rib.resolve_next_hops();
  world.settle_and_take_all();
  CHECK(world.kernel.size() == 1);
  CHECK(world.knows(1, kNet));
  world.down(0);
  check_empty(world);
}

TEST_CASE("the kernel is asked for what it forwards by alone", "[rib]") {
  World world(1);
  world.up(0);
  world.learn(0, kNet, World::route_of(0));
  world.settle();
  const auto asked = [&] {
    const auto decisions = world.rib.decide();
    REQUIRE(decisions.size() == 1);
    world.rib.commit(decisions, std::vector{0});
    return std::pair(decisions[0].kernel, decisions[0].interface);
  };
  using Kernel = rib::Decision::Kernel;
  world.learn(0, kNet, World::route_of(0, {300}));  // another path through the same neighbour
  CHECK(asked() == std::pair(Kernel::Nothing, 2u));
  world.first_interface = 7;  // the neighbour itself has moved
  world.rib.resolve_next_hops();
  CHECK(asked() == std::pair(Kernel::Replace, 7u));
  auto behind = World::route_of(0);  // another next hop on the same link
  behind.next_hop = address("10.0.0.9");
  world.learn(0, kNet, behind);
  CHECK(asked() == std::pair(Kernel::Replace, 7u));
}

TEST_CASE("what the kernel refuses is not announced, and withdrawn where it was", "[rib]") {
  World world(3);
  for (PeerIndex peer = 0; peer < 3; ++peer) world.up(peer);
  world.refuses = [](const rib::Decision& decision) {
    return decision.interface == 2;
  };  // all through peer 0
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  CHECK_FALSE(world.knows(2, kNet));
  CHECK(world.rib.kernel_count(KernelState::Failed) == 1);
  CHECK(world.rib.table()[world.rib.table().find(prefix(kNet))].kernel_errno == ENETUNREACH);
  world.withdraw(0, kNet);
  check_empty(world);

  // The old one stood in the kernel; its replacement fails: both must go.
  world.learn(1, kNet, World::route_of(1, {300, 301}));
  world.settle_and_take_all();
  CHECK(world.knows(2, kNet));
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.kernel.empty());
  CHECK_FALSE(world.knows(2, kNet));
  CHECK_FALSE(world.knows(0, kNet));
  CHECK(world.rib.kernel_count(KernelState::Failed) == 1);
  // What is left is no longer a failure, even where a useless route of the peer stays in its Adj-RIB-In.
  world.learn(0, kNet, World::route_of(0, {100}));
  world.withdraw(1, kNet);
  world.settle_and_take_all();
  CHECK(world.rib.kernel_count(KernelState::Failed) == 0);
  world.refuses = nullptr;
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.knows(2, kNet));
  world.down(0);
  check_empty(world);
}

TEST_CASE("one attribute set, many prefixes: few UPDATEs", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  for (unsigned i = 0; i < 300; ++i)
    world.learn(0, fmt::format("10.{}.{}.0/24", i / 250 + 1, i % 250),
                i % 2 == 0 ? World::route_of(0) : World::route_of(0, {300}));
  world.settle();
  CHECK(world.take(1) == 3);  // two sets and End-of-RIB
  CHECK(world.told[1].size() == 300);
  world.down(0);
  world.settle();
  CHECK(world.take(1) == 1);  // all withdrawals in one
  CHECK(world.told[1].empty());
  check_empty(world);
}

TEST_CASE("changes that undo each other before they are told are no news", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.settle_and_take_all();
  world.learn(0, kNet, World::route_of(0));
  world.settle();
  world.withdraw(0, kNet);
  world.settle();
  CHECK(world.take(1) == 0);
  check_empty(world);
}

TEST_CASE("UPDATEs fill the room that there is, and go on later", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  for (unsigned i = 0; i < 3000; ++i)
    world.learn(0, fmt::format("10.{}.{}.0/24", i / 250 + 1, i % 250), World::route_of(0, {i % 3 + 1}));
  world.settle();
  std::size_t turns = 0;
  for (; world.rib.has_updates(1); ++turns) {
    REQUIRE(turns < 1000);
    world.take(1, 300);
  }
  CHECK(turns > 30);
  CHECK(world.told[1].size() == 3000);
  CHECK(world.rib.advertised(1) == 3000);
  CHECK(world.rib.end_of_rib_sent(1));
  world.down(0);
  check_empty(world);
}

TEST_CASE("attributes that were cut off by a full socket are not mistaken for later ones", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.settle_and_take_all();
  for (unsigned i = 0; i < 100; ++i) world.learn(0, fmt::format("10.1.{}.0/24", i), World::route_of(0, {7}));
  world.settle();
  CHECK(world.take(1, 30) == 0);  // they are encoded, and do not fit
  // All routes change: the old attributes' id is free, and the first new set takes it.
  world.down(0);
  world.settle();
  world.up(0);
  for (unsigned i = 0; i < 100; ++i) world.learn(0, fmt::format("10.1.{}.0/24", i), World::route_of(0, {8}));
  world.settle_and_take_all();
  REQUIRE(world.told[1].size() == 100);
  for (const auto& [network, attributes] : world.told[1])
    CHECK(attributes.as_path.to_string() == "100 201 8");
  world.down(0);
  check_empty(world);
}

TEST_CASE("attributes too large for a message: not announced, withdrawn where known", "[rib]") {
  World world(3);
  world.agreed[2].extended_message = true;
  for (PeerIndex peer = 0; peer < 3; ++peer) world.up(peer);
  world.learn(0, kNet, World::route_of(0));
  world.learn(0, "10.1.0.0/16", World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.knows(1, kNet));
  world.learn(0, kNet, large(0, 1100));
  world.learn(0, "10.2.0.0/16", large(0, 1100));
  world.learn(0, "10.3.0.0/16", World::route_of(0, {9}));
  world.settle_and_take_all();
  CHECK_FALSE(world.knows(1, kNet));
  CHECK_FALSE(world.knows(1, "10.2.0.0/16"));
  CHECK(world.knows(1, "10.1.0.0/16"));
  CHECK(world.knows(1, "10.3.0.0/16"));
  CHECK(world.knows(2, kNet));  // RFC 8654
  CHECK(world.told[2].at(prefix(kNet)).communities.size() == 1100);
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.knows(1, kNet));
  world.down(0);
  check_empty(world);
}

TEST_CASE("where there is room for a message, nothing is left for later", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0));
  world.settle_and_take_all();
  SECTION("exactly one, and attributes that exceed it: a withdrawal") {
    world.learn(0, kNet, large(0, 1100));
    world.settle();
    world.take(1, bgp::kMaxMessageOctets);
    CHECK_FALSE(world.knows(1, kNet));
  }
  SECTION("exactly one more, behind what just fitted") {
    auto attributes = large(0, 1000);
    const auto announcement = [&](std::string_view network) {  // what goes out, were there room for all
      World other(2);
      other.up(0);
      other.up(1);
      other.settle_and_take_all();
      other.learn(0, network, attributes);
      other.settle();
      std::vector<std::uint8_t> octets;
      other.rib.take_updates(1, 1 << 20, octets);
      return octets.size();
    };
    attributes.unknown = {{0xc0, 250, {1}}};
    const std::size_t spare = bgp::kMaxMessageOctets - announcement("11.0.0.0/8");
    attributes.unknown[0].value.resize(1 + spare);
    REQUIRE(announcement("11.0.0.0/8") == bgp::kMaxMessageOctets);
    world.learn(0, "11.0.0.0/8", attributes);
    world.learn(0, kNet, attributes);  // longer by an octet or more: withdrawn
    world.settle();
    world.take(1, 2 * bgp::kMaxMessageOctets);
    CHECK(world.knows(1, "11.0.0.0/8"));
    CHECK_FALSE(world.knows(1, kNet));
  }
  CHECK_FALSE(world.rib.has_updates(1));
}

TEST_CASE("attributes that leave room for a short prefix and not for a long one", "[rib]") {
  // 23 octets of message, then attributes, then 2 octets for a /8 or 5 for a /32.
  for (std::size_t filler = 0; filler < 40; ++filler) {
    World world(2);
    world.up(0);
    world.up(1);
    auto attributes = large(0, 1000);
    attributes.unknown = {{0xc0, 250, std::vector<std::uint8_t>(14 + filler, 1)}};
    // Were known to the peer in another shape, or were not.
    world.learn(0, "12.0.0.0/8", World::route_of(0));
    world.learn(0, "10.9.9.9/32", World::route_of(0));
    world.settle_and_take_all();
    for (const char* network : {"11.0.0.0/8", "12.0.0.0/8", "10.9.9.8/32", "10.9.9.9/32"})
      world.learn(0, network, attributes);
    world.settle_and_take_all();
    CHECK(world.knows(1, "11.0.0.0/8") == world.knows(1, "12.0.0.0/8"));
    CHECK(world.knows(1, "10.9.9.8/32") == world.knows(1, "10.9.9.9/32"));
    world.down(0);
    check_empty(world);
    CHECK(world.told[1].empty());
  }
}

TEST_CASE("a refresh repeats what holds and forgets no withdrawal", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kNet, World::route_of(0));
  world.learn(0, "10.1.0.0/16", World::route_of(0));
  world.settle_and_take_all();
  world.withdraw(0, "10.1.0.0/16");
  world.settle();  // not told yet
  world.rib.resend(1);
  const auto before = world.messages[1].size();
  world.settle_and_take_all();
  CHECK(world.messages[1].size() == before + 3);  // a withdrawal, the route once more, End-of-RIB
  CHECK(world.knows(1, kNet));
  CHECK_FALSE(world.knows(1, "10.1.0.0/16"));
  CHECK(world.rib.advertised(1) == 1);
  world.down(0);
  check_empty(world);
}

TEST_CASE("what we originate asks nothing of the kernel", "[rib]") {
  World world(1);
  for (unsigned i = 0; i < 1000; ++i)
    world.rib.originate({net::Ipv4Address::of(11, i / 250, i % 250, 0), 24}, routes::originated(), {});
  world.settle();
  CHECK(world.kernel.empty());
  const auto& entry = world.rib.table()[world.rib.table().find(prefix("11.0.0.0/24"))];
  CHECK(entry.kernel == KernelState::NotWanted);
  CHECK(entry.interface == 0);
}

TEST_CASE("AS_PATH of 255, 256 and 257 goes out whole", "[rib]") {
  for (const std::size_t length : {254u, 255u, 256u, 257u}) {
    World world(2);
    world.up(0);
    world.up(1);
    world.learn(0, kNet, World::route_of(0, std::vector<std::uint32_t>(length - 1, 300)));
    world.settle_and_take_all();
    REQUIRE(world.knows(1, kNet));
    CHECK(world.told[1].at(prefix(kNet)).as_path.length() == length + 1);
    CHECK(world.told[1].at(prefix(kNet)).as_path.first_as() == 100);
  }
}
