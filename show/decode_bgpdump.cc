// Entries in the layout of `bgpdump -m`: fields between bars, one line a prefix. See show/decode.h.
#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "capture/mrt.h"
#include "show/decode.h"

namespace show {

namespace {

std::string_view record_word(const capture::Place& place, bool table_dump_v2) {
  switch (place.record_type) {
    case capture::kMrtBgp: return "BGP";
    case capture::kMrtBgp4mpEt: return "BGP4MP_ET";
    case capture::kMrtTableDump:
    case capture::kMrtTableDumpV2: return table_dump_v2 ? "TABLE_DUMP2" : "TABLE_DUMP";
    default: return "BGP4MP";
  }
}

std::string time_field(const capture::Place& place) {
  const auto since = place.at.value_or(capture::Time{}).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  if (!place.microseconds) return fmt::format("{}", seconds.count());
  return fmt::format("{}.{:06}", seconds.count(), (since - seconds).count());
}

std::string_view origin_field(bgp::Origin origin) {
  static constexpr std::array<std::string_view, 3> kWords{"IGP", "EGP", "INCOMPLETE"};
  return kWords[static_cast<std::size_t>(origin)];
}

std::string communities_field(const bgp::PathAttributes& attributes) {
  std::string text;
  for (const std::uint32_t value : attributes.communities) {
    if (!text.empty()) text += ' ';
    switch (value) {
      case 0xffffff01: text += "no-export"; break;
      case 0xffffff02: text += "no-advertise"; break;
      case 0xffffff03: text += "local-AS"; break;
      default: text += fmt::format("{}:{}", value >> 16, value & 0xffff);
    }
  }
  return text;
}

// bgpdump shortens even a single group of zeros, which RFC 5952 §4.2.2 tells to leave alone.
std::string address_field(const net::IpAddress& address) {
  if (address.is_ipv4()) return address.to_string();
  const auto octets = address.ipv6().octets();
  constexpr std::size_t kGroups = 8;
  const auto group = [&octets](std::size_t i) { return octets[2 * i] << 8 | octets[2 * i + 1]; };
  std::size_t longest = 0, start = kGroups;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t run = 0;
    while (i + run < kGroups && group(i + run) == 0) ++run;
    if (run > longest) {
      longest = run;
      start = i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == start) {
      text += "::";
      i += longest - 1;
    } else {
      fmt::format_to(std::back_inserter(text), "{}{:x}", text.empty() || text.back() == ':' ? "" : ":",
                     group(i));
    }
  }
  return text;
}

template <class Prefix>
std::string prefix_field(const Prefix& prefix) {
  return fmt::format("{}/{}", address_field(prefix.address()), prefix.length());
}

// Who said it, up to the prefix.
std::string head(const capture::Place& place, std::string_view kind, bool table_dump_v2 = false) {
  return fmt::format("{}|{}|{}|{}|{}", record_word(place, table_dump_v2), time_field(place), kind,
                     address_field(place.peer.value_or(net::IpAddress{})), place.peer_as.value_or(0));
}

// What stands behind the prefix.
std::string tail(const capture::Place& place, const bgp::PathAttributes& attributes,
                 const net::IpAddress& next_hop) {
  std::string text =
      fmt::format("{}|{}|{}|{}|{}|", attributes.as_path.to_string(), origin_field(attributes.origin),
                  address_field(next_hop), attributes.local_pref.value_or(0), attributes.med.value_or(0));
  // MRTd's records are shown without a field for communities.
  if (place.record_type != capture::kMrtBgp) text += communities_field(attributes) + '|';
  text += attributes.atomic_aggregate ? "AG|" : "NAG|";
  if (attributes.aggregator)
    text += fmt::format("{} {}", attributes.aggregator->as, attributes.aggregator->speaker.to_string());
  return text + "|\n";
}

template <class Prefix>
void add_lines(std::string& out, const std::string& front, const std::vector<Prefix>& prefixes,
               const std::string& back) {
  for (const Prefix& prefix : prefixes)
    fmt::format_to(std::back_inserter(out), "{}|{}{}", front, prefix_field(prefix), back);
}

std::string update_lines(const capture::Place& place, const bgp::Update& update) {
  std::string out;
  const std::string gone = head(place, "W"), here = head(place, "A");
  add_lines(out, gone, update.withdrawn, "\n");
  if (update.mp_unreach) {
    add_lines(out, gone, update.mp_unreach->ipv4, "\n");
    add_lines(out, gone, update.mp_unreach->ipv6, "\n");
  }
  if (!update.announced.empty())
    add_lines(out, here, update.announced, '|' + tail(place, update.attributes, update.attributes.next_hop));
  if (update.mp_reach) {
    const std::string back = '|' + tail(place, update.attributes, update.mp_reach->next_hop);
    add_lines(out, here, update.mp_reach->ipv4, back);
    add_lines(out, here, update.mp_reach->ipv6, back);
  }
  return out;
}

}  // namespace

std::string entry_bgpdump(const capture::Entry& entry) {
  const capture::Place& place = entry.place;
  if (const auto* decoded = std::get_if<capture::Decoded>(&entry.what)) {
    const auto* update = std::get_if<bgp::Update>(&decoded->message);
    return update == nullptr ? "" : update_lines(place, *update);
  }
  if (const auto* change = std::get_if<capture::StateChange>(&entry.what))
    return fmt::format("{}|{}|{}\n", head(place, "STATE"), change->from, change->to);
  if (const auto* path = std::get_if<capture::RibPath>(&entry.what)) {
    const std::string prefix =
        std::visit([](const auto& value) { return prefix_field(value); }, path->prefix);
    return fmt::format("{}|{}|{}", head(place, "B", path->table_dump_v2), prefix,
                       tail(place, path->update.attributes, path->update.attributes.next_hop));
  }
  return {};
}

}  // namespace show
