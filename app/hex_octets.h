// Octets as digits, for answers on the control socket, which are JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app {

inline std::string to_hex(std::span<const std::uint8_t> octets) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (const std::uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

// Precondition: to_hex made it.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::uint8_t> octets;
  octets.reserve(text.size() / 2);
  for (std::size_t at = 0; at + 1 < text.size(); at += 2)
    octets.push_back(static_cast<std::uint8_t>(digit(text[at]) << 4 | digit(text[at + 1])));
  return octets;
}

}  // namespace app
