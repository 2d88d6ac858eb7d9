#include "show/attributes_json.h"

#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bgp/capabilities.h"
#include "show/words.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;
using SegmentType = bgp::AsPath::SegmentType;

std::string_view segment_word(SegmentType type) {
  switch (type) {
    case SegmentType::Set: return "set";
    case SegmentType::ConfedSequence: return "confedSequence";
    case SegmentType::ConfedSet: return "confedSet";
    case SegmentType::Sequence: break;
  }
  return "sequence";
}

struct Brackets {
  std::string_view open, close;
};

Brackets brackets_of(SegmentType type) {
  switch (type) {
    case SegmentType::Set: return {"{", "}"};
    case SegmentType::ConfedSequence: return {"(", ")"};
    case SegmentType::ConfedSet: return {"[", "]"};
    case SegmentType::Sequence: break;
  }
  return {"", ""};
}

Json segments_json(const bgp::AsPath& path) {
  Json segments = Json::array();
  path.for_each_segment([&segments](const bgp::AsPath::Segment& segment) {
    Json numbers = Json::array();
    for (std::size_t i = 0; i < segment.size(); ++i) numbers.push_back(segment[i]);
    segments.push_back(Json{{"type", segment_word(segment.type)}, {"as", std::move(numbers)}});
  });
  return segments;
}

// One entry for each item, in the order of the message.
template <class Items, class ToText>
void add_list(Json& out, const char* key, const Items& items, const ToText& to_text) {
  if (items.empty()) return;
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_text(item));
  out[key] = std::move(list);
}

// Octets of one UTF-8 character at the front of `text` (RFC 3629 §4); 0: it is none.
std::size_t utf8_octets(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < count) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool surrogate = first == 0xed && at(1) > 0x9f;
  const bool beyond = first == 0xf4 && at(1) > 0x8f;
  return overlong || surrogate || beyond ? 0 : count;
}

// C0, DEL, and C1, which some terminals obey, too.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

Json attributes_json(const bgp::PathAttributes& attributes,
                     const std::optional<net::Ipv6Address>& link_local) {
  Json out = Json::object();
  out["origin"] = origin_word(attributes.origin);
  out["asPath"] = as_path_text(attributes.as_path);
  out["asPathSegments"] = segments_json(attributes.as_path);
  out["nextHop"] = attributes.next_hop.to_string();
  if (link_local) out["linkLocalNextHop"] = link_local->to_string();
  if (attributes.med) out["med"] = *attributes.med;
  if (attributes.local_pref) out["localPref"] = *attributes.local_pref;
  if (attributes.atomic_aggregate) out["atomicAggregate"] = true;
  if (attributes.aggregator)
    out["aggregator"] =
        Json{{"as", attributes.aggregator->as}, {"address", attributes.aggregator->speaker.to_string()}};
  add_list(out, "communities", attributes.communities,
           [](std::uint32_t value) { return fmt::format("{}:{}", value >> 16, value & 0xffff); });
  add_list(out, "extendedCommunities", attributes.extended_communities,
           [](const bgp::ExtendedCommunity& octets) { return hex(octets); });
  add_list(out, "largeCommunities", large_communities(attributes),
           [](const std::string& text) { return text; });
  if (attributes.originator_id) out["originatorId"] = attributes.originator_id->to_string();
  add_list(out, "clusterList", attributes.cluster_list,
           [](const net::Ipv4Address& cluster) { return cluster.to_string(); });
  if (attributes.only_to_customer) out["otc"] = *attributes.only_to_customer;
  add_list(out, "unknown", attributes.unknown, [](const bgp::UnknownAttribute& unknown) {
    return Json{{"code", unknown.code}, {"flags", unknown.flags}, {"value", hex(unknown.value)}};
  });
  return out;
}

Json capability_json(const bgp::Capability& capability) {
  return {{"code", capability.code},
          {"name", capability_name(capability.code)},
          {"value", hex(capability.value)}};
}

Json open_json(const bgp::Open& open) {
  Json capabilities = Json::array();
  for (const bgp::Capability& capability : open.capabilities)
    capabilities.push_back(capability_json(capability));
  return {{"version", open.version},
          {"as", bgp::claimed_as(open)},
          {"holdTime", open.hold_time},
          {"identifier", open.identifier.to_string()},
          {"capabilities", std::move(capabilities)}};
}

Json notification_json(const bgp::Notification& notification) {
  Json out{{"code", static_cast<unsigned>(notification.code)},
           {"subcode", notification.subcode},
           {"data", hex(notification.data)},
           {"description", notification.describe()}};
  if (auto text = shutdown_text(notification)) out["text"] = *std::move(text);
  return out;
}

std::string as_path_text(const bgp::AsPath& path) {
  std::string text;
  path.for_each_segment([&text](const bgp::AsPath::Segment& segment) {
    const Brackets brackets = brackets_of(segment.type);
    if (!text.empty()) text += ' ';
    text += brackets.open;
    for (std::size_t i = 0; i < segment.size(); ++i)
      fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? "" : " ", segment[i]);
    text += brackets.close;
  });
  return text;
}

std::string_view capability_name(std::uint8_t code) {
  switch (code) {
    case 1: return "Multiprotocol";                 // RFC 4760
    case 2: return "Route Refresh";                 // RFC 2918
    case 3: return "Outbound Route Filtering";      // RFC 5291
    case 5: return "Extended Next Hop Encoding";    // RFC 8950
    case 6: return "Extended Message";              // RFC 8654
    case 7: return "BGPsec";                        // RFC 8205
    case 8: return "Multiple Labels";               // RFC 8277
    case 9: return "BGP Role";                      // RFC 9234
    case 64: return "Graceful Restart";             // RFC 4724
    case 65: return "Four-octet AS";                // RFC 6793
    case 67: return "Dynamic Capability";           // draft-ietf-idr-dynamic-cap
    case 68: return "Multisession";                 // draft-ietf-idr-bgp-multisession
    case 69: return "ADD-PATH";                     // RFC 7911
    case 70: return "Enhanced Route Refresh";       // RFC 7313
    case 71: return "Long-Lived Graceful Restart";  // RFC 9494
    case 73: return "FQDN";                         // draft-walton-bgp-hostname-capability
    case 75: return "Software Version";             // draft-abraitis-bgp-version-capability
    case 128: return "Route Refresh (pre-standard)";
    case 130: return "Outbound Route Filtering (pre-standard)";
    default: return "Unknown";
  }
}

std::optional<std::string> shutdown_text(const bgp::Notification& notification) {
  const bool may_say_why =
      notification.code == bgp::ErrorCode::Cease &&
      (notification.subcode == bgp::kCeaseShutdown || notification.subcode == bgp::kCeaseReset);
  if (!may_say_why || notification.data.empty()) return std::nullopt;
  const std::size_t length = notification.data.front();
  if (length == 0 || length > notification.data.size() - 1) return std::nullopt;
  const std::string octets(notification.data.begin() + 1,
                           notification.data.begin() + 1 + static_cast<std::ptrdiff_t>(length));
  std::string text;
  for (std::string_view rest = octets; !rest.empty();) {
    const std::size_t count = utf8_octets(rest);
    const std::string_view character = rest.substr(0, count == 0 ? 1 : count);
    if (count == 0 || is_control(character)) {
      text += '?';
    } else {
      text += character;
    }
    rest.remove_prefix(character.size());
  }
  return text;
}

std::string hex(net::Bytes octets) { return fmt::format("{:02x}", fmt::join(octets, "")); }

}  // namespace show
