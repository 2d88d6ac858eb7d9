#include "show/words.h"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

namespace show {

namespace {

constexpr std::uint32_t kLocalWeight = 32768;

struct WellKnown {
  std::uint32_t value;
  std::string_view text, json;
};
constexpr std::array kWellKnown{
    WellKnown{0xffff0000, "graceful-shutdown", "gracefulShutdown"},  // RFC 8326
    WellKnown{0xffff029a, "blackhole", "blackhole"},                 // RFC 7999
    WellKnown{0xffffff01, "no-export", "noExport"},                  // RFC 1997
    WellKnown{0xffffff02, "no-advertise", "noAdvertise"},
    WellKnown{0xffffff03, "local-AS", "localAs"},
    WellKnown{0xffffff04, "no-peer", "noPeer"},  // RFC 3765
};

std::string extended_community(const bgp::ExtendedCommunity& octets) {
  constexpr std::uint8_t kNonTransitive = 0x40;  // RFC 4360 §2
  const auto number = [&](std::size_t from, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value << 8 | octets[i];
    return value;
  };
  const std::string_view kind = octets[1] == 2 ? "RT" : octets[1] == 3 ? "SoO" : "";
  if (!kind.empty()) switch (octets[0] & ~kNonTransitive) {
      case 0: return fmt::format("{}:{}:{}", kind, number(2, 2), number(4, 4));
      case 1:
        return fmt::format("{}:{}.{}.{}.{}:{}", kind, octets[2], octets[3], octets[4], octets[5],
                           number(6, 2));
      case 2: return fmt::format("{}:{}:{}", kind, number(2, 4), number(6, 2));  // RFC 5668
    }
  return fmt::format("UNK:{:#018x}", number(0, 8));
}

}  // namespace

std::int64_t Clock::epoch_seconds_ago(std::chrono::milliseconds age) const {
  return std::chrono::floor<std::chrono::seconds>((now - age).time_since_epoch()).count();
}

std::string uptime(std::optional<std::chrono::milliseconds> age) {
  if (!age) return "never";
  const auto total = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(*age).count(), 0);
  const auto seconds = total % 60, minutes = total / 60 % 60, hours = total / 3600 % 24, days = total / 86400;
  if (days == 0) return fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds);
  if (days < 7) return fmt::format("{}d{:02}h{:02}m", days, hours, minutes);
  if (days < 365) return fmt::format("{:02}w{}d{:02}h", days / 7, days % 7, hours);
  return fmt::format("{:02}y{:02}w{}d", days / 365, days % 365 / 7, days % 365 % 7);
}

std::string memory(std::size_t bytes) {
  constexpr std::size_t kKib = 1024, kMib = kKib * 1024, kFrom = 11;
  if (bytes >= kFrom * kMib) return fmt::format("{} MiB", (bytes + kMib / 2) / kMib);
  if (bytes >= kFrom * kKib) return fmt::format("{} KiB", (bytes + kKib / 2) / kKib);
  return bytes == 1 ? "1 byte" : fmt::format("{} bytes", bytes);
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string date(std::int64_t epoch_seconds) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds at{std::chrono::seconds(epoch_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", kDays[std::chrono::weekday(day).c_encoding()],
                     kMonths[static_cast<unsigned>(calendar.month()) - 1],
                     static_cast<unsigned>(calendar.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), static_cast<int>(calendar.year()));
}

std::string_view reason(rib::DecisionStep step) {
  using enum rib::DecisionStep;
  switch (step) {
    case None: return "Nothing to Select";
    case OnlyRoute: return "First path received";
    case Weight: return "Weight";
    case LocalPref: return "Local Pref";
    case AsPathLength: return "AS Path";
    case Origin: return "Origin";
    case Med: return "MED";
    case External: return "Peer Type";
    case InteriorCost: return "IGP Metric";
    case RouterId: return "Router ID";
    case ClusterLength: return "Cluster length";
    case PeerAddress: return "Neighbor IP";
  }
  return "Nothing to Select";
}

std::string_view origin_word(bgp::Origin origin) {
  switch (origin) {
    case bgp::Origin::Igp: return "IGP";
    case bgp::Origin::Egp: return "EGP";
    case bgp::Origin::Incomplete: break;
  }
  return "incomplete";
}

char origin_code(bgp::Origin origin) {
  switch (origin) {
    case bgp::Origin::Igp: return 'i';
    case bgp::Origin::Egp: return 'e';
    case bgp::Origin::Incomplete: break;
  }
  return '?';
}

std::string state_word(const speaker::PeerView& peer) {
  return peer.admin_down ? "Idle (Admin)" : std::string(bgp::to_string(peer.state));
}

std::optional<std::chrono::milliseconds> in_state_for(const speaker::PeerView& peer) {
  return peer.state == bgp::State::Established ? peer.up_for : peer.down_for;
}

std::size_t path_count(const std::vector<speaker::RouteView>& routes) {
  std::size_t count = 0;
  for (const auto& route : routes) count += route.paths.size();
  return count;
}

std::vector<std::string> communities(const bgp::PathAttributes& attributes, bool for_json) {
  std::vector<std::string> words;
  words.reserve(attributes.communities.size());
  for (const std::uint32_t value : attributes.communities) {
    const auto* known = std::ranges::find(kWellKnown, value, &WellKnown::value);
    words.push_back(known == kWellKnown.end() ? fmt::format("{}:{}", value >> 16, value & 0xffff)
                                              : std::string(for_json ? known->json : known->text));
  }
  return words;
}

std::vector<std::string> extended_communities(const bgp::PathAttributes& attributes) {
  std::vector<std::string> words;
  words.reserve(attributes.extended_communities.size());
  for (const auto& octets : attributes.extended_communities) words.push_back(extended_community(octets));
  return words;
}

std::vector<std::string> large_communities(const bgp::PathAttributes& attributes) {
  std::vector<std::string> words;
  words.reserve(attributes.large_communities.size());
  for (const auto& c : attributes.large_communities)
    words.push_back(fmt::format("{}:{}:{}", c.global, c.local1, c.local2));
  return words;
}

std::string next_hop(const speaker::PathView& path) {
  return path.local ? "0.0.0.0" : path.attributes.next_hop.to_string();
}

std::optional<std::uint32_t> metric(const speaker::PathView& path) {
  return path.local ? path.attributes.med.value_or(0) : path.attributes.med;
}

std::uint32_t weight(const speaker::PathView& path) { return path.local ? kLocalWeight : 0; }

std::string as_path_or_local(const speaker::PathView& path) {
  return path.attributes.as_path.empty() ? "Local" : path.attributes.as_path.to_string();
}

std::string kernel_trouble(const speaker::RouteView& route) {
  if (route.kernel == rib::KernelState::Pending) return "waiting for the kernel to take it";
  if (route.kernel == rib::KernelState::Failed)
    return fmt::format("the kernel refused it: {}", std::generic_category().message(route.kernel_errno));
  return {};
}

}  // namespace show
