// One id for equal attributes, another where anything differs, and nothing left when nobody refers to it.
#include "rib/attribute_store.h"

#include <functional>

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
  const std::tuple<const char*, std::size_t, std::function<void(Attributes&)>> rows[] = {
      {"nothing", 0, [](Attributes&) {}},
      {"communities", 400, [](Attributes& a) { a.communities.resize(100); }},
      {"extended communities", 800, [](Attributes& a) { a.extended_communities.resize(100); }},
      {"large communities", 1200, [](Attributes& a) { a.large_communities.resize(100); }},
      {"CLUSTER_LIST", 400, [](Attributes& a) { a.cluster_list.resize(100); }},
      {"unknown", sizeof(bgp::UnknownAttribute) + 100,
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
    store.intern(attributes);
    if (!plain) plain = store.bytes() - empty;
    CHECK(store.bytes() - empty == *plain + (octets == 0 ? 0 : sizeof(bgp::RarerAttributes) + octets));
  }
}
