#include "show/attributes_json.h"

#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bgp/capabilities.h"
#include "bgp/shutdown_communication.h"
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

}  // namespace

Json attributes_json(const bgp::PathAttributes& attributes) {
  Json out = Json::object();
  out["origin"] = origin_word(attributes.origin);
  out["asPath"] = as_path_text(attributes.as_path);
  out["asPathSegments"] = segments_json(attributes.as_path);
  out["nextHop"] = attributes.next_hop.to_string();
  if (attributes.link_local_next_hop) out["linkLocalNextHop"] = attributes.link_local_next_hop->to_string();
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
  if (auto said = bgp::shutdown_text(notification); !said.text.empty()) out["text"] = std::move(said.text);
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

std::string hex(net::Bytes octets) { return fmt::format("{:02x}", fmt::join(octets, "")); }

}  // namespace show
