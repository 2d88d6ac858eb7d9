// The RIBs of IPv6: the same story as IPv4's, with next hops and prefixes in MP_REACH_NLRI.
#include <map>

#include <catch2/catch.hpp>

#include "bgp/codec.h"
#include "rib/rib.h"

using namespace rib;

namespace {

net::Ipv6Address address(std::string_view text) { return net::Ipv6Address::parse(text).value(); }
net::Ipv6Prefix prefix(std::string_view text) { return net::Ipv6Prefix::parse(text).value(); }

// Internal, that LOCAL_PREF is read.
constexpr bgp::Agreed kAgreed{.internal = true, .ipv6_unicast = true};

bgp::PathAttributes route(std::vector<std::uint32_t> path, std::string_view next_hop) {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  attributes.as_path = bgp::AsPath(path);
  attributes.next_hop = address(next_hop);
  attributes.link_local_next_hop = address("fe80::9");
  return attributes;
}

// Peer p at 2001:db8:0:p::1, our end ::2; everything else is unreachable.
struct World {
  Ipv6Rib rib{100, 2, [](const net::IpAddress& next_hop) {
                return next_hop.is_ipv6() && next_hop.ipv6().bytes[1] == 1 ? 3u + next_hop.ipv6().bytes[7]
                                                                           : 0u;
              }};
  std::map<net::Ipv6Prefix, bgp::PathAttributes> told;
  std::vector<bgp::Update> messages;

  void up(PeerIndex peer, Policy policy) {
    policy.out.local_as = 100;
    if (!policy.out.local_address && peer == 0) policy.out.local_address = address("2001:db8::2");
    rib.peer_up(peer, policy, kAgreed, net::Ipv4Address::of(1, 1, 1, peer + 1u), address("2001:db8::1"));
  }
  void learn(PeerIndex peer, std::string_view network, const bgp::PathAttributes& attributes) {
    rib.learn(peer, std::vector{prefix(network)}, attributes, Seconds{1});
    settle();
  }
  void settle() {
    while (rib.has_marked()) {
      const auto decisions = rib.decide();
      rib.commit(decisions, std::vector<int>(decisions.size(), 0));
    }
  }
  void hear(PeerIndex peer) {
    std::vector<std::uint8_t> octets;
    rib.take_updates(peer, 1 << 16, octets);
    for (net::Bytes rest = octets; !rest.empty();) {
      const auto frame = bgp::next_frame(rest, bgp::max_octets(kAgreed)).value().value();
      const auto update = std::get<bgp::Update>(bgp::decode(frame, kAgreed).value());
      messages.push_back(update);
      if (update.mp_unreach)
        for (const auto& gone : update.mp_unreach->ipv6) told.erase(gone);
      if (update.mp_reach)
        for (const auto& network : update.mp_reach->ipv6) told[network] = update.attributes;
      rest = rest.subspan(frame.octets());
    }
  }
};

}  // namespace

TEST_CASE("an IPv6 route is learnt, told with our next hop, and withdrawn", "[rib][ipv6]") {
  World world;
  world.up(0, {});
  world.up(1, {.out = {.local_address = address("2001:db8:0:1::2"), .link_local = address("fe80::2")}});
  world.hear(1);
  REQUIRE(world.messages.size() == 1);  // End-of-RIB of this family (RFC 4724 §2)
  REQUIRE(world.messages[0].is_end_of_rib());
  REQUIRE(world.messages[0].mp_unreach);
  CHECK(world.messages[0].mp_unreach->family == bgp::kIpv6Unicast);

  world.learn(0, "2001:db8:7::/48", route({201}, "2001:db8::1"));
  CHECK(world.rib.kernel_count(KernelState::Installed) == 1);
  world.hear(1);
  const auto& heard = world.told.at(prefix("2001:db8:7::/48"));
  CHECK(heard.as_path.to_string() == "100 201");
  CHECK(heard.next_hop == net::IpAddress(address("2001:db8:0:1::2")));
  CHECK(heard.link_local_next_hop == address("fe80::2"));
  CHECK(world.rib.advertised_attributes(1, world.rib.table().find(prefix("2001:db8:7::/48"))) == heard);

  world.rib.withdraw(0, std::vector{prefix("2001:db8:7::/48")});
  world.settle();
  world.hear(1);
  CHECK(world.told.empty());
  CHECK(world.rib.table().size() == 0);
  CHECK(world.rib.attributes().size() == 0);
}

TEST_CASE("without an IPv6 address of ours nothing is told to an external peer", "[rib][ipv6]") {
  World world;
  world.up(0, {});
  world.up(1, {});
  world.learn(0, "2001:db8:7::/48", route({201}, "2001:db8::1"));
  world.hear(1);
  CHECK(world.told.empty());
}

TEST_CASE("an internal peer is told the next hop as it came, without its link-local part", "[rib][ipv6]") {
  World world;
  world.up(0, {});
  world.up(1, {.out = {.external = false}});
  world.learn(0, "2001:db8:7::/48", route({201}, "2001:db8::1"));
  world.hear(1);
  const auto& heard = world.told.at(prefix("2001:db8:7::/48"));
  CHECK(heard.next_hop == net::IpAddress(address("2001:db8::1")));
  CHECK_FALSE(heard.link_local_next_hop);
}

TEST_CASE("the Adj-RIB-In keeps what policy rejects, and says why", "[rib]") {
  World world;
  world.up(0, {.in = {.reject = kLoops | kHasAsSet}});
  world.up(1, {.in = {.deny_all = true}});
  auto with_set = route({201}, "2001:db8::1");
  with_set.as_path.append_segment(bgp::AsPath::SegmentType::Set, std::vector<std::uint32_t>{300});
  const std::vector<std::tuple<PeerIndex, bgp::PathAttributes, RejectReason>> rows{
      {0, route({201}, "2001:db8::1"), RejectReason::None},
      {0, route({201, 100}, "2001:db8::1"), RejectReason::AsLoop},
      {0, with_set, RejectReason::AsSet},
      {0, route({201}, "2002::1"), RejectReason::NextHopUnreachable},
      {1, route({201}, "2001:db8:0:1::1"), RejectReason::NoPolicy}};
  unsigned number = 0;
  std::size_t installed = 0;
  for (const auto& [peer, attributes, reason] : rows) {
    const auto network = net::Ipv6Prefix(address(fmt::format("2001:db8:{}::", ++number)), 48);
    world.learn(peer, network.to_string(), attributes);
    const auto entry = world.rib.table().find(network);
    INFO(network.to_string());
    REQUIRE(entry != Ipv6Rib::PrefixTable::kNone);
    CHECK(world.rib.attributes()[world.rib.table().slot(entry, peer + 1u).in] == attributes);
    CHECK(world.rib.reject_reason(peer, entry) == reason);
    installed += reason == RejectReason::None ? 1 : 0;
  }
  CHECK(world.rib.kernel_count(KernelState::Installed) == installed);
  CHECK(world.rib.accepted(0) == 2);  // the unreachable one may become usable
  CHECK(world.rib.accepted(1) == 0);
}

TEST_CASE("GRACEFUL_SHUTDOWN makes an external route the least preferred (RFC 8326)", "[rib]") {
  for (const bool honoured : {true, false}) {
    World world;
    world.up(0, {.in = {.graceful_shutdown = honoured}});
    world.up(1, {.out = {.external = false, .local_address = address("2001:db8:0:1::2")}});
    auto leaving = route({201}, "2001:db8::1");
    leaving.communities = {kGracefulShutdown};
    world.learn(0, "2001:db8:7::/48", leaving);
    world.hear(1);
    CHECK(world.told.at(prefix("2001:db8:7::/48")).local_pref == (honoured ? 0u : 100u));
    auto other = route({300, 301}, "2001:db8:0:1::1");
    other.local_pref = 50;
    world.learn(1, "2001:db8:7::/48", other);
    const auto& entry = world.rib.table()[world.rib.table().find(prefix("2001:db8:7::/48"))];
    CHECK(entry.active_slot == (honoured ? 2 : 1));
  }
}
