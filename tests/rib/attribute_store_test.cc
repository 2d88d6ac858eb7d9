// One id for equal attributes, another where anything differs, and nothing left when nobody refers to it.
#include "rib/attribute_store.h"

#include <functional>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "tests/rib/routes.h"

using namespace rib;

TEST_CASE("attributes that differ in anything are kept apart, equal ones once", "[attributes]") {
  using Attributes = bgp::PathAttributes;
  const std::pair<const char*, std::function<void(Attributes&)>> rows[] = {
      {"nothing", [](Attributes&) {}},
      {"ORIGIN", [](Attributes& a) { a.origin = bgp::Origin::Egp; }},
      {"ATOMIC_AGGREGATE", [](Attributes& a) { a.atomic_aggregate = true; }},
      {"NEXT_HOP", [](Attributes& a) { a.next_hop = routes::address("10.0.0.2"); }},
      {"IPv6 next hop", [](Attributes& a) { a.next_hop = *net::Ipv6Address::parse("2001:db8::1"); }},
      {"link-local next hop",
       [](Attributes& a) { a.link_local_next_hop = *net::Ipv6Address::parse("fe80::1"); }},
      {"AS_PATH",
       [](Attributes& a) {
         a.as_path = bgp::AsPath(std::vector<std::uint32_t>{101, 103});
       }},
      {"MED 0", [](Attributes& a) { a.med = 0; }},
      {"MED", [](Attributes& a) { a.med = 5; }},
      {"LOCAL_PREF 0", [](Attributes& a) { a.local_pref = 0; }},
      {"LOCAL_PREF", [](Attributes& a) { a.local_pref = 5; }},
      {"AGGREGATOR",
       [](Attributes& a) {
         a.aggregator = {101, routes::address("1.1.1.1")};
       }},
      {"AGGREGATOR, another AS",
       [](Attributes& a) {
         a.aggregator = {102, routes::address("1.1.1.1")};
       }},
      {"AGGREGATOR, another router",
       [](Attributes& a) {
         a.aggregator = {101, routes::address("1.1.1.2")};
       }},
      {"COMMUNITIES", [](Attributes& a) { a.communities = {7}; }},
      {"COMMUNITIES, two",
       [](Attributes& a) {
         a.communities = {7, 8};
       }},
      {"extended",
       [](Attributes& a) {
         a.extended_communities = {{0, 2, 0, 1, 0, 0, 0, 7}};
       }},
      {"extended, another",
       [](Attributes& a) {
         a.extended_communities = {{0, 2, 0, 1, 0, 0, 0, 8}};
       }},
      {"large",
       [](Attributes& a) {
         a.large_communities = {{1, 2, 3}};
       }},
      {"large, another administrator",
       [](Attributes& a) {
         a.large_communities = {{2, 2, 3}};
       }},
      {"large, another first part",
       [](Attributes& a) {
         a.large_communities = {{1, 3, 3}};
       }},
      {"large, another last part",
       [](Attributes& a) {
         a.large_communities = {{1, 2, 4}};
       }},
      {"ORIGINATOR_ID", [](Attributes& a) { a.originator_id = routes::address("1.1.1.1"); }},
      {"CLUSTER_LIST", [](Attributes& a) { a.cluster_list = {routes::address("1.1.1.1")}; }},
      {"ONLY_TO_CUSTOMER", [](Attributes& a) { a.only_to_customer = 101; }},
      {"unknown",
       [](Attributes& a) {
         a.unknown = {{0xc0, 99, {1}}};
       }},
      {"unknown, another code",
       [](Attributes& a) {
         a.unknown = {{0xc0, 98, {1}}};
       }},
      {"unknown, Partial",
       [](Attributes& a) {
         a.unknown = {{0xe0, 99, {1}}};
       }},
      {"unknown, another value",
       [](Attributes& a) {
         a.unknown = {{0xc0, 99, {2}}};
       }},
      {"Partial", [](Attributes& a) { a.partial = 1u << 8; }},
  };
  AttributeStore store(100, [](const net::IpAddress&) { return 2u; });
  std::vector<AttributeId> ids;
  const auto attributes_of = [](const auto& row) {
    auto attributes = routes::learnt({101, 102}, "10.0.0.1");
    row.second(attributes);
    return attributes;
  };
  const std::size_t empty = store.bytes();
  const std::size_t rows_octets = std::size(rows) * (sizeof(net::IpAddress) + sizeof(AttributeId));
  for (const auto& row : rows) {
    INFO(row.first);
    const AttributeId id = store.intern(attributes_of(row));
    CHECK(id != kNoAttributes);
    CHECK(std::ranges::find(ids, id) == ids.end());
    ids.push_back(id);
    CHECK(store.size() == ids.size());
    CHECK(store[id] == attributes_of(row));
  }
  const std::size_t full = store.bytes();
  CHECK(full > empty + rows_octets);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    INFO(rows[i].first);
    CHECK(store.intern(attributes_of(rows[i])) == ids[i]);
    CHECK(store.references(ids[i]) == 2);
  }
  CHECK(store.size() == ids.size());
  for (const AttributeId id : ids) {
    store.release(id);
    CHECK(store.references(id) == 1);
    store.release(id);
  }
  CHECK(store.size() == 0);
  // Ids are used again, and nothing of before is counted.
  for (const auto& row : rows) CHECK(std::ranges::find(ids, store.intern(attributes_of(row))) != ids.end());
  CHECK(store.bytes() == full);
}

TEST_CASE("equal paths are one, whatever their memory held before", "[attributes]") {
  AttributeStore store(100, [](const net::IpAddress&) { return 2u; });
  auto attributes = routes::learnt({1, 2, 3, 4, 5, 6, 7, 8}, "10.0.0.1");
  const AttributeId id = store.intern(attributes);
  auto& path = attributes.as_path;
  path = bgp::AsPath(std::vector<std::uint32_t>(16, 0xffffffff));
  path.clear();
  for (const std::uint32_t as : {8u, 7u, 6u, 5u, 4u, 3u, 2u, 1u}) path.prepend(as);
  CHECK(store.intern(attributes) == id);
}

TEST_CASE("interfaces come and go beneath next hops", "[attributes]") {
  std::uint32_t interface = 2;
  AttributeStore store(100, [&](const net::IpAddress&) { return interface; });
  const AttributeId id = store.intern(routes::learnt({101}, "10.0.0.1"));
  CHECK(store.interface(id) == 2);
  CHECK_FALSE(store.resolve_again());
  interface = 0;
  CHECK(store.resolve_again());
  CHECK(store.interface(id) == 0);
  CHECK_FALSE(store.resolve_again());
}

TEST_CASE("what attributes hold beside their record counts as memory", "[attributes]") {
  using Attributes = bgp::PathAttributes;
  constexpr std::size_t kRest = sizeof(bgp::RarerAttributes);
  const std::tuple<const char*, std::size_t, std::function<void(Attributes&)>> rows[] = {
      {"nothing", 0, [](Attributes&) {}},
      {"communities", 404, [](Attributes& a) { a.communities.resize(100); }},
      {"communities and more", kRest + 400,
       [](Attributes& a) {
         a.communities.resize(100);
         a.atomic_aggregate = true;
       }},
      {"extended communities", kRest + 800, [](Attributes& a) { a.extended_communities.resize(100); }},
      {"large communities", kRest + 1200, [](Attributes& a) { a.large_communities.resize(100); }},
      {"CLUSTER_LIST", kRest + 400, [](Attributes& a) { a.cluster_list.resize(100); }},
      {"unknown", kRest + sizeof(bgp::UnknownAttribute) + 100,
       [](Attributes& a) {
         a.unknown = {{0xc0, 99, std::vector<std::uint8_t>(100)}};
       }},
  };
  std::optional<std::size_t> plain;
  for (const auto& [name, octets, change] : rows) {
    INFO(name);
    AttributeStore store(100, [](const net::IpAddress&) { return 2u; });
    auto attributes = routes::learnt({101}, "10.0.0.1");
    change(attributes);
    const std::size_t empty = store.bytes();
    const AttributeId id = store.intern(attributes);
    if (!plain) plain = store.bytes() - empty;
    CHECK(store.bytes() - empty == *plain + octets);
    CHECK(store[id] == attributes);
    store.release(id);
    CHECK(store.bytes() == empty);
  }
}

TEST_CASE("what differs beside the communities, or in them, is kept apart", "[attributes]") {
  AttributeStore store(100, [](const net::IpAddress&) { return 2u; });
  std::vector<bgp::PathAttributes> rows(8, routes::learnt({101}, "10.0.0.1"));
  rows[1].communities = {1};
  rows[2].communities = {1, 2};
  rows[3].communities = {2, 1};
  rows[4].communities = {1};
  rows[4].atomic_aggregate = true;
  rows[5].atomic_aggregate = true;
  rows[6].communities = {1};
  rows[6].partial = 1u << 8;
  rows[7].communities = {1};
  rows[7].only_to_customer = 0;
  std::set<AttributeId> ids;
  for (const auto& row : rows) {
    const AttributeId id = store.intern(row);
    ids.insert(id);
    CHECK(store[id] == row);
    CHECK(store.intern(row) == id);
  }
  CHECK(ids.size() == rows.size());
}

TEST_CASE("each attribute but communities counts as more than those", "[attributes]") {
  const std::function<void(bgp::RarerAttributes&)> more[] = {
      [](auto& a) { a.atomic_aggregate = true; },     [](auto& a) { a.link_local_next_hop.emplace(); },
      [](auto& a) { a.aggregator.emplace(); },        [](auto& a) { a.extended_communities.resize(1); },
      [](auto& a) { a.large_communities.resize(1); }, [](auto& a) { a.originator_id.emplace(); },
      [](auto& a) { a.cluster_list.resize(1); },      [](auto& a) { a.only_to_customer = 0; },
      [](auto& a) { a.unknown.resize(1); },           [](auto& a) { a.partial = 1; },
  };
  for (const auto& change : more) {
    bgp::RarerAttributes attributes;
    change(attributes);
    CHECK(attributes.more_than_communities());
  }
  bgp::RarerAttributes attributes;
  CHECK_FALSE(attributes.more_than_communities());
  attributes.communities.resize(3);
  CHECK_FALSE(attributes.more_than_communities());
}

TEST_CASE("a next hop that nobody uses any more makes room for another", "[attributes]") {
  std::map<std::string, std::uint32_t> interfaces{{"10.0.0.1", 2}, {"10.0.0.2", 3}, {"10.0.0.3", 4}};
  AttributeStore store(100,
                       [&](const net::IpAddress& address) { return interfaces.at(address.to_string()); });
  const AttributeId first = store.intern(routes::learnt({101}, "10.0.0.1"));
  const AttributeId second = store.intern(routes::learnt({101}, "10.0.0.2"));
  const AttributeId longer = store.intern(routes::learnt({101, 102}, "10.0.0.1"));
  CHECK((store.interface(first) == 2 && store.interface(second) == 3 && store.interface(longer) == 2));
  store.release(first);
  CHECK(store.interface(longer) == 2);
  store.release(longer);
  interfaces.erase("10.0.0.1");  // nobody asks for it
  CHECK_FALSE(store.resolve_again());
  const AttributeId third = store.intern(routes::learnt({101}, "10.0.0.3"));
  CHECK((store.interface(second) == 3 && store.interface(third) == 4));
  CHECK(store.next_hop(third).to_string() == "10.0.0.3");
  interfaces["10.0.0.3"] = 0;
  CHECK(store.resolve_again());
  CHECK((store.interface(second) == 3 && store.interface(third) == 0));
}
