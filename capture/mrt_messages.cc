// Messages and state changes: BGP4MP (RFC 6396 §4.4, RFC 8050 §3), and MRTd's BGP records, whose messages
// have no header (appendix B.2).
#include <algorithm>

#include <fmt/format.h>

#include "capture/conversation.h"
#include "capture/message_cutter.h"
#include "capture/mrt_record.h"

namespace capture {

namespace {

// Subtypes of BGP4MP and BGP4MP_ET (RFC 6396 §4.4, RFC 8050).
constexpr std::uint16_t kStateChange = 0, kMessage = 1, kMessageAs4 = 4, kStateChangeAs4 = 5,
                        kMessageLocal = 6, kMessageAs4Local = 7, kMessageAddPath = 8, kMessageAs4AddPath = 9,
                        kMessageLocalAddPath = 10, kMessageAs4LocalAddPath = 11;
// Subtypes of the deprecated type BGP (RFC 6396, appendix B.2.1).
constexpr std::uint16_t kOldNull = 0, kOldUpdate = 1, kOldStateChange = 3, kOldOpen = 5, kOldNotify = 6,
                        kOldKeepalive = 7;

constexpr std::size_t kMarkerOctets = 16;
constexpr const char* kTooShort = "is too short for what it is";

bool has_four_octet_as(std::uint16_t subtype) {
  return subtype == kMessageAs4 || subtype == kStateChangeAs4 || subtype == kMessageAs4Local ||
         subtype == kMessageAs4AddPath || subtype == kMessageAs4LocalAddPath;
}
bool is_from_collector(std::uint16_t subtype) {
  return subtype == kMessageLocal || subtype == kMessageAs4Local || subtype == kMessageLocalAddPath ||
         subtype == kMessageAs4LocalAddPath;
}

// Zebra left out interface and addresses when a session was not there any more.
bool has_no_addresses(net::Bytes rest, bool state_change) {
  if (state_change) return rest.size() == 4;
  return rest.size() >= kMarkerOctets &&
         std::ranges::all_of(rest.first(kMarkerOctets), [](std::uint8_t octet) { return octet == 0xff; });
}

Options with_width(const Options& options, bool four_octet_as) {
  Options known = options;
  if (!known.four_octet_as) known.four_octet_as = four_octet_as;
  return known;
}

void emit(const Place& place, std::variant<Decoded, Refused, Skipped> result, const Sink& sink) {
  std::visit([&](auto& what) { sink({place, std::move(what)}); }, result);
}

std::string read_state_change(const Place& place, net::ByteReader reader, const Sink& sink) {
  const auto from = reader.u16();
  const auto to = reader.u16();
  if (!to) return kTooShort;
  sink({place, StateChange{*from, *to}});
  return {};
}

}  // namespace

std::string read_bgp4mp_record(const MrtRecord& record, const Options& options, const Sink& sink) {
  const bool four_octet_as = has_four_octet_as(record.subtype);
  const bool state_change = record.subtype == kStateChange || record.subtype == kStateChangeAs4;
  if (!state_change && record.subtype != kMessage && record.subtype < kMessageAs4)
    return "is of a kind that RFC 6396 has withdrawn";
  if (record.subtype >= kMessageAddPath) return "has path identifiers (RFC 8050), which are not read here";
  Place place = place_of(record);
  net::ByteReader reader(record.body);
  place.peer_as = four_octet_as ? reader.u32() : std::optional<std::uint32_t>(reader.u16());
  place.local_as = four_octet_as ? reader.u32() : std::optional<std::uint32_t>(reader.u16());
  if (has_no_addresses(reader.rest(), state_change)) {
    place.peer = net::Ipv4Address{};
  } else {
    reader.u16();  // interface
    const auto family = reader.u16();
    place.peer = mrt_address(reader, family.value_or(0));
    const auto local = mrt_address(reader, family.value_or(0));
    if (!local) return kTooShort;
    place.source = Endpoint{*place.peer};
    place.destination = Endpoint{*local};
    if (is_from_collector(record.subtype)) std::swap(place.source, place.destination);
  }
  if (state_change) return read_state_change(place, reader, sink);

  Conversation conversation(with_width(options, four_octet_as));
  for (const Piece& piece : cut_messages(reader.rest())) {
    const net::Bytes octets = reader.rest().subspan(piece.at, piece.octets);
    std::visit(net::overloaded{
                   [&](const bgp::Frame& frame) { emit(place, conversation.decode(0, frame, octets), sink); },
                   [&](const bgp::Notification& reply) {
                     sink({place, Refused{reply, octets}});
                   },
                   [&](const Skipped& skipped) {
                     sink({place, skipped});
                   },
               },
               piece.what);
  }
  return reader.empty() ? "holds no message" : "";
}

std::string read_bgp_record(const MrtRecord& record, const Options& options, const Sink& sink) {
  Place place = place_of(record);
  net::ByteReader reader(record.body);
  const auto peer_as = reader.u16();
  place.peer_as = peer_as;
  place.peer = mrt_address(reader, 1);
  if (!place.peer) return record.subtype == kOldNull ? "is empty" : kTooShort;
  place.source = Endpoint{*place.peer};
  if (record.subtype == kOldStateChange) return read_state_change(place, reader, sink);

  const auto local_as = reader.u16();
  place.local_as = local_as;
  const auto local = mrt_address(reader, 1);
  if (!local) return kTooShort;
  place.destination = Endpoint{*local};
  bgp::MessageType type{};
  switch (record.subtype) {
    case kOldUpdate: type = bgp::MessageType::Update; break;
    case kOldOpen: type = bgp::MessageType::Open; break;
    case kOldNotify: type = bgp::MessageType::Notification; break;
    case kOldKeepalive: type = bgp::MessageType::Keepalive; break;
    default: return "is of a kind that RFC 6396 does not describe";
  }
  emit(place, Conversation(with_width(options, false)).decode(0, {type, reader.rest()}, {}), sink);
  return {};
}

}  // namespace capture
