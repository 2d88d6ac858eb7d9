#include "net/address.h"

#include <algorithm>
#include <arpa/inet.h>

#include <fmt/format.h>

namespace net {

namespace {

// inet_pton wants a terminated string; addresses are short, so a local copy will do.
template <std::size_t kSize>
bool parse_octets(int family, std::string_view text, std::array<std::uint8_t, kSize>& octets) {
  std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
  if (text.size() >= terminated.size() || text.contains('\0')) return false;
  std::ranges::copy(text, terminated.begin());
  return inet_pton(family, terminated.data(), octets.data()) == 1;
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  if (!parse_octets(AF_INET, text, octets)) return std::nullopt;
  return from_octets(octets);
}

Ipv4Address Ipv4Address::from_octets(std::span<const std::uint8_t, 4> octets) {
  return of(octets[0], octets[1], octets[2], octets[3]);
}

std::array<std::uint8_t, 4> Ipv4Address::octets() const {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

std::string Ipv4Address::to_string() const {
  return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff);
}

std::optional<Ipv6Address> Ipv6Address::parse(std::string_view text) {
  Ipv6Address address;
  if (!parse_octets(AF_INET6, text, address.bytes)) return std::nullopt;
  return address;
}

Ipv6Address Ipv6Address::from_octets(std::span<const std::uint8_t, 16> octets) {
  Ipv6Address address;
  std::ranges::copy(octets, address.bytes.begin());
  return address;
}

std::string Ipv6Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
}

bool Ipv6Address::is_loopback() const {
  Ipv6Address loopback;
  loopback.bytes[15] = 1;
  return *this == loopback;
}

Ipv6Address Ipv6Address::masked(unsigned length) const {
  Ipv6Address result = *this;
  for (unsigned octet = 0; octet < kOctets; ++octet) {
    const unsigned first_bit = octet * 8;
    if (first_bit >= length) {
      result.bytes[octet] = 0;
    } else if (length - first_bit < 8) {
      result.bytes[octet] &= static_cast<std::uint8_t>(0xff << (8 - (length - first_bit)));
    }
  }
  return result;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (const auto address = Ipv4Address::parse(text)) return *address;
  if (const auto address = Ipv6Address::parse(text)) return *address;
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  return std::visit([](const auto& address) { return address.to_string(); }, address_);
}

}  // namespace net
