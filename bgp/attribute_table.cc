// The rows, and the functions they name. See the header.
#include "bgp/attribute_table.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "bgp/as_trans.h"

namespace bgp {

namespace {

using SegmentType = AsPath::SegmentType;

constexpr const char* kWrongLength = "wrong length";
constexpr const char* kAsZero = "AS number 0 (RFC 7607)";

std::optional<std::uint32_t> whole_u32(net::Bytes value) {
  if (value.size() != 4) return std::nullopt;
  return net::ByteReader(value).u32();
}

// ORIGIN: RFC 4271 §4.3 a, RFC 7606 §7.1.
const char* decode_origin(net::Bytes value, AttributeSink& sink) {
  if (value.size() != 1) return kWrongLength;
  if (value[0] > static_cast<std::uint8_t>(Origin::Incomplete)) return "undefined value";
  sink.update.attributes.origin = static_cast<Origin>(value[0]);
  return nullptr;
}
bool encode_origin(const PathAttributes& attributes, const EncodeContext&, net::ByteWriter& writer) {
  writer.u8(static_cast<std::uint8_t>(attributes.origin));
  return true;
}

// Segments with numbers of two or four octets into the four-octet form (RFC 7606 §7.2, RFC 7607 §2), in the
// memory of what `path` was.
const char* read_as_path(net::Bytes value, bool four_octet_as, AsPath& path) {
  const std::size_t number_octets = four_octet_as ? 4 : 2;
  std::vector<std::uint8_t> wire = path.take_wire();
  wire.clear();
  wire.reserve(AsPath::room_for(four_octet_as ? value.size() : 2 * value.size()));
  net::ByteWriter writer(wire);
  net::ByteReader reader(value);
  while (!reader.empty()) {
    const auto type = reader.u8();
    const auto count = reader.u8();
    if (!count) return "an octet is left behind the last segment";
    if (*type < static_cast<std::uint8_t>(SegmentType::Set) ||
        *type > static_cast<std::uint8_t>(SegmentType::ConfedSet))
      return "undefined segment type";
    if (*count == 0) return "empty segment";
    const auto octets = reader.take(*count * number_octets);
    if (!octets) return "segment beyond the attribute";
    writer.u8(*type);
    writer.u8(*count);
    if (four_octet_as) {  // as it is kept
      if (AsPath::Segment{static_cast<SegmentType>(*type), *octets}.contains(0)) return kAsZero;
      writer.bytes(*octets);
      continue;
    }
    net::ByteReader numbers(*octets);
    while (const auto as = numbers.u16()) {
      if (*as == 0) return kAsZero;
      writer.u32(*as);
    }
  }
  path = AsPath::from_wire(std::move(wire));
  return nullptr;
}

bool has_confederation(const AsPath& path) {
  return path.has(SegmentType::ConfedSequence) || path.has(SegmentType::ConfedSet);
}

const char* decode_as_path(net::Bytes value, AttributeSink& sink) {
  AsPath path = std::exchange(sink.update.attributes.as_path, {});  // whose memory is used again
  if (const char* fault = read_as_path(value, sink.agreed.four_octet_as, path)) return fault;
  if (!sink.agreed.internal && has_confederation(path))
    return "confederation segment from outside (RFC 5065 §5)";
  sink.update.attributes.as_path = std::move(path);
  return nullptr;
}
bool encode_as_path(const PathAttributes& attributes, const EncodeContext& context, net::ByteWriter& writer) {
  if (context.agreed.four_octet_as) {
    writer.bytes(attributes.as_path.wire());
    return true;
  }
  attributes.as_path.for_each_segment([&writer](const AsPath::Segment& segment) {
    writer.u8(static_cast<std::uint8_t>(segment.type));
    writer.u8(static_cast<std::uint8_t>(segment.size()));
    for (std::size_t i = 0; i < segment.size(); ++i) writer.u16(two_octet_as(segment[i]));
  });
  return true;
}

// NEXT_HOP: RFC 7606 §7.3. What the address means is not the codec's to judge.
const char* decode_next_hop(net::Bytes value, AttributeSink& sink) {
  const auto address = whole_u32(value);
  if (!address) return kWrongLength;
  sink.update.attributes.next_hop = net::Ipv4Address{*address};
  return nullptr;
}
bool encode_next_hop(const PathAttributes& attributes, const EncodeContext& context,
                     net::ByteWriter& writer) {
  if (!context.with_next_hop || !attributes.next_hop.is_ipv4()) return false;
  writer.u32(attributes.next_hop.ipv4().value);
  return true;
}

// MULTI_EXIT_DISC, LOCAL_PREF, Only to Customer: one number (RFC 7606 §7.4, §7.5; RFC 9234 §5).
template <auto kMember>
const char* decode_number(net::Bytes value, AttributeSink& sink) {
  const auto number = whole_u32(value);
  if (!number) return kWrongLength;
  sink.update.attributes.*kMember = number;
  return nullptr;
}
template <auto kMember>
bool encode_number(const PathAttributes& attributes, const EncodeContext&, net::ByteWriter& writer) {
  const auto& number = attributes.*kMember;
  if (number) writer.u32(*number);
  return number.has_value();
}

// ATOMIC_AGGREGATE: RFC 7606 §7.6.
const char* decode_atomic_aggregate(net::Bytes value, AttributeSink& sink) {
  if (!value.empty()) return kWrongLength;
  sink.update.attributes.atomic_aggregate = true;
  return nullptr;
}
bool encode_atomic_aggregate(const PathAttributes& attributes, const EncodeContext&, net::ByteWriter&) {
  return attributes.atomic_aggregate;
}

// AGGREGATOR and AS4_AGGREGATOR: RFC 7606 §7.7, RFC 6793 §4.2, RFC 7607 §2.
const char* read_aggregator(net::Bytes value, bool four_octet_as, std::optional<Aggregator>& aggregator) {
  if (value.size() != (four_octet_as ? 8u : 6u)) return kWrongLength;
  net::ByteReader reader(value);
  const auto as = four_octet_as ? reader.u32() : std::optional<std::uint32_t>(reader.u16());
  const auto speaker = reader.u32();
  if (!as || *as == 0 || !speaker) return kAsZero;
  aggregator = Aggregator{*as, {*speaker}};
  return nullptr;
}

const char* decode_aggregator(net::Bytes value, AttributeSink& sink) {
  return read_aggregator(value, sink.agreed.four_octet_as, sink.update.attributes.aggregator);
}
bool encode_aggregator(const PathAttributes& attributes, const EncodeContext& context,
                       net::ByteWriter& writer) {
  if (!attributes.aggregator) return false;
  if (context.agreed.four_octet_as) {
    writer.u32(attributes.aggregator->as);
  } else {
    writer.u16(two_octet_as(attributes.aggregator->as));
  }
  writer.u32(attributes.aggregator->speaker.value);
  return true;
}

const char* decode_as4_aggregator(net::Bytes value, AttributeSink& sink) {
  return read_aggregator(value, true, sink.as4_aggregator);
}
bool encode_as4_aggregator(const PathAttributes& attributes, const EncodeContext& context,
                           net::ByteWriter& writer) {
  if (context.agreed.four_octet_as || !attributes.aggregator || is_mappable(attributes.aggregator->as))
    return false;
  writer.u32(attributes.aggregator->as);
  writer.u32(attributes.aggregator->speaker.value);
  return true;
}

// AS4_PATH: RFC 6793 §6. Confederation segments in it are dropped, the rest is used.
const char* decode_as4_path(net::Bytes value, AttributeSink& sink) {
  AsPath path;
  if (const char* fault = read_as_path(value, true, path)) return fault;
  if (path.empty()) return kWrongLength;
  sink.as4_path = has_confederation(path) ? without_confederation(path) : std::move(path);
  return nullptr;
}
bool encode_as4_path(const PathAttributes& attributes, const EncodeContext& context,
                     net::ByteWriter& writer) {
  if (context.agreed.four_octet_as || !needs_as4_path(attributes.as_path)) return false;
  writer.bytes(has_confederation(attributes.as_path) ? without_confederation(attributes.as_path).wire()
                                                     : attributes.as_path.wire());
  return true;
}

// Lists of items of one size: RFC 7606 §7.8, §7.10, §7.14; RFC 8092 §5.
void read_item(net::ByteReader& reader, std::uint32_t& item) { item = reader.u32().value_or(0); }
void read_item(net::ByteReader& reader, net::Ipv4Address& item) { item.value = reader.u32().value_or(0); }
void read_item(net::ByteReader& reader, ExtendedCommunity& item) {
  if (const auto octets = reader.take(item.size())) std::ranges::copy(*octets, item.begin());
}
void read_item(net::ByteReader& reader, LargeCommunity& item) {
  item = {reader.u32().value_or(0), reader.u32().value_or(0), reader.u32().value_or(0)};
}
void write_item(net::ByteWriter& writer, std::uint32_t item) { writer.u32(item); }
void write_item(net::ByteWriter& writer, net::Ipv4Address item) { writer.u32(item.value); }
void write_item(net::ByteWriter& writer, const ExtendedCommunity& item) { writer.bytes(item); }
void write_item(net::ByteWriter& writer, const LargeCommunity& item) {
  for (const std::uint32_t part : {item.global, item.local1, item.local2}) writer.u32(part);
}

template <auto kMember>
const char* decode_list(net::Bytes value, AttributeSink& sink) {
  auto& list = sink.update.attributes.*kMember;
  constexpr std::size_t kItemOctets = sizeof(list[0]);
  if (value.empty() || value.size() % kItemOctets != 0) return kWrongLength;
  list.resize(value.size() / kItemOctets);
  net::ByteReader reader(value);
  for (auto& item : list) read_item(reader, item);
  return nullptr;
}
template <auto kMember>
bool encode_list(const PathAttributes& attributes, const EncodeContext&, net::ByteWriter& writer) {
  const auto& list = attributes.*kMember;
  for (const auto& item : list) write_item(writer, item);
  return !list.empty();
}

// RFC 8092 §3: redundant values are removed silently; the first of each stays where it is.
const char* decode_large_communities(net::Bytes value, AttributeSink& sink) {
  if (const char* fault = decode_list<&PathAttributes::large_communities>(value, sink)) return fault;
  auto& list = sink.update.attributes.large_communities;
  auto sorted = list;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) == sorted.end()) return nullptr;
  std::set<LargeCommunity> met;
  std::erase_if(list, [&met](const LargeCommunity& community) { return !met.insert(community).second; });
  return nullptr;
}

// ORIGINATOR_ID: RFC 4456 §8, RFC 7606 §7.9.
const char* decode_originator_id(net::Bytes value, AttributeSink& sink) {
  const auto identifier = whole_u32(value);
  if (!identifier) return kWrongLength;
  sink.update.attributes.originator_id = net::Ipv4Address{*identifier};
  return nullptr;
}
bool encode_originator_id(const PathAttributes& attributes, const EncodeContext&, net::ByteWriter& writer) {
  if (attributes.originator_id) writer.u32(attributes.originator_id->value);
  return attributes.originator_id.has_value();
}

using enum AttributeCode;
using enum AttributeScope;
constexpr auto kDiscard = FaultTreatment::Discard, kWithdraw = FaultTreatment::Withdraw,
               kReset = FaultTreatment::Reset;
constexpr std::uint8_t kWellKnown = kFlagTransitive;
constexpr std::uint8_t kNonTransitive = kFlagOptional;
constexpr std::uint8_t kTransitive = kFlagOptional | kFlagTransitive;

using A = PathAttributes;
constexpr AttributeRow kTable[] = {
    {Origin, "ORIGIN", kWellKnown, AnyPeer, decode_origin, encode_origin, kWithdraw},
    {AttributeCode::AsPath, "AS_PATH", kWellKnown, AnyPeer, decode_as_path, encode_as_path, kWithdraw},
    {NextHop, "NEXT_HOP", kWellKnown, AnyPeer, decode_next_hop, encode_next_hop, kWithdraw},
    {MultiExitDisc, "MULTI_EXIT_DISC", kNonTransitive, AnyPeer, decode_number<&A::med>,
     encode_number<&A::med>, kWithdraw},
    {LocalPref, "LOCAL_PREF", kWellKnown, InternalPeer, decode_number<&A::local_pref>,
     encode_number<&A::local_pref>, kWithdraw},
    {AtomicAggregate, "ATOMIC_AGGREGATE", kWellKnown, AnyPeer, decode_atomic_aggregate,
     encode_atomic_aggregate, kDiscard},
    {AttributeCode::Aggregator, "AGGREGATOR", kTransitive, AnyPeer, decode_aggregator, encode_aggregator,
     kDiscard},
    {Communities, "COMMUNITIES", kTransitive, AnyPeer, decode_list<&A::communities>,
     encode_list<&A::communities>, kWithdraw},
    {OriginatorId, "ORIGINATOR_ID", kNonTransitive, InternalPeer, decode_originator_id, encode_originator_id,
     kWithdraw},
    {ClusterList, "CLUSTER_LIST", kNonTransitive, InternalPeer, decode_list<&A::cluster_list>,
     encode_list<&A::cluster_list>, kWithdraw},
    {MpReachNlri, "MP_REACH_NLRI", kNonTransitive, AnyPeer, decode_mp_reach, nullptr, kReset},
    {MpUnreachNlri, "MP_UNREACH_NLRI", kNonTransitive, AnyPeer, decode_mp_unreach, nullptr, kReset},
    {ExtendedCommunities, "EXTENDED COMMUNITIES", kTransitive, AnyPeer, decode_list<&A::extended_communities>,
     encode_list<&A::extended_communities>, kWithdraw},
    {As4Path, "AS4_PATH", kTransitive, TwoOctetPeer, decode_as4_path, encode_as4_path, kDiscard},
    {As4Aggregator, "AS4_AGGREGATOR", kTransitive, TwoOctetPeer, decode_as4_aggregator, encode_as4_aggregator,
     kDiscard},
    {LargeCommunities, "LARGE_COMMUNITY", kTransitive, AnyPeer, decode_large_communities,
     encode_list<&A::large_communities>, kWithdraw},
    {OnlyToCustomer, "ONLY_TO_CUSTOMER", kTransitive, AnyPeer, decode_number<&A::only_to_customer>,
     encode_number<&A::only_to_customer>, kWithdraw},
};

// By code; 0: no row, else its place plus one.
constexpr auto kPlaces = [] {
  std::array<std::uint8_t, 256> places{};
  for (std::uint8_t i = 0; i < std::size(kTable); ++i)
    places[static_cast<std::uint8_t>(kTable[i].code)] = static_cast<std::uint8_t>(i + 1);
  return places;
}();

}  // namespace

std::span<const AttributeRow> attribute_table() { return kTable; }

const AttributeRow* find_attribute(std::uint8_t code) {
  return kPlaces[code] == 0 ? nullptr : &kTable[kPlaces[code] - 1];
}

bool is_partial(const PathAttributes& attributes, AttributeCode code) {
  return (attributes.partial >> static_cast<unsigned>(code) & 1) != 0;
}

}  // namespace bgp
