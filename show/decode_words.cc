// The words that text and JSON of a capture share. See show/decode.h.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "show/decode.h"

namespace show {

namespace {

std::string_view message_kind(const bgp::Message& message) {
  return std::visit(net::overloaded{
                        [](const bgp::Open&) { return std::string_view("OPEN"); },
                        [](const bgp::Update&) { return std::string_view("UPDATE"); },
                        [](const bgp::Notification&) { return std::string_view("NOTIFICATION"); },
                        [](const bgp::Keepalive&) { return std::string_view("KEEPALIVE"); },
                        [](const bgp::RouteRefresh&) { return std::string_view("ROUTE-REFRESH"); },
                    },
                    message);
}

}  // namespace

std::string_view kind_of(const capture::Entry& entry) {
  return std::visit(net::overloaded{
                        [](const capture::Decoded& decoded) { return message_kind(decoded.message); },
                        [](const capture::Refused&) { return std::string_view("refused"); },
                        [](const capture::Skipped&) { return std::string_view("skipped"); },
                        [](const capture::StateChange&) { return std::string_view("stateChange"); },
                        [](const capture::PeerIndex&) { return std::string_view("peerIndex"); },
                        [](const capture::RibPath&) { return std::string_view("ribPath"); },
                    },
                    entry.what);
}

std::string counts_text(const EntryCounts& counts) {
  if (counts.empty()) return "no BGP message";
  std::string text;
  for (const auto& [kind, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, kind);
  return text;
}

std::string time_text(capture::Time at, bool microseconds) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss time(at - day);
  const auto text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(calendar.year()),
                  static_cast<unsigned>(calendar.month()), static_cast<unsigned>(calendar.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  return microseconds ? fmt::format("{}.{:06}", text, time.subseconds().count()) : text;
}

std::string iso_time_text(capture::Time at, bool microseconds) {
  std::string text = time_text(at, microseconds);
  text[text.find(' ')] = 'T';
  return text + 'Z';
}

std::string endpoint_text(const capture::Endpoint& end) {
  if (end.port == 0) return end.address.to_string();
  const std::string address = end.address.to_string();
  return fmt::format("{}:{}", end.address.is_ipv6() ? '[' + address + ']' : address, end.port);
}

std::string state_text(std::uint16_t state) {
  static constexpr std::array<std::string_view, 6> kStates{"Idle",     "Connect",     "Active",
                                                           "OpenSent", "OpenConfirm", "Established"};
  if (state >= 1 && state <= kStates.size()) return std::string(kStates[state - 1]);
  return fmt::format("state {}", state);
}

std::string family_text(bgp::Family family) {
  if (family == bgp::kIpv4Unicast) return "ipv4-unicast";
  if (family == bgp::kIpv6Unicast) return "ipv6-unicast";
  constexpr std::uint8_t kMulticast = 2;
  if (family.safi == kMulticast && (family.afi == 1 || family.afi == 2))
    return family.afi == 1 ? "ipv4-multicast" : "ipv6-multicast";
  return fmt::format("{}/{}", family.afi, family.safi);
}

std::string printable(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(
      safe, [](char c) { return c < ' ' || c > '~'; }, '?');
  return safe;
}

}  // namespace show
