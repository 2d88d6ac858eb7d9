// MP_REACH_NLRI and MP_UNREACH_NLRI for the families that this speaker knows: IPv4 and IPv6 unicast. A family
// that was not agreed on is left unread. RFC 4760 §3 and §4, RFC 2545 §3, RFC 7606 §5 and §7.11.
#include "bgp/attribute_table.h"
#include "bgp/nlri.h"

namespace bgp {

namespace {

constexpr const char* kTooShort = "too short for its family";
constexpr const char* kBadPrefixes = "prefixes cannot be parsed";
constexpr const char* kFamilyNotAgreed = "of a family that was not agreed on: ignored";
constexpr const char* kIgnoredPrefix = "multicast prefix ignored";

std::optional<Family> read_family(net::ByteReader& reader) {
  const auto afi = reader.u16();
  const auto safi = reader.u8();
  if (!afi || !safi) return std::nullopt;  // of one octet alone, SAFI would be read
  return Family{*afi, *safi};
}

template <std::size_t kOctets>
auto address_at(net::Bytes octets, std::size_t at) {
  return octets.subspan(at).template first<kOctets>();
}

// RFC 7606 §7.11: any other length is fatal, for the prefixes behind it cannot be found for sure.
bool read_next_hop(net::Bytes octets, MpReach& reach) {
  if (reach.family == kIpv4Unicast) {
    if (octets.size() != 4) return false;
    reach.next_hop = net::Ipv4Address::from_octets(address_at<4>(octets, 0));
    return true;
  }
  if (octets.size() != 16 && octets.size() != 32) return false;
  reach.next_hop = net::Ipv6Address::from_octets(address_at<16>(octets, 0));
  if (octets.size() == 32) reach.link_local = net::Ipv6Address::from_octets(address_at<16>(octets, 16));
  return true;
}

// `Fields`: MpReach or MpUnreach.
template <class Fields>
const char* read_prefixes(net::Bytes octets, Fields& fields, AttributeSink& sink) {
  const NlriResult result = fields.family == kIpv4Unicast ? decode_prefixes(octets, fields.ipv4)
                                                          : decode_prefixes(octets, fields.ipv6);
  if (result == NlriResult::Malformed) return kBadPrefixes;
  if (result == NlriResult::SomeIgnored) sink.remark = kIgnoredPrefix;
  return nullptr;
}

void write_family(Family family, net::ByteWriter& writer) {
  writer.u16(family.afi);
  writer.u8(family.safi);
}

}  // namespace

const char* decode_mp_reach(net::Bytes value, AttributeSink& sink) {
  net::ByteReader reader(value);
  const auto family = read_family(reader);
  const auto next_hop_octets = reader.u8();
  if (!family || !next_hop_octets) return kTooShort;
  const auto next_hop = reader.take(*next_hop_octets);
  const auto reserved = reader.u8();
  if (!sink.agreed.covers(*family)) {
    // What cannot be read counts as prefixes: nothing is known of what it withdraws or announces.
    sink.mp_reach_has_nlri = !next_hop || !reader.empty();
    sink.remark = kFamilyNotAgreed;
    return nullptr;
  }
  MpReach reach;
  reach.family = *family;
  if (!next_hop || !read_next_hop(*next_hop, reach)) return "wrong next hop length";
  if (!reserved) return kTooShort;
  if (const char* fault = read_prefixes(reader.rest(), reach, sink)) return fault;
  sink.mp_reach_has_nlri = !reader.empty();
  sink.update.mp_reach = std::move(reach);
  return nullptr;
}

const char* decode_mp_unreach(net::Bytes value, AttributeSink& sink) {
  net::ByteReader reader(value);
  const auto family = read_family(reader);
  if (!family) return kTooShort;
  if (!sink.agreed.covers(*family)) {
    sink.remark = kFamilyNotAgreed;
    return nullptr;
  }
  MpUnreach unreach;
  unreach.family = *family;
  if (const char* fault = read_prefixes(reader.rest(), unreach, sink)) return fault;
  sink.update.mp_unreach = std::move(unreach);
  return nullptr;
}

void encode_mp_reach(const MpReach& reach, net::ByteWriter& writer) {
  write_family(reach.family, writer);
  if (reach.next_hop.is_ipv4()) {
    writer.u8(net::Ipv4Address::kOctets);
    writer.bytes(reach.next_hop.ipv4().octets());
  } else {
    writer.u8(reach.link_local ? 2 * net::Ipv6Address::kOctets : net::Ipv6Address::kOctets);
    writer.bytes(reach.next_hop.ipv6().octets());
    if (reach.link_local) writer.bytes(reach.link_local->octets());
  }
  writer.u8(0);  // reserved
  encode_prefixes(reach.ipv4, writer);
  encode_prefixes(reach.ipv6, writer);
}

void encode_mp_unreach(const MpUnreach& unreach, net::ByteWriter& writer) {
  write_family(unreach.family, writer);
  encode_prefixes(unreach.ipv4, writer);
  encode_prefixes(unreach.ipv6, writer);
}

}  // namespace bgp
