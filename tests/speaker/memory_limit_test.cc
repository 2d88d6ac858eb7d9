// A router that may hold only so much: whose UPDATE carries it beyond has to go (RFC 4486 §4, Out of
// Resources), and nobody else.
#include <optional>

#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

constexpr std::size_t kLimit = 64 * 1024;
const auto kAsUsual = [](unsigned, speaker::NeighborConfig&) {};

std::string network_of(unsigned p, unsigned n) {
  return fmt::format("{}.{}.{}.0/24", 20 + p, n / 256, n % 256);
}

// A neighbour's route to its nth network; of other attributes than its other ones, where they are `distinct`.
bgp::Update route_of(unsigned p, unsigned n, bool distinct) {
  bgp::Update update = World::route(p, network_of(p, n));
  if (distinct) update.attributes.communities = {n};
  return update;
}

constexpr unsigned kMany = 2000;

// Until its session ends, or it has said so many; how many those were. `reader` takes in what it hears of
// them.
unsigned flood(World& world, unsigned p, bool distinct, std::optional<unsigned> reader = {}) {
  unsigned said = 0;
  while (world.is_open(p) && said < kMany) {
    if (reader) world.hear(*reader);
    world.say(p, route_of(p, said++, distinct));
  }
  return said;
}

const bgp::Notification kOutOfResources{bgp::ErrorCode::Cease, bgp::kCeaseOutOfResources, {}};

}  // namespace

TEST_CASE("the UPDATE that carries a router beyond its memory ends its session: 6/8", "[memory]") {
  const bool distinct = GENERATE(false, true);
  World world(3, kAsUsual, kLimit);
  for (unsigned p : {0u, 1u, 2u}) world.establish(p);
  world.announce(1, "10.11.0.0/16");
  world.hear(2);
  const std::size_t before = world.speaker().rib_bytes();
  const unsigned said = flood(world, 0, distinct);
  CHECK_FALSE(world.is_open(0));
  const auto heard = world.hear(0);
  REQUIRE_FALSE(heard.empty());
  CHECK(std::get<bgp::Notification>(heard.back()) == kOutOfResources);
  const auto overruns = world.speaker().take_memory_overruns();
  REQUIRE(overruns.size() == 1);
  CHECK(overruns[0].neighbor == net::IpAddress(World::address_of(0)));
  CHECK(overruns[0].bytes > kLimit);
  CHECK(overruns[0].bytes < kLimit + kLimit / 8);  // one UPDATE more than there is room for
  CHECK(world.speaker().take_memory_overruns().empty());

  // Its routes are gone, and with them their memory: what stays is the index, which has grown.
  for (unsigned n = 0; n < said; ++n) CHECK_FALSE(world.has_route(network_of(0, n)));
  for (unsigned p : {1u, 2u}) world.hear(p);
  CHECK(world.speaker().rib_bytes() < before + kLimit / 8);
  for (unsigned p : {1u, 2u}) CHECK(world.speaker().peer(p).state() == bgp::State::Established);
  CHECK(world.has_route("10.11.0.0/16"));
  world.announce(1, "10.12.0.0/16");
  CHECK(world.words(2) == "UPDATE+10.12.0.0/16");

  world.pass(59s);
  CHECK_FALSE(world.connect(0));
  SECTION("after a minute it may come again") {
    world.pass(2s);
    world.establish(0);
    world.say(0, route_of(0, 0, distinct));
    CHECK(world.has_route(network_of(0, 0)));
    CHECK(world.is_open(0));
  }
  SECTION("or when an administrator clears it") {
    world.speaker().clear(0, world.clock);
    world.establish(0);
  }
}

TEST_CASE("without a limit nobody has to go", "[memory]") {
  World world(1, kAsUsual);
  world.establish(0);
  CHECK(flood(world, 0, true) == kMany);
  CHECK(world.is_open(0));
  CHECK(world.speaker().rib_bytes() > kLimit);
  CHECK(world.speaker().view(world.clock).memory_limit == std::nullopt);
}

TEST_CASE("while the routes of one that had to go are taken down, the others may go on", "[memory]") {
  World world(3, kAsUsual, kLimit);
  for (unsigned p : {0u, 1u, 2u}) world.establish(p);
  world.announce(1, "10.11.0.0/16");
  REQUIRE(flood(world, 0, true, 2) < kMany);
  // Neighbour 2 knows those routes and does not read that they are gone: they stay in its Adj-RIB-Out.
  world.hear(1);
  for (unsigned n = 0; n < 5; ++n) world.announce(1, fmt::format("10.12.{}.0/24", n));
  CHECK(world.speaker().rib_bytes() > kLimit);
  CHECK(world.has_route("10.12.4.0/24"));
  CHECK(world.is_open(1));

  SECTION("but not for ever: a second flood ends, too") {
    flood(world, 1, true);
    CHECK_FALSE(world.is_open(1));
    CHECK(world.speaker().take_memory_overruns().size() == 2);
    CHECK(world.speaker().rib_bytes() < kLimit + kLimit / 2);
    CHECK(world.speaker().peer(2).state() == bgp::State::Established);
  }
  SECTION("and when that is done, the limit is what it was") {
    world.hear(2);
    world.hear(1);
    world.pass(1s);
    CHECK(world.speaker().rib_bytes() < kLimit / 4);
    flood(world, 1, true);
    CHECK_FALSE(world.is_open(1));
    const auto overruns = world.speaker().take_memory_overruns();
    REQUIRE(overruns.size() == 2);
    CHECK(overruns[1].bytes < kLimit + kLimit / 8);
  }
}

TEST_CASE("what takes no memory ends no session, however much is held", "[memory]") {
  World world(2, kAsUsual, 1);  // less than what it has from the beginning
  world.establish(0);
  world.announce(0, "10.11.0.0/16");
  CHECK_FALSE(world.is_open(0));
  world.establish(1);
  bgp::Update nothing;
  nothing.withdrawn = {prefix("10.99.0.0/16")};
  world.say(1, nothing);
  CHECK(world.is_open(1));
}
