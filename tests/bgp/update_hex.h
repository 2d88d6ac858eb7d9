// Shared by the tests of UPDATEs: well-formed pieces as annotated hex, and what puts them together.
#pragma once

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"

namespace update_hex {

using namespace bgp;
using captures::Octets;
using captures::octets;

using S = std::string;

inline const Agreed kExternal{.ipv6_unicast = true};
inline const Agreed kInternal{.internal = true, .ipv6_unicast = true};
inline const Agreed kTwoOctet{.four_octet_as = false};
inline const Agreed kIpv4Only{};
inline const Agreed kIpv6Only{.ipv4_unicast = false, .ipv6_unicast = true};

// Well-formed pieces.
inline const S kOrigin = "400101 00";
inline const S kPath = "400206 0201 0000fde9";
inline const S kPath2 = "400204 0201 fde9";
inline const S kHop = "400304 ac1f0101";
inline const S kBase = kOrigin + kPath + kHop;
inline const S kBase2 = kOrigin + kPath2 + kHop;
inline const S kNlri = "18 0a0100";  // 10.1.0.0/24
inline const S kHop6 = "20010db8000000000000000000000001";
inline const S kReach6 = "800e1a 0002 01 10" + kHop6 + "00 20 20010db8";  // 2001:db8::/32
inline const S kUnreach6 = "800f08 0002 01 20 20010db9";                  // 2001:db9::/32

inline Octets update_octets(const S& withdrawn, const S& attributes, const S& nlri) {
  Octets body;
  net::ByteWriter writer(body);
  for (const S& field : {withdrawn, attributes}) {
    const Octets field_octets = octets(field);
    writer.u16(static_cast<std::uint16_t>(field_octets.size()));
    writer.bytes(field_octets);
  }
  writer.bytes(octets(nlri));
  return captures::message(MessageType::Update, body);
}

inline net::Result<Message, Notification> decode_octets(const Octets& bytes, const Agreed& agreed) {
  const auto frame = next_frame(bytes, max_octets(agreed));
  REQUIRE(frame.has_value());
  REQUIRE(frame->has_value());
  return decode(**frame, agreed);
}

inline bool has_fault(const Update& update, unsigned code, FaultTreatment treatment) {
  return std::ranges::any_of(update.faults, [&](const AttributeFault& fault) {
    return fault.code == code && fault.treatment == treatment && !fault.what.empty();
  });
}

}  // namespace update_hex
