// What must stand in the kernel tables of a chain of five routers, by hand. Router i is 10.0.0.i; on link k
// (subnet 172.31.k.0/24) the right router holds .1, the left one .2.
#include "scenario/oracle.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace scenario;

namespace {

constexpr std::uint32_t kHops = 4;

net::Ipv4Prefix subnet(std::uint32_t link) { return {net::Ipv4Address::of(172, 31, link, 0), 24}; }
net::Ipv4Address end(std::uint32_t link, bool right) {
  return net::Ipv4Address::of(172, 31, link, right ? 1 : 2);
}
const net::Ipv4Prefix kNew(net::Ipv4Address::of(203, 0, 113, 0), 24);

Oracle chain() {
  std::vector<RouterFacts> routers;
  for (std::uint32_t i = 0; i <= kHops; ++i) {
    RouterFacts facts{
        fmt::format("R{}", i), net::Ipv4Address::of(10, 0, 0, i), end(i, false), end(i + 1, true), {}};
    if (i > 0) facts.networks.push_back({subnet(i), i});
    if (i < kHops) facts.networks.push_back({subnet(i + 1), i + 1});
    if (i == 0) facts.networks.push_back({net::Ipv4Prefix(), std::nullopt});
    routers.push_back(std::move(facts));
  }
  return Oracle(std::move(routers));
}

}  // namespace

TEST_CASE("a whole chain", "[oracle]") {
  const Oracle oracle = chain();
  CHECK(oracle.table(0) ==
        Table{{subnet(2), end(1, true)}, {subnet(3), end(1, true)}, {subnet(4), end(1, true)}});
  CHECK(oracle.table(2) ==
        Table{{net::Ipv4Prefix(), end(2, false)}, {subnet(1), end(2, false)}, {subnet(4), end(3, true)}});
}

TEST_CASE("a link that is down takes its subnet and what lies behind it", "[oracle]") {
  Oracle oracle = chain();
  oracle.outages().set(Thing::Link, 3, false);
  CHECK(oracle.table(0) == Table{{subnet(2), end(1, true)}});
  CHECK(oracle.table(4).empty());
  CHECK(oracle.table(3).empty());
  CHECK(oracle.table(2) == Table{{net::Ipv4Prefix(), end(2, false)}, {subnet(1), end(2, false)}});
}

TEST_CASE("a session that is down leaves its subnet known on both sides", "[oracle]") {
  Oracle oracle = chain();
  oracle.outages().set(Thing::Session, 3, false);
  CHECK(oracle.table(0) == Table{{subnet(2), end(1, true)}, {subnet(3), end(1, true)}});
  CHECK(oracle.table(4) == Table{{subnet(3), end(4, false)}});
}

TEST_CASE("a router that is down knows nothing and is known by nobody", "[oracle]") {
  Oracle oracle = chain();
  oracle.outages().set(Thing::Router, 2, false);
  oracle.announce(2, kNew);
  CHECK(oracle.table(2).empty());
  CHECK(oracle.table(0).empty());
  CHECK(oracle.table(1) == Table{{net::Ipv4Prefix(), end(1, false)}});
  CHECK(oracle.table(4).empty());
  oracle.outages().set(Thing::Router, 2, true);
  CHECK(oracle.table(0).at(kNew) == end(1, true));
}

TEST_CASE("of two that announce a prefix the nearer one, else the lower identifier", "[oracle]") {
  Oracle oracle = chain();
  oracle.announce(0, kNew);
  oracle.announce(4, kNew);
  CHECK_FALSE(oracle.table(0).contains(kNew));
  CHECK(oracle.table(1).at(kNew) == end(1, false));
  CHECK(oracle.table(2).at(kNew) == end(2, false));
  CHECK(oracle.table(3).at(kNew) == end(4, true));
  CHECK(oracle.announces(4, kNew));
  oracle.withdraw(0, kNew);
  CHECK(oracle.table(1).at(kNew) == end(2, true));
  CHECK_FALSE(oracle.announces(0, kNew));
}

TEST_CASE("a connected network that is withdrawn is learnt from the other end", "[oracle]") {
  Oracle oracle = chain();
  oracle.withdraw(1, subnet(2));
  CHECK(oracle.table(1).at(subnet(2)) == end(2, true));
  oracle.withdraw(2, subnet(2));
  CHECK_FALSE(oracle.table(0).contains(subnet(2)));
}

TEST_CASE("a difference is named", "[oracle]") {
  const Table must{{subnet(1), end(1, true)}};
  CHECK(difference(must, must).empty());
  CHECK(difference({}, must) == "lacks 172.31.1.0/24 via 172.31.1.1");
  CHECK(difference({{subnet(1), end(1, false)}}, must) ==
        "has 172.31.1.0/24 via 172.31.1.2, not via 172.31.1.1");
  CHECK(difference(must, {}) == "has 172.31.1.0/24 via 172.31.1.1, and should have none");
}
