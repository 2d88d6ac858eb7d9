// What a neighbour's configuration makes of its routes: limits of prefixes, roles, AS_SETs, the need of a
// policy. RFC 4486 §4, RFC 9234 §5, RFC 9774, RFC 8212.
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

const auto kAsUsual = [](unsigned, speaker::NeighborConfig&) {};

}  // namespace

TEST_CASE("one prefix more than the limit: 6/1, then silence for the hold-down", "[limit]") {
  World world(2, [](unsigned p, speaker::NeighborConfig& neighbor) {
    if (p != 0) return;
    neighbor.max_prefixes = 2;
    neighbor.max_prefix_hold_down = 30s;
  });
  world.establish(0);
  world.announce(0, "10.10.0.0/16");
  world.announce(0, "10.11.0.0/16");
  world.announce(0, "10.11.0.0/16");  // the same one again is no further prefix
  world.say(0, [] {
    bgp::Update change = World::route(0, "10.12.0.0/16");
    change.withdrawn = {prefix("10.10.0.0/16")};
    return change;
  }());
  CHECK(world.has_route("10.12.0.0/16"));
  CHECK(world.words(0).empty());

  world.announce(0, "10.13.0.0/16");
  const auto said = world.hear(0);
  REQUIRE(said.size() == 1);
  CHECK(std::get<bgp::Notification>(said[0]) ==
        bgp::Notification{bgp::ErrorCode::Cease, bgp::kCeaseMaxPrefixes, {0, 1, 1, 0, 0, 0, 2}});
  CHECK_FALSE(world.is_open(0));
  CHECK_FALSE(world.has_route("10.12.0.0/16"));
  CHECK_FALSE(world.has_route("10.13.0.0/16"));
  world.pass(29s);
  CHECK_FALSE(world.connect(0));
  SECTION("until it is over") {
    world.pass(2s);
    world.establish(0);
  }
  SECTION("or an administrator clears it") {
    world.speaker().peer(0).reset(world.clock);
    world.establish(0);
  }
}

TEST_CASE("routes that are not used count towards the limit", "[limit]") {
  World world(1, [](unsigned, speaker::NeighborConfig& neighbor) { neighbor.max_prefixes = 0; });
  world.establish(0);
  bgp::Update looping = World::route(0, "10.10.0.0/16");
  looping.attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{World::as_of(0), kLocalAs});
  world.say(0, looping);
  CHECK(world.words(0) == "NOTIFICATION 6/1");
}

TEST_CASE("without a policy nothing goes in and nothing out (RFC 8212)", "[policy]") {
  World world(3, [](unsigned p, speaker::NeighborConfig& neighbor) {
    neighbor.import_policy.deny_all = neighbor.deny_export = p == 0;
    if (p == 1) neighbor.peer.session.peer_as = kLocalAs;
  });
  for (unsigned p : {0u, 2u}) world.establish(p);
  world.announce(0, "10.10.0.0/16");
  CHECK_FALSE(world.has_route("10.10.0.0/16"));
  world.announce(2, "10.12.0.0/16");
  CHECK(world.has_route("10.12.0.0/16"));
  CHECK(world.words(0).empty());
  REQUIRE(world.connect(1));
  bgp::Open open = World::open_of(1);
  open.my_as = kLocalAs;
  open.capabilities = bgp::make_capabilities({}, kLocalAs);
  world.say(1, open);
  world.say(1, bgp::Keepalive{});
  CHECK(world.words(1) == "OPEN UPDATE+10.12.0.0/16 EoR");
}

TEST_CASE("AS_SETs are taken, or not (RFC 9774)", "[policy]") {
  const bool accepted = GENERATE(true, false);
  World world(1, [&](unsigned, speaker::NeighborConfig& neighbor) {
    if (!accepted) neighbor.import_policy.reject |= rib::kHasAsSet;
  });
  world.establish(0);
  bgp::Update aggregate = World::route(0, "10.10.0.0/16");
  aggregate.attributes.as_path.append_segment(bgp::AsPath::SegmentType::Set,
                                              std::vector<std::uint32_t>{65001, 65002});
  world.say(0, aggregate);
  CHECK(world.has_route("10.10.0.0/16") == accepted);
}

TEST_CASE("roles: which routes are leaks, which are marked (RFC 9234 §5)", "[role]") {
  using bgp::Role;
  // Our role towards neighbour 0, what its route says, whether it is used, and what it says here.
  struct In {
    std::optional<Role> ours;
    std::optional<std::uint32_t> said;
    bool used;
    std::optional<std::uint32_t> kept;
  };
  const In ingress[] = {
      {std::nullopt, std::nullopt, true, std::nullopt},
      {std::nullopt, 7u, true, 7u},
      {Role::Provider, std::nullopt, true, std::nullopt},
      {Role::Provider, 201u, false, 201u},
      {Role::RouteServer, std::nullopt, true, std::nullopt},
      {Role::RouteServer, 7u, false, 7u},
      {Role::Customer, std::nullopt, true, 201u},
      {Role::Customer, 7u, true, 7u},
      {Role::RouteServerClient, std::nullopt, true, 201u},
      {Role::RouteServerClient, 7u, true, 7u},
      {Role::Peer, std::nullopt, true, 201u},
      {Role::Peer, 201u, true, 201u},
      {Role::Peer, 7u, false, 7u},
  };
  for (const In& row : ingress) {
    CAPTURE(row.ours ? static_cast<int>(*row.ours) : -1, row.said.value_or(0));
    World world(1, [&](unsigned, speaker::NeighborConfig& neighbor) {
      neighbor.peer.session.capabilities.role = row.ours;
    });
    world.establish(0);
    bgp::Update update = World::route(0, "10.10.0.0/16");
    update.attributes.only_to_customer = row.said;
    world.say(0, update);
    CHECK(world.has_route("10.10.0.0/16") == row.used);
    const auto route = world.speaker().route(prefix("10.10.0.0/16"), world.clock);
    REQUIRE(route.has_value() == row.used);  // a leak is not among the paths that may be used
    if (row.used) CHECK(route->paths.at(0).attributes.only_to_customer == row.kept);
  }

  // Our role towards neighbour 1, what the route of neighbour 0 says, whether it is told, and what it says
  // then.
  struct Out {
    std::optional<Role> ours;
    std::optional<std::uint32_t> has;
    bool told;
    std::optional<std::uint32_t> says;
  };
  const Out egress[] = {
      {std::nullopt, std::nullopt, true, std::nullopt},
      {std::nullopt, 7u, true, 7u},
      {Role::Provider, std::nullopt, true, kLocalAs},
      {Role::Provider, 7u, true, 7u},
      {Role::RouteServer, std::nullopt, true, kLocalAs},
      {Role::RouteServer, 7u, true, 7u},
      {Role::Peer, std::nullopt, true, kLocalAs},
      {Role::Peer, 7u, false, std::nullopt},
      {Role::Customer, std::nullopt, true, std::nullopt},
      {Role::Customer, 7u, false, std::nullopt},
      {Role::RouteServerClient, std::nullopt, true, std::nullopt},
      {Role::RouteServerClient, 7u, false, std::nullopt},
  };
  for (const Out& row : egress) {
    CAPTURE(row.ours ? static_cast<int>(*row.ours) : -1, row.has.value_or(0));
    World world(2, [&](unsigned p, speaker::NeighborConfig& neighbor) {
      if (p == 1) neighbor.peer.session.capabilities.role = row.ours;
    });
    world.establish(0);
    world.establish(1);
    bgp::Update update = World::route(0, "10.10.0.0/16");
    update.attributes.only_to_customer = row.has;
    world.say(0, update);
    const auto heard = world.hear(1);
    CHECK(heard.size() == (row.told ? 1u : 0u));
    if (row.told && heard.size() == 1)
      CHECK(std::get<bgp::Update>(heard[0]).attributes.only_to_customer == row.says);
  }
}

TEST_CASE("a route that we reflected ourselves is not used (RFC 4456 §8)", "[policy]") {
  World world(1,
              [](unsigned, speaker::NeighborConfig& neighbor) { neighbor.peer.session.peer_as = kLocalAs; });
  REQUIRE(world.connect(0));
  bgp::Open open = World::open_of(0);
  open.my_as = kLocalAs;
  open.capabilities = bgp::make_capabilities({}, kLocalAs);
  world.say(0, open);
  world.say(0, bgp::Keepalive{});
  bgp::Update update = World::route(0, "10.10.0.0/16");
  update.attributes.local_pref = 100;
  update.attributes.originator_id = net::Ipv4Address::of(10, 0, 0, 8);
  update.attributes.cluster_list = {net::Ipv4Address::of(10, 0, 0, 7)};
  world.say(0, update);
  CHECK(world.has_route("10.10.0.0/16"));
  update.attributes.originator_id = net::Ipv4Address::of(10, 0, 0, 9);
  world.say(0, update);
  CHECK_FALSE(world.has_route("10.10.0.0/16"));
  update.attributes.originator_id = net::Ipv4Address::of(10, 0, 0, 8);
  update.attributes.cluster_list.push_back(net::Ipv4Address::of(10, 0, 0, 9));
  world.say(0, update);
  CHECK_FALSE(world.has_route("10.10.0.0/16"));
}

TEST_CASE("connections are taken from neighbours only, each at its own address", "[accept]") {
  World world(1, kAsUsual);
  auto& speaker = world.speaker();
  const auto ours = net::Ipv4Address::of(10, 0, 0, 2);
  // RFC 4486 §4: Cease/Connection Rejected.
  std::vector<std::uint8_t> rejection(16, 0xff);
  rejection.insert(rejection.end(), {0, 21, 3, 6, 5});
  const auto last_words = [&](const net::IpAddress& remote, const net::IpAddress& local) {
    const auto connection = speaker.accepted(remote, local, 40000, world.clock);
    REQUIRE_FALSE(connection);
    return connection.error();
  };
  CHECK(last_words(net::Ipv4Address::of(10, 0, 0, 3), ours) == rejection);
  CHECK(last_words(World::address_of(0), net::Ipv4Address::of(10, 0, 1, 2)) == rejection);
  CHECK(speaker.accepted(World::address_of(0), ours, 40000, world.clock));
  // A neighbour that is not wanted now may come again; at the end nobody hears anything.
  speaker.shut_down(0, "", world.clock);
  CHECK(last_words(World::address_of(0), ours).empty());
  speaker.freeze(world.clock);
  CHECK(last_words(net::Ipv4Address::of(10, 0, 0, 3), ours).empty());
}
