// How BGP's TCP connections are made and protected: ports, TCP MD5 signatures (RFC 2385), the TCP
// Authentication Option (RFC 5925), the Generalized TTL Security Mechanism (RFC 5082). All of it is told to
// the kernel, which then keeps what is forged or comes from afar away from the parser.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bgp/message.h"
#include "net/address.h"

namespace app {

struct TcpPeer {
  net::IpAddress address;
  std::uint16_t port = bgp::kPort;  // where it listens
  std::string md5_key;              // empty: no signatures; at most kMaxTcpKey octets
  std::string ao_key;               // likewise; HMAC-SHA-1-96 (RFC 5926 §3.2.1), KeyID 1 both ways
  bool ttl_security = false;        // only a directly connected peer gets through
};

inline constexpr std::size_t kMaxTcpKey = 80;  // the kernel's TCP_MD5SIG_MAXKEYLEN, TCP_AO_MAXKEYLEN

struct TcpOptions {
  std::uint16_t listen_port = bgp::kPort;
  std::vector<TcpPeer> peers;  // in the order of the speaker's neighbours; missing ones are plain

  const TcpPeer& peer(std::size_t index) const {
    static const TcpPeer kPlain;
    return index < peers.size() ? peers[index] : kPlain;
  }
};

// Does this kernel offer TCP-AO (Linux 6.7, CONFIG_TCP_AO)? And what to say where one is wanted and it does
// not.
bool kernel_has_tcp_ao();
inline constexpr const char* kNoTcpAo =
    "this kernel offers no TCP-AO (RFC 5925; Linux 6.7 with CONFIG_TCP_AO): take TCP MD5 instead";

// Before listen(): the peers' keys, and a filter that drops what a TTL-protected peer cannot have sent
// itself. Throws std::system_error.
void protect_listener(int socket, const std::vector<TcpPeer>& peers);

// Before connect(), or after accept() (a key is inherited from the listener). Failing is not reported:
// without its protection the connection cannot come about, and that is seen.
void protect_connection(int socket, const TcpPeer& peer);

}  // namespace app
