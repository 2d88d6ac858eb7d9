// Messages of the BGP Monitoring Protocol, version 3, as octets: what a router tells a collector of its
// neighbours and of its Loc-RIB. Appends whole messages; knows no sockets and no clock. RFC 7854 §4, RFC
// 9069.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "capture/packets.h"
#include "net/address.h"
#include "net/bytes.h"

namespace capture {

// Of a Global Instance Peer before policy (§4.2): there is one routing instance in a router of ours.
struct BmpPeer {
  net::IpAddress address;
  std::uint32_t as = 0;
  net::Ipv4Address identifier;
  bool two_octet_as = false;  // AS_PATH of its UPDATEs (RFC 6793)
  // The router's own Loc-RIB instead (RFC 9069 §4): AS and identifier are its own, there is no address.
  bool loc_rib = false;
};

void write_bmp_initiation(const std::string& name, const std::string& description,
                          std::vector<std::uint8_t>& out);
void write_bmp_termination(std::vector<std::uint8_t>& out);  // reason 0: administratively closed

// The OPENs are whole messages, as sent and received.
struct BmpSession {
  net::IpAddress local;
  std::uint16_t local_port = 0, peer_port = 0;
  std::vector<std::uint8_t> open_sent, open_received;
};
void write_bmp_peer_up(const BmpPeer& peer, Time at, const BmpSession& session,
                       std::vector<std::uint8_t>& out);

// There is a Loc-RIB: RFC 9069 §4.4, with an OPEN of the router's that says what its UPDATEs can hold.
void write_bmp_loc_rib_up(const BmpPeer& peer, Time at, net::Bytes open, std::vector<std::uint8_t>& out);

// §4.9; who closed, and whether by a NOTIFICATION, which is then `message`.
enum class BmpPeerDown : std::uint8_t {
  LocalNotification = 1,
  Local = 2,
  RemoteNotification = 3,
  Remote = 4
};
void write_bmp_peer_down(const BmpPeer& peer, Time at, BmpPeerDown reason, net::Bytes message,
                         std::vector<std::uint8_t>& out);

// `update`: a whole message.
void write_bmp_route_monitoring(const BmpPeer& peer, Time at, net::Bytes update,
                                std::vector<std::uint8_t>& out);

// Routes in the Adj-RIB-In (§4.8, type 7), or in the Loc-RIB (type 8).
void write_bmp_statistics(const BmpPeer& peer, Time at, std::uint64_t routes, std::vector<std::uint8_t>& out);

}  // namespace capture
