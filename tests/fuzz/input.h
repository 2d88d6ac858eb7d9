// Shared by fuzz targets: what they read their choices from, and how they say that something must not be.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bgp/codec.h"
#include "net/bytes.h"

namespace fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// The first octet of most inputs: what the two OPENs agreed on.
inline bgp::Agreed agreed_from(std::uint8_t octet) {
  return {.four_octet_as = (octet & 1) != 0,
          .extended_message = (octet & 2) != 0,
          .internal = (octet & 4) != 0,
          .ipv4_unicast = (octet & 16) == 0,
          .ipv6_unicast = (octet & 8) != 0};
}

// A length octet, twice that many octets and two more, or what is left.
inline net::Bytes take_piece(net::ByteReader& input) {
  const std::size_t wanted = (input.u8().value_or(0) + 1u) * 2u;
  return *input.take(std::min(wanted, input.remaining()));
}

}  // namespace fuzz
