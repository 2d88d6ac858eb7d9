// Prefixes to octets and back: a length in bits, then as many octets as hold them. Knows nothing of the
// fields that carry them. RFC 4271 §4.3, RFC 4760 §5.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "net/bytes.h"
#include "net/prefix.h"

namespace bgp {

// How many prefixes the octets hold; nothing when a length is above the family's or beyond the octets.
template <class Prefix>
std::optional<std::size_t> count_prefixes(net::Bytes octets) {
  net::ByteReader reader(octets);
  std::size_t count = 0;
  while (const auto length = reader.u8()) {
    if (*length > Prefix::Address::kBits || !reader.take((*length + 7u) / 8u)) return std::nullopt;
    ++count;
  }
  return count;
}

// Whole blocks that no packet is forwarded to: multicast (RFC 4271 §6.3), class E, and what RFC 6890 §2.2
// keeps to a host or a link. A shorter prefix around one of them, the default route above all, is as good as
// any.
inline bool is_routable(const net::Ipv4Prefix& prefix) {
  const net::Ipv4Address address = prefix.address();
  if (prefix.length() >= 8 && (address.is_this_network() || address.is_loopback())) return false;
  return !address.is_multicast() && !address.is_class_e();
}
inline bool is_routable(const net::Ipv6Prefix& prefix) {
  const net::Ipv6Address& address = prefix.address();
  if (prefix.length() == net::Ipv6Address::kBits && (address.is_unspecified() || address.is_loopback()))
    return false;
  return !address.is_multicast() && !(prefix.length() >= 10 && address.is_link_local());
}

enum class NlriResult : std::uint8_t { Taken, SomeIgnored, Malformed };

// Appends the prefixes of a field to `out`. Bits behind the prefix length are dropped; prefixes that are not
// routable are ignored. Malformed: `out` is as it was.
template <class Prefix>
NlriResult decode_prefixes(net::Bytes octets, std::vector<Prefix>& out) {
  const auto count = count_prefixes<Prefix>(octets);
  if (!count) return NlriResult::Malformed;
  out.reserve(out.size() + *count);
  NlriResult result = NlriResult::Taken;
  net::ByteReader reader(octets);
  while (const auto length = reader.u8()) {
    const auto significant = reader.take((*length + 7u) / 8u);
    if (!significant) return NlriResult::Malformed;  // not reached: counted above
    std::array<std::uint8_t, Prefix::Address::kOctets> address{};
    std::copy(significant->begin(), significant->end(), address.begin());
    const Prefix prefix(Prefix::Address::from_octets(address), *length);
    if (is_routable(prefix)) {
      out.push_back(prefix);
    } else {
      result = NlriResult::SomeIgnored;
    }
  }
  return result;
}

template <class Prefix>
void encode_prefix(const Prefix& prefix, net::ByteWriter& writer) {
  writer.u8(static_cast<std::uint8_t>(prefix.length()));
  const auto octets = prefix.address().octets();
  writer.bytes(net::Bytes(octets).first(prefix.wire_octets()));
}

template <class Prefix>
void encode_prefixes(const std::vector<Prefix>& prefixes, net::ByteWriter& writer) {
  for (const Prefix& prefix : prefixes) encode_prefix(prefix, writer);
}

}  // namespace bgp
