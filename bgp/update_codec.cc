// UPDATE messages. Owns the order of RFC 7606: prefixes are located by the length fields first, then
// attributes are read one by one through the attribute table, then the strongest treatment asked for is
// applied. Knows what two-octet peers need (as_trans.h); does not know policy, loops or what a next hop
// means. RFC 4271 §4.3 and §6.3, RFC 7606, RFC 4760 §3 and §7, RFC 6793 §4.2, RFC 8654 §4.
#include "bgp/update_codec.h"

#include <algorithm>
#include <bitset>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bgp/as_trans.h"
#include "bgp/attribute_table.h"
#include "bgp/nlri.h"

namespace bgp {

namespace {

constexpr std::size_t kNotificationOctets = 21;
constexpr std::uint8_t kNoCode = 0;  // of a fault that is not one attribute's

bool carries_prefixes(std::uint8_t code) {
  return code == static_cast<std::uint8_t>(AttributeCode::MpReachNlri) ||
         code == static_cast<std::uint8_t>(AttributeCode::MpUnreachNlri);
}

template <class Prefix>
void erase_all_of(std::vector<Prefix>& from, const std::vector<Prefix>& those) {
  if (from.empty() || those.empty()) return;
  auto sorted = those;
  std::ranges::sort(sorted);
  std::erase_if(from, [&](const Prefix& prefix) { return std::ranges::binary_search(sorted, prefix); });
}

template <class Prefix>
void append_all(std::vector<Prefix>& to, const std::vector<Prefix>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

class UpdateDecoder {
 public:
  UpdateDecoder(const Agreed& agreed, Update& update)
      : agreed_(agreed), update_(update), sink_{agreed, update, {}, {}, false, nullptr} {}

  std::optional<Notification> decode(net::Bytes body) {
    net::ByteReader reader(body);
    const auto withdrawn = take_counted(reader);
    const auto attributes = withdrawn ? take_counted(reader) : std::nullopt;
    if (!attributes) return error(kUpdateMalformedAttributes);
    const net::Bytes nlri = reader.rest();

    if (!read_prefixes(*withdrawn, update_.withdrawn)) return error(kUpdateInvalidNetwork);
    if (auto reply = read_attributes(*attributes)) return reply;
    if (!read_prefixes(nlri, update_.announced)) return error(kUpdateInvalidNetwork);

    if (!agreed_.ipv4_unicast && !(update_.withdrawn.empty() && update_.announced.empty())) {
      fault(kNoCode, FaultTreatment::Discard, "IPv4 unicast was not agreed on: prefixes ignored");
      update_.withdrawn.clear();
      update_.announced.clear();
    }
    const bool reaches = !nlri.empty() || sink_.mp_reach_has_nlri;
    if (reaches) check_mandatory(!nlri.empty());
    if (strongest_ == FaultTreatment::Withdraw) {
      // RFC 7606 §5.2: without reachable prefixes nobody knows what is to be withdrawn.
      if (!reaches) return std::move(reset_);
      treat_as_withdraw();
    } else {
      settle(attributes->empty());
    }
    return std::nullopt;
  }

 private:
  static Notification error(std::uint8_t subcode) {
    return Notification{ErrorCode::UpdateMessage, subcode, {}};
  }

  // RFC 4271 §6.3: the attribute is the data, as much of it as a NOTIFICATION holds.
  Notification attribute_error(std::uint8_t subcode, net::Bytes attribute) const {
    const auto data = attribute.first(std::min(attribute.size(), max_octets(agreed_) - kNotificationOctets));
    return {ErrorCode::UpdateMessage, subcode, {data.begin(), data.end()}};
  }

  static std::optional<net::Bytes> take_counted(net::ByteReader& reader) {
    const auto octets = reader.u16();
    return octets ? reader.take(*octets) : std::nullopt;
  }

  void fault(std::uint8_t code, FaultTreatment treatment, std::string what) {
    strongest_ = std::max(strongest_, treatment);
    update_.faults.push_back({code, treatment, std::move(what)});
  }
  void fault(const AttributeRow& row, FaultTreatment treatment, std::string_view what) {
    fault(static_cast<std::uint8_t>(row.code), treatment, fmt::format("{}: {}", row.name, what));
  }
  // Treat-as-withdraw, and what RFC 4271 §6.3 would say of it: said after all when there is nothing to
  // withdraw. The first such fault is the one that is named.
  void withdraw_for(const AttributeRow& row, std::string_view what, Notification reset) {
    if (strongest_ < FaultTreatment::Withdraw) reset_ = std::move(reset);
    fault(row, FaultTreatment::Withdraw, what);
  }
  // RFC 4271 §6.3, of a value that cannot be: nearly always its length.
  Notification value_error(const AttributeRow& row, net::Bytes value, net::Bytes attribute) const {
    if (row.code == AttributeCode::AsPath) return {ErrorCode::UpdateMessage, kUpdateMalformedAsPath, {}};
    if (row.code == AttributeCode::Origin && value.size() == 1)
      return attribute_error(kUpdateInvalidOrigin, attribute);
    return attribute_error(kUpdateLengthError, attribute);
  }

  bool read_prefixes(net::Bytes octets, std::vector<net::Ipv4Prefix>& prefixes) {
    const NlriResult result = decode_prefixes(octets, prefixes);
    if (result == NlriResult::SomeIgnored)
      fault(kNoCode, FaultTreatment::Discard, "prefix that nothing is forwarded to: ignored");
    return result != NlriResult::Malformed;
  }

  // Nothing: go on. Else the session is over.
  std::optional<Notification> read_attributes(net::Bytes octets) {
    net::ByteReader reader(octets);
    while (!reader.empty()) {
      const net::Bytes start = reader.rest();
      const auto flags = reader.u8();
      const auto code = reader.u8();
      const bool extended = (*flags & kFlagExtendedLength) != 0;
      const auto length = extended ? reader.u16() : std::optional<std::uint16_t>(reader.u8());
      const auto value = length ? reader.take(*length) : std::nullopt;
      if (!value) {  // RFC 7606 §4: what is behind the place where lengths disagree is lost
        if (code && carries_prefixes(*code))
          return Notification{ErrorCode::UpdateMessage, kUpdateMalformedAttributes, {}};
        fault(code.value_or(kNoCode), FaultTreatment::Withdraw,
              length ? "longer than the attributes' octets" : "too few octets left for an attribute");
        return std::nullopt;
      }
      const net::Bytes attribute = start.first(start.size() - reader.remaining());
      if (auto reply = read_attribute(*flags, *code, *value, attribute)) return reply;
    }
    return std::nullopt;
  }

  std::optional<Notification> read_attribute(std::uint8_t flags, std::uint8_t code, net::Bytes value,
                                             net::Bytes attribute) {
    if (seen_[code]) {  // RFC 7606 §3 g
      if (carries_prefixes(code))
        return Notification{ErrorCode::UpdateMessage, kUpdateMalformedAttributes, {}};
      fault(code, FaultTreatment::Discard, "appears more than once: the first counts");
      return std::nullopt;
    }
    seen_.set(code);
    const AttributeRow* row = find_attribute(code);
    if (row == nullptr) return read_unknown(flags, code, value, attribute);
    if (row->scope == AttributeScope::TwoOctetPeer && agreed_.four_octet_as) {
      fault(*row, FaultTreatment::Discard, "from a four-octet speaker");
      return std::nullopt;
    }
    const bool flags_conflict = ((flags ^ row->flags) & (kFlagOptional | kFlagTransitive)) != 0;
    if (flags_conflict)
      withdraw_for(*row, "Optional or Transitive flag", attribute_error(kUpdateFlagsError, attribute));
    // Prefixes are needed even then: they are what is to be withdrawn (RFC 7606 §3 j).
    if (flags_conflict && !carries_prefixes(code)) return std::nullopt;
    if (row->scope == AttributeScope::InternalPeer && !agreed_.internal) {
      fault(*row, FaultTreatment::Discard, "from an external peer");
      return std::nullopt;
    }
    sink_.remark = nullptr;
    if (const char* what = row->decode(value, sink_)) {
      if (row->on_error == FaultTreatment::Reset) return attribute_error(kUpdateOptionalError, attribute);
      if (row->on_error == FaultTreatment::Withdraw)
        withdraw_for(*row, what, value_error(*row, value, attribute));
      else
        fault(*row, row->on_error, what);
      return std::nullopt;
    }
    if (sink_.remark != nullptr) fault(*row, FaultTreatment::Discard, sink_.remark);
    // AS4_* are made anew for whoever needs them: their Partial bit ends here.
    constexpr std::uint8_t kTransitive = kFlagOptional | kFlagTransitive;
    if ((flags & kFlagPartial) != 0 && row->flags == kTransitive && row->scope == AttributeScope::AnyPeer)
      update_.attributes.partial |= std::uint64_t{1} << code;
    return std::nullopt;
  }

  std::optional<Notification> read_unknown(std::uint8_t flags, std::uint8_t code, net::Bytes value,
                                           net::Bytes attribute) {
    if ((flags & kFlagOptional) == 0) return attribute_error(kUpdateUnrecognizedWellKnown, attribute);
    if ((flags & kFlagTransitive) == 0) return std::nullopt;  // RFC 4271 §9: quietly ignored
    auto& unknown = update_.attributes.unknown;
    // The Extended Length bit says how the length was written, not what the attribute is.
    constexpr std::uint8_t kKept = kFlagOptional | kFlagTransitive | kFlagPartial;
    const auto place = std::ranges::upper_bound(unknown, code, {}, &UnknownAttribute::code);
    unknown.insert(place, {static_cast<std::uint8_t>(flags & kKept), code, {value.begin(), value.end()}});
    return std::nullopt;
  }

  // RFC 7606 §3 d. NEXT_HOP goes with the NLRI field only (RFC 4760 §3).
  void check_mandatory(bool has_nlri_field) {
    const auto require = [this](AttributeCode code) {
      if (!seen_[static_cast<std::uint8_t>(code)])
        fault(*find_attribute(static_cast<std::uint8_t>(code)), FaultTreatment::Withdraw, "missing");
    };
    require(AttributeCode::Origin);
    require(AttributeCode::AsPath);
    if (has_nlri_field) require(AttributeCode::NextHop);
  }

  void treat_as_withdraw() {
    append_all(update_.withdrawn, update_.announced);
    update_.announced.clear();
    update_.attributes = {};
    if (!update_.mp_reach) return;
    const MpReach reach = *std::exchange(update_.mp_reach, std::nullopt);
    append_all(update_.withdrawn, reach.ipv4);
    if (reach.ipv6.empty()) return;
    if (update_.mp_unreach && update_.mp_unreach->family != kIpv6Unicast) {
      append_all(update_.withdrawn, update_.mp_unreach->ipv4);
      update_.mp_unreach.reset();
    }
    if (!update_.mp_unreach) update_.mp_unreach.emplace();
    append_all(update_.mp_unreach->ipv6, reach.ipv6);
  }

  void settle(bool no_attributes) {
    if (update_.mp_reach && update_.mp_reach->ipv4.empty() && update_.mp_reach->ipv6.empty()) {
      fault(static_cast<std::uint8_t>(AttributeCode::MpReachNlri), FaultTreatment::Discard,
            "MP_REACH_NLRI: no prefix");
      update_.mp_reach.reset();
    }
    if (update_.announced.empty() && !update_.mp_reach) {
      // Must not be taken for End-of-RIB, which has no attribute (RFC 4724 §2).
      if (!no_attributes && update_.withdrawn.empty() && !update_.mp_unreach)
        fault(kNoCode, FaultTreatment::Discard, "path attributes without a prefix");
      update_.attributes = {};
      return;
    }
    // RFC 4271 §4.3: a prefix in both fields is announced.
    erase_all_of(update_.withdrawn, update_.announced);
    if (update_.mp_reach && update_.mp_unreach) {
      erase_all_of(update_.mp_unreach->ipv6, update_.mp_reach->ipv6);
      erase_all_of(update_.mp_unreach->ipv4, update_.mp_reach->ipv4);
      if (update_.mp_unreach->ipv6.empty() && update_.mp_unreach->ipv4.empty()) update_.mp_unreach.reset();
    }
    if (update_.announced.empty()) {
      update_.attributes.next_hop = update_.mp_reach->next_hop;
      update_.attributes.link_local_next_hop = update_.mp_reach->link_local;
    }
    if (!agreed_.four_octet_as) merge_four_octet_numbers();
  }

  // RFC 6793 §4.2.3.
  void merge_four_octet_numbers() {
    PathAttributes& attributes = update_.attributes;
    if (sink_.as4_aggregator && attributes.aggregator) {
      // A two-octet speaker has aggregated since: what older AS4_* attributes say is past.
      if (attributes.aggregator->as != kAsTrans) return;
      attributes.aggregator = sink_.as4_aggregator;
    }
    if (sink_.as4_path) attributes.as_path = merge_as4_path(attributes.as_path, *sink_.as4_path);
  }

  const Agreed& agreed_;
  Update& update_;
  AttributeSink sink_;
  std::bitset<256> seen_;
  FaultTreatment strongest_ = FaultTreatment::Discard;
  Notification reset_{ErrorCode::UpdateMessage, kUpdateMalformedAttributes, {}};
};

// Room for flags, code and length in front of a value; returns where it is.
std::size_t begin_attribute(std::vector<std::uint8_t>& out) {
  const std::size_t start = out.size();
  for (int octet = 0; octet < 3; ++octet) out.push_back(0);
  return start;
}

// Fills it in, now that the value is behind it.
void end_attribute(std::size_t start, std::uint8_t flags, std::uint8_t code, std::vector<std::uint8_t>& out) {
  net::ByteWriter writer(out);
  const std::size_t value_at = start + 3;
  const std::size_t octets = writer.position() - value_at;
  writer.patch_u8(start + 1, code);
  if (octets > 0xff) {
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(value_at), 0);
    writer.patch_u8(start, flags | kFlagExtendedLength);
    writer.patch_u16(start + 2, octets);
  } else {
    writer.patch_u8(start, flags);
    writer.patch_u8(start + 2, octets);
  }
}

void encode_unknown(const UnknownAttribute& unknown, std::vector<std::uint8_t>& out) {
  const std::size_t start = begin_attribute(out);
  net::ByteWriter(out).bytes(unknown.value);
  end_attribute(start, unknown.flags, unknown.code, out);
}

template <class Fields, class Write>
void encode_multiprotocol(AttributeCode code, const Fields& fields, const Write& write,
                          std::vector<std::uint8_t>& out) {
  const std::size_t start = begin_attribute(out);
  net::ByteWriter writer(out);
  write(fields, writer);
  end_attribute(start, kFlagOptional, static_cast<std::uint8_t>(code), out);
}

}  // namespace

std::optional<Notification> decode_update(net::Bytes body, const Agreed& agreed, Update& update) {
  return UpdateDecoder(agreed, update).decode(body);
}

void encode_update(const Update& update, const Agreed& agreed, std::vector<std::uint8_t>& out) {
  net::ByteWriter writer(out);
  const std::size_t withdrawn_length = writer.reserve_u16();
  encode_prefixes(update.withdrawn, writer);
  writer.patch_u16(withdrawn_length, writer.position() - withdrawn_length - 2);

  const std::size_t attributes_length = writer.reserve_u16();
  if (update.mp_reach)
    encode_multiprotocol(AttributeCode::MpReachNlri, *update.mp_reach, encode_mp_reach, out);
  if (update.mp_unreach)
    encode_multiprotocol(AttributeCode::MpUnreachNlri, *update.mp_unreach, encode_mp_unreach, out);
  if (!update.announced.empty() || update.mp_reach)
    encode_attributes(update.attributes, agreed, !update.announced.empty(), out);
  writer.patch_u16(attributes_length, writer.position() - attributes_length - 2);

  encode_prefixes(update.announced, writer);
}

void encode_attributes(const PathAttributes& attributes, const Agreed& agreed, bool with_next_hop,
                       std::vector<std::uint8_t>& out) {
  const EncodeContext context{agreed, with_next_hop};
  net::ByteWriter writer(out);
  auto unknown = attributes.unknown.begin();
  std::size_t start = begin_attribute(out);  // of the next one that there is: most rows have none
  const auto write_unknown = [&] {
    out.resize(start);
    encode_unknown(*unknown++, out);
    start = begin_attribute(out);
  };
  for (const AttributeRow& row : attribute_table()) {
    const auto code = static_cast<std::uint8_t>(row.code);
    while (unknown != attributes.unknown.end() && unknown->code < code) write_unknown();
    if (row.encode == nullptr || !row.encode(attributes, context, writer)) continue;
    const std::uint8_t partial = is_partial(attributes, row.code) ? kFlagPartial : 0;
    end_attribute(start, row.flags | partial, code, out);
    start = begin_attribute(out);
  }
  while (unknown != attributes.unknown.end()) write_unknown();
  out.resize(start);
}

}  // namespace bgp
