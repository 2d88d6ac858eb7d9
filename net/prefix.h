// An address prefix, canonical by construction: host bits are always zero, so equal prefixes compare equal.
#pragma once

#include <charconv>
#include <functional>
#include <system_error>
#include <variant>

#include <fmt/format.h>

#include "net/address.h"

namespace net {

template <class AddressType>
class BasicPrefix {
 public:
  using Address = AddressType;

  constexpr BasicPrefix() = default;  // 0.0.0.0/0 or ::/0
  // Host bits of `address` are dropped. Precondition: length <= Address::kBits.
  constexpr BasicPrefix(Address address, unsigned length)
      : address_(address.masked(length)), length_(static_cast<std::uint8_t>(length)) {}

  // "10.0.0.0/8" or "2001:db8::/32". Nothing when malformed, too long, or when host bits are set: a user who
  // writes 10.0.0.1/8 has made a mistake that should be told, not repaired.
  static std::optional<BasicPrefix> parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = Address::parse(text.substr(0, slash));
    const auto digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (!address || error != std::errc{} || end != digits.data() + digits.size() || length > Address::kBits)
      return std::nullopt;
    const BasicPrefix prefix(*address, length);
    if (prefix.address() != *address) return std::nullopt;
    return prefix;
  }

  constexpr Address address() const { return address_; }
  constexpr unsigned length() const { return length_; }
  // Octets that carry the prefix on the wire (RFC 4271 §4.3).
  constexpr std::size_t wire_octets() const { return (length_ + 7u) / 8u; }
  constexpr bool contains(Address address) const { return address.masked(length_) == address_; }
  constexpr bool contains(const BasicPrefix& other) const {
    return other.length_ >= length_ && contains(other.address_);
  }
  constexpr bool is_default() const { return length_ == 0; }
  std::string to_string() const { return fmt::format("{}/{}", address_.to_string(), length_); }

  friend constexpr auto operator<=>(const BasicPrefix&, const BasicPrefix&) = default;

 private:
  Address address_{};
  std::uint8_t length_ = 0;
};

using Ipv4Prefix = BasicPrefix<Ipv4Address>;
using Ipv6Prefix = BasicPrefix<Ipv6Address>;

// A prefix of either family, where people name one; tables are keyed by one family each.
using IpPrefix = std::variant<Ipv4Prefix, Ipv6Prefix>;

inline std::optional<IpPrefix> parse_ip_prefix(std::string_view text) {
  if (const auto v4 = Ipv4Prefix::parse(text)) return *v4;
  if (const auto v6 = Ipv6Prefix::parse(text)) return *v6;
  return std::nullopt;
}

inline bool is_ipv4(const IpPrefix& prefix) { return std::holds_alternative<Ipv4Prefix>(prefix); }

// Of the same family, and within.
inline bool contains(const IpPrefix& prefix, const IpAddress& address) {
  if (const auto* v4 = std::get_if<Ipv4Prefix>(&prefix))
    return address.is_ipv4() && v4->contains(address.ipv4());
  return address.is_ipv6() && std::get_if<Ipv6Prefix>(&prefix)->contains(address.ipv6());
}

inline unsigned length_of(const IpPrefix& prefix) {
  return std::visit([](const auto& one) { return one.length(); }, prefix);
}

inline std::string to_string(const IpPrefix& prefix) {
  return std::visit([](const auto& one) { return one.to_string(); }, prefix);
}

// A well-mixed hash: prefixes differ in few, high bits, and the tables that use it are open-addressed.
inline std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

inline std::uint64_t hash_of(const Ipv4Prefix& prefix) {
  return mix64(std::uint64_t{prefix.address().value} << 8 | prefix.length());
}

inline std::uint64_t hash_of(const Ipv6Prefix& prefix) {
  std::uint64_t hash = prefix.length();
  for (const std::uint8_t octet : prefix.address().bytes) hash = mix64(hash << 8 ^ hash >> 56 ^ octet);
  return hash;
}

}  // namespace net
