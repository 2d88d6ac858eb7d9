// A mutator that knows how an UPDATE is built: attributes are swapped, doubled, dropped, given other flags,
// type codes and lengths, or taken from another input, while the lengths around them stay true; so that what
// is tried reaches the rules of RFC 7606 instead of the first length check. Linked to the targets whose input
// is an octet of agreements and then messages.
#include <cstring>
#include <random>

#include "bgp/attribute_table.h"
#include "tests/fuzz/input.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using Octets = std::vector<std::uint8_t>;
using Random = std::minstd_rand;

struct Attribute {
  std::uint8_t flags = 0, code = 0;
  Octets value;
  int lie = 0;  // how much longer than its value it says it is
};

struct Pieces {
  Octets withdrawn, nlri;
  std::vector<Attribute> attributes;
};

Octets copy(net::Bytes octets) { return {octets.begin(), octets.end()}; }

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

Octets take_field(net::ByteReader& reader) {
  const std::size_t length = reader.u16().value_or(0);
  return copy(*reader.take(std::min(length, reader.remaining())));
}

Pieces take_apart(net::Bytes body) {
  net::ByteReader reader(body);
  Pieces pieces;
  pieces.withdrawn = take_field(reader);
  const Octets attributes = take_field(reader);
  pieces.nlri = copy(reader.rest());
  net::ByteReader rest(attributes);
  while (rest.remaining() >= 3) {
    Attribute attribute;
    attribute.flags = *rest.u8();
    attribute.code = *rest.u8();
    const bool extended = (attribute.flags & bgp::kFlagExtendedLength) != 0;
    const std::size_t length = extended ? rest.u16().value_or(0) : *rest.u8();
    attribute.value = copy(*rest.take(std::min(length, rest.remaining())));
    pieces.attributes.push_back(std::move(attribute));
  }
  return pieces;
}

Octets put_together(const Pieces& pieces) {
  Octets message(16, 0xff);
  net::ByteWriter writer(message);
  const std::size_t length_at = writer.reserve_u16();
  writer.u8(static_cast<std::uint8_t>(bgp::MessageType::Update));
  writer.u16(static_cast<std::uint16_t>(pieces.withdrawn.size()));
  writer.bytes(pieces.withdrawn);
  const std::size_t attributes_at = writer.reserve_u16();
  for (const Attribute& attribute : pieces.attributes) {
    const std::size_t said = attribute.value.size() + static_cast<std::size_t>(attribute.lie);
    const bool extended = attribute.value.size() > 0xff || (attribute.flags & bgp::kFlagExtendedLength) != 0;
    writer.u8(extended ? attribute.flags | bgp::kFlagExtendedLength : attribute.flags);
    writer.u8(attribute.code);
    if (extended)
      writer.u16(static_cast<std::uint16_t>(said));
    else
      writer.u8(static_cast<std::uint8_t>(said));
    writer.bytes(attribute.value);
  }
  writer.patch_u16(attributes_at, writer.position() - attributes_at - 2);
  writer.bytes(pieces.nlri);
  writer.patch_u16(length_at, writer.position());
  return message;
}

void mutate_octets(Octets& octets, Random& random) {
  const std::size_t size = octets.size();
  octets.resize(size + 8 + below(random, 16));
  octets.resize(LLVMFuzzerMutate(octets.data(), size, octets.size()));
}

Attribute well_formed(Random& random) {
  static const Octets kPath4{2, 1, 0, 0, 0xfd, 0xea};
  static const Octets kIpv6Reach{0, 2, 1, 16, 0x20, 1, 0x0d, 0xb8, 0,    0,  0,    0, 0,    0,
                                 0, 0, 0, 0,  0,    2, 0,    8,    0x20, 32, 0x20, 1, 0x0d, 0xb8};
  static const Octets kIpv6Unreach{0, 2, 1, 32, 0x20, 1, 0x0d, 0xb8};
  const auto table = bgp::attribute_table();
  const auto& row = table[below(random, table.size())];
  Attribute attribute{row.flags, static_cast<std::uint8_t>(row.code), {}, 0};
  switch (row.code) {
    case bgp::AttributeCode::Origin: attribute.value = {0}; break;
    case bgp::AttributeCode::AsPath:
    case bgp::AttributeCode::As4Path: attribute.value = kPath4; break;
    case bgp::AttributeCode::AtomicAggregate: break;
    case bgp::AttributeCode::MpReachNlri:
      attribute.value = random() % 2 != 0 ? kIpv6Reach : Octets{0, 1, 1, 4, 10, 0, 0, 2, 0, 24, 192, 0, 2};
      break;
    case bgp::AttributeCode::MpUnreachNlri:
      attribute.value = random() % 2 != 0 ? kIpv6Unreach : Octets{0, 1, 1, 24, 192, 0, 2};
      break;
    case bgp::AttributeCode::Aggregator:
    case bgp::AttributeCode::As4Aggregator:
    case bgp::AttributeCode::ExtendedCommunities: attribute.value = {0, 0, 0xfd, 0xea, 10, 0, 0, 2}; break;
    case bgp::AttributeCode::LargeCommunities: attribute.value.assign(12, 1); break;
    default: attribute.value = {10, 0, 0, 2};
  }
  return attribute;
}

void change(Pieces& pieces, Random& random) {
  auto& attributes = pieces.attributes;
  const std::size_t choice = attributes.empty() ? 0 : below(random, 11);
  const std::size_t one = below(random, attributes.size()), other = below(random, attributes.size());
  switch (choice) {
    case 0:
      attributes.insert(attributes.begin() + static_cast<std::ptrdiff_t>(other), well_formed(random));
      break;
    case 1: std::swap(attributes[one], attributes[other]); break;
    case 2: attributes.push_back(attributes[one]); break;
    case 3: attributes.erase(attributes.begin() + static_cast<std::ptrdiff_t>(one)); break;
    case 4: attributes[one].flags ^= static_cast<std::uint8_t>(1u << below(random, 8)); break;
    case 5: attributes[one].code = well_formed(random).code; break;
    case 6: attributes[one].code = static_cast<std::uint8_t>(random()); break;
    case 7: attributes[one].lie = static_cast<int>(below(random, 5)) - 2; break;
    case 8: mutate_octets(pieces.nlri, random); break;
    case 9: mutate_octets(pieces.withdrawn, random); break;
    default: mutate_octets(attributes[one].value, random);
  }
}

// Where the UPDATEs of an input begin, and how long they are.
std::vector<std::pair<std::size_t, std::size_t>> updates_in(net::Bytes input) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t at = 1; at < input.size();) {
    const auto frame = bgp::next_frame(input.subspan(at), bgp::kMaxExtendedOctets);
    if (!frame || !*frame) break;
    if ((*frame)->type == bgp::MessageType::Update) found.emplace_back(at, (*frame)->octets());
    at += (*frame)->octets();
  }
  return found;
}

std::size_t replace(std::uint8_t* data, std::size_t size, std::size_t max_size,
                    std::pair<std::size_t, std::size_t> old, const Octets& message) {
  const std::size_t result = size - old.second + message.size();
  if (result > max_size || message.size() > bgp::kMaxExtendedOctets) return size;
  std::uint8_t* const behind = data + old.first + old.second;
  std::memmove(data + old.first + message.size(), behind, size - old.first - old.second);
  std::memcpy(data + old.first, message.data(), message.size());
  return result;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Random random(seed);
  const auto updates = updates_in({data, size});
  if (updates.empty() || below(random, 5) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto chosen = updates[below(random, updates.size())];
  Pieces pieces = take_apart({data + chosen.first + bgp::kHeaderOctets, chosen.second - bgp::kHeaderOctets});
  for (std::size_t left = 1 + below(random, 3); left > 0; --left) change(pieces, random);
  return replace(data, size, max_size, chosen, put_together(pieces));
}

// The first input with attributes of the second.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_size, unsigned seed) {
  Random random(seed);
  const std::size_t size = std::min(size1, max_size);
  std::memcpy(out, data1, size);
  const auto to = updates_in({out, size}), from = updates_in({data2, size2});
  if (to.empty() || from.empty()) return size;
  const auto body_of = [](const std::uint8_t* data, std::pair<std::size_t, std::size_t> update) {
    return net::Bytes(data + update.first + bgp::kHeaderOctets, update.second - bgp::kHeaderOctets);
  };
  const auto chosen = to[below(random, to.size())];
  Pieces pieces = take_apart(body_of(out, chosen));
  Pieces donor = take_apart(body_of(data2, from[below(random, from.size())]));
  if (donor.attributes.empty()) {
    pieces.nlri = std::move(donor.nlri);
  } else {
    pieces.attributes.push_back(std::move(donor.attributes[below(random, donor.attributes.size())]));
  }
  return replace(out, size, max_size, chosen, put_together(pieces));
}
