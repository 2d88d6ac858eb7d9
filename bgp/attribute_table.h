// One row for each path attribute that this speaker knows: what its flags must be, whose it is, how its value
// is read and written, and what to do when the value is wrong. Knows nothing of the UPDATE around it. RFC
// 4271 §5, RFC 7606 §7; the RFC of each attribute stands at its functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bgp/codec.h"
#include "bgp/message.h"
#include "net/bytes.h"

namespace bgp {

enum class AttributeCode : std::uint8_t {
  Origin = 1,
  AsPath = 2,
  NextHop = 3,
  MultiExitDisc = 4,
  LocalPref = 5,
  AtomicAggregate = 6,
  Aggregator = 7,
  Communities = 8,
  OriginatorId = 9,
  ClusterList = 10,
  MpReachNlri = 14,
  MpUnreachNlri = 15,
  ExtendedCommunities = 16,
  As4Path = 17,
  As4Aggregator = 18,
  LargeCommunities = 32,
  OnlyToCustomer = 35,
};

// RFC 4271 §4.3: the four high bits of the flags; the low ones are ignored.
inline constexpr std::uint8_t kFlagOptional = 0x80, kFlagTransitive = 0x40, kFlagPartial = 0x20,
                              kFlagExtendedLength = 0x10;

// From whom an attribute is taken; from others it is discarded (RFC 7606 §7.5, §7.9, §7.10; RFC 6793 §4.1).
enum class AttributeScope : std::uint8_t { AnyPeer, InternalPeer, TwoOctetPeer };

// Where decode functions put what they read.
struct AttributeSink {
  const Agreed& agreed;
  Update& update;
  std::optional<AsPath> as4_path;
  std::optional<Aggregator> as4_aggregator;
  bool mp_reach_has_nlri = false;  // in octets, of whatever family
  const char* remark = nullptr;    // worth a log line though nothing is malformed
};

struct EncodeContext {
  const Agreed& agreed;
  bool with_next_hop = true;
};

struct AttributeRow {
  AttributeCode code;
  std::string_view name;
  std::uint8_t flags;  // Optional and Transitive as the RFC wants them
  AttributeScope scope;
  // Null: taken. Else what is wrong with the value, and nothing was put into the sink.
  const char* (*decode)(net::Bytes value, AttributeSink& sink);
  // Appends the value. False: there is no such attribute, and nothing was appended. Null: not of
  // PathAttributes.
  bool (*encode)(const PathAttributes& attributes, const EncodeContext& context, net::ByteWriter& writer);
  FaultTreatment on_error;
};

std::span<const AttributeRow> attribute_table();        // ascending code
const AttributeRow* find_attribute(std::uint8_t code);  // null: unknown to us
bool is_partial(const PathAttributes& attributes, AttributeCode code);

// RFC 4760, in mp_reach.cc: the two attributes that carry prefixes.
const char* decode_mp_reach(net::Bytes value, AttributeSink& sink);
const char* decode_mp_unreach(net::Bytes value, AttributeSink& sink);
void encode_mp_reach(const MpReach& reach, net::ByteWriter& writer);
void encode_mp_unreach(const MpUnreach& unreach, net::ByteWriter& writer);

}  // namespace bgp
