#include "show/ip_routes.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/show/views.h"

namespace {

std::vector<show::IpRoute> sorted() {
  auto routes = views::ip_routes();
  show::sort(routes);
  return routes;
}

std::string rows(const std::vector<show::IpRoute>& routes) {
  const std::string text = show::ip_routes_text(routes);
  return text.substr(text.find("\n\n") + 2);
}

}  // namespace

TEST_CASE("show ip route stands as zebra prints it") {
  CHECK(show::ip_routes_text(sorted()).starts_with(
      "Codes: K - kernel route, C - connected, S - static, R - RIP,\n"));
  CHECK(rows(sorted()) ==
        "B>* 0.0.0.0/0 [20/0] via 172.31.50.2, left, weight 1, 00:00:05\n"
        "C>* 172.31.50.0/24 is directly connected, left, 00:00:05\n"
        "C>* 172.31.51.0/24 is directly connected, right, 00:00:05\n"
        "B>* 172.31.52.0/24 [20/0] via 172.31.51.1, right, weight 1, 00:00:05\n");
  CHECK(show::ip_routes_text({}).empty());
}

TEST_CASE("of one prefix the nearest source comes first and is selected") {
  auto routes = sorted();
  routes.push_back(routes[0]);
  routes.back().source = show::IpRoute::Source::Kernel;
  routes.back().distance = 0;
  routes.back().metric = 100;
  routes.back().age.reset();
  show::sort(routes);
  CHECK(
      rows(routes).starts_with("K>* 0.0.0.0/0 [0/100] via 172.31.50.2, left\n"
                               "B   0.0.0.0/0 [20/0] via 172.31.50.2, left, weight 1, 00:00:05\n"));
}

TEST_CASE("what the kernel has not taken is no FIB route") {
  auto route = sorted().front();
  route.state = show::IpRoute::State::Rejected;
  CHECK(rows({route}).starts_with("B>r 0.0.0.0/0 "));
  CHECK(show::ip_route_text({route}).find("    172.31.50.2, via left") != std::string::npos);
  route.state = show::IpRoute::State::Queued;
  CHECK(rows({route}).starts_with("B>q 0.0.0.0/0 "));
  const auto json = nlohmann::json::parse(show::ip_routes_json({route}));
  CHECK(json["0.0.0.0/0"][0]["queued"] == true);
  CHECK_FALSE(json["0.0.0.0/0"][0].contains("installed"));
}

TEST_CASE("one route in full") {
  const auto routes = sorted();
  CHECK(show::ip_route_text({routes[0]}) ==
        "Routing entry for 0.0.0.0/0\n  Known via \"bgp\", distance 20, metric 0, best\n"
        "  Last update 00:00:05 ago\n  * 172.31.50.2, via left, weight 1\n\n");
  CHECK(show::ip_route_text({routes[1]}) ==
        "Routing entry for 172.31.50.0/24\n  Known via \"connected\", distance 0, metric 0, best\n"
        "  Last update 00:00:05 ago\n  * directly connected, left\n\n");
  CHECK(show::ip_route_text({}) == "% Network not in table\n");
}

TEST_CASE("show ipv6 route has zebra's other letters") {
  auto routes = views::ipv6_routes();
  show::sort(routes);
  CHECK(show::ip_routes_text(routes).starts_with(
      "Codes: K - kernel route, C - connected, S - static, R - RIPng,\n"
      "       O - OSPFv3, I - IS-IS, B - BGP, N - NHRP, T - Table,\n"));
  CHECK(rows(routes) ==
        "B>* ::/0 [20/0] via 2001:db8::2, left, weight 1, 00:00:05\n"
        "C>* 2001:db8::/64 is directly connected, left, 00:00:05\n"
        "B>* 2001:db8:2::/48 [20/0] via 2001:db8::2, left, weight 1, 00:00:05\n");
  const auto json = nlohmann::json::parse(show::ip_routes_json(routes));
  CHECK(json["::/0"][0]["nexthops"][0]["afi"] == "ipv6");
  CHECK(json["2001:db8:2::/48"][0]["prefixLen"] == 48);
}

TEST_CASE("routes as JSON") {
  const auto json = nlohmann::json::parse(show::ip_routes_json(sorted()));
  CHECK(json.size() == 4);
  const auto& bgp = json["172.31.52.0/24"][0];
  CHECK(bgp["protocol"] == "bgp");
  CHECK(bgp["installed"] == true);
  CHECK(bgp["nexthops"][0]["ip"] == "172.31.51.1");
  CHECK(bgp["nexthops"][0]["interfaceName"] == "right");
  CHECK(json["172.31.50.0/24"][0]["nexthops"][0]["directlyConnected"] == true);
  CHECK(show::ip_routes_json({}) == "{\n}\n");
}
