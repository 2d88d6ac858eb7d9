// Frames, and every message but UPDATE (update_codec.cc). Owns the header checks and the OPEN's optional
// parameters in both formats; knows no session state. RFC 4271 §4.1, §4.2, §6.1, §6.2; RFC 5492, RFC 9072,
// RFC 7607, RFC 8654, RFC 7313 §5.
#include "bgp/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bgp/capabilities.h"
#include "bgp/update_codec.h"

namespace bgp {

namespace {

constexpr std::size_t kMarkerOctets = 16;
constexpr std::array<std::uint8_t, kMarkerOctets> kMarker = [] {
  std::array<std::uint8_t, kMarkerOctets> marker{};
  marker.fill(0xff);
  return marker;
}();
constexpr std::size_t kMinOpenOctets = 29, kMinUpdateOctets = 23, kMinNotificationOctets = 21;
constexpr std::size_t kRouteRefreshBodyOctets = 4;
constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kParameterCapabilities = 2;      // RFC 5492 §4
constexpr std::uint8_t kParameterExtendedLength = 255;  // RFC 9072 §2

using Failure = std::unexpected<Notification>;

Failure header_error(std::uint8_t subcode, std::vector<std::uint8_t> data = {}) {
  return Failure({ErrorCode::MessageHeader, subcode, std::move(data)});
}

Failure open_error(std::uint8_t subcode, std::vector<std::uint8_t> data = {}) {
  return Failure({ErrorCode::OpenMessage, subcode, std::move(data)});
}

bool is_length_allowed(MessageType type, std::size_t octets) {
  switch (type) {
    case MessageType::Open: return octets >= kMinOpenOctets && octets <= kMaxMessageOctets;
    case MessageType::Update: return octets >= kMinUpdateOctets;
    case MessageType::Notification: return octets >= kMinNotificationOctets;
    case MessageType::Keepalive: return octets == kHeaderOctets;
    case MessageType::RouteRefresh: return true;  // has an error code of its own
  }
  return false;
}

// Value of a Capabilities parameter: a list of code, length, value.
bool decode_capabilities(net::Bytes value, std::vector<Capability>& capabilities) {
  net::ByteReader reader(value);
  while (!reader.empty()) {
    const auto code = reader.u8();
    const auto length = reader.u8();
    const auto octets = length ? reader.take(*length) : std::nullopt;
    if (!octets) return false;
    capabilities.push_back({*code, {octets->begin(), octets->end()}});
  }
  return true;
}

// `reader` stands at the Optional Parameters Length and ends with the message.
net::Result<std::vector<Capability>, Notification> decode_parameters(net::ByteReader reader) {
  const auto short_length = reader.u8();
  if (!short_length) return open_error(kOpenUnspecific);
  std::size_t length = *short_length;
  // RFC 9072 §2: the type octet alone tells the extended format; the octet before it must only not be 0.
  const bool extended = length != 0 && !reader.empty() && reader.rest().front() == kParameterExtendedLength;
  if (extended) {
    reader.u8();
    const auto long_length = reader.u16();
    if (!long_length) return open_error(kOpenUnspecific);
    length = *long_length;
  }
  if (length != reader.remaining()) return open_error(kOpenUnspecific);

  std::vector<Capability> capabilities;
  while (!reader.empty()) {
    const auto type = reader.u8();
    const auto octets = extended ? reader.u16() : std::optional<std::uint16_t>(reader.u8());
    const auto value = octets ? reader.take(*octets) : std::nullopt;
    if (!value) return open_error(kOpenUnspecific);
    if (type != kParameterCapabilities) return open_error(kOpenUnsupportedParameter);
    if (!decode_capabilities(*value, capabilities)) return open_error(kOpenUnspecific);
  }
  return capabilities;
}

net::Result<Message, Notification> decode_open(net::Bytes body) {
  net::ByteReader reader(body);
  Open open;
  const auto version = reader.u8();
  const auto my_as = reader.u16();
  const auto hold_time = reader.u16();
  const auto identifier = reader.u32();
  if (!identifier) return open_error(kOpenUnspecific);
  if (version != kVersion) return open_error(kOpenUnsupportedVersion, {0, kVersion});
  if (*my_as == 0) return open_error(kOpenBadPeerAs);  // RFC 7607 §2
  if (*hold_time == 1 || *hold_time == 2)  // the RFC asks for no data; which one it was is worth telling
    return open_error(kOpenBadHoldTime, {0, static_cast<std::uint8_t>(*hold_time)});
  if (*identifier == 0) return open_error(kOpenBadIdentifier);  // RFC 6286 §2.2
  open.my_as = *my_as;
  open.hold_time = *hold_time;
  open.identifier = {*identifier};

  auto capabilities = decode_parameters(reader);
  if (!capabilities) return std::unexpected(std::move(capabilities.error()));
  open.capabilities = std::move(*capabilities);
  for (const Capability& capability : open.capabilities) {
    if (capability.code != static_cast<std::uint8_t>(CapabilityCode::FourOctetAs)) continue;
    if (capability.value.size() != 4) return open_error(kOpenUnspecific);
    if (net::ByteReader(capability.value).u32() == 0u) return open_error(kOpenBadPeerAs);
  }
  return open;
}

net::Result<Message, Notification> decode_route_refresh(const Frame& frame) {
  // RFC 7313 §3.2: what a later subtype looks like is not ours to judge; it is to be ignored.
  const bool later_subtype = frame.body.size() > kRouteRefreshBodyOctets && frame.body[2] > kRefreshEnd;
  if (frame.body.size() != kRouteRefreshBodyOctets && !later_subtype) {
    // RFC 7313 §5: the data is the complete message, as much of it as a NOTIFICATION holds.
    std::vector<std::uint8_t> data(kMarker.begin(), kMarker.end());
    net::ByteWriter writer(data);
    writer.u16(static_cast<std::uint16_t>(frame.octets()));
    writer.u8(static_cast<std::uint8_t>(frame.type));
    writer.bytes(frame.body);
    data.resize(std::min(data.size(), kMaxMessageOctets - kMinNotificationOctets));
    return Failure({ErrorCode::RouteRefresh, kRefreshInvalidLength, std::move(data)});
  }
  RouteRefresh refresh;
  refresh.family = {static_cast<std::uint16_t>(frame.body[0] << 8 | frame.body[1]), frame.body[3]};
  refresh.subtype = frame.body[2];
  return refresh;
}

Notification decode_notification(net::Bytes body) {
  net::ByteReader reader(body);
  Notification notification;
  notification.code = static_cast<ErrorCode>(reader.u8().value_or(0));
  notification.subcode = reader.u8().value_or(0);
  notification.data.assign(reader.rest().begin(), reader.rest().end());
  return notification;
}

void encode_open(const Open& open, net::ByteWriter& writer) {
  writer.u8(open.version);
  writer.u16(open.my_as);
  writer.u16(open.hold_time);
  writer.u32(open.identifier.value);
  std::size_t octets = 0;
  for (const Capability& capability : open.capabilities) octets += 2 + capability.value.size();
  if (octets == 0) return writer.u8(0);
  if (octets + 2 <= 0xff) {
    writer.u8(static_cast<std::uint8_t>(octets + 2));
    writer.u8(kParameterCapabilities);
    writer.u8(static_cast<std::uint8_t>(octets));
  } else {  // RFC 9072: only where the short format cannot hold them
    writer.u8(0xff);
    writer.u8(kParameterExtendedLength);
    writer.u16(static_cast<std::uint16_t>(octets + 3));
    writer.u8(kParameterCapabilities);
    writer.u16(static_cast<std::uint16_t>(octets));
  }
  for (const Capability& capability : open.capabilities) {
    writer.u8(capability.code);
    writer.u8(static_cast<std::uint8_t>(capability.value.size()));
    writer.bytes(capability.value);
  }
}

}  // namespace

std::size_t begin_message(MessageType type, net::ByteWriter& writer) {
  const std::size_t start = writer.position();
  writer.bytes(kMarker);
  writer.u16(0);
  writer.u8(static_cast<std::uint8_t>(type));
  return start;
}

void end_message(std::size_t start, net::ByteWriter& writer) {
  writer.patch_u16(start + kMarkerOctets, writer.position() - start);
}

net::Result<std::optional<Frame>, Notification> next_frame(net::Bytes bytes, std::size_t max_octets) {
  const net::Bytes marker = bytes.first(std::min(bytes.size(), kMarkerOctets));
  if (!std::equal(marker.begin(), marker.end(), kMarker.begin())) return header_error(kHeaderNotSynchronized);

  net::ByteReader reader(bytes.subspan(marker.size()));
  const auto length = reader.u16();
  if (!length) return std::nullopt;
  const auto bad_length = [&] {
    return header_error(kHeaderBadLength,
                        {static_cast<std::uint8_t>(*length >> 8), static_cast<std::uint8_t>(*length)});
  };
  if (*length < kHeaderOctets || *length > max_octets) return bad_length();

  const auto type_octet = reader.u8();
  if (!type_octet) return std::nullopt;
  if (*type_octet < static_cast<std::uint8_t>(MessageType::Open) ||
      *type_octet > static_cast<std::uint8_t>(MessageType::RouteRefresh))
    return header_error(kHeaderBadType, {*type_octet});
  const auto type = static_cast<MessageType>(*type_octet);
  if (!is_length_allowed(type, *length)) return bad_length();

  const auto body = reader.take(*length - kHeaderOctets);
  if (!body) return std::nullopt;
  return Frame{type, *body};
}

net::Result<Message, Notification> decode(const Frame& frame, const Agreed& agreed) {
  switch (frame.type) {
    case MessageType::Open: return decode_open(frame.body);
    case MessageType::Update: {
      net::Result<Message, Notification> message(std::in_place, std::in_place_type<Update>);
      if (auto reply = decode_update(frame.body, agreed, std::get<Update>(*message)))
        return Failure(*std::move(reply));
      return message;
    }
    case MessageType::Notification: return decode_notification(frame.body);
    case MessageType::Keepalive: return Keepalive{};
    case MessageType::RouteRefresh: return decode_route_refresh(frame);
  }
  return header_error(kHeaderBadType, {static_cast<std::uint8_t>(frame.type)});
}

void encode(const Message& message, const Agreed& agreed, std::vector<std::uint8_t>& out) {
  net::ByteWriter writer(out);
  const auto framed = [&](MessageType type, const auto& write_body) {
    const std::size_t start = begin_message(type, writer);
    write_body();
    end_message(start, writer);
  };
  std::visit(
      net::overloaded{
          [&](const Open& open) { framed(MessageType::Open, [&] { encode_open(open, writer); }); },
          [&](const Update& update) {
            framed(MessageType::Update, [&] { encode_update(update, agreed, out); });
          },
          [&](const Notification& notification) {
            framed(MessageType::Notification, [&] {
              writer.u8(static_cast<std::uint8_t>(notification.code));
              writer.u8(notification.subcode);
              const std::size_t room = max_octets(agreed) - kMinNotificationOctets;
              writer.bytes(net::Bytes(notification.data).first(std::min(notification.data.size(), room)));
            });
          },
          [&](const Keepalive&) { framed(MessageType::Keepalive, [] {}); },
          [&](const RouteRefresh& refresh) {
            framed(MessageType::RouteRefresh, [&] {
              writer.u16(refresh.family.afi);
              writer.u8(refresh.subtype);
              writer.u8(refresh.family.safi);
            });
          },
      },
      message);
}

}  // namespace bgp
