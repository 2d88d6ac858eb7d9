#include "capture/conversation.h"

#include <algorithm>

#include "bgp/capabilities.h"
#include "capture/attribute_walk.h"

namespace capture {

namespace {

// Can every attribute that holds AS numbers be read?
bool reads_as_numbers(const bgp::Frame& frame, const bgp::Agreed& agreed) {
  const auto message = bgp::decode(frame, agreed);
  const auto* update = message ? std::get_if<bgp::Update>(&*message) : nullptr;
  if (update == nullptr) return false;
  return std::ranges::none_of(update->faults, [](const bgp::AttributeFault& fault) {
    return fault.code == static_cast<std::uint8_t>(bgp::AttributeCode::AsPath) ||
           fault.code == static_cast<std::uint8_t>(bgp::AttributeCode::Aggregator);
  });
}

// The decoder leaves multicast families unread. Their prefixes are written as unicast ones are: where an
// UPDATE has no other family, a copy that says unicast is read in its place.
std::optional<bgp::Update> decode_multicast(const bgp::Frame& frame, const bgp::Update& update,
                                            const bgp::Agreed& agreed) {
  constexpr std::uint8_t kMulticast = 2, kUnicast = 1;
  if (update.mp_reach || update.mp_unreach) return std::nullopt;
  net::ByteReader reader(frame.body);
  reader.take(reader.u16().value_or(0));
  const auto attributes = reader.take(reader.u16().value_or(0));
  if (!attributes) return std::nullopt;
  std::vector<std::uint8_t> copy(frame.body.begin(), frame.body.end());
  bool found = false, other = false;
  for_each_attribute(*attributes, [&](const RawAttribute& attribute) {
    const auto code = static_cast<bgp::AttributeCode>(attribute.code);
    if (code != bgp::AttributeCode::MpReachNlri && code != bgp::AttributeCode::MpUnreachNlri) return;
    const net::Bytes value = attribute.value;
    if (value.size() < 3 || value[0] != 0 || value[2] != kMulticast) {
      other = true;
      return;
    }
    found = true;
    copy[static_cast<std::size_t>(&value[2] - frame.body.data())] = kUnicast;
  });
  if (!found || other) return std::nullopt;
  auto message = bgp::decode({frame.type, copy}, agreed);
  auto* read = message ? std::get_if<bgp::Update>(&*message) : nullptr;
  if (read == nullptr) return std::nullopt;
  if (read->mp_reach) read->mp_reach->family.safi = kMulticast;
  if (read->mp_unreach) read->mp_unreach->family.safi = kMulticast;
  return std::move(*read);
}

}  // namespace

std::optional<bool> guess_four_octet_as(const bgp::Frame& frame, bgp::Agreed agreed) {
  agreed.four_octet_as = true;
  const bool four = reads_as_numbers(frame, agreed);
  agreed.four_octet_as = false;
  const bool two = reads_as_numbers(frame, agreed);
  return four == two ? std::nullopt : std::optional(four);
}

bool Conversation::is_width_known() const {
  if (options_.four_octet_as) return true;
  if (opens_[0] && opens_[1]) return true;
  // One OPEN that does not offer four octets settles it.
  return std::ranges::any_of(opens_, [](const auto& open) { return open && !bgp::four_octet_as(*open); });
}

bgp::Agreed Conversation::agreed() const {
  bgp::Agreed agreed;
  if (opens_[0] && opens_[1]) {
    agreed = bgp::agree(*opens_[0], *opens_[1]);
  } else {
    // Nothing is hidden where nothing is known: LOCAL_PREF is shown, long messages and both families are
    // read.
    agreed = {.four_octet_as = guessed_four_octet_as_.value_or(true),
              .extended_message = true,
              .internal = true,
              .ipv4_unicast = true,
              .ipv6_unicast = true};
    if (is_width_known()) agreed.four_octet_as = false;
  }
  if (options_.four_octet_as) agreed.four_octet_as = *options_.four_octet_as;
  if (options_.ipv4_unicast) agreed.ipv4_unicast = *options_.ipv4_unicast;
  if (options_.ipv6_unicast) agreed.ipv6_unicast = *options_.ipv6_unicast;
  return agreed;
}

std::variant<Decoded, Refused, Skipped> Conversation::decode(std::size_t side, const bgp::Frame& frame,
                                                             net::Bytes octets) {
  if (frame.octets() > bgp::max_octets(agreed())) {
    const auto length = static_cast<std::uint16_t>(frame.octets());
    return Refused{{bgp::ErrorCode::MessageHeader,
                    bgp::kHeaderBadLength,
                    {static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)}},
                   octets};
  }
  if (frame.type == bgp::MessageType::Update) return decode_update(side, frame, octets);
  auto message = bgp::decode(frame, agreed());
  if (!message) return Refused{std::move(message.error()), octets};
  if (const auto* open = std::get_if<bgp::Open>(&*message)) {
    // The other end's OPEN, if it is older than the answer to it, is still the one that counts.
    opens_[side] = *open;
    guessed_four_octet_as_.reset();
  }
  return Decoded{*std::move(message), agreed(), octets, false};
}

// RFC 7911 §4: the sender offered to send them, the other end to receive them, for a family that both speak.
bool Conversation::has_path_ids(std::size_t side) const {
  const auto offers = [this](std::size_t who, std::uint8_t what) {
    constexpr std::size_t kTupleOctets = 4;
    for (const bgp::Capability& capability : opens_[who]->capabilities) {
      if (capability.code != static_cast<std::uint8_t>(bgp::CapabilityCode::AddPath)) continue;
      for (std::size_t at = 0; at + kTupleOctets <= capability.value.size(); at += kTupleOctets)
        if ((capability.value[at + 3] & what) != 0) return true;
    }
    return false;
  };
  constexpr std::uint8_t kReceive = 1, kSend = 2;
  return opens_[0] && opens_[1] && offers(side, kSend) && offers(1 - side, kReceive);
}

std::variant<Decoded, Refused, Skipped> Conversation::decode_update(std::size_t side, const bgp::Frame& frame,
                                                                    net::Bytes octets) {
  constexpr std::size_t kEmptyUpdateOctets = 23;
  if (has_path_ids(side) && frame.octets() > kEmptyUpdateOctets)
    return Skipped{frame.octets(), "an UPDATE with path identifiers (RFC 7911), which are not read here"};
  if (!is_width_known() && !guessed_four_octet_as_)
    guessed_four_octet_as_ = guess_four_octet_as(frame, agreed());
  const bgp::Agreed agreed = this->agreed();
  auto message = bgp::decode(frame, agreed);
  if (!message) return Refused{std::move(message.error()), octets};
  if (auto multicast = decode_multicast(frame, std::get<bgp::Update>(*message), agreed))
    message = *std::move(multicast);
  const bool guessed = !is_width_known() && !std::get<bgp::Update>(*message).attributes.as_path.empty();
  return Decoded{*std::move(message), agreed, octets, guessed};
}

}  // namespace capture
