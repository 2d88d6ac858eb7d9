// MRT records as octets: messages and state changes as BGP4MP_ET in four-octet AS numbers, tables as
// TABLE_DUMP_V2. Appends whole records; knows no files and no clock. RFC 6396 §3, §4.3, §4.4.
#pragma once

#include <span>
#include <vector>

#include "bgp/attributes.h"
#include "capture/entry.h"

namespace capture {

// Whose session: the one that records is "local", its neighbour the "peer" (RFC 6396 §4.4.1). Both addresses
// are of one family.
struct RecordedSession {
  std::uint32_t peer_as = 0, local_as = 0;
  net::IpAddress peer, local;
};

// `message`: whole, with marker and header. `sent`: by the one that records (BGP4MP_MESSAGE_AS4_LOCAL,
// §4.4.4), else received (BGP4MP_MESSAGE_AS4, §4.4.3).
void write_mrt_message(Time at, const RecordedSession& session, bool sent, net::Bytes message,
                       std::vector<std::uint8_t>& out);
// BGP4MP_STATE_CHANGE_AS4 (§4.4.2).
void write_mrt_state_change(Time at, const RecordedSession& session, StateChange change,
                            std::vector<std::uint8_t>& out);

// PEER_INDEX_TABLE (§4.3.1). At most 65,535 peers and octets of `view`; what is more is left out.
void write_mrt_peer_index(Time at, const PeerIndex& index, std::vector<std::uint8_t>& out);

struct RecordedPath {
  std::uint16_t peer = 0;  // into the index
  Time originated;
  bgp::PathAttributes attributes;
};
// RIB_IPV4_UNICAST or RIB_IPV6_UNICAST (§4.3.2, §4.3.4: AS numbers in four octets; of MP_REACH_NLRI the next
// hop alone).
void write_mrt_rib(Time at, std::uint32_t sequence, const net::IpPrefix& prefix,
                   std::span<const RecordedPath> paths, std::vector<std::uint8_t>& out);

}  // namespace capture
