// Messages to octets and back. Knows no session state beyond what the two OPENs agreed on (Agreed), no
// socket, no RIB. Never throws on a peer's bytes: the error is the NOTIFICATION to send. RFC 4271 §4 and §6,
// RFC 7606, RFC 6793, RFC 4760, RFC 5492, RFC 9072, RFC 8654, RFC 2918, RFC 7313.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bgp/message.h"
#include "net/bytes.h"
#include "net/result.h"

namespace bgp {

// What shapes the octets of a session, as both OPENs agreed (bgp/capabilities.h computes it).
struct Agreed {
  bool four_octet_as = true;      // RFC 6793: AS_PATH and AGGREGATOR in four octets
  bool extended_message = false;  // RFC 8654: up to 65,535 octets, OPEN and KEEPALIVE excepted
  bool internal = false;          // iBGP: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are meaningful
  bool ipv4_unicast = true;
  bool ipv6_unicast = false;
  bool enhanced_refresh = false;  // RFC 7313: a refresh has a beginning and an end

  bool covers(Family family) const {
    return (family == kIpv4Unicast && ipv4_unicast) || (family == kIpv6Unicast && ipv6_unicast);
  }
  std::vector<Family> families() const {
    std::vector<Family> agreed;
    if (ipv4_unicast) agreed.push_back(kIpv4Unicast);
    if (ipv6_unicast) agreed.push_back(kIpv6Unicast);
    return agreed;
  }
  friend bool operator==(const Agreed&, const Agreed&) = default;
};

struct Frame {
  MessageType type;
  net::Bytes body;  // what follows the 19-octet header
  std::size_t octets() const { return kHeaderOctets + body.size(); }
};

// Cuts the first whole message off `bytes`. Nothing: more octets are needed. Checks marker, length (against
// the minimum of the type and `max_octets`) and type, in this order (RFC 4271 §6.1), as soon as the octets
// that tell are there. The frame points into `bytes`.
net::Result<std::optional<Frame>, Notification> next_frame(net::Bytes bytes, std::size_t max_octets);

// Decodes one frame. `agreed` matters for UPDATEs only. An OPEN is checked for what its octets alone tell
// (version, hold time, identifier 0, parameters); whether the AS number is the expected one is the session's
// business. A NOTIFICATION always decodes; there is no reply to one.
net::Result<Message, Notification> decode(const Frame& frame, const Agreed& agreed);

// Appends one whole message, header included. Precondition: it fits the agreed size (UpdateEncoder splits).
void encode(const Message& message, const Agreed& agreed, std::vector<std::uint8_t>& out);

// Path attributes to octets, ascending by type code; without MP_REACH_NLRI. NEXT_HOP only when it is IPv4 and
// `with_next_hop`. When four-octet AS numbers are not agreed: AS_TRANS in AS_PATH, and AS4_PATH,
// AS4_AGGREGATOR where they carry more (RFC 6793 §4.2.2).
void encode_attributes(const PathAttributes& attributes, const Agreed& agreed, bool with_next_hop,
                       std::vector<std::uint8_t>& out);

// The next hop of IPv6 routes (RFC 2545 §3): a global address, and beside it a link-local one when the peer
// is on the link.
struct MpNextHop {
  net::Ipv6Address global;
  std::optional<net::Ipv6Address> link_local;
};

// Packs prefixes that share one attribute set into as few UPDATEs as fit.
class UpdateEncoder {
 public:
  // `room`: octets that may still be appended to `out`. A message is appended whole or not at all.
  // Return: how many prefixes were encoded (from the front). 0 with room for a full message: the attributes
  // alone do not fit one, so these prefixes cannot be announced on this session (RFC 8654 §4: withdraw).
  static std::size_t announce(net::Bytes attributes, std::span<const net::Ipv4Prefix> prefixes,
                              const Agreed& agreed, std::size_t room, std::vector<std::uint8_t>& out);
  static std::size_t withdraw(std::span<const net::Ipv4Prefix> prefixes, const Agreed& agreed,
                              std::size_t room, std::vector<std::uint8_t>& out);
  // Likewise, in MP_REACH_NLRI and MP_UNREACH_NLRI; `attributes` are without a next hop.
  static std::size_t announce(net::Bytes attributes, const MpNextHop& next_hop,
                              std::span<const net::Ipv6Prefix> prefixes, const Agreed& agreed,
                              std::size_t room, std::vector<std::uint8_t>& out);
  static std::size_t withdraw(std::span<const net::Ipv6Prefix> prefixes, const Agreed& agreed,
                              std::size_t room, std::vector<std::uint8_t>& out);
};

inline std::size_t max_octets(const Agreed& agreed) {
  return agreed.extended_message ? kMaxExtendedOctets : kMaxMessageOctets;
}

}  // namespace bgp
