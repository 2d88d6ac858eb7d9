// How four-octet AS numbers travel through two-octet speakers: what such a peer is sent, and how what comes
// back is put together again. RFC 6793 §4.2.
#pragma once

#include "bgp/as_path.h"
#include "bgp/message.h"

namespace bgp {

constexpr bool is_mappable(std::uint32_t as) { return as <= 0xffff; }
constexpr std::uint16_t two_octet_as(std::uint32_t as) {
  return static_cast<std::uint16_t>(is_mappable(as) ? as : kAsTrans);
}

// Must AS4_PATH accompany this path to a two-octet peer? Confederation segments do not count: they never go
// into AS4_PATH (RFC 6793 §4.2.2).
bool needs_as4_path(const AsPath& path);
AsPath without_confederation(const AsPath& path);

// The path that AS_PATH and AS4_PATH tell together (RFC 6793 §4.2.3): AS4_PATH, preceded by what AS_PATH has
// in front of it; AS_PATH alone when AS4_PATH is the longer one.
AsPath merge_as4_path(const AsPath& as_path, const AsPath& as4_path);

}  // namespace bgp
