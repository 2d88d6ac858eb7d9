// A table of routes that does not exist, from a seed: the same octets for whoever is to be measured. The
// block is 20.0.0.0/24 and the /24s after it, up to a million and more of them. Attribute sets are spread
// over it as in the Internet's table: most are of one or two prefixes, a few of hundreds; paths of 2 to 8
// ASes, up to 6 communities.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/prefix.h"

namespace bench {

inline constexpr std::size_t kLargestBlock = 2'000'000;

inline net::Ipv4Prefix block_prefix(std::uint32_t place) {
  return {net::Ipv4Address{net::Ipv4Address::of(20, 0, 0, 0).value + (place << 8)}, 24};
}

// Which prefix of the first `size` it is.
inline std::optional<std::uint32_t> place_in_block(const net::Ipv4Prefix& prefix, std::size_t size) {
  const std::uint32_t beyond = prefix.address().value - net::Ipv4Address::of(20, 0, 0, 0).value;
  if (prefix.length() != 24 || (beyond >> 8) >= size) return std::nullopt;
  return beyond >> 8;
}

// Who says it: the first AS of every path, and the next hop.
struct Origin {
  std::uint32_t as = 0;
  net::Ipv4Address next_hop;
};

// UPDATEs (four-octet AS numbers, at most 4,096 octets each) that announce the first `count` routes.
// `shared`: so many of them have the same attributes; 0: as in the Internet.
std::vector<std::uint8_t> table_in_updates(const Origin& origin, std::size_t count, std::uint64_t seed,
                                           std::size_t shared = 0);
// One UPDATE: this route comes, or goes.
std::vector<std::uint8_t> announcement(const Origin& origin, std::uint32_t place);
std::vector<std::uint8_t> withdrawal(std::uint32_t place);

}  // namespace bench
