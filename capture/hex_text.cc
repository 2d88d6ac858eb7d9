#include "capture/hex_text.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "bgp/message.h"

namespace capture {

namespace {

using Octets = std::vector<std::uint8_t>;
constexpr std::size_t kMarkerOctets = 16;

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ':' || c == '\f' || c == '\v'; }

bool starts_with_marker(net::Bytes octets) {
  return octets.size() >= kMarkerOctets &&
         std::ranges::all_of(octets.first(kMarkerOctets), [](std::uint8_t octet) { return octet == 0xff; });
}

Octets framed(net::Bytes header_and_body) {
  Octets message(kMarkerOctets + header_and_body.size(), 0xff);
  std::ranges::copy(header_and_body, message.begin() + kMarkerOctets);
  return message;
}

// Length, type, body, over and over to the very end; the length counts the marker that is not there.
std::optional<Octets> without_markers(net::Bytes octets) {
  Octets messages;
  net::ByteReader reader(octets);
  while (!reader.empty()) {
    const net::Bytes start = reader.rest();
    const auto length = reader.u16();
    const auto type = reader.u8();
    if (!type || *length < bgp::kHeaderOctets || *type == 0 ||
        *type > static_cast<std::uint8_t>(bgp::MessageType::RouteRefresh) ||
        !reader.take(*length - bgp::kHeaderOctets))
      return std::nullopt;
    const Octets message = framed(start.first(start.size() - reader.remaining()));
    messages.insert(messages.end(), message.begin(), message.end());
  }
  return messages;
}

// Withdrawn Routes Length and Total Path Attribute Length fit into it.
std::optional<Octets> update_body(net::Bytes octets) {
  net::ByteReader reader(octets);
  const auto withdrawn = reader.u16();
  const auto attributes = withdrawn && reader.take(*withdrawn) ? reader.u16() : std::nullopt;
  if (!attributes || !reader.take(*attributes)) return std::nullopt;
  const std::size_t length = bgp::kHeaderOctets + octets.size();
  if (length > bgp::kMaxExtendedOctets) return std::nullopt;
  Octets body;
  net::ByteWriter writer(body);
  writer.u16(static_cast<std::uint16_t>(length));
  writer.u8(static_cast<std::uint8_t>(bgp::MessageType::Update));
  writer.bytes(octets);
  return framed(body);
}

std::optional<Octets> understood(const Octets& octets) {
  if (starts_with_marker(octets)) return octets;
  if (auto messages = without_markers(octets)) return messages;
  return update_body(octets);
}

}  // namespace

bool is_hex_text(net::Bytes text) {
  bool digits = false, remark = false;
  for (const std::uint8_t octet : text) {
    const char c = static_cast<char>(octet);
    if (c == '\n') {
      remark = false;
    } else if (c == '\0') {
      return false;
    } else if (!remark) {
      remark = c == '#';
      digits |= digit_of(c).has_value();
      if (!remark && !digit_of(c) && !is_space(c)) return false;
    }
  }
  return digits;
}

std::variant<std::vector<HexParagraph>, std::string> read_hex_text(std::string_view text) {
  std::vector<HexParagraph> paragraphs;
  bool in_paragraph = false;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Octets octets;
    std::optional<unsigned> high;
    for (const char c : line.substr(0, line.find('#'))) {
      if (is_space(c)) continue;
      const auto digit = digit_of(c);
      if (!digit) return fmt::format("line {} has something else than hexadecimal digits", number);
      if (high) octets.push_back(static_cast<std::uint8_t>(*high << 4 | *digit));
      high = high ? std::nullopt : digit;
    }
    if (high) return fmt::format("line {} ends in the middle of an octet", number);
    if (!octets.empty()) {
      if (!in_paragraph) paragraphs.emplace_back();
      paragraphs.back().push_back(std::move(octets));
      in_paragraph = true;
    } else if (std::ranges::all_of(line, is_space)) {
      in_paragraph = false;  // a line with a remark alone does not part messages
    }
  }
  if (paragraphs.empty()) return "there is not one octet in the text";
  return paragraphs;
}

std::vector<Octets> messages_of(const HexParagraph& paragraph) {
  Octets joined;
  for (const Octets& line : paragraph) joined.insert(joined.end(), line.begin(), line.end());
  if (auto messages = understood(joined)) return {*std::move(messages)};
  std::vector<Octets> lines;
  for (const Octets& line : paragraph) {
    auto messages = understood(line);
    if (!messages) return {std::move(joined)};
    lines.push_back(*std::move(messages));
  }
  return lines;
}

}  // namespace capture
