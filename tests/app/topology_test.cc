// The address plan: AS numbers, link ranges and networks of chains of any length.
#include "app/topology.h"

#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report.h"

using net::Ipv4Address;
using net::Ipv4Prefix;

namespace {

std::vector<std::string> networks_of(const app::RouterPlan& router) {
  std::vector<std::string> texts;
  for (const auto& network : router.speaker.networks) texts.push_back(net::to_string(network.prefix));
  return texts;
}

std::vector<std::string> loopbacks_of(const app::RouterPlan& router) {
  std::vector<std::string> texts;
  for (const auto& loopback : router.node.loopback)
    texts.push_back(fmt::format("{}/{}", loopback.address.to_string(), loopback.prefix_length));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("AS numbers are the digits 10 and the router's number, but for the first", "[topology]") {
  const std::pair<std::uint32_t, std::uint32_t> rows[] = {
      {0, 100},     {1, 101},       {9, 109},       {10, 1010},       {50, 1050},       {99, 1099},
      {100, 10100}, {1000, 101000}, {9999, 109999}, {10000, 1010000}, {65790, 1065790},
  };
  for (const auto& [router, as] : rows) CHECK(app::as_number(router) == as);
}

TEST_CASE("AS numbers and router ids are unique in the longest chain", "[topology]") {
  std::set<std::uint32_t> as_numbers;
  std::set<Ipv4Address> ids;
  for (std::uint32_t router = 0; router <= app::kMaxHops; ++router) {
    as_numbers.insert(app::as_number(router));
    ids.insert(app::router_id(router));
  }
  CHECK(as_numbers.size() == app::kMaxHops + 1);
  CHECK(ids.size() == app::kMaxHops + 1);
}

TEST_CASE("link ranges are distinct /24s, in 172.31 first and then in 10/8", "[topology]") {
  CHECK(app::subnet(0).to_string() == "172.31.0.0/24");
  CHECK(app::subnet(1).to_string() == "172.31.1.0/24");
  CHECK(app::subnet(255).to_string() == "172.31.255.0/24");
  CHECK(app::subnet(256).to_string() == "10.0.0.0/24");
  CHECK(app::subnet(257).to_string() == "10.0.1.0/24");
  CHECK(app::subnet(512).to_string() == "10.1.0.0/24");
  CHECK(app::subnet(10'001).to_string() == "10.38.17.0/24");
  CHECK(app::subnet(app::kMaxHops + 1).to_string() == "10.255.255.0/24");

  const Ipv4Prefix ten(Ipv4Address::of(10, 0, 0, 0), 8), home(Ipv4Address::of(172, 31, 0, 0), 16);
  std::set<Ipv4Address> seen;
  for (std::uint32_t link = 0; link <= app::kMaxHops + 1; ++link) {
    const auto subnet = app::subnet(link);
    REQUIRE(subnet.length() == 24);
    REQUIRE((link <= 255 ? home : ten).contains(subnet.address()));
    REQUIRE(seen.insert(subnet.address()).second);
  }
}

TEST_CASE("every router of the chain of 100 has its addresses, networks and neighbours", "[topology]") {
  app::ChainOptions options;
  const auto chain = app::chain(options);
  REQUIRE(chain.size() == 101);

  const auto& first = chain.front();
  CHECK(first.name == "ROUTER_0");
  CHECK(first.speaker.router_id.to_string() == "172.31.0.1");
  CHECK_FALSE(first.node.has_left);
  CHECK(first.node.right.address.to_string() == "172.31.1.2");
  CHECK(networks_of(first) == Texts{"172.31.0.0/24", "172.31.1.0/24", "0.0.0.0/0"});
  CHECK(loopbacks_of(first) == Texts{"172.31.0.1/24", "198.51.100.1/32"});
  CHECK(first.left_peer == -1);
  CHECK_FALSE(first.node.answer_any);

  const auto& middle = chain[50];
  CHECK(middle.name == "ROUTER_50");
  CHECK(middle.speaker.as == 1050);
  CHECK(middle.speaker.router_id.to_string() == "172.31.50.1");
  CHECK(middle.node.left.address.to_string() == "172.31.50.1");
  CHECK(middle.node.right.address.to_string() == "172.31.51.2");
  CHECK(networks_of(middle) == Texts{"172.31.50.0/24", "172.31.51.0/24"});
  CHECK(loopbacks_of(middle).empty());
  REQUIRE(middle.speaker.neighbors.size() == 2);
  const auto& left = middle.speaker.neighbors[static_cast<std::size_t>(middle.left_peer)].peer;
  CHECK(left.address.to_string() == "172.31.50.2");
  CHECK(left.session.peer_as == 1049);
  const auto& right = middle.speaker.neighbors[static_cast<std::size_t>(middle.right_peer)].peer;
  CHECK(right.address.to_string() == "172.31.51.1");
  CHECK(right.session.peer_as == 1051);

  const auto& last = chain.back();
  CHECK(last.speaker.as == 10100);
  CHECK_FALSE(last.node.has_right);
  CHECK(loopbacks_of(last) == Texts{"172.31.101.2/24"});
  CHECK(networks_of(last) == Texts{"172.31.100.0/24", "172.31.101.0/24"});
  CHECK(last.right_peer == -1);

  // The default route is unconditional, all else lives and dies with its connected route.
  for (const auto& router : chain)
    for (const auto& network : router.speaker.networks)
      CHECK(network.unconditional == (network.prefix == net::IpPrefix(Ipv4Prefix())));
}

TEST_CASE("both ends of every link agree, up to 10,000 hops", "[topology]") {
  const auto hops = GENERATE(1U, 2U, 255U, 256U, 10'000U);
  app::ChainOptions options;
  options.hops = hops;
  const auto chain = app::chain(options);
  REQUIRE(chain.size() == hops + 1);
  std::set<Ipv4Address> addresses;
  std::set<Ipv4Prefix> networks;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto& router = chain[i];
    REQUIRE(router.speaker.neighbors.size() ==
            std::size_t{router.node.has_left} + std::size_t{router.node.has_right});
    for (const auto& network : router.speaker.networks) networks.insert(std::get<Ipv4Prefix>(network.prefix));
    for (const auto& loopback : router.node.loopback) REQUIRE(addresses.insert(loopback.address).second);
    if (router.node.has_left) REQUIRE(addresses.insert(router.node.left.address).second);
    if (!router.node.has_right) continue;
    REQUIRE(addresses.insert(router.node.right.address).second);
    const auto& next = chain[i + 1];
    REQUIRE(router.node.right.address == next.node.left.neighbor);
    REQUIRE(router.node.right.neighbor == next.node.left.address);
    REQUIRE(app::subnet(static_cast<std::uint32_t>(i + 1)).contains(router.node.right.address));
    REQUIRE(router.speaker.neighbors.back().peer.session.peer_as == next.speaker.as);
    REQUIRE(next.speaker.neighbors.front().peer.session.peer_as == router.speaker.as);
  }
  CHECK(networks.size() == hops + 3);
}

TEST_CASE("addresses are traced back to their routers", "[topology]") {
  app::ChainOptions options;
  options.hops = 300;
  for (const auto& router : app::chain(options)) {
    for (const auto& loopback : router.node.loopback)
      CHECK(app::owner_of(loopback.address, options) == router.name);
    if (router.node.has_left) CHECK(app::owner_of(router.node.left.address, options) == router.name);
    if (router.node.has_right) CHECK(app::owner_of(router.node.right.address, options) == router.name);
  }
  CHECK(app::owner_of(Ipv4Address::of(172, 31, 7, 3), options).empty());
  CHECK(app::owner_of(Ipv4Address::of(8, 8, 8, 8), options).empty());
}

TEST_CASE("a target inside the plan is refused, just outside it accepted", "[topology]") {
  app::ChainOptions options;
  const auto wrong = [&](std::uint32_t hops, Ipv4Address target) {
    options.hops = hops;
    options.target = target;
    return app::check(options);
  };
  CHECK(wrong(100, Ipv4Address::of(172, 31, 0, 1)).find("172.31.0.0/24") != std::string::npos);
  CHECK(wrong(100, Ipv4Address::of(172, 31, 101, 200)).find("link 101") != std::string::npos);
  CHECK(wrong(100, Ipv4Address::of(172, 31, 102, 1)).empty());
  CHECK(wrong(254, Ipv4Address::of(10, 0, 0, 1)).empty());
  CHECK(wrong(255, Ipv4Address::of(10, 0, 0, 1)).find("10.0.0.0/24") != std::string::npos);
  CHECK(wrong(100, Ipv4Address::of(8, 8, 8, 8)).empty());
  CHECK(wrong(app::kMaxHops, Ipv4Address::of(10, 255, 255, 1)).find("10.255.255.0/24") != std::string::npos);
  CHECK(!wrong(100, Ipv4Address::of(240, 0, 0, 1)).empty());
}

TEST_CASE("the plan is printed for people and for programs", "[topology]") {
  app::ChainOptions options;
  options.hops = 300;
  const auto table = app::plan_table(options);
  CHECK(std::ranges::count(table, '\n') == 302);
  CHECK(table.find("ROUTER_300") != std::string::npos);
  const auto document = nlohmann::json::parse(app::plan_json(options));
  CHECK(document.at("hops") == 300);
  REQUIRE(document.at("routers").size() == 301);
  CHECK(document["routers"][256].at("left") == "10.0.0.1/24");
  CHECK(document["routers"][256].at("as") == 10256);
  const auto rows = app::plan_csv(options);
  CHECK(
      rows.starts_with("router,as,router_id,left,right,loopback,networks,foreign\n"
                       "ROUTER_0,"));
  CHECK(std::ranges::count(rows, '\n') == 302);
  CHECK(rows.find("\nROUTER_256,10256,") != std::string::npos);
}

TEST_CASE("foreign routers keep their place, and only sessions among ours are judged", "[topology]") {
  app::ChainOptions options;
  options.hops = 7;
  options.foreign = {2, 5, 6};
  const auto chain = app::chain(options);
  const std::vector<bool> foreign{false, false, true, false, false, true, true, false};
  const std::vector<std::size_t> foreign_peers{0, 1, 0, 1, 1, 1, 1, 1};
  REQUIRE(chain.size() == foreign.size());
  options.foreign.clear();
  const auto all_ours = app::chain(options);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    INFO(i);
    CHECK(chain[i].foreign == foreign[i]);
    CHECK(chain[i].foreign_peers.size() == foreign_peers[i]);
    CHECK(chain[i].node.left == all_ours[i].node.left);
    CHECK(chain[i].node.right == all_ours[i].node.right);
    CHECK(chain[i].speaker.neighbors.size() == all_ours[i].speaker.neighbors.size());
  }
  CHECK(chain[1].foreign_peers.front() == static_cast<std::uint32_t>(chain[1].right_peer));
  CHECK(chain[3].foreign_peers.front() == static_cast<std::uint32_t>(chain[3].left_peer));

  // ROUTER_0 and ROUTER_1 are ours number 0 and 1, ROUTER_3 and ROUTER_4 number 2 and 3.
  const auto sessions = app::own_sessions(chain);
  REQUIRE(sessions.size() == 2);
  CHECK(sessions[0].router_a == 0);
  CHECK(sessions[0].router_b == 1);
  CHECK(sessions[1].router_a == 2);
  CHECK(sessions[1].router_b == 3);
  CHECK(sessions[1].peer_a == static_cast<std::uint32_t>(chain[3].right_peer));
  CHECK(sessions[1].peer_b == static_cast<std::uint32_t>(chain[4].left_peer));
  CHECK(app::own_sessions(all_ours).size() == 7);
}

TEST_CASE("a key is that of every session of the chain", "[topology]") {
  app::ChainOptions options;
  options.hops = 3;
  for (const auto& router : app::chain(options)) CHECK(router.tcp.peers.empty());
  options.md5_key = "secret";
  for (const auto& router : app::chain(options)) {
    REQUIRE(router.tcp.peers.size() == router.speaker.neighbors.size());
    for (std::size_t peer = 0; peer < router.tcp.peers.size(); ++peer) {
      CHECK(router.tcp.peers[peer].address == router.speaker.neighbors[peer].peer.address);
      CHECK(router.tcp.peers[peer].md5_key == "secret");
      CHECK(router.tcp.peers[peer].ao_key.empty());
    }
  }
}

TEST_CASE("foreign routers must be in the chain and leave one of ours", "[topology]") {
  app::ChainOptions options;
  options.hops = 2;
  options.foreign = {0, 1};
  CHECK(app::check(options).empty());
  options.foreign = {0, 1, 2};
  CHECK(app::check(options).find("no router of ours") != std::string::npos);
  options.foreign = {3};
  CHECK(app::check(options).find("ROUTER_2") != std::string::npos);
}

TEST_CASE("foreign routers and sessions are reported apart", "[report]") {
  app::Report report;
  report.foreign_routers = 2;
  report.foreign_sessions = 3;
  report.foreign_sessions_wanted = 4;
  CHECK(app::report_text(report).find("2  (3 of 4 sessions with them are up)") != std::string::npos);
  CHECK(nlohmann::json::parse(app::report_json(report)).at("foreign") ==
        nlohmann::json({{"routers", 2}, {"sessions", 3}, {"sessionsWanted", 4}}));
  CHECK_FALSE(nlohmann::json::parse(app::report_json({})).contains("foreign"));
}
