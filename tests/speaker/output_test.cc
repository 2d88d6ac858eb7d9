// What a transport that pulls is told beside the octets.
#include <catch2/catch.hpp>

#include "tests/speaker/speaker_world.h"

namespace {

using speaker_test::World;

}  // namespace

TEST_CASE("who pulls learns whether there is more", "[speaker]") {
  World world(2, [](unsigned, auto&) {});
  world.establish(0);
  world.establish(1);
  world.announce(0, "10.1.0.0/16");
  bgp::Update other = World::route(0, "10.2.0.0/16");
  other.attributes.origin = bgp::Origin::Egp;  // and so an UPDATE of its own
  world.say(0, other);

  std::vector<std::uint8_t> out;
  SECTION("at once") {
    CHECK_FALSE(world.take_octets(1, out));
    CHECK_FALSE(out.empty());
  }
  SECTION("an UPDATE at a time") {
    const std::size_t room = 60;  // one has 51 octets here
    CHECK(world.take_octets(1, out, room));
    const std::size_t first = out.size();
    CHECK(first > 0);
    CHECK_FALSE(world.take_octets(1, out, room));
    CHECK(out.size() > first);
  }
  SECTION("with too little room for any") {
    CHECK(world.take_octets(1, out, 30));
    CHECK(out.empty());
    CHECK_FALSE(world.take_octets(1, out));
    CHECK_FALSE(out.empty());
  }
  const std::size_t all = out.size();
  CHECK_FALSE(world.take_octets(1, out));
  CHECK(out.size() == all);
}
