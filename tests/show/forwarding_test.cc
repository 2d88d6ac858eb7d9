// Packets followed through tables of a chain whose routers' tables the rows spoil.
#include "show/forwarding.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace show;

namespace {

using Kind = ForwardingFault::Kind;
const net::Ipv4Address kTarget = net::Ipv4Address::of(198, 51, 100, 1);

net::IpPrefix prefix(std::string_view text) { return net::parse_ip_prefix(text).value(); }
net::IpAddress address(std::string_view text) { return net::IpAddress::parse(std::string(text)).value(); }

// Link i joins routers i - 1, which has .2, and i, which has .1.
std::vector<ForwardingRouter> chain(std::uint32_t routers) {
  std::vector<ForwardingRouter> made(routers);
  for (std::uint32_t i = 0; i < routers; ++i) {
    made[i].name = fmt::format("R{}", i);
    const auto join = [&](std::uint32_t link, unsigned host) {
      const auto subnet = prefix(fmt::format("172.31.{}.0/24", link));
      made[i].subnets.push_back({subnet, address(fmt::format("172.31.{}.{}", link, host)), true});
      made[i].routes.push_back({subnet, std::nullopt, 0, true});
    };
    if (i > 0) join(i, 1);
    if (i + 1 < routers) join(i + 1, 2);
  }
  return made;
}

void lead(ForwardingRouter& router, std::string_view to, std::uint32_t link, unsigned host,
          std::uint32_t metric = 20) {
  router.routes.push_back({prefix(to), address(fmt::format("172.31.{}.{}", link, host)), metric, true});
}
void lead_left(std::vector<ForwardingRouter>& routers, std::uint32_t router, std::string_view to) {
  lead(routers[router], to, router, 2);
}
void lead_right(std::vector<ForwardingRouter>& routers, std::uint32_t router, std::string_view to) {
  lead(routers[router], to, router + 1, 1);
}

// "loop 203.0.113.0/24 1 2 from 4"
std::vector<std::string> words(const std::vector<ForwardingRouter>& routers) {
  std::vector<std::string> out;
  for (const auto& fault : forwarding_faults(routers, kTarget)) {
    std::string word = fault.kind == Kind::Loop ? "loop " : "hole ";
    word += net::to_string(fault.prefix);
    for (const auto router : fault.routers) word += fmt::format(" {}", router);
    out.push_back(word + fmt::format(" from {}", fault.from));
  }
  return out;
}

using Words = std::vector<std::string>;
constexpr std::string_view kFresh = "203.0.113.0/24";

}  // namespace

TEST_CASE("what packets meet on their way", "[forwarding]") {
  auto routers = chain(5);
  routers[0].origins = {prefix(kFresh)};
  for (std::uint32_t i = 1; i < 5; ++i) lead_left(routers, i, kFresh);
  SECTION("all arrive where it is originated") { CHECK(words(routers).empty()); }
  SECTION("nobody originates it any more") {
    routers[0].origins.clear();
    CHECK(words(routers) == Words{"hole 203.0.113.0/24 0 from 4"});
  }
  SECTION("one in the middle has lost it") {
    std::erase_if(routers[2].routes, [](const auto& route) { return route.prefix == prefix(kFresh); });
    CHECK(words(routers) == Words{"hole 203.0.113.0/24 2 from 2"});
  }
  SECTION("the last one has lost it: nobody sends it anything") {
    std::erase_if(routers[4].routes, [](const auto& route) { return route.prefix == prefix(kFresh); });
    CHECK(words(routers).empty());
  }
  SECTION("two point at each other") {
    for (auto& route : routers[1].routes)
      if (route.prefix == prefix(kFresh)) route.next_hop = address("172.31.2.1");
    CHECK(words(routers) == Words{"loop 203.0.113.0/24 1 2 from 4"});
  }
  SECTION("a link is down, the route over it still there") {
    routers[3].subnets[0].usable = false;
    CHECK(words(routers) == Words{"hole 203.0.113.0/24 3 from 1"});
  }
  SECTION("the kernel calls the route unusable") {
    for (auto& route : routers[2].routes)
      if (route.prefix == prefix(kFresh)) route.usable = false;
    CHECK(words(routers) == Words{"hole 203.0.113.0/24 2 from 2"});
  }
}

TEST_CASE("the longest match decides, then the metric", "[forwarding]") {
  auto routers = chain(3);
  routers[0].origins = {prefix("0.0.0.0/0")};
  lead_left(routers, 1, "0.0.0.0/0");
  lead_left(routers, 2, "0.0.0.0/0");
  CHECK(words(routers).empty());
  SECTION("a longer prefix leads astray") {
    lead_right(routers, 1, "198.51.100.0/24");
    CHECK(words(routers) == Words{"loop 0.0.0.0/0 1 2 from 2", "loop 198.51.100.0/24 1 2 from 2"});
  }
  SECTION("a default route elsewhere is no matter for a subnet that is here") {
    CHECK(words(routers).empty());
    lead_right(routers, 0, "0.0.0.0/0");  // not longer than what it originates
    CHECK(words(routers).empty());
  }
  SECTION("the smaller metric goes first") {
    lead(routers[1], "0.0.0.0/0", 2, 1, 5);
    CHECK(words(routers) == Words{"loop 0.0.0.0/0 1 2 from 2"});
  }
}

TEST_CASE("a loop of many, and routers that lead into it", "[forwarding]") {
  auto routers = chain(6);
  // A ring of 1, 2, 3: 3 has a link of its own to 1.
  routers[1].subnets.push_back({prefix("10.9.0.0/24"), address("10.9.0.1"), true});
  routers[3].subnets.push_back({prefix("10.9.0.0/24"), address("10.9.0.3"), true});
  lead_right(routers, 0, kFresh);
  lead_right(routers, 1, kFresh);
  lead_right(routers, 2, kFresh);
  routers[3].routes.push_back({prefix(kFresh), address("10.9.0.1"), 20, true});
  lead_left(routers, 4, kFresh);
  lead_left(routers, 5, kFresh);
  CHECK(words(routers) == Words{"loop 203.0.113.0/24 1 2 3 from 6"});
  const auto fault = forwarding_faults(routers, kTarget).front();
  CHECK(to_sentence(fault, routers) ==
        "loop: R1 -> R2 -> R3 -> R1 for 203.0.113.0/24 (203.0.113.1): packets of 6 routers go round");
}

TEST_CASE("a hole says how many fall in", "[forwarding]") {
  auto routers = chain(2);
  lead_left(routers, 1, kFresh);
  const auto fault = forwarding_faults(routers, kTarget).front();
  CHECK(to_sentence(fault, routers) ==
        "black hole: R0 for 203.0.113.0/24 (203.0.113.1): packets of 1 router die there");
}

TEST_CASE("a next hop that is nobody's of ours is not ours to judge", "[forwarding]") {
  auto routers = chain(2);
  routers[0].routes.push_back({prefix(kFresh), address("192.0.2.9"), 20, true});
  lead_left(routers, 1, kFresh);
  CHECK(words(routers).empty());
}

TEST_CASE("IPv6, host routes and the shortest prefixes", "[forwarding]") {
  std::vector<ForwardingRouter> routers(2);
  routers[0] = {"R0", {{prefix("2001:db8:1::/64"), address("2001:db8:1::1"), true}}, {}, {}};
  routers[1] = {"R1", {{prefix("2001:db8:1::/64"), address("2001:db8:1::2"), true}}, {}, {}};
  for (const char* to : {"2001:db8:ff::/48", "::/0", "2001:db8::5/128"}) {
    CAPTURE(to);
    routers[0].routes = {{prefix(to), address("2001:db8:1::2"), 1044, true}};
    routers[1].routes = {};
    CHECK(words(routers) == Words{fmt::format("hole {} 1 from 1", to)});
    routers[1].routes = {{prefix(to), address("2001:db8:1::1"), 1044, true}};
    CHECK(words(routers) == Words{fmt::format("loop {} 0 1 from 2", to)});
  }
}
