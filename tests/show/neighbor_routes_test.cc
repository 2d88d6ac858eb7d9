#include "show/neighbor_routes.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/show/views.h"

using show::AdjDirection;

namespace {

// What ROUTER_50 tells ROUTER_49, as it is on the wire: a route of its own, and one that it has learnt.
std::vector<speaker::AdjRoute> told(const speaker::PeerView& peer) {
  speaker::AdjRoute own;
  own.neighbor = peer.address;
  own.prefix = *net::Ipv4Prefix::parse("172.31.50.0/24");
  own.attributes.origin = bgp::Origin::Igp;
  own.attributes.as_path = bgp::AsPath().prepended(1050);
  own.attributes.next_hop = peer.local_address;
  own.attributes.med = 0;
  speaker::AdjRoute learnt = own;
  learnt.prefix = *net::Ipv4Prefix::parse("172.31.52.0/24");
  learnt.attributes.as_path = bgp::AsPath().prepended(1051).prepended(1050);
  learnt.attributes.med.reset();
  speaker::AdjRoute other_family = own;
  other_family.prefix = net::Ipv6Prefix();
  return {own, learnt, other_family};
}

}  // namespace

TEST_CASE("advertised routes stand as FRR shows them: without our AS number and our address") {
  const auto router = views::chain_router(50);
  const auto& peer = router.peers.front();
  const auto text = show::adj_routes_text(AdjDirection::Advertised, router, peer, told(peer));
  CHECK(text.starts_with("BGP table version is 103, local router ID is 172.31.50.1, vrf id 0\n"));
  CHECK(
      text.ends_with("   Network          Next Hop            Metric LocPrf Weight Path\n"
                     "*> 172.31.50.0/24   0.0.0.0                  0         32768 i\n"
                     "*> 172.31.52.0/24   0.0.0.0                                0 1051 i\n"
                     "\nTotal number of prefixes 2\n"));
  const auto json =
      nlohmann::json::parse(show::adj_routes_json(AdjDirection::Advertised, router, peer, told(peer)));
  CHECK(json["totalPrefixCounter"] == 2);
  CHECK(json["advertisedRoutes"]["172.31.50.0/24"]["weight"] == 32768);
  CHECK(json["advertisedRoutes"]["172.31.52.0/24"]["path"] == "1051");
  CHECK_FALSE(json["advertisedRoutes"]["172.31.52.0/24"].contains("metric"));
}

TEST_CASE("received routes stand as they came") {
  const auto router = views::chain_router(50);
  const auto& peer = router.peers.front();
  auto routes = told(peer);
  routes.resize(1);
  const auto text = show::adj_routes_text(AdjDirection::Received, router, peer, routes);
  CHECK(text.find("*> 172.31.50.0/24   172.31.50.1              0             0 1050 i\n") !=
        std::string::npos);
  const auto json =
      nlohmann::json::parse(show::adj_routes_json(AdjDirection::Received, router, peer, routes));
  CHECK(json["receivedRoutes"]["172.31.50.0/24"]["nextHop"] == "172.31.50.1");
  CHECK(show::adj_routes_text(AdjDirection::Received, router, peer, {}).empty());
}

TEST_CASE("routes: of the table what one neighbour has said") {
  const auto router = views::chain_router(50);
  const auto routes = views::chain_routes(50);
  const auto& left = router.peers.front();
  const auto text = show::accepted_routes_text(router, left, routes);
  CHECK(text.find("172.31.51.1") == std::string::npos);
  CHECK(text.find("32768") == std::string::npos);
  CHECK(text.find("\nDisplayed  52 routes and 105 total paths\n") != std::string::npos);
  const auto json = nlohmann::json::parse(show::accepted_routes_json(router, left, routes));
  CHECK(json["routes"].size() == 52);
}
