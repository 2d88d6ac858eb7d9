// IPv6 beside IPv4: its routes in the main table, its addresses at the interfaces.
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <tuple>

#include <catch2/catch.hpp>

#include "netns/route_table.h"
#include "tests/netns/fresh_namespace.h"
#include "tests/netns/requests.h"

using netns::InstalledRoute;
using netns::kLeftInterfaceIndex;
using netns::kRightInterfaceIndex;
using netns::RouteChange;
using Kind = netns::RouteChange::Kind;

namespace {

net::Ipv6Address address(std::string_view text) { return net::Ipv6Address::parse(text).value(); }
net::Ipv6Prefix prefix(std::string_view text) { return net::Ipv6Prefix::parse(text).value(); }

const net::Ipv6Prefix kFar = prefix("2001:db8:7::/48");
const net::Ipv6Prefix kConnected = prefix("2001:db8:1::/64");

bool write_sysctl(const std::string& name, int value) {
  std::ofstream file("/proc/sys/net/ipv6/conf/" + name);
  file << value;
  return static_cast<bool>(file.flush());
}

// Node 0 of a chain of two, whose right link has IPv6.
void in_a_node(const std::function<void()>& body) {
  test::in_fresh_namespace([&] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    for (const char* name : {"all/disable_ipv6", "default/disable_ipv6"}) write_sysctl(name, 0);
    std::string right;
    {
      netns::InterfaceMonitor monitor;
      right = test::find(monitor, kRightInterfaceIndex)->name;
    }
    if (!write_sysctl(right + "/disable_ipv6", 0)) {
      WARN("SKIPPED: no IPv6 here");
      return;
    }
    body();
  });
}

RouteChange change(Kind kind, const net::Ipv6Prefix& network, std::string_view next_hop = "2001:db8:1::1") {
  return {kind, network, address(next_hop), kRightInterfaceIndex};
}

InstalledRoute ours(const net::Ipv6Prefix& network, std::string_view next_hop = "2001:db8:1::1") {
  return {network, address(next_hop), kRightInterfaceIndex, RTPROT_BGP, netns::kIpv6RouteMetric, RTN_UNICAST,
          false};
}

int apply(netns::RouteTable& table, const RouteChange& one) { return table.apply_one(one).value(); }

std::vector<InstalledRoute> of_bgp(netns::RouteTable& table) {
  auto routes = table.dump_ipv6();
  std::erase_if(routes, [](const InstalledRoute& route) { return route.protocol != RTPROT_BGP; });
  return routes;
}

}  // namespace

TEST_CASE("IPv6 routes are installed, replaced and removed") {
  in_a_node([] {
    test::change_ipv6_address(true, kRightInterfaceIndex, address("2001:db8:1::2"), 64);
    netns::RouteTable table;
    const auto ipv4 = table.dump();
    for (const auto& network : {kFar, net::Ipv6Prefix{}, prefix("2001:db8::1/128")}) {
      INFO(network.to_string());
      CHECK(apply(table, change(Kind::Install, network)) == 0);
      CHECK(of_bgp(table) == std::vector{ours(network)});
      CHECK(apply(table, change(Kind::Install, network)) == EEXIST);
      CHECK(apply(table, change(Kind::Replace, network, "2001:db8:1::9")) == 0);
      CHECK(of_bgp(table) == std::vector{ours(network, "2001:db8:1::9")});
      CHECK(apply(table, change(Kind::Remove, network)) == 0);  // gone already: no error
      CHECK(of_bgp(table) == std::vector{ours(network, "2001:db8:1::9")});
      CHECK(apply(table, change(Kind::Remove, network, "2001:db8:1::9")) == 0);
      CHECK(of_bgp(table).empty());
    }
    CHECK(table.dump() == ipv4);
  });
}

TEST_CASE("each IPv6 route of a batch has its own answer, beside IPv4's") {
  in_a_node([] {
    test::change_ipv6_address(true, kRightInterfaceIndex, address("2001:db8:1::2"), 64);
    netns::RouteTable table;
    const std::vector<RouteChange> changes{
        change(Kind::Install, kFar),
        change(Kind::Install, prefix("2001:db8:8::/48"), "2001:db8:99::1"),
        {Kind::Install, net::Ipv4Prefix(net::Ipv4Address::of(203, 0, 113, 0), 24), test::link_address(1, 1),
         kRightInterfaceIndex}};
    const auto errors = table.apply(changes);
    CHECK_FALSE(errors.at(0));
    CHECK(errors.at(1));  // no way to that next hop
    CHECK_FALSE(errors.at(2));
    CHECK(of_bgp(table) == std::vector{ours(kFar)});
  });
}

TEST_CASE("an IPv6 route never outranks the connected one of the same prefix") {
  in_a_node([] {
    test::change_ipv6_address(true, kRightInterfaceIndex, address("2001:db8:1::2"), 64);
    netns::RouteTable table;
    const auto before = table.dump_ipv6();
    for (const Kind kind : {Kind::Install, Kind::Replace}) {
      CHECK(apply(table, change(kind, kConnected)) == 0);
      const auto routes = table.dump_ipv6();
      CHECK(routes.size() == before.size() + 1);
      for (const auto& route : routes)
        if (route.prefix == net::IpPrefix(kConnected) && route.protocol != RTPROT_BGP)
          CHECK(route.metric < netns::kIpv6RouteMetric);
    }
    CHECK(apply(table, change(Kind::Remove, kConnected)) == 0);
    CHECK(table.dump_ipv6() == before);
  });
}

TEST_CASE("IPv6 addresses come, wait for duplicate address detection, and go") {
  in_a_node([] {
    netns::InterfaceMonitor monitor;
    const auto find = [&](std::string_view text) -> const netns::Ipv6InterfaceAddress* {
      const auto& addresses = test::find(monitor, kRightInterfaceIndex)->ipv6_addresses;
      const auto found = std::ranges::find(addresses, address(text), &netns::Ipv6InterfaceAddress::local);
      return found == addresses.end() ? nullptr : &*found;
    };
    test::change_ipv6_address(true, kRightInterfaceIndex, address("2001:db8:1::2"), 64);
    REQUIRE(test::await(monitor, [&] { return find("2001:db8:1::2") != nullptr; }));
    CHECK(find("2001:db8:1::2")->usable);
    CHECK(find("2001:db8:1::2")->prefix_length == 64);

    std::ignore = write_sysctl("all/accept_dad", 1);
    test::change_ipv6_address(true, kRightInterfaceIndex, address("2001:db8:1::3"), 64, 0);
    REQUIRE(test::await(monitor, [&] { return find("2001:db8:1::3") != nullptr; }));
    // However it was first seen, it ends usable, and nothing is listed twice.
    CHECK(test::await(monitor, [&] { return find("2001:db8:1::3")->usable; }));
    const auto& addresses = test::find(monitor, kRightInterfaceIndex)->ipv6_addresses;
    CHECK(std::ranges::count(addresses, address("2001:db8:1::3"), &netns::Ipv6InterfaceAddress::local) == 1);
    netns::InterfaceMonitor fresh;
    CHECK(test::find(fresh, kRightInterfaceIndex)->ipv6_addresses == addresses);

    test::change_ipv6_address(false, kRightInterfaceIndex, address("2001:db8:1::2"), 64);
    CHECK(test::await(monitor, [&] { return find("2001:db8:1::2") == nullptr; }));
    CHECK(test::find(monitor, kRightInterfaceIndex)->addresses.size() == 1);
  });
}
