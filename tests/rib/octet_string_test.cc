// Few octets in the object, many on the heap, and the way from the one to the other.
#include "rib/octet_string.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

using rib::OctetString;

namespace {

std::vector<std::uint8_t> counting(std::size_t count) {
  std::vector<std::uint8_t> octets(count);
  std::iota(octets.begin(), octets.end(), std::uint8_t{1});
  return octets;
}

OctetString string_of(const std::vector<std::uint8_t>& octets) {
  OctetString string;
  string.append(octets);
  return string;
}

}  // namespace

TEST_CASE("octets come out as they went in, in one piece or in many") {
  for (const std::size_t size : {0u, 1u, 4u, 27u, 28u, 29u, 32u, 56u, 57u, 1000u, 4096u})
    for (const std::size_t step : {1u, 3u, 4u, 28u, 29u, 5000u}) {
      INFO(size << " octets, " << step << " at a time");
      const auto octets = counting(size);
      OctetString string;
      for (std::size_t at = 0; at < size; at += step)
        string.append(net::Bytes(octets).subspan(at, std::min(step, size - at)));
      CHECK(string.size() == size);
      CHECK(std::ranges::equal(string.view(), octets));
      CHECK((string.heap_bytes() == 0) == (size <= OctetString::kInPlace));
      CHECK(string.heap_bytes() <= 3 * size / 2 + 1);
    }
}

TEST_CASE("octets move, and what is assigned over is let go") {
  for (const std::size_t from : {0u, 5u, 100u})
    for (const std::size_t to : {0u, 7u, 200u}) {
      INFO(from << " over " << to);
      OctetString source = string_of(counting(from)), target = string_of(counting(to));
      target = std::move(source);
      CHECK(std::ranges::equal(target.view(), counting(from)));
      const OctetString made(std::move(target));
      CHECK(std::ranges::equal(made.view(), counting(from)));
    }
}
