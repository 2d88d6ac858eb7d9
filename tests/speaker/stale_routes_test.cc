// Routes that outlive their session, and refreshes that have a beginning and an end. RFC 4724 §4.2, RFC 8538,
// RFC 2918, RFC 7313 §4.
#include "bgp/graceful_restart.h"
#include "tests/bgp/captures.h"
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

const auto kAsUsual = [](unsigned, speaker::NeighborConfig&) {};
constexpr const char* kA = "10.10.0.0/16";
constexpr const char* kB = "10.11.0.0/16";

// Graceful Restart of a neighbour: flags and time, then families with theirs.
bgp::Capability restart(const char* value) { return {64, captures::octets(value)}; }
const bgp::Capability kPreserves = restart("0078 0001 01 80");  // 120 s, IPv4 unicast with F
const bgp::Capability kPreservesWithN = restart("4078 0001 01 80");

// Every route that a neighbour has announced, and a mark behind the stale ones.
std::string adj_in(World& world) {
  std::string text;
  for (const auto& route : world.speaker().adj_in(std::nullopt, world.clock))
    text += net::to_string(route.prefix) + (route.stale ? "! " : " ");
  return text;
}

bgp::RouteRefresh refresh(std::uint8_t subtype) { return {bgp::kIpv4Unicast, subtype}; }

}  // namespace

TEST_CASE("routes outlive a connection that is lost, until the restart time is over", "[graceful]") {
  World world(2, kAsUsual);
  world.establish(0, {kPreserves});
  world.establish(1);
  world.announce(0, kA);
  world.announce(0, kB);
  world.hear(1);
  CHECK(adj_in(world) == "10.10.0.0/16 10.11.0.0/16 ");
  world.lose(0);
  CHECK(adj_in(world) == "10.10.0.0/16! 10.11.0.0/16! ");
  CHECK(world.has_route(kA));
  CHECK(world.words(1).empty());
  for (const auto& route : world.speaker().adj_in(std::nullopt, world.clock)) CHECK(route.stale);
  SECTION("it does not come back") {
    world.pass(119s);
    CHECK(world.has_route(kA));
    world.pass(1s);
    CHECK_FALSE(world.has_route(kA));
    CHECK(world.words(1) == "UPDATE-10.10.0.0/16-10.11.0.0/16");
  }
  SECTION("it comes back and confirms one of the two") {
    world.pass(60s);
    world.establish(0, {restart("8078 0001 01 80")});
    CHECK(world.has_route(kB));
    world.announce(0, kA);
    CHECK(adj_in(world) == "10.10.0.0/16 10.11.0.0/16! ");
    world.pass(100s);  // the restart time counts no more
    CHECK(world.has_route(kB));
    world.say(0, bgp::Update{});
    CHECK(world.has_route(kA));
    CHECK_FALSE(world.has_route(kB));
    CHECK(world.words(1) == "UPDATE-10.11.0.0/16");
  }
  SECTION("it comes back and never says End-of-RIB") {
    world.establish(0, {restart("8078 0001 01 80")});
    world.pass(359s);
    CHECK(world.has_route(kA));
    world.pass(1s);
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("it comes back and has not preserved them") {
    const char* value = GENERATE("8078 0001 01 00", "8078", "8078 0002 01 80");
    CAPTURE(value);
    world.establish(0, {restart(value)});
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("it comes back and knows nothing of graceful restart") {
    world.establish(0);
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("it is lost again before it has confirmed them") {
    world.establish(0, {restart("8078 0001 01 80")});
    world.announce(0, kB);
    world.lose(0);
    CHECK_FALSE(world.has_route(kA));  // stale twice
    CHECK(world.has_route(kB));
  }
  SECTION("an administrator shuts it down meanwhile") {
    world.speaker().peer(0).stop({}, world.clock);
    world.speaker().tick(world.clock);
    CHECK_FALSE(world.has_route(kA));
  }
}

TEST_CASE("which ends routes do not outlive", "[graceful]") {
  World world(1, kAsUsual);
  SECTION("a lost connection of a peer that preserves another family") {
    world.establish(0, {restart("0078 0002 01 80")});
    world.announce(0, kA);
    world.lose(0);
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("a NOTIFICATION without N on both sides") {
    world.establish(0, {kPreserves});
    world.announce(0, kA);
    world.say(0, bgp::Notification{bgp::ErrorCode::Cease, bgp::kCeaseReset, {}});
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("a NOTIFICATION with N does leave them, a hard reset does not (RFC 8538)") {
    world.establish(0, {kPreservesWithN});
    world.announce(0, kA);
    world.say(0, bgp::Notification{bgp::ErrorCode::Cease, bgp::kCeaseReset, {}});
    CHECK(world.has_route(kA));
    world.establish(0, {kPreservesWithN});
    CHECK(world.has_route(kA));
    world.say(0, bgp::Notification{bgp::ErrorCode::Cease, bgp::kCeaseHardReset, {6, 4}});
    CHECK_FALSE(world.has_route(kA));
  }
}

TEST_CASE("a restarted peer that comes again before its old connection is known to be dead", "[graceful]") {
  World world(1, kAsUsual);
  world.establish(0, {kPreserves});
  world.announce(0, kA);
  REQUIRE(world.connect(0));
  SECTION("it says that it has restarted: the new connection counts, the routes stay") {
    world.say(0, World::open_of(0, {restart("8078 0001 01 80")}));
    world.say(0, bgp::Keepalive{});
    CHECK(world.words(0) == "OPEN EoR");
    CHECK(world.speaker().peer(0).state() == bgp::State::Established);
    CHECK(world.speaker().peer(0).connections_dropped() == 1);
    CHECK(world.has_route(kA));
    world.say(0, bgp::Update{});
    CHECK_FALSE(world.has_route(kA));
  }
  SECTION("it does not say so: the old one counts (RFC 4271 §6.8)") {
    world.say(0, World::open_of(0, {kPreserves}));
    CHECK(world.words(0) == "NOTIFICATION 6/7");
    CHECK(world.speaker().peer(0).connections_dropped() == 0);
  }
}

TEST_CASE("a refresh is answered between its beginning and its end (RFC 7313 §4)", "[refresh]") {
  World world(2, kAsUsual);
  world.establish(0);
  world.announce(0, kA);
  world.announce(0, kB);
  SECTION("where both know how") {
    world.establish(1);
    world.say(1, refresh(bgp::kRefreshRequest));
    CHECK(world.words(1) == "BoRR UPDATE+10.10.0.0/16+10.11.0.0/16 EoRR");
    CHECK(world.speaker().peer(1).sent().route_refreshes == 2);
    CHECK(world.speaker().peer(1).sent().updates == 3);  // routes, End-of-RIB, routes again
    world.say(1, refresh(bgp::kRefreshRequest));
    world.say(1, refresh(bgp::kRefreshRequest));
    CHECK(world.words(1) == "BoRR UPDATE+10.10.0.0/16+10.11.0.0/16 EoRR");
  }
  SECTION("after the first End-of-RIB only") {
    REQUIRE(world.connect(1));
    world.say(1, World::open_of(1));
    world.say(1, bgp::Keepalive{});
    world.say(1, refresh(bgp::kRefreshRequest));
    CHECK(world.words(1) ==
          "OPEN UPDATE+10.10.0.0/16+10.11.0.0/16 EoR BoRR UPDATE+10.10.0.0/16+10.11.0.0/16 EoRR");
  }
  SECTION("plainly where one does not (RFC 2918)") {
    REQUIRE(world.connect(1));
    bgp::Open plain = World::open_of(1);
    std::erase_if(plain.capabilities, [](const auto& capability) { return capability.code == 70; });
    world.say(1, plain);
    world.say(1, bgp::Keepalive{});
    world.hear(1);
    world.say(1, refresh(bgp::kRefreshRequest));
    CHECK(world.words(1) == "UPDATE+10.10.0.0/16+10.11.0.0/16 EoR");
    world.say(1, refresh(bgp::kRefreshBegin));
    world.say(1, refresh(bgp::kRefreshEnd));
    CHECK(world.words(1).empty());
  }
  SECTION("and not for what is unknown or was not agreed on") {
    world.establish(1);
    world.say(1, bgp::RouteRefresh{bgp::kIpv6Unicast, bgp::kRefreshRequest});
    world.say(1, bgp::RouteRefresh{{1, 128}, bgp::kRefreshRequest});
    world.say(1, bgp::RouteRefresh{{0, 0}, bgp::kRefreshRequest});
    world.say(1, refresh(3));
    world.say(1, refresh(255));
    CHECK(world.words(1).empty());
    CHECK(world.speaker().peer(1).state() == bgp::State::Established);
  }
}

TEST_CASE("what a peer does not repeat in its refresh is gone at the end of it (RFC 7313 §4)", "[refresh]") {
  World world(1, kAsUsual);
  const bool graceful = GENERATE(false, true);
  world.establish(0, graceful ? std::vector{kPreserves} : std::vector<bgp::Capability>{});
  world.announce(0, kA);
  world.announce(0, kB);
  SECTION("a refresh before the End-of-RIB of a peer with graceful restart does not count") {
    world.say(0, refresh(bgp::kRefreshBegin));
    world.say(0, refresh(bgp::kRefreshEnd));
    CHECK(world.has_route(kA) == graceful);
  }
  SECTION("afterwards it does") {
    world.say(0, bgp::Update{});
    world.say(0, refresh(bgp::kRefreshBegin));
    CHECK(world.has_route(kA));
    world.announce(0, kB);
    world.say(0, refresh(bgp::kRefreshBegin));  // begun anew: doubted again
    world.announce(0, kA);
    world.say(0, refresh(bgp::kRefreshEnd));
    CHECK(world.has_route(kA));
    CHECK_FALSE(world.has_route(kB));
    world.say(0, refresh(bgp::kRefreshEnd));  // without a beginning
    CHECK(world.has_route(kA));
  }
  SECTION("one that never ends is ended") {
    world.say(0, bgp::Update{});
    world.say(0, refresh(bgp::kRefreshBegin));
    world.pass(359s);
    CHECK(world.has_route(kA));
    world.pass(1s);
    CHECK_FALSE(world.has_route(kA));
  }
}
