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
