#include "bench/bulk_routes.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "bgp/codec.h"

namespace bench {

namespace {

constexpr double kTail = 1.2;  // of the Pareto distribution of how many prefixes share a path
constexpr std::size_t kMostShared = 500;
constexpr bgp::Agreed kAgreed{};

// Not std::uniform_int_distribution and the like: their numbers differ from library to library.
double fraction(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }
std::uint32_t below(std::mt19937_64& random, std::uint32_t limit) {
  return static_cast<std::uint32_t>(fraction(random) * limit);
}

bgp::PathAttributes attributes_of(const Origin& origin, std::mt19937_64& random) {
  bgp::PathAttributes attributes;
  attributes.origin = below(random, 5) == 0 ? bgp::Origin::Incomplete : bgp::Origin::Igp;
  attributes.next_hop = origin.next_hop;
  // Few networks carry for many: small numbers for the middle of a path, any number for its end.
  std::vector<std::uint32_t> path{origin.as};
  const std::uint32_t carriers = below(random, 6);
  for (std::uint32_t i = 0; i < carriers; ++i)
    path.push_back(20'000 + below(random, 200) * below(random, 20));
  path.push_back(200'000 + below(random, 200'000));
  attributes.as_path = bgp::AsPath(path);
  const std::uint32_t communities = below(random, 2) * below(random, 7);
  for (std::uint32_t i = 0; i < communities; ++i)
    attributes.communities.push_back(((20'000 + below(random, 200)) << 16) + below(random, 5'000));
  std::ranges::sort(attributes.communities);
  return attributes;
}

void announce(const bgp::PathAttributes& attributes, std::span<const net::Ipv4Prefix> prefixes,
              std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> encoded;
  bgp::encode_attributes(attributes, kAgreed, true, encoded);
  while (!prefixes.empty())
    prefixes = prefixes.subspan(
        bgp::UpdateEncoder::announce(encoded, prefixes, kAgreed, bgp::kMaxMessageOctets, out));
}

}  // namespace

std::vector<std::uint8_t> table_in_updates(const Origin& origin, std::size_t count, std::uint64_t seed,
                                           std::size_t shared) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> updates;
  std::vector<net::Ipv4Prefix> prefixes;
  for (std::uint32_t place = 0; place < count;) {
    const auto drawn = static_cast<std::size_t>(std::pow(1.0 - fraction(random), -1.0 / kTail));
    const std::size_t end = std::min(count, place + (shared > 0 ? shared : std::min(drawn, kMostShared)));
    for (prefixes.clear(); place < end; ++place) prefixes.push_back(block_prefix(place));
    announce(attributes_of(origin, random), prefixes, updates);
  }
  return updates;
}

std::vector<std::uint8_t> announcement(const Origin& origin, std::uint32_t place) {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  attributes.next_hop = origin.next_hop;
  attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{origin.as});
  const std::vector<net::Ipv4Prefix> prefixes{block_prefix(place)};
  std::vector<std::uint8_t> octets;
  announce(attributes, prefixes, octets);
  return octets;
}

std::vector<std::uint8_t> withdrawal(std::uint32_t place) {
  const std::vector<net::Ipv4Prefix> prefixes{block_prefix(place)};
  std::vector<std::uint8_t> octets;
  bgp::UpdateEncoder::withdraw(prefixes, kAgreed, bgp::kMaxMessageOctets, octets);
  return octets;
}

}  // namespace bench
