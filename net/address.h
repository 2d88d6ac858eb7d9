// IPv4 and IPv6 addresses as plain values. Know no sockets; text form is the RFC 4291/5952 one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace net {

// An IPv4 address; `value` is in host byte order, so that comparing addresses compares unsigned integers, as
// RFC 4271 §6.8 and §9.1.2.2 f) ask of BGP identifiers.
struct Ipv4Address {
  static constexpr unsigned kBits = 32;
  static constexpr std::size_t kOctets = 4;

  std::uint32_t value = 0;

  static constexpr Ipv4Address of(unsigned a, unsigned b, unsigned c, unsigned d) {
    return {static_cast<std::uint32_t>(a << 24 | b << 16 | c << 8 | d)};
  }
  // Dotted quad only ("10.0.0.1"); nothing for anything else.
  static std::optional<Ipv4Address> parse(std::string_view text);
  static Ipv4Address from_octets(std::span<const std::uint8_t, 4> octets);

  std::array<std::uint8_t, 4> octets() const;
  std::string to_string() const;

  constexpr bool is_unspecified() const { return value == 0; }
  constexpr bool is_this_network() const { return value >> 24 == 0; }
  constexpr bool is_loopback() const { return value >> 24 == 127; }
  constexpr bool is_multicast() const { return value >> 28 == 0xe; }
  constexpr bool is_class_e() const { return value >> 28 == 0xf; }
  constexpr bool is_broadcast() const { return value == 0xffffffff; }

  // The address with all but the first `length` bits cleared; length 0 to 32.
  constexpr Ipv4Address masked(unsigned length) const {
    return {length == 0 ? 0 : value & (0xffffffffu << (kBits - length))};
  }

  friend constexpr auto operator<=>(const Ipv4Address&, const Ipv4Address&) = default;
};

// An IPv6 address in network order.
struct Ipv6Address {
  static constexpr unsigned kBits = 128;
  static constexpr std::size_t kOctets = 16;

  std::array<std::uint8_t, 16> bytes{};

  static std::optional<Ipv6Address> parse(std::string_view text);
  static Ipv6Address from_octets(std::span<const std::uint8_t, 16> octets);

  std::array<std::uint8_t, 16> octets() const { return bytes; }
  std::string to_string() const;

  bool is_unspecified() const { return *this == Ipv6Address{}; }
  bool is_loopback() const;
  bool is_multicast() const { return bytes[0] == 0xff; }
  bool is_link_local() const { return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80; }

  Ipv6Address masked(unsigned length) const;

  friend auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;
};

// An address of either family: next hops and neighbours.
class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0
  constexpr IpAddress(Ipv4Address address) : address_(address) {}
  constexpr IpAddress(Ipv6Address address) : address_(address) {}

  static std::optional<IpAddress> parse(std::string_view text);

  constexpr bool is_ipv4() const { return std::holds_alternative<Ipv4Address>(address_); }
  constexpr bool is_ipv6() const { return !is_ipv4(); }
  // Precondition: is_ipv4() or is_ipv6() respectively.
  constexpr Ipv4Address ipv4() const { return *std::get_if<Ipv4Address>(&address_); }
  Ipv6Address ipv6() const { return *std::get_if<Ipv6Address>(&address_); }
  bool is_link_local() const { return is_ipv6() && ipv6().is_link_local(); }
  bool is_unspecified() const { return is_ipv4() ? ipv4().is_unspecified() : ipv6().is_unspecified(); }
  std::string to_string() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::variant<Ipv4Address, Ipv6Address> address_;
};

}  // namespace net
