// Our routes beside those of others, and a reply for each of many.
#include "netns/route_table.h"

#include <algorithm>
#include <cerrno>
#include <linux/nexthop.h>
#include <set>

#include <catch2/catch.hpp>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netns/link_state.h"
#include "tests/netns/fresh_namespace.h"
#include "tests/netns/requests.h"

using netns::InstalledRoute;
using netns::kRightInterfaceIndex;
using netns::RouteChange;
using test::link_address;
using Kind = netns::RouteChange::Kind;

namespace {

const net::Ipv4Address kNeighbor = link_address(1, 1);
const net::Ipv4Address kSecondNeighbor = link_address(1, 9);
const net::Ipv4Prefix kConnected{link_address(1, 0), 24};
const net::Ipv4Prefix kFar{net::Ipv4Address::of(203, 0, 113, 0), 24};

RouteChange change(Kind kind, const net::IpPrefix& prefix, net::IpAddress next_hop = kNeighbor) {
  return {kind, prefix, next_hop, kRightInterfaceIndex};
}

InstalledRoute ours(const net::IpPrefix& prefix, net::IpAddress next_hop = kNeighbor) {
  return {prefix, next_hop, kRightInterfaceIndex, RTPROT_BGP, netns::kRouteMetric, RTN_UNICAST, false};
}

std::vector<InstalledRoute> sorted(std::vector<InstalledRoute> routes) {
  std::ranges::sort(routes);
  return routes;
}

// Node 0 of a chain of two: its right neighbor is 172.31.1.1. Once with next hops in each route, once as
// objects.
void in_a_node(const std::function<void(netns::RouteTable&)>& body) {
  const auto nexthops = GENERATE(netns::Nexthops::InEachRoute, netns::Nexthops::Objects);
  INFO((nexthops == netns::Nexthops::Objects ? "as objects" : "in each route"));
  test::in_fresh_namespace([&] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    netns::RouteTable table(nexthops);
    body(table);
  });
}

void in_a_node_with_objects(const std::function<void(netns::RouteTable&)>& body) {
  test::in_fresh_namespace([&] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    netns::RouteTable table(netns::Nexthops::Objects);
    body(table);
  });
}

// The numbers of this namespace's nexthop objects.
std::set<std::uint32_t> nexthop_objects() {
  std::set<std::uint32_t> numbers;
  netns::NetlinkSocket().dump(RTM_GETNEXTHOP, nhmsg{}, [&](const nlmsghdr& message) {
    nlattr* attributes[NHA_MAX + 1] = {};
    REQUIRE(nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(nhmsg), attributes, NHA_MAX, nullptr) == 0);
    numbers.insert(nla_get_u32(attributes[NHA_ID]));
  });
  return numbers;
}

void remove_nexthop(std::uint32_t number) {
  netns::NetlinkBatch batch;
  batch.begin(RTM_DELNEXTHOP, 0, nhmsg{});
  batch.attribute_value(NHA_ID, number);
  netns::NetlinkSocket().execute_or_throw(batch, "remove a nexthop object");
}

int apply(netns::RouteTable& table, const RouteChange& one) { return table.apply_one(one).value(); }

}  // namespace

TEST_CASE("routes are installed, replaced and removed") {
  in_a_node([](netns::RouteTable& table) {
    const auto before = table.dump();
    const auto with = [&](const InstalledRoute& route) {
      auto routes = before;
      routes.push_back(route);
      return sorted(routes);
    };
    const net::Ipv4Prefix prefix = GENERATE(net::Ipv4Prefix{}, kFar, net::Ipv4Prefix{{0x0a000001}, 32});
    INFO(prefix.to_string());
    CHECK(apply(table, change(Kind::Install, prefix)) == 0);
    CHECK(sorted(table.dump()) == with(ours(prefix)));
    CHECK(apply(table, change(Kind::Install, prefix)) == EEXIST);
    CHECK(apply(table, change(Kind::Replace, prefix, kSecondNeighbor)) == 0);
    CHECK(sorted(table.dump()) == with(ours(prefix, kSecondNeighbor)));
    // Removal names the next hop: one that is no longer there is no error, and takes nothing else away.
    CHECK(apply(table, change(Kind::Remove, prefix)) == 0);
    CHECK(sorted(table.dump()) == with(ours(prefix, kSecondNeighbor)));
    CHECK(apply(table, change(Kind::Remove, prefix, kSecondNeighbor)) == 0);
    CHECK(table.dump() == before);
    CHECK(apply(table, change(Kind::Remove, prefix, kSecondNeighbor)) == 0);
  });
}

TEST_CASE("connected routes and those of others stay as they are") {
  in_a_node([](netns::RouteTable& table) {
    test::add_static_route(kFar, kSecondNeighbor, 0);
    const auto before = table.dump();
    REQUIRE(before.size() == 2);
    for (const auto& prefix : {kConnected, kFar}) {
      INFO(prefix.to_string());
      for (const Kind kind : {Kind::Install, Kind::Replace}) {
        CHECK(apply(table, change(kind, prefix)) == 0);
        auto expected = before;
        expected.push_back(ours(prefix));
        CHECK(sorted(table.dump()) == sorted(expected));
      }
      CHECK(apply(table, change(Kind::Remove, prefix)) == 0);
      CHECK(table.dump() == before);
      CHECK(apply(table, change(Kind::Remove, prefix)) == 0);
      CHECK(table.dump() == before);
    }
  });
}

TEST_CASE("a stranger's route at our metric is an error and stays") {
  in_a_node([](netns::RouteTable& table) {
    test::add_static_route(kFar, kNeighbor, netns::kRouteMetric);
    const auto before = table.dump();
    CHECK(apply(table, change(Kind::Install, kFar)) == EEXIST);
    CHECK(table.dump() == before);
    CHECK(apply(table, change(Kind::Remove, kFar)) == 0);  // not ours: as if there were none
    CHECK(table.dump() == before);
  });
}

TEST_CASE("in a large batch each route has its own answer") {
  in_a_node([](netns::RouteTable& table) {
    const auto before = table.dump().size();
    const std::set<std::size_t> unreachable{0, 1, 63, 64, 127, 128, 150, 299};
    std::vector<RouteChange> changes;
    for (std::uint32_t i = 0; i < 300; ++i)
      changes.push_back(change(Kind::Install,
                               net::Ipv4Prefix({net::Ipv4Address::of(20, 0, 0, 0).value + (i << 8)}, 24),
                               unreachable.contains(i) ? net::Ipv4Address::of(192, 0, 2, 1) : kNeighbor));
    const auto results = table.apply(changes);
    REQUIRE(results.size() == 300);
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO("route " << i);
      CHECK(results[i].value() == (unreachable.contains(i) ? ENETUNREACH : 0));
    }
    CHECK(table.dump().size() == before + 300 - unreachable.size());

    // All fail: no answer is lost.
    for (auto& route : changes) route.next_hop = net::Ipv4Address::of(192, 0, 2, 1);
    for (auto& route : changes) route.kind = Kind::Replace;
    const auto failed = table.apply(changes);
    CHECK(std::ranges::all_of(failed, [](const auto& error) { return error.value() == ENETUNREACH; }));
    CHECK(table.apply({}).empty());
  });
}

TEST_CASE("changes of one batch are applied in order") {
  in_a_node([](netns::RouteTable& table) {
    const auto before = table.dump();
    const std::vector<RouteChange> changes{
        change(Kind::Install, kFar), change(Kind::Replace, kFar, kSecondNeighbor),
        change(Kind::Remove, kFar, kSecondNeighbor), change(Kind::Install, kFar)};
    for (const auto& error : table.apply(changes)) CHECK_FALSE(error);
    auto expected = before;
    expected.push_back(ours(kFar));
    CHECK(sorted(table.dump()) == sorted(expected));
  });
}

TEST_CASE("a large table is dumped whole") {
  in_a_node([](netns::RouteTable& table) {
    std::vector<RouteChange> changes;
    std::vector<InstalledRoute> expected = table.dump();
    for (std::uint32_t i = 0; i < 5'000; ++i) {
      changes.push_back(
          change(Kind::Install, net::Ipv4Prefix({net::Ipv4Address::of(20, 0, 0, 0).value + (i << 8)}, 24)));
      expected.push_back(ours(changes.back().prefix));
    }
    for (const auto& error : table.apply(changes)) REQUIRE_FALSE(error);
    CHECK(sorted(table.dump()) == sorted(expected));
  });
}

TEST_CASE("over a link without carrier routes are marked so") {
  in_a_node([](netns::RouteTable& table) {
    REQUIRE(apply(table, change(Kind::Install, kFar)) == 0);
    test::set_link(kRightInterfaceIndex, false);  // its own end: the kernel flushes what lay over it
    CHECK(table.dump().empty());
    const int error = apply(table, change(Kind::Install, kFar));
    CHECK((error == ENETUNREACH || error == ENETDOWN));  // of a route, of an object
  });
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    netns::RouteTable table;
    netns::InterfaceMonitor monitor;
    const auto before = table.dump();
    REQUIRE(before.size() == 1);
    REQUIRE(test::await_usable(monitor, kRightInterfaceIndex));
    chain[1].enter();
    test::set_link(netns::kLeftInterfaceIndex, false);
    REQUIRE(test::await(monitor, [&] { return !test::find(monitor, kRightInterfaceIndex)->carrier; }));
    auto expected = before;
    expected[0].link_down = true;
    CHECK(table.dump() == expected);
  });
}

TEST_CASE("a next hop is one object, however many routes lead there") {
  in_a_node_with_objects([](netns::RouteTable& table) {
    CHECK(nexthop_objects().empty());
    std::vector<RouteChange> changes;
    for (std::uint32_t i = 0; i < 200; ++i)
      changes.push_back(change(Kind::Install,
                               net::Ipv4Prefix({net::Ipv4Address::of(20, 0, 0, 0).value + (i << 8)}, 24),
                               i % 2 == 0 ? kNeighbor : kSecondNeighbor));
    for (const auto& error : table.apply(changes)) CHECK_FALSE(error);
    CHECK(nexthop_objects() == std::set{netns::kFirstNexthop, netns::kFirstNexthop + 1});
    CHECK(apply(table, change(Kind::Install, kFar)) == 0);
    CHECK(nexthop_objects().size() == 2);
  });
}

TEST_CASE("an object that went with its device is made anew") {
  in_a_node_with_objects([](netns::RouteTable& table) {
    const net::Ipv4Prefix other{net::Ipv4Address::of(198, 51, 100, 0), 24};
    const auto before = sorted(table.dump());
    for (const auto& prefix : {kFar, other}) CHECK(apply(table, change(Kind::Install, prefix)) == 0);
    REQUIRE_FALSE(netns::set_link_up(kRightInterfaceIndex, false));
    CHECK(nexthop_objects().empty());
    SECTION("while it is down, there is nothing to be removed, and nothing can be installed") {
      CHECK(apply(table, change(Kind::Remove, kFar)) == 0);
      CHECK(apply(table, change(Kind::Install, kFar)) == ENETDOWN);
      CHECK(apply(table, change(Kind::Install, kFar)) == ENETDOWN);
    }
    REQUIRE_FALSE(netns::set_link_up(kRightInterfaceIndex, true));
    SECTION("when it is back, one is there again with the first route") {
      const std::vector<RouteChange> changes{change(Kind::Remove, other), change(Kind::Install, kFar),
                                             change(Kind::Replace, other)};
      for (const auto& error : table.apply(changes)) CHECK_FALSE(error);
      auto expected = before;
      expected.push_back(ours(kFar));
      expected.push_back(ours(other));
      CHECK(sorted(table.dump()) == sorted(expected));
      CHECK(nexthop_objects() == std::set{netns::kFirstNexthop});
    }
  });
}

TEST_CASE("an object that somebody removed or changed is ours again") {
  in_a_node_with_objects([](netns::RouteTable& table) {
    const auto before = sorted(table.dump());
    auto expected = before;
    expected.push_back(ours(kFar));
    CHECK(apply(table, change(Kind::Install, kFar)) == 0);
    SECTION("removed, and nobody told us") {
      remove_nexthop(netns::kFirstNexthop);
      CHECK(sorted(table.dump()) == before);
      CHECK(apply(table, change(Kind::Install, kFar)) == 0);
      CHECK(sorted(table.dump()) == sorted(expected));
    }
    SECTION("made to lead elsewhere") {
      netns::NetlinkBatch batch;
      nhmsg header{};
      header.nh_family = AF_INET;
      batch.begin(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, header);
      batch.attribute_value(NHA_ID, netns::kFirstNexthop);
      batch.attribute(NHA_GATEWAY, kSecondNeighbor.octets());
      batch.attribute_value(NHA_OIF, kRightInterfaceIndex);
      netns::NetlinkSocket().execute_or_throw(batch, "change a nexthop object");
      REQUIRE(sorted(table.dump()) != sorted(expected));
      table.forget_nexthops();
      CHECK(apply(table, change(Kind::Replace, kFar)) == 0);
      CHECK(sorted(table.dump()) == sorted(expected));
    }
    SECTION("a route can be removed after they were forgotten") {
      table.forget_nexthops();
      CHECK(apply(table, change(Kind::Remove, kFar)) == 0);
      CHECK(sorted(table.dump()) == before);
    }
  });
}
