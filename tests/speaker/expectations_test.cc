// What is waited for at a speaker is told once, when it is so; what nobody waits for any more is forgotten.
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

struct Waiting {
  int met = 0;
  bool wanted = true;

  void expect(World& world, std::function<bool(const speaker::Speaker&)> holds) {
    world.speaker().expect(
        {.holds = std::move(holds), .met = [this] { ++met; }, .wanted = [this] { return wanted; }});
  }
};

}  // namespace

TEST_CASE("routes and sessions are awaited", "[expectations]") {
  World world(2, [](unsigned, auto&) {});
  const net::IpPrefix there = prefix("10.10.0.0/16");
  Waiting up, route, gone, down;
  up.expect(world, [](const auto& speaker) { return speaker.is_established(0); });
  route.expect(world, [&](const auto& speaker) { return speaker.has_route(there); });
  CHECK(up.met == 0);
  world.establish(0);
  CHECK(up.met == 1);
  CHECK(route.met == 0);
  world.say(0, World::route(0, "10.11.0.0/16"));
  CHECK(route.met == 0);
  world.say(0, World::route(0, "10.10.0.0/16"));
  CHECK(route.met == 1);
  gone.expect(world, [&](const auto& speaker) { return !speaker.has_route(there); });
  down.expect(world, [](const auto& speaker) { return !speaker.is_established(0); });
  bgp::Update withdrawal;
  withdrawal.withdrawn = {prefix("10.10.0.0/16")};
  world.say(0, withdrawal);
  CHECK(gone.met == 1);
  world.speaker().shut_down(0, "", world.clock);
  CHECK(down.met == 1);
  CHECK((up.met == 1 && route.met == 1));  // once is enough
}

TEST_CASE("what is so already is told at once", "[expectations]") {
  World world(1, [](unsigned, auto&) {});
  Waiting absent;
  absent.expect(
      world, [](const auto& speaker) { return !speaker.has_route(*net::parse_ip_prefix("2001:db8::/32")); });
  CHECK(absent.met == 1);
  world.speaker().announce(prefix("192.0.2.0/24"), world.clock);
  CHECK(world.speaker().has_route(prefix("192.0.2.0/24")));
}

TEST_CASE("who waits no more hears nothing", "[expectations]") {
  World world(1, [](unsigned, auto&) {});
  Waiting up;
  up.expect(world, [](const auto& speaker) { return speaker.is_established(0); });
  up.wanted = false;
  world.establish(0);
  CHECK(up.met == 0);
}

TEST_CASE("a table is told in pages, and a page has the routes of its prefixes alone", "[expectations]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  for (const char* network : {"10.30.0.0/16", "10.10.0.0/16", "10.20.0.0/16"})
    world.say(0, World::route(0, network));
  const auto texts = [](const std::vector<net::IpPrefix>& prefixes) {
    std::string text;
    for (const auto& one : prefixes) text += net::to_string(one) + " ";
    return text;
  };
  auto& speaker = world.speaker();
  CHECK(texts(speaker.prefixes()) == "10.10.0.0/16 10.20.0.0/16 10.30.0.0/16 ");
  const auto page = speaker.prefixes({}, 2);
  CHECK(texts(page) == "10.10.0.0/16 10.20.0.0/16 ");
  CHECK(texts(speaker.prefixes(page.back(), 2)) == "10.30.0.0/16 ");
  CHECK(texts(speaker.prefixes(prefix("10.15.0.0/16"), 1)) == "10.20.0.0/16 ");
  CHECK(speaker.prefixes(prefix("10.30.0.0/16")).empty());
  CHECK(speaker.prefixes(*net::parse_ip_prefix("::/0")).empty());  // IPv4 goes before
  CHECK(speaker.loc_routes(world.clock, page).size() == 2);
  CHECK(speaker.adj_in(std::nullopt, world.clock, page).size() == 2);
  CHECK(speaker.loc_routes(world.clock).size() == 3);
  const net::IpPrefix unknown[] = {prefix("10.99.0.0/16"), *net::parse_ip_prefix("2001:db8::/32")};
  CHECK(speaker.loc_routes(world.clock, unknown).empty());
}
