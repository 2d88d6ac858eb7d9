#include "capture/tcp_segment.h"

#include <algorithm>

namespace capture {

namespace {

// LINKTYPE_ numbers of the tcpdump group's list.
constexpr std::uint32_t kNull = 0, kEthernet = 1, kPpp = 9, kRawBsd = 12, kRawOpenBsd = 14, kPppHdlc = 50,
                        kRaw = 101, kCiscoHdlc = 104, kLoop = 108, kLinuxCooked = 113, kJuniperEthernet = 178,
                        kIpv4Only = 228, kIpv6Only = 229, kLinuxCooked2 = 276;
constexpr std::uint16_t kTypeIpv4 = 0x0800, kTypeIpv6 = 0x86dd, kTypeVlan = 0x8100, kTypeServiceVlan = 0x88a8,
                        kTypeMpls = 0x8847;
constexpr std::uint16_t kPppIpv4 = 0x0021, kPppIpv6 = 0x0057;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kFlagSyn = 0x02;

// What follows an EtherType.
std::optional<net::Bytes> behind_ether_type(std::uint16_t type, net::ByteReader reader) {
  while (type == kTypeVlan || type == kTypeServiceVlan) {
    reader.u16();
    const auto next = reader.u16();
    if (!next) return std::nullopt;
    type = *next;
  }
  if (type == kTypeMpls) {
    while (const auto label = reader.u32())
      if ((*label & 0x100) != 0) return reader.rest();
    return std::nullopt;
  }
  if (type != kTypeIpv4 && type != kTypeIpv6) return std::nullopt;
  return reader.rest();
}

std::optional<net::Bytes> behind_ppp(net::ByteReader reader) {
  auto protocol = reader.u16();
  if (protocol == 0x0f00 || protocol == 0x8f00) {  // Cisco HDLC under PPP's name
    const auto type = reader.u16();
    return type ? behind_ether_type(*type, reader) : std::nullopt;
  }
  if (protocol == 0xff03) protocol = reader.u16();
  if (protocol != kPppIpv4 && protocol != kPppIpv6) return std::nullopt;
  return reader.rest();
}

// Skips `before` octets, reads an EtherType, skips `after`.
std::optional<net::Bytes> behind_header(net::Bytes frame, std::size_t before, std::size_t after) {
  net::ByteReader reader(frame);
  reader.take(before);
  const auto type = reader.u16();
  if (!type || !reader.take(after)) return std::nullopt;
  return behind_ether_type(*type, reader);
}

// "MGC", flags, and extensions with their length where the high flag says so.
std::optional<net::Bytes> behind_juniper(net::Bytes frame) {
  net::ByteReader reader(frame);
  reader.take(3);
  const auto flags = reader.u8();
  if (!flags) return std::nullopt;
  if ((*flags & 0x80) != 0 && !reader.take(reader.u16().value_or(0))) return std::nullopt;
  return behind_header(reader.rest(), 12, 0);
}

std::optional<net::Bytes> ip_packet(std::uint32_t link_type, net::Bytes frame) {
  switch (link_type) {
    case kEthernet: return behind_header(frame, 12, 0);
    case kLinuxCooked: return behind_header(frame, 14, 0);
    case kLinuxCooked2: return behind_header(frame, 0, 18);
    case kCiscoHdlc: return behind_header(frame, 2, 0);
    case kJuniperEthernet: return behind_juniper(frame);
    case kPpp:
    case kPppHdlc: return behind_ppp(net::ByteReader(frame));
    case kNull:
    case kLoop: return frame.size() < 4 ? std::nullopt : std::optional(frame.subspan(4));
    case kRaw:
    case kRawBsd:
    case kRawOpenBsd:
    case kIpv4Only:
    case kIpv6Only: return frame;
    default: return std::nullopt;
  }
}

struct IpPayload {
  net::IpAddress source, destination;
  net::Bytes octets;
};

std::optional<IpPayload> ipv4_payload(net::Bytes packet) {
  net::ByteReader reader(packet);
  const auto version = reader.u8();
  reader.u8();
  const auto total = reader.u16();
  reader.u16();
  const auto fragment = reader.u16();
  reader.u8();
  const auto protocol = reader.u8();
  reader.u16();
  const auto source = reader.u32();
  const auto destination = reader.u32();
  if (!destination || protocol != kProtocolTcp || (*fragment & 0x3fff) != 0) return std::nullopt;
  const std::size_t header = (*version & 0xfu) * 4u;
  // Total Length 0: the kernel left the cutting to the network card. Behind it may be Ethernet's padding.
  const std::size_t length = *total == 0 ? packet.size() : std::min<std::size_t>(*total, packet.size());
  if (header < 20 || length < header) return std::nullopt;
  return IpPayload{net::Ipv4Address{*source}, net::Ipv4Address{*destination},
                   packet.first(length).subspan(header)};
}

std::optional<net::IpAddress> ipv6_address(net::ByteReader& reader) {
  const auto octets = reader.take(net::Ipv6Address::kOctets);
  if (!octets) return std::nullopt;
  return net::Ipv6Address::from_octets(octets->first<net::Ipv6Address::kOctets>());
}

std::optional<IpPayload> ipv6_payload(net::Bytes packet) {
  net::ByteReader reader(packet);
  reader.u32();
  const auto length = reader.u16();
  auto next = reader.u8();
  reader.u8();
  const auto source = ipv6_address(reader);
  const auto destination = ipv6_address(reader);
  if (!destination) return std::nullopt;
  // Hop-by-hop, routing, destination options: a length in eight octets, the first eight not counted.
  while (next == 0 || next == 43 || next == 60) {
    next = reader.u8();
    const auto eights = reader.u8();
    if (!eights || !reader.take(6u + 8u * *eights)) return std::nullopt;
  }
  if (next != kProtocolTcp) return std::nullopt;
  const std::size_t headers = packet.size() - reader.remaining();
  const std::size_t whole =
      *length == 0 ? packet.size() : std::min<std::size_t>(40u + *length, packet.size());
  if (whole < headers) return std::nullopt;
  return IpPayload{*source, *destination, packet.first(whole).subspan(headers)};
}

}  // namespace

bool is_known_link_type(std::uint32_t link_type) {
  switch (link_type) {
    case kNull:
    case kEthernet:
    case kPpp:
    case kRawBsd:
    case kRawOpenBsd:
    case kPppHdlc:
    case kRaw:
    case kCiscoHdlc:
    case kLoop:
    case kLinuxCooked:
    case kJuniperEthernet:
    case kIpv4Only:
    case kIpv6Only:
    case kLinuxCooked2: return true;
    default: return false;
  }
}

std::optional<TcpSegment> tcp_segment(std::uint32_t link_type, net::Bytes frame) {
  const auto packet = ip_packet(link_type, frame);
  if (!packet || packet->empty()) return std::nullopt;
  const unsigned version = packet->front() >> 4;
  const auto payload = version == 4   ? ipv4_payload(*packet)
                       : version == 6 ? ipv6_payload(*packet)
                                      : std::nullopt;
  if (!payload) return std::nullopt;
  net::ByteReader reader(payload->octets);
  const auto source_port = reader.u16();
  const auto destination_port = reader.u16();
  const auto sequence = reader.u32();
  reader.u32();
  const auto offset = reader.u8();
  const auto flags = reader.u8();
  if (!flags) return std::nullopt;
  const std::size_t header = (*offset >> 4) * 4u;
  if (header < 20 || header > payload->octets.size()) return std::nullopt;
  return TcpSegment{{payload->source, *source_port},
                    {payload->destination, *destination_port},
                    *sequence,
                    (*flags & kFlagSyn) != 0,
                    payload->octets.subspan(header)};
}

}  // namespace capture
