// Packs prefixes that share one set of attributes into as few UPDATEs as fit: IPv4 into the fields of RFC
// 4271 §4.3, IPv6 into MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 §3 and §4), which come first among the
// attributes and alone, without NEXT_HOP and NLRI (RFC 7606 §5.1).
#include <algorithm>
#include <utility>

#include "bgp/attribute_table.h"
#include "bgp/nlri.h"
#include "bgp/update_codec.h"

namespace bgp {

namespace {

constexpr std::size_t kFixedOctets = kHeaderOctets + 4;  // Withdrawn Routes and Total Path Attribute Length
constexpr std::size_t kMaxAttributeHeader = 4;
constexpr std::size_t kFamilyOctets = 3;

// How many prefixes from the front fit `room` octets, and how many octets they take.
template <class Prefix>
std::pair<std::size_t, std::size_t> fitting(std::span<const Prefix> prefixes, std::size_t room) {
  std::size_t count = 0, octets = 0;
  for (; count < prefixes.size(); ++count) {
    const std::size_t next = octets + 1 + prefixes[count].wire_octets();
    if (next > room) break;
    octets = next;
  }
  return {count, octets};
}

// Writes messages of `fixed` octets beside their prefixes until prefixes or room end. `write` gets the
// prefixes of one message and the octets that they take.
template <class Prefix, class Write>
std::size_t pack(std::span<const Prefix> prefixes, std::size_t fixed, const Agreed& agreed, std::size_t room,
                 std::vector<std::uint8_t>& out, const Write& write) {
  net::ByteWriter writer(out);
  std::size_t done = 0;
  while (done < prefixes.size()) {
    const std::size_t limit = std::min(room, max_octets(agreed));
    if (limit <= fixed) break;
    const auto [count, octets] = fitting(prefixes.subspan(done), limit - fixed);
    if (count == 0) break;
    const std::size_t start = begin_message(MessageType::Update, writer);
    write(prefixes.subspan(done, count), octets, writer);
    end_message(start, writer);
    room -= writer.position() - start;
    done += count;
  }
  return done;
}

// The head of MP_REACH_NLRI or MP_UNREACH_NLRI, before `octets` of value.
void write_attribute_head(AttributeCode code, std::size_t octets, net::ByteWriter& writer) {
  const bool is_long = octets > 0xff;
  writer.u8(is_long ? kFlagOptional | kFlagExtendedLength : kFlagOptional);
  writer.u8(static_cast<std::uint8_t>(code));
  if (is_long)
    writer.u16(static_cast<std::uint16_t>(octets));
  else
    writer.u8(static_cast<std::uint8_t>(octets));
  writer.u16(kIpv6Unicast.afi);
  writer.u8(kIpv6Unicast.safi);
}

// Octets of an attribute that says `octets` of value.
std::size_t attribute_octets(std::size_t octets) { return octets + (octets > 0xff ? 4 : 3); }

}  // namespace

std::size_t UpdateEncoder::announce(net::Bytes attributes, std::span<const net::Ipv4Prefix> prefixes,
                                    const Agreed& agreed, std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t fixed = kFixedOctets + attributes.size();
  return pack(prefixes, fixed, agreed, room, out,
              [attributes](std::span<const net::Ipv4Prefix> some, std::size_t, net::ByteWriter& writer) {
                writer.u16(0);
                writer.u16(static_cast<std::uint16_t>(attributes.size()));
                writer.bytes(attributes);
                for (const net::Ipv4Prefix& prefix : some) encode_prefix(prefix, writer);
              });
}

std::size_t UpdateEncoder::withdraw(std::span<const net::Ipv4Prefix> prefixes, const Agreed& agreed,
                                    std::size_t room, std::vector<std::uint8_t>& out) {
  return pack(prefixes, kFixedOctets, agreed, room, out,
              [](std::span<const net::Ipv4Prefix> some, std::size_t octets, net::ByteWriter& writer) {
                writer.u16(static_cast<std::uint16_t>(octets));
                for (const net::Ipv4Prefix& prefix : some) encode_prefix(prefix, writer);
                writer.u16(0);
              });
}

std::size_t UpdateEncoder::announce(net::Bytes attributes, const MpNextHop& next_hop,
                                    std::span<const net::Ipv6Prefix> prefixes, const Agreed& agreed,
                                    std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t next_hop_octets = net::Ipv6Address::kOctets * (next_hop.link_local ? 2 : 1);
  const std::size_t head = kFamilyOctets + 1 + next_hop_octets + 1;
  return pack(prefixes, kFixedOctets + kMaxAttributeHeader + head + attributes.size(), agreed, room, out,
              [&](std::span<const net::Ipv6Prefix> some, std::size_t octets, net::ByteWriter& writer) {
                writer.u16(0);
                writer.u16(static_cast<std::uint16_t>(attribute_octets(head + octets) + attributes.size()));
                write_attribute_head(AttributeCode::MpReachNlri, head + octets, writer);
                writer.u8(static_cast<std::uint8_t>(next_hop_octets));
                writer.bytes(next_hop.global.octets());
                if (next_hop.link_local) writer.bytes(next_hop.link_local->octets());
                writer.u8(0);  // reserved
                for (const net::Ipv6Prefix& prefix : some) encode_prefix(prefix, writer);
                writer.bytes(attributes);
              });
}

std::size_t UpdateEncoder::withdraw(std::span<const net::Ipv6Prefix> prefixes, const Agreed& agreed,
                                    std::size_t room, std::vector<std::uint8_t>& out) {
  return pack(prefixes, kFixedOctets + kMaxAttributeHeader + kFamilyOctets, agreed, room, out,
              [](std::span<const net::Ipv6Prefix> some, std::size_t octets, net::ByteWriter& writer) {
                writer.u16(0);
                writer.u16(static_cast<std::uint16_t>(attribute_octets(kFamilyOctets + octets)));
                write_attribute_head(AttributeCode::MpUnreachNlri, kFamilyOctets + octets, writer);
                for (const net::Ipv6Prefix& prefix : some) encode_prefix(prefix, writer);
              });
}

}  // namespace bgp
