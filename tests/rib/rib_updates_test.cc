// What the neighbours are told, and how it is packed into UPDATEs.
#include <catch2/catch.hpp>

#include "rib/rib.h"
#include "tests/rib/rib_world.h"

using namespace rib_test;

namespace {

const char* const kTold = "172.31.7.0/24";

bgp::PathAttributes large(PeerIndex peer, std::size_t communities) {
  auto attributes = World::route_of(peer);
  for (std::size_t i = 0; i < communities; ++i)
    attributes.communities.push_back(static_cast<std::uint32_t>(i << 16 | 1));
  return attributes;
}

}  // namespace

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

TEST_CASE("one attribute set of two sources that are told otherwise: no UPDATE has both", "[rib]") {
  // The second neighbour's GRACEFUL_SHUTDOWN is not honoured (RFC 8326): LOCAL_PREF tells the two apart.
  World world(3);
  world.up(0);
  world.import_policy.graceful_shutdown = false;
  world.up(1);
  auto leaving = World::route_of(0);
  leaving.communities = {rib::kGracefulShutdown};
  for (unsigned i = 0; i < 8; ++i) world.learn(i % 2, fmt::format("172.31.{}.0/24", i), leaving);
  world.settle();
  world.agreed[2].internal = true;
  world.up(2, false);
  world.take(2);
  for (unsigned i = 0; i < 8; ++i)
    CHECK(world.told[2].at(prefix(fmt::format("172.31.{}.0/24", i))).local_pref == (i % 2 == 0 ? 0u : 100u));
}

TEST_CASE("changes that undo each other before they are told are no news", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.settle_and_take_all();
  world.learn(0, kTold, World::route_of(0));
  world.settle();
  world.withdraw(0, kTold);
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
  world.learn(0, kTold, World::route_of(0));
  world.learn(0, "10.1.0.0/16", World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.knows(1, kTold));
  world.learn(0, kTold, large(0, 1100));
  world.learn(0, "10.2.0.0/16", large(0, 1100));
  world.learn(0, "10.3.0.0/16", World::route_of(0, {9}));
  world.settle_and_take_all();
  CHECK_FALSE(world.knows(1, kTold));
  CHECK_FALSE(world.knows(1, "10.2.0.0/16"));
  CHECK(world.knows(1, "10.1.0.0/16"));
  CHECK(world.knows(1, "10.3.0.0/16"));
  CHECK(world.knows(2, kTold));  // RFC 8654
  CHECK(world.told[2].at(prefix(kTold)).communities.size() == 1100);
  world.learn(0, kTold, World::route_of(0));
  world.settle_and_take_all();
  CHECK(world.knows(1, kTold));
  world.down(0);
  check_empty(world);
}

TEST_CASE("where there is room for a message, nothing is left for later", "[rib]") {
  World world(2);
  world.up(0);
  world.up(1);
  world.learn(0, kTold, World::route_of(0));
  world.settle_and_take_all();
  SECTION("exactly one, and attributes that exceed it: a withdrawal") {
    world.learn(0, kTold, large(0, 1100));
    world.settle();
    world.take(1, bgp::kMaxMessageOctets);
    CHECK_FALSE(world.knows(1, kTold));
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
    world.learn(0, kTold, attributes);  // longer by an octet or more: withdrawn
    world.settle();
    world.take(1, 2 * bgp::kMaxMessageOctets);
    CHECK(world.knows(1, "11.0.0.0/8"));
    CHECK_FALSE(world.knows(1, kTold));
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
  world.learn(0, kTold, World::route_of(0));
  world.learn(0, "10.1.0.0/16", World::route_of(0));
  world.settle_and_take_all();
  world.withdraw(0, "10.1.0.0/16");
  world.settle();  // not told yet
  world.rib.resend(1);
  const auto before = world.messages[1].size();
  world.settle_and_take_all();
  CHECK(world.messages[1].size() == before + 3);  // a withdrawal, the route once more, End-of-RIB
  CHECK(world.knows(1, kTold));
  CHECK_FALSE(world.knows(1, "10.1.0.0/16"));
  CHECK(world.rib.advertised(1) == 1);
  world.down(0);
  check_empty(world);
}

TEST_CASE("AS_PATH of 255, 256 and 257 goes out whole", "[rib]") {
  for (const std::size_t length : {254u, 255u, 256u, 257u}) {
    World world(2);
    world.up(0);
    world.up(1);
    world.learn(0, kTold, World::route_of(0, std::vector<std::uint32_t>(length - 1, 300)));
    world.settle_and_take_all();
    REQUIRE(world.knows(1, kTold));
    CHECK(world.told[1].at(prefix(kTold)).as_path.length() == length + 1);
    CHECK(world.told[1].at(prefix(kTold)).as_path.first_as() == 100);
  }
}
