// IPv6 through a speaker's RIBs (RFC 4760, RFC 2545): which address of ours becomes the next hop, what is
// told when there is none, End-of-RIB of each family, and the RIBs as `show` gets them.
#include <algorithm>

#include <catch2/catch.hpp>

#include "sim/simulator.h"

using namespace sim;

namespace {

net::Ipv6Address v6(std::string_view text) { return net::Ipv6Address::parse(text).value(); }
net::Ipv6Prefix network6(std::string_view text) { return net::Ipv6Prefix::parse(text).value(); }
net::Ipv4Prefix network4(std::string_view text) { return net::Ipv4Prefix::parse(text).value(); }

const net::Ipv6Prefix kFar = network6("2001:db8:7::/48");

// Router 0 (AS 65000) - 1 (AS 65001) - 2 (AS 65001, or 65002): link l is 10.0.l.0/24 and 2001:db8:0:l::/64
// with .1 at its left end. Sessions run over IPv4 unless `over_ipv6`, and speak both families.
class Line {
 public:
  bool over_ipv6 = false, internal = false, next_hop_self = false;
  bool middle_has_ipv6 = true;  // of router 1, towards 2

  Simulator& build() {
    network_ = std::make_unique<Simulator>(Options{});
    for (unsigned router = 0; router < 3; ++router) {
      speaker::SpeakerConfig config;
      config.as = as_of(router);
      config.router_id = net::Ipv4Address::of(1, 1, 1, router + 1);
      std::vector<speaker::ConnectedPrefix> connected;
      for (unsigned link = router == 0 ? 0 : router - 1; link <= std::min(router, 1u); ++link)
        add_link_end(config, connected, router, link);
      if (router == 0) config.networks = {{kFar, true}, {network4("10.9.0.0/16"), true}};
      network_->add_router(std::move(config), std::move(connected));
    }
    network_->add_link({.router = 0, .peer = 0, .connected = 0, .prefixes = 2},
                       {.router = 1, .peer = 0, .connected = 0, .prefixes = 2});
    network_->add_link({.router = 1, .peer = 1, .connected = 2}, {.router = 2, .peer = 0, .connected = 0});
    network_->start();
    REQUIRE(network_->run_until_quiet());
    return *network_;
  }
  // Router 1's interfaces, as they would be with an address of IPv6 on both.
  static std::vector<speaker::ConnectedPrefix> middle(bool with_ipv6) {
    std::vector<speaker::ConnectedPrefix> connected;
    for (unsigned link = 0; link < 2; ++link) {
      const auto ours = v4_of(link, 1);
      connected.push_back({net::Ipv4Prefix(ours, 24), ours, link + 2, true});
      if (link == 0 || with_ipv6)
        connected.push_back({net::Ipv6Prefix(v6_of(link, 1), 64), v6_of(link, 1), link + 2, true});
    }
    return connected;
  }
  static net::Ipv4Address v4_of(unsigned link, unsigned router) {
    return net::Ipv4Address::of(10, 0, link, router == link ? 1 : 2);
  }
  static net::Ipv6Address v6_of(unsigned link, unsigned router) {
    auto address = v6("2001:db8::");
    address.bytes[7] = static_cast<std::uint8_t>(link);
    address.bytes[15] = router == link ? 1 : 2;
    return address;
  }
  speaker::FamilyView ipv6_of(std::size_t router, std::size_t peer) {
    return (*network_)[router].view(network_->now()).peers.at(peer).ipv6.value();
  }

 private:
  std::uint32_t as_of(unsigned router) const { return 65000 + (router == 2 && internal ? 1 : router); }
  void add_link_end(speaker::SpeakerConfig& config, std::vector<speaker::ConnectedPrefix>& connected,
                    unsigned router, unsigned link) const {
    const unsigned other = router == link ? link + 1 : link;
    connected.push_back({net::Ipv4Prefix(v4_of(link, router), 24), v4_of(link, router), link + 2, true});
    if (router != 1 || link == 0 || middle_has_ipv6)
      connected.push_back({net::Ipv6Prefix(v6_of(link, router), 64), v6_of(link, router), link + 2, true});
    speaker::NeighborConfig neighbor;
    neighbor.next_hop_self = next_hop_self;
    neighbor.peer.address = address(link, other);
    neighbor.peer.local_address = address(link, router);
    neighbor.peer.session.local_as = config.as;
    neighbor.peer.session.peer_as = as_of(other);
    neighbor.peer.session.identifier = config.router_id;
    neighbor.peer.session.capabilities.ipv6_unicast = true;
    neighbor.peer.session.fsm.hold_time = 9s;
    config.neighbors.push_back(neighbor);
  }
  net::IpAddress address(unsigned link, unsigned router) const {
    if (over_ipv6) return v6_of(link, router);
    return v4_of(link, router);
  }

  std::unique_ptr<Simulator> network_;
};

}  // namespace

TEST_CASE("either family goes over a session of either", "[ipv6]") {
  for (const bool over_ipv6 : {false, true}) {
    CAPTURE(over_ipv6);
    Line line;
    line.over_ipv6 = over_ipv6;
    Simulator& network = line.build();
    CHECK(network.ipv6_kernel(2).at(kFar) == net::IpAddress(Line::v6_of(1, 1)));
    CHECK(network.kernel(2).at(network4("10.9.0.0/16")) == net::IpAddress(Line::v4_of(1, 1)));
    CHECK(line.ipv6_of(1, 1).next_hop == net::IpAddress(Line::v6_of(1, 1)));
    for (const auto& [router, peer] : {std::pair{1, 0}, {1, 1}, {2, 0}}) {
      const auto view = line.ipv6_of(static_cast<std::size_t>(router), static_cast<std::size_t>(peer));
      CHECK(view.end_of_rib_sent);
      CHECK(view.end_of_rib_received);
    }
    network.with(0, [&](speaker::Speaker& speaker) { speaker.withdraw(kFar, network.now()); });
    REQUIRE(network.run_until_quiet());
    CHECK(network.ipv6_kernel(2).empty());
    CHECK(network.kernel(2).size() == 1);
    CHECK(network.early_verdicts() + network.late_verdicts() == 0);
  }
}

TEST_CASE("no IPv6 address towards the peer: no IPv6 routes to it, until there is one", "[ipv6]") {
  Line line;
  line.middle_has_ipv6 = false;
  Simulator& network = line.build();
  CHECK(network.ipv6_kernel(1).contains(kFar));
  CHECK(network.ipv6_kernel(2).empty());
  CHECK(network.kernel(2).size() == 1);
  CHECK_FALSE(line.ipv6_of(1, 1).next_hop);
  CHECK(line.ipv6_of(1, 1).end_of_rib_sent);
  for (const bool present : {true, false}) {
    network.with(
        1, [&](speaker::Speaker& speaker) { speaker.set_connected(Line::middle(present), network.now()); });
    REQUIRE(network.run_until_quiet());
    CHECK(network.ipv6_kernel(2).contains(kFar) == present);
  }
  CHECK(network[1].view(network.now()).peers[1].connections_dropped == 0);
}

TEST_CASE("an internal peer gets the next hop as it is, or ours when told so", "[ipv6]") {
  for (const bool self : {false, true}) {
    CAPTURE(self);
    Line line;
    line.internal = true;
    line.next_hop_self = self;
    Simulator& network = line.build();
    const auto routes = network[2].adj_in(std::nullopt, network.now());
    const auto found = std::ranges::find(routes, net::IpPrefix(kFar), &speaker::AdjRoute::prefix);
    REQUIRE(found != routes.end());
    CHECK(found->attributes.next_hop == net::IpAddress(self ? Line::v6_of(1, 1) : Line::v6_of(0, 0)));
    CHECK(found->attributes.local_pref == 100);
    CHECK(found->rejected == (self ? rib::RejectReason::None : rib::RejectReason::NextHopUnreachable));
    CHECK(network.ipv6_kernel(2).contains(kFar) == self);
    CHECK(network[2].adj_in_post(std::nullopt, network.now()).size() == (self ? 2 : 0));
  }
}

TEST_CASE("the RIBs of both families as they are shown", "[ipv6]") {
  Line line;
  Simulator& network = line.build();
  const auto now = network.now();
  const net::IpAddress left = Line::v4_of(0, 0), right = Line::v4_of(1, 2);
  const auto in = network[1].adj_in(left, now);
  REQUIRE(in.size() == 2);
  CHECK(in[0].prefix == net::IpPrefix(network4("10.9.0.0/16")));
  CHECK(in[1].prefix == net::IpPrefix(kFar));
  CHECK(in[1].attributes.as_path.to_string() == "65000");
  CHECK(in[1].attributes.next_hop == net::IpAddress(Line::v6_of(0, 0)));
  CHECK(in[1].age.has_value());
  CHECK(network[1].adj_in(right, now).empty());

  const auto out = network[1].adj_out(std::nullopt);
  REQUIRE(out.size() == 2);  // nothing back to where it came from
  CHECK(out[1].neighbor == right);
  CHECK(out[1].attributes.as_path.to_string() == "65001 65000");
  CHECK(out[1].attributes.next_hop == net::IpAddress(Line::v6_of(1, 1)));

  const auto loc = network[1].loc_routes(now);
  REQUIRE(loc.size() == 2);
  for (const auto& route : loc) {
    CHECK(route.neighbor == left);
    CHECK(route.kernel == rib::KernelState::Installed);
    CHECK(route.reason == rib::DecisionStep::OnlyRoute);
  }
  const auto own = network[0].loc_routes(now);
  REQUIRE(own.size() == 2);
  CHECK_FALSE(own[1].neighbor);
  CHECK(own[1].kernel == rib::KernelState::NotWanted);
}

TEST_CASE("a speaker that nobody asks for IPv6 has no tables of it", "[ipv6]") {
  speaker::SpeakerConfig config;
  config.as = 65000;
  config.router_id = net::Ipv4Address::of(1, 1, 1, 1);
  Simulator network(Options{});
  network.add_router(std::move(config), {});
  network.start();
  network.run_for(1s);
  CHECK(network[0].ipv6_rib() == nullptr);
  network.with(0, [&](speaker::Speaker& speaker) { speaker.announce(kFar, network.now()); });
  REQUIRE(network[0].ipv6_rib() != nullptr);
  CHECK(network[0].loc_routes(network.now()).size() == 1);
}
