// Refreshes that have a beginning and an end (RFC 7313), and routes that outlive their session (RFC 4724), as
// the RIBs see them.
#include <catch2/catch.hpp>

#include "tests/rib/rib_world.h"

using namespace rib_test;

namespace {

const char* const kOne = "172.31.1.0/24";
const char* const kTwo = "172.31.2.0/24";
constexpr std::size_t kMarkOctets = bgp::kHeaderOctets + 4;

// Peer 0 has told two routes, in one UPDATE each; peer 1 has agreed on enhanced refreshes and has heard them.
struct Refreshed : World {
  Refreshed() : World(2) {
    agreed[1].enhanced_refresh = true;
    up(0);
    up(1);
    learn(0, kOne, route_of(0));
    learn(0, kTwo, route_of(0));
    settle_and_take_all();
    story[1].clear();
  }
  std::string told_next(std::size_t room = 1 << 20) {
    take(1, room);
    return std::exchange(story[1], {});
  }
};

bool is_stale(const World& world, PeerIndex peer, std::string_view text) {
  const auto number = world.rib.table().find(prefix(text));
  REQUIRE(number != rib::Rib::PrefixTable::kNone);
  return world.rib.table().slot(number, peer + 1u).stale != 0;
}

}  // namespace

TEST_CASE("the marks follow what they end in the same room", "[rib]") {
  Refreshed world;
  world.learn(0, kOne, World::route_of(0, {300}));
  world.settle();
  world.rib.resend(1);
  CHECK(world.told_next(500) == "routes BoRR routes routes EoRR ");
}

TEST_CASE("a refresh has a beginning and an end where that was agreed (RFC 7313 §4)", "[rib]") {
  Refreshed world;
  CHECK_FALSE(world.rib.has_updates(1));
  world.rib.resend(1);
  CHECK(world.rib.has_updates(1));
  CHECK(world.told_next() == "BoRR routes EoRR ");
  CHECK_FALSE(world.rib.has_updates(1));
  CHECK(world.told_next().empty());

  SECTION("asked for twice before it begins, it comes once") {
    world.rib.resend(1);
    world.rib.resend(1);
    CHECK(world.told_next() == "BoRR routes EoRR ");
  }
  SECTION("asked for while it runs, however often, it comes once more") {
    world.rib.resend(1);
    CHECK(world.told_next(kMarkOctets) == "BoRR ");
    world.rib.resend(1);
    world.rib.resend(1);
    CHECK(world.told_next() == "routes EoRR BoRR routes EoRR ");
    CHECK_FALSE(world.rib.has_updates(1));
  }
  SECTION("a mark waits until it fits") {
    world.rib.resend(1);
    CHECK(world.told_next(kMarkOctets - 1).empty());
    CHECK(world.rib.has_updates(1));
    CHECK(world.told_next(kMarkOctets) == "BoRR ");
    CHECK(world.told_next(kMarkOctets).empty());  // no room for a route: no end either
    CHECK(world.told_next() == "routes EoRR ");
  }
  SECTION("a change while it runs is told within it") {
    world.rib.resend(1);
    CHECK(world.told_next(kMarkOctets) == "BoRR ");
    world.withdraw(0, kTwo);
    world.settle();
    CHECK(world.told_next() == "routes withdrawal EoRR ");
    CHECK(world.knows(1, kOne));
  }
  SECTION("it ends with the session") {
    world.rib.resend(1);
    CHECK(world.told_next(kMarkOctets) == "BoRR ");
    world.down(1);
    world.rib.resend(1);  // nobody is there
    CHECK_FALSE(world.rib.has_updates(1));
    CHECK(world.told_next().empty());
    world.up(1);
    CHECK(world.told_next() == "routes EoR ");
  }
  SECTION("it begins after the End-of-RIB of a session that is new") {
    world.down(1);
    world.up(1);
    world.rib.resend(1);
    CHECK(world.told_next() == "routes EoR BoRR routes EoRR ");
  }
}

TEST_CASE("what a neighbour is told is what it sees, while the next news waits", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  auto learnt = World::route_of(0, {300});
  learnt.med = 7;
  world.learn(0, kOne, learnt);
  world.rib.originate(prefix(kTwo), routes::originated(), rib::Seconds{1});
  world.settle_and_take_all();
  const auto told = [&](std::string_view text) {
    const auto attributes = world.rib.advertised_attributes(1, world.rib.table().find(prefix(text)));
    REQUIRE(attributes);
    CHECK(*attributes == world.told[1].at(prefix(text)));
    return *attributes;
  };
  CHECK(told(kOne).as_path.to_string() == "100 201 300");
  CHECK(told(kTwo).med == 0);
  world.rib.originate(prefix(kOne), routes::originated(), rib::Seconds{2});
  world.settle();
  CHECK(told(kOne).as_path.to_string() == "100 201 300");
  CHECK_FALSE(told(kOne).med);
  CHECK(world.rib.end_of_rib_sent(1));
  world.down(1);
  CHECK_FALSE(world.rib.end_of_rib_sent(1));
  CHECK_FALSE(world.rib.advertised_attributes(1, world.rib.table().find(prefix(kOne))));
}

TEST_CASE("routes of a peer that restarts stay, and go where it does not tell them again", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kOne, World::route_of(0));
  world.learn(0, kTwo, World::route_of(0, {300}));
  world.settle_and_take_all();
  CHECK_FALSE(is_stale(world, 0, kOne));

  world.rib.peer_down(0, true);
  CHECK_FALSE(world.rib.has_marked());  // nothing happens to the packets
  CHECK(is_stale(world, 0, kOne));
  CHECK(is_stale(world, 0, kTwo));
  world.up(0);
  world.learn(0, kOne, World::route_of(0));
  CHECK_FALSE(is_stale(world, 0, kOne));
  CHECK(is_stale(world, 0, kTwo));

  SECTION("by the end of its routes") { world.rib.sweep_stale(0); }
  SECTION("by its next fall") { world.rib.peer_down(0, true); }
  SECTION("because it takes it back") { world.withdraw(0, kTwo); }
  world.settle();
  world.take(1);
  CHECK(world.knows(1, kOne));
  CHECK_FALSE(world.knows(1, kTwo));
  CHECK(world.kernel.size() == 1);
  CHECK(world.rib.received(0) == 1);
  world.rib.peer_down(0);
  world.settle();
  CHECK(world.kernel.empty());
}

TEST_CASE("what a refresh does not repeat goes with its end (RFC 7313 §4)", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kOne, World::route_of(0));
  world.learn(0, kTwo, World::route_of(0));
  world.learn(1, kTwo, World::route_of(1, {300}));
  world.settle_and_take_all();
  world.rib.mark_stale(0);
  CHECK(is_stale(world, 0, kOne));
  CHECK(is_stale(world, 0, kTwo));
  CHECK_FALSE(is_stale(world, 1, kTwo));
  CHECK_FALSE(is_stale(world, 1, kOne));  // there is no route to be stale
  world.learn(0, kOne, World::route_of(0, {301}));
  world.rib.sweep_stale(0);
  world.settle_and_take_all();
  CHECK(world.told[1].at(prefix(kOne)).as_path.to_string() == "100 201 301");
  CHECK(world.kernel.at(prefix(kTwo)) == net::IpAddress(address("10.0.1.1")));
  CHECK(world.rib.received(0) == 1);
  CHECK(world.rib.received(1) == 1);
}
