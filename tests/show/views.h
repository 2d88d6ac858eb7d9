// The routers of tests/data/frr as views: ROUTER_i of `--hops 100` by its plan, and ROUTER_A. Numbers that
// the plan does not give are those of the captures. Paths stand in FRR's order, which is not always best
// first.
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "bgp/capabilities.h"
#include "show/ip_routes.h"
#include "show/words.h"
#include "speaker/view.h"

namespace views {

using std::chrono::milliseconds;
using std::chrono::seconds;

// By the address and AS plan of `chainrouter --hops 100`; `number` 0 or 50.
std::uint32_t chain_as(unsigned router);
speaker::RouterView chain_router(unsigned number);

namespace detail {

constexpr unsigned kHops = 100;

inline net::Ipv4Address address(unsigned link, unsigned host) {
  return net::Ipv4Address::of(172, 31, link, host);
}
inline net::Ipv4Address lab(unsigned host) { return net::Ipv4Address::of(10, 99, 0, host); }
inline net::Ipv4Address id_a(unsigned number) { return net::Ipv4Address::of(10, 0, 0, number); }

inline bgp::Open open_of(std::uint32_t as, const std::string& hostname) {
  bgp::LocalCapabilities local;
  local.hostname = hostname;
  bgp::Open open;
  open.capabilities = bgp::make_capabilities(local, as);
  return open;
}

inline speaker::PeerView configured(net::Ipv4Address local, net::Ipv4Address remote,
                                    net::Ipv4Address local_id, std::uint32_t local_as,
                                    std::uint32_t remote_as) {
  speaker::PeerView peer;
  peer.address = remote;
  peer.local_address = local;
  peer.local_id = local_id;
  peer.local_as = local_as;
  peer.remote_as = remote_as;
  peer.internal = local_as == remote_as;
  peer.hold_time = peer.configured_hold_time = seconds{180};
  peer.keepalive = peer.configured_keepalive = seconds{60};
  peer.connect_retry = seconds{120};
  return peer;
}

inline void establish(speaker::PeerView& peer, const std::string& local_name, const std::string& remote_name,
                      net::Ipv4Address remote_id) {
  peer.state = bgp::State::Established;
  peer.hostname = remote_name;
  peer.remote_id = remote_id;
  peer.connections_established = 1;
  peer.end_of_rib_sent = peer.end_of_rib_received = true;
  peer.open_sent = open_of(peer.local_as, local_name);
  peer.open_received = open_of(peer.remote_as, remote_name);
}

inline speaker::PeerView chain_peer(unsigned number, bool left) {
  const unsigned other = left ? number - 1 : number + 1, link = left ? number : number + 1;
  auto peer = configured(address(link, left ? 1 : 2), address(link, left ? 2 : 1), address(number, 1),
                         chain_as(number), chain_as(other));
  establish(peer, fmt::format("ROUTER_{}", number), fmt::format("ROUTER_{}", other), address(other, 1));
  peer.prefixes_received = left ? number + 2 : kHops + 1 - number;
  peer.prefixes_sent = kHops + 3;
  return peer;
}

inline speaker::PathView learnt(const speaker::PeerView& peer, const std::vector<std::uint32_t>& as_path) {
  speaker::PathView path;
  path.attributes.origin = bgp::Origin::Igp;
  path.attributes.as_path = bgp::AsPath(as_path);
  path.attributes.next_hop = peer.address;
  path.internal = peer.internal;
  path.peer_address = peer.address;
  path.peer_id = peer.remote_id;
  path.peer_hostname = peer.hostname;
  return path;
}

inline speaker::PathView originated() {
  speaker::PathView path;
  path.attributes.origin = bgp::Origin::Igp;
  path.local = true;
  return path;
}

inline speaker::PathView best(speaker::PathView path, rib::DecisionStep reason) {
  path.best = true;
  path.reason = reason;
  return path;
}

inline std::vector<std::uint32_t> as_numbers(unsigned from, unsigned to) {
  std::vector<std::uint32_t> numbers;
  for (unsigned i = from; i != to; from < to ? ++i : --i) numbers.push_back(chain_as(i));
  numbers.push_back(chain_as(to));
  return numbers;
}

inline speaker::RouteView route(net::Ipv4Prefix prefix, std::uint32_t version,
                                std::vector<speaker::PathView> paths,
                                std::vector<net::IpAddress> advertised_to,
                                std::vector<std::string> advertised_to_hostnames) {
  return {prefix, version, std::move(paths), std::move(advertised_to), std::move(advertised_to_hostnames)};
}

}  // namespace detail

using namespace detail;

inline std::string frr(const std::string& file) {
  std::ifstream in(fmt::format("{}/frr/{}", TEST_DATA, file), std::ios::binary);
  INFO(file);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline show::Clock clock_at(std::int64_t epoch_seconds) {
  return {std::chrono::system_clock::time_point(seconds(epoch_seconds))};
}

inline std::uint32_t chain_as(unsigned router) {
  return router == 0 ? 100 : static_cast<std::uint32_t>(std::stoul(fmt::format("10{}", router)));
}

inline speaker::RouterView chain_router(unsigned number) {
  speaker::RouterView router;
  router.name = fmt::format("ROUTER_{}", number);
  router.router_id = address(number, 1);
  router.as = chain_as(number);
  router.table_version = number == 0 ? 102 : 103;
  router.rib_entries = number == 0 ? 203 : 204;
  router.rib_bytes = number == 0 ? 38976 : 39168;
  if (number > 0) router.peers.push_back(chain_peer(number, true));
  router.peers.push_back(chain_peer(number, false));
  router.peer_bytes = 741464 * router.peers.size();
  return router;
}

inline std::vector<speaker::RouteView> chain_routes(unsigned number) {
  const auto router = chain_router(number);
  std::vector<net::IpAddress> to;
  std::vector<std::string> hostnames;
  for (const auto& peer : router.peers) {
    to.emplace_back(peer.address);
    hostnames.push_back(peer.hostname);
  }
  std::vector<speaker::RouteView> routes;
  if (number > 0)
    routes.push_back(
        route(net::Ipv4Prefix({}, 0), 39,
              {best(learnt(router.peers.front(), as_numbers(number - 1, 0)), rib::DecisionStep::OnlyRoute)},
              to, hostnames));
  for (unsigned link = 0; link <= kHops + 1; ++link) {
    // A router announces the links on both its sides; a MED goes no further than the next AS.
    const bool own = link == number || link == number + 1, left = link <= number;
    std::vector<speaker::PathView> paths;
    if (!(left && number == 0)) {
      const auto& peer = left ? router.peers.front() : router.peers.back();
      const unsigned neighbor = left ? number - 1 : number + 1;
      const unsigned origin = own ? neighbor : left ? link : link - 1;
      paths.push_back(learnt(peer, as_numbers(neighbor, origin)));
      if (origin == neighbor) paths.back().attributes.med = 0;
    }
    using enum rib::DecisionStep;
    if (own)
      paths.push_back(best(originated(), paths.empty() ? OnlyRoute : Weight));
    else
      paths.back() = best(std::move(paths.back()), OnlyRoute);
    routes.push_back(route(net::Ipv4Prefix(address(link, 0), 24), 0, std::move(paths), to, hostnames));
  }
  return routes;
}

inline speaker::RouterView router_a() {
  speaker::RouterView router;
  router.name = "ROUTER_A";
  router.router_id = id_a(1);
  router.as = 100;
  router.table_version = 6;
  router.rib_entries = 10;
  router.rib_bytes = 1920;
  router.peer_bytes = 3707320;
  const auto add = [&](unsigned host, std::uint32_t as) -> speaker::PeerView& {
    router.peers.push_back(configured(lab(1), lab(host), id_a(1), 100, as));
    auto& peer = router.peers.back();
    peer.last_read = peer.down_for = seconds{22};
    peer.last_reset = "No AFI/SAFI activated for peer";
    return peer;
  };
  auto& external = add(2, 101);
  establish(external, "ROUTER_A", "ROUTER_B", id_a(2));
  external.prefixes_received = 2;
  external.prefixes_sent = 6;
  external.sent = {1, 0, 4, 1, 0};
  external.received = {1, 0, 4, 1, 0};
  external.up_for = seconds{16};
  auto& internal = add(3, 100);
  establish(internal, "ROUTER_A", "ROUTER_C", id_a(3));
  internal.prefixes_received = 4;
  internal.prefixes_sent = 2;
  internal.sent = {1, 0, 2, 1, 0};
  internal.received = {1, 0, 3, 1, 0};
  internal.up_for = seconds{15};
  for (const unsigned host : {6u, 7u, 8u}) {
    auto& absent = add(host, host == 7 ? 4200000107 : 100 + host);
    absent.state = host == 7 ? bgp::State::Idle : bgp::State::Active;
    absent.admin_down = host == 7;
    absent.down_for.reset();
  }
  return router;
}

inline std::vector<speaker::RouteView> routes_a() {
  using enum rib::DecisionStep;
  const auto router = router_a();
  const auto now = 1795492100;
  auto outside = learnt(router.peers[0], {101, 65001, 65002});
  outside.attributes.origin = bgp::Origin::Incomplete;
  outside.attributes.med = 5;
  outside.attributes.communities = {101 << 16 | 1, 0xffffff01};
  outside.attributes.large_communities = {{101, 2, 3}};
  outside.age = seconds(now - 1795492083);
  auto inside = learnt(router.peers[1], {});
  inside.attributes.med = 0;
  inside.attributes.local_pref = 100;
  inside.age = seconds(now - 1795492080);
  auto aggregate = inside;
  aggregate.attributes.atomic_aggregate = true;
  aggregate.attributes.aggregator = bgp::Aggregator{100, id_a(3)};
  auto own = originated();
  own.age = seconds(now - 1795492077);

  const std::vector<net::IpAddress> b{lab(2)}, both{lab(2), lab(3)};
  const std::vector<std::string> name_b{"ROUTER_B"}, names{"ROUTER_B", "ROUTER_C"};
  const auto prefix = [](const char* text) { return *net::Ipv4Prefix::parse(text); };
  return {route(prefix("10.0.0.0/8"), 3, {best(aggregate, OnlyRoute)}, b, name_b),
          route(prefix("10.1.2.0/24"), 4, {best(inside, OnlyRoute)}, b, name_b),
          route(prefix("192.0.2.0/24"), 1, {outside, best(own, Weight)}, both, names),
          route(prefix("198.18.0.0/15"), 6, {best(inside, OnlyRoute)}, b, name_b),
          route(prefix("198.51.100.0/24"), 5, {outside, best(inside, AsPathLength)}, b, name_b),
          route(prefix("203.0.113.64/26"), 2, {best(own, OnlyRoute)}, both, names)};
}

// ROUTER_50's kernel table, in no order; what `show ip route` of zebra said of it stands in its test.
inline std::vector<show::IpRoute> ip_routes() {
  using Source = show::IpRoute::Source;
  const auto row = [](const char* prefix, Source source, unsigned next_hop_link, const char* name) {
    show::IpRoute route{.prefix = *net::Ipv4Prefix::parse(prefix),
                        .source = source,
                        .next_hop = std::nullopt,
                        .interface = std::string(name) == "left" ? 2u : 3u,
                        .interface_name = name,
                        .age = seconds{5}};
    if (source == Source::Bgp) {
      route.next_hop = address(next_hop_link, next_hop_link == 50 ? 2 : 1);
      route.distance = 20;
    }
    return route;
  };
  return {row("172.31.52.0/24", Source::Bgp, 51, "right"),
          row("172.31.51.0/24", Source::Connected, 0, "right"),
          row("172.31.50.0/24", Source::Connected, 0, "left"), row("0.0.0.0/0", Source::Bgp, 50, "left")};
}

// The same of a router with one IPv6 neighbour.
inline std::vector<show::IpRoute> ipv6_routes() {
  using Source = show::IpRoute::Source;
  const auto row = [](const char* prefix, Source source, std::optional<net::IpAddress> next_hop) {
    return show::IpRoute{.prefix = *net::Ipv6Prefix::parse(prefix),
                         .source = source,
                         .distance = source == Source::Bgp ? 20u : 0u,
                         .next_hop = next_hop,
                         .interface = 2,
                         .interface_name = "left",
                         .age = seconds{5}};
  };
  return {row("2001:db8:2::/48", Source::Bgp, net::IpAddress::parse("2001:db8::2")),
          row("2001:db8::/64", Source::Connected, std::nullopt),
          row("::/0", Source::Bgp, net::IpAddress::parse("2001:db8::2"))};
}

inline const speaker::RouteView& find(const std::vector<speaker::RouteView>& routes,
                                      const std::string& prefix) {
  const auto found = std::ranges::find(
      routes, prefix, [](const speaker::RouteView& view) { return view.prefix.to_string(); });
  REQUIRE(found != routes.end());
  return *found;
}

}  // namespace views
