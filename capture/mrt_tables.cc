// Tables: TABLE_DUMP (RFC 6396 §4.2) and TABLE_DUMP_V2 (§4.3, RFC 8050 §4). A path's attributes become an
// UPDATE that announces the path's prefix, so that one decoder reads them, too.
#include <algorithm>

#include <fmt/format.h>

#include "capture/attribute_walk.h"
#include "capture/mrt_record.h"

namespace capture {

namespace {

// Subtypes of TABLE_DUMP_V2 (RFC 6396 §4.3, RFC 8050).
constexpr std::uint16_t kPeerIndexTable = 1, kRibIpv4Unicast = 2, kRibIpv6Unicast = 4,
                        kRibIpv4UnicastAddPath = 8, kRibIpv6UnicastAddPath = 10;
constexpr const char* kTooShort = "is too short for what it is";
constexpr std::uint8_t kPeerIpv6 = 0x01, kPeerAs4 = 0x02;

template <class Prefix>
constexpr std::uint16_t kFamilyOf = std::is_same_v<Prefix, net::Ipv6Prefix> ? 2 : 1;

template <class Prefix>
std::optional<Prefix> read_prefix(net::ByteReader& reader) {
  const auto length = reader.u8();
  if (!length || *length > Prefix::Address::kBits) return std::nullopt;
  const auto octets = reader.take((*length + 7u) / 8u);
  if (!octets) return std::nullopt;
  std::array<std::uint8_t, Prefix::Address::kOctets> address{};
  std::ranges::copy(*octets, address.begin());
  return Prefix(Prefix::Address::from_octets(address), *length);
}

// RFC 6396 §4.3.4: of MP_REACH_NLRI only the next hop with its length; some writers keep all of it.
net::Bytes next_hop_of(net::Bytes value) {
  if (!value.empty() && value[0] == value.size() - 1) return value.subspan(1);
  net::ByteReader reader(value);
  reader.take(3);
  return reader.take(reader.u8().value_or(0)).value_or(net::Bytes{});
}

// The body of an UPDATE with these attributes and one prefix. The table's prefix may be one that no UPDATE
// may carry (a multicast one), so another stands in for it.
template <class Prefix>
std::vector<std::uint8_t> update_body(net::Bytes attributes) {
  constexpr bool kIpv6 = kFamilyOf<Prefix> == 2;
  std::vector<std::uint8_t> body;
  net::ByteWriter writer(body);
  writer.u16(0);
  const std::size_t length_at = writer.reserve_u16();
  const net::Bytes rest = for_each_attribute(attributes, [&writer](const RawAttribute& attribute) {
    if (attribute.code != static_cast<std::uint8_t>(bgp::AttributeCode::MpReachNlri)) {
      writer.bytes(attribute.whole);
    } else if (kIpv6) {
      const net::Bytes next_hop = next_hop_of(attribute.value);
      writer.u8(bgp::kFlagOptional | bgp::kFlagExtendedLength);
      writer.u8(attribute.code);
      writer.u16(static_cast<std::uint16_t>(6 + next_hop.size()));
      writer.u16(2);
      writer.u8(1);
      writer.u8(static_cast<std::uint8_t>(next_hop.size()));
      writer.bytes(next_hop);
      writer.u8(0);
      writer.u8(0);  // ::/0
    }
  });
  writer.bytes(rest);  // the decoder says what is wrong with it
  const std::size_t octets = writer.position() - length_at - 2;
  if (octets > 0xffff) return {};  // no UPDATE holds them; refused as one without its length fields
  writer.patch_u16(length_at, octets);
  if (!kIpv6) writer.u8(0);  // 0.0.0.0/0
  return body;
}

template <class Prefix>
void emit_path(const Place& place, RibPath path, net::Bytes attributes, bool four_octet_as,
               const Sink& sink) {
  const bgp::Agreed agreed{.four_octet_as = four_octet_as,
                           .extended_message = true,
                           .internal = true,
                           .ipv4_unicast = true,
                           .ipv6_unicast = true};
  const auto body = update_body<Prefix>(attributes);
  auto message = bgp::decode({bgp::MessageType::Update, body}, agreed);
  if (!message) return sink({place, Refused{std::move(message.error()), attributes}});
  path.update = std::get<bgp::Update>(*std::move(message));
  sink({place, std::move(path)});
}

}  // namespace

template <class Prefix>
std::string MrtTable::read_old_paths(const MrtRecord& record, const Sink& sink) {
  net::ByteReader reader(record.body);
  reader.u16();  // view
  const auto sequence = reader.u16();
  if (!sequence || reader.empty()) return kTooShort;
  // MRTd put many paths behind one header; the RFC knows one.
  while (!reader.empty()) {
    const auto address = mrt_address(reader, kFamilyOf<Prefix>);
    const auto length = reader.u8();
    reader.u8();  // status
    const auto originated = reader.u32();
    const auto peer = mrt_address(reader, kFamilyOf<Prefix>);
    const auto peer_as = reader.u16();
    const auto octets = reader.u16();
    const auto attributes = octets ? reader.take(*octets) : std::nullopt;
    if (!attributes) return "ends inside a path";
    if (*length > Prefix::Address::kBits) return "has a prefix that is too long";
    Place place = place_of(record);
    place.peer = peer;
    place.peer_as = peer_as;
    RibPath path;
    path.table_dump_v2 = false;
    path.sequence = *sequence;
    path.originated = Time(std::chrono::seconds(*originated));
    if constexpr (kFamilyOf<Prefix> == 2) {
      path.prefix = Prefix(address->ipv6(), *length);
    } else {
      path.prefix = Prefix(address->ipv4(), *length);
    }
    emit_path<Prefix>(place, std::move(path), *attributes, options_.four_octet_as.value_or(false), sink);
  }
  return {};
}

std::string MrtTable::read_table_dump(const MrtRecord& record, const Sink& sink) {
  if (record.subtype == 1) return read_old_paths<net::Ipv4Prefix>(record, sink);
  if (record.subtype == 2) return read_old_paths<net::Ipv6Prefix>(record, sink);
  return "is of a family that is not read here";
}

std::string MrtTable::read_index(const MrtRecord& record, const Sink& sink) {
  PeerIndex index;
  net::ByteReader reader(record.body);
  const auto collector = reader.u32();
  const auto name_octets = reader.u16();
  const auto name = name_octets ? reader.take(*name_octets) : std::nullopt;
  const auto count = reader.u16();
  if (!name || !count) return kTooShort;
  index.collector = {*collector};
  index.view.assign(name->begin(), name->end());
  for (unsigned i = 0; i < *count; ++i) {
    const auto type = reader.u8();
    const auto identifier = reader.u32();
    const auto address = mrt_address(reader, (type.value_or(0) & kPeerIpv6) != 0 ? 2 : 1);
    const auto as =
        (type.value_or(0) & kPeerAs4) != 0 ? reader.u32() : std::optional<std::uint32_t>(reader.u16());
    if (!address || !as) return fmt::format("ends inside peer {} of {}", i + 1, *count);
    index.peers.push_back({{*identifier}, *address, *as});
  }
  index_ = index;
  sink({place_of(record), std::move(index)});
  return {};
}

template <class Prefix>
std::string MrtTable::read_paths(const MrtRecord& record, bool with_path_ids, const Sink& sink) {
  net::ByteReader reader(record.body);
  const auto sequence = reader.u32();
  const auto prefix = sequence ? read_prefix<Prefix>(reader) : std::nullopt;
  if (!prefix) return "has no prefix that can be read";
  const auto count = reader.u16();
  if (!count) return kTooShort;
  for (unsigned i = 0; i < *count; ++i) {
    const auto peer = reader.u16();
    const auto originated = reader.u32();
    if (with_path_ids) reader.u32();
    const auto octets = reader.u16();
    const auto attributes = octets ? reader.take(*octets) : std::nullopt;
    if (!attributes) return fmt::format("ends inside path {} of {}", i + 1, *count);
    if (*peer >= index_.peers.size())
      return fmt::format("is of peer {}, and the index has {}", *peer, index_.peers.size());
    Place place = place_of(record);
    place.peer = index_.peers[*peer].address;
    place.peer_as = index_.peers[*peer].as;
    RibPath path;
    path.sequence = *sequence;
    path.originated = Time(std::chrono::seconds(*originated));
    path.prefix = *prefix;
    emit_path<Prefix>(place, std::move(path), *attributes, options_.four_octet_as.value_or(true), sink);
  }
  return {};
}

std::string MrtTable::read_table_dump_v2(const MrtRecord& record, const Sink& sink) {
  switch (record.subtype) {
    case kPeerIndexTable: return read_index(record, sink);
    case kRibIpv4Unicast: return read_paths<net::Ipv4Prefix>(record, false, sink);
    case kRibIpv6Unicast: return read_paths<net::Ipv6Prefix>(record, false, sink);
    case kRibIpv4UnicastAddPath: return read_paths<net::Ipv4Prefix>(record, true, sink);
    case kRibIpv6UnicastAddPath: return read_paths<net::Ipv6Prefix>(record, true, sink);
    default: return "is of a family that is not read here";
  }
}

}  // namespace capture
