// The table of prefixes against std::map, under seeded random operations.
#include "rib/table.h"

#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "tests/rib/routes.h"

namespace {

struct Entry {
  net::Ipv4Prefix prefix;
  int mark = 0;
};
using PrefixTable = rib::Table<net::Ipv4Prefix, Entry, int>;

}  // namespace

TEST_CASE("the table does what a map does", "[table]") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::mt19937_64 random(seed);
    constexpr std::size_t kSlots = 3;
    PrefixTable table(kSlots);
    std::map<net::Ipv4Prefix, std::pair<std::uint32_t, int>> oracle;
    const std::uint64_t universe =
        seed % 2 == 0 ? 40 : 4000;  // few keys: long chains of erased and made again
    for (int step = 0; step < 20'000; ++step) {
      const auto key = static_cast<std::uint32_t>(random() % universe);
      const net::Ipv4Prefix prefix(net::Ipv4Address{key << 12}, 20 + key % 2);
      const auto known = oracle.find(prefix);
      const auto found = table.find(prefix);
      REQUIRE((found != PrefixTable::kNone) == (known != oracle.end()));
      if (known != oracle.end()) {
        REQUIRE(found == known->second.first);  // numbers stay
        REQUIRE(table[found].mark == known->second.second);
        for (std::size_t slot = 0; slot < kSlots; ++slot)
          REQUIRE(table.slot(found, slot) == known->second.second + static_cast<int>(slot));
      }
      if (random() % 5 < 3) {
        const auto number = table.obtain(prefix);
        if (known == oracle.end()) {
          REQUIRE(table[number].mark == 0);  // a number that is used again begins anew
          for (std::size_t slot = 0; slot < kSlots; ++slot) REQUIRE(table.slot(number, slot) == 0);
        }
        table[number].mark = step;
        for (std::size_t slot = 0; slot < kSlots; ++slot)
          table.slot(number, slot) = step + static_cast<int>(slot);
        oracle[prefix] = {number, step};
      } else if (known != oracle.end()) {
        table.erase(found);
        oracle.erase(known);
      }
      REQUIRE(table.size() == oracle.size());
    }
    std::size_t visited = 0;
    table.for_each([&](std::uint32_t number) {
      ++visited;
      REQUIRE(oracle.at(table[number].prefix).first == number);
    });
    CHECK(visited == oracle.size());
    CHECK(table.bytes() < 4000 * 200);
    while (!oracle.empty()) {
      table.erase(oracle.begin()->second.first);
      oracle.erase(oracle.begin());
      if (oracle.size() % 64 != 0) continue;
      for (const auto& [prefix, value] : oracle) REQUIRE(table.find(prefix) == value.first);
    }
    CHECK(table.size() == 0);
  }
}

TEST_CASE("an entry that is made where another was leaves its neighbours alone", "[table]") {
  PrefixTable table(2);
  const auto prefix = [](unsigned third) {
    return net::Ipv4Prefix(net::Ipv4Address::of(10, 0, third, 0), 24);
  };
  for (unsigned i = 0; i < 3; ++i) {
    const auto number = table.obtain(prefix(i));
    table[number].mark = 1;
    table.slot(number, 0) = table.slot(number, 1) = 7;
  }
  const auto middle = table.find(prefix(1));
  table.erase(middle);
  REQUIRE(table.obtain(prefix(3)) == middle);
  CHECK(table.slot(middle, 0) == 0);
  CHECK(table.slot(middle, 1) == 0);
  for (const unsigned other : {0u, 2u})
    for (const std::size_t slot : {0u, 1u}) CHECK(table.slot(table.find(prefix(other)), slot) == 7);
}

TEST_CASE("a table is at most three quarters full, and says how much memory it takes", "[table]") {
  PrefixTable table(3);
  const auto grown_to = [&](unsigned entries) {
    for (unsigned i = 0; i < entries; ++i)
      table.obtain(net::Ipv4Prefix(net::Ipv4Address::of(10, 0, i, 0), 24));
    return table.bytes();
  };
  const auto bytes = [](std::size_t places, std::size_t entries) {
    return places * sizeof(std::uint32_t) + entries * (sizeof(Entry) + 3 * sizeof(int));
  };
  CHECK(table.bytes() == bytes(16, 0));
  CHECK(grown_to(12) == bytes(16, 12));
  CHECK(grown_to(13) == bytes(32, 13));
  CHECK(grown_to(24) == bytes(32, 24));
  CHECK(grown_to(25) == bytes(64, 25));
  table.erase(0);
  CHECK(table.bytes() == bytes(64, 24));
}
