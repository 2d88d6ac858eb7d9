// See the header.
#include "bgp/shutdown_communication.h"

#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "net/bytes.h"

namespace bgp {

namespace {

struct Character {
  char32_t code = 0;
  std::size_t octets = 0;
};

// The character that `text` begins with; nothing when its octets are no UTF-8 (RFC 3629 §3 and §4: neither
// overlong forms nor surrogates nor anything above U+10FFFF). Precondition: not empty.
std::optional<Character> first_character(std::string_view text) {
  const auto octet = [&text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const std::uint8_t lead = octet(0);
  if (lead < 0x80) return Character{lead, 1};
  const std::size_t octets = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  static constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc0 || lead > 0xf4) return std::nullopt;
  if (text.size() < octets) return std::nullopt;
  char32_t code = lead & (0x7fu >> octets);
  for (std::size_t at = 1; at < octets; ++at) {
    if ((octet(at) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (octet(at) & 0x3fu);
  }
  if (code < kSmallest[octets] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  return Character{code, octets};
}

// Would it do something to a terminal, or make a line read other than it is? C0, C1 and DEL; the separators
// of lines and paragraphs; the marks, embeddings, overrides and isolates of writing direction.
bool is_harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool carries_text(const Notification& notification) {
  return notification.code == ErrorCode::Cease &&
         (notification.subcode == kCeaseShutdown || notification.subcode == kCeaseReset);
}

}  // namespace

std::vector<std::uint8_t> shutdown_data(std::string_view text) {
  std::vector<std::uint8_t> data;
  if (text.empty()) return data;
  data.push_back(0);
  while (!text.empty()) {
    const auto character = first_character(text);
    const std::size_t octets = character ? character->octets : 1;
    if (data.size() - 1 + octets > kMaxShutdownTextOctets) break;
    if (character)
      data.insert(data.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(octets));
    else
      data.push_back('?');
    text.remove_prefix(octets);
  }
  data.front() = static_cast<std::uint8_t>(data.size() - 1);
  return data;
}

std::optional<Notification> hard_reset_reason(const Notification& notification) {
  if (notification.code != ErrorCode::Cease || notification.subcode != kCeaseHardReset) return std::nullopt;
  if (notification.data.size() < 2) return std::nullopt;
  return Notification{static_cast<ErrorCode>(notification.data[0]),
                      notification.data[1],
                      {notification.data.begin() + 2, notification.data.end()}};
}

ShutdownText shutdown_text(const Notification& notification) {
  ShutdownText shown;
  if (const auto reason = hard_reset_reason(notification); reason && carries_text(*reason))
    return shutdown_text(*reason);
  if (!carries_text(notification) || notification.data.empty()) return shown;
  net::ByteReader reader(notification.data);
  const auto octets = reader.take(reader.u8().value_or(0));
  if (!octets || !reader.empty()) return {{}, true};
  std::string_view text(reinterpret_cast<const char*>(octets->data()), octets->size());
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character) return {{}, true};
    if (is_harmful(character->code))
      fmt::format_to(std::back_inserter(shown.text), "\\u{{{:x}}}",
                     static_cast<std::uint32_t>(character->code));
    else
      shown.text += text.substr(0, character->octets);
    text.remove_prefix(character->octets);
  }
  return shown;
}

}  // namespace bgp
