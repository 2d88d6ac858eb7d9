// The three RIBs together: what comes in, which route wins, what the kernel is asked.
#include "rib/rib.h"

#include <catch2/catch.hpp>

#include "tests/rib/rib_world.h"

using namespace rib_test;
using rib::KernelState;

namespace {

const char* const kNet = "172.31.7.0/24";

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
