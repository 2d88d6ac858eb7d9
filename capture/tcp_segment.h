// From a link-layer frame to the TCP segment in it: Ethernet (VLANs, MPLS), raw IP, PPP, Cisco HDLC, Linux
// cooked captures, BSD loopback; IPv4 and IPv6. Knows one packet at a time. RFC 791, RFC 8200, RFC 9293.
#pragma once

#include <optional>

#include "net/address.h"
#include "net/bytes.h"

namespace capture {

struct Endpoint {
  net::IpAddress address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

struct TcpSegment {
  Endpoint source, destination;
  std::uint32_t sequence = 0;
  bool syn = false;
  net::Bytes data;  // as much of it as was captured
};

bool is_known_link_type(std::uint32_t link_type);

// Nothing: no TCP, a fragment, or too little of the packet was captured.
std::optional<TcpSegment> tcp_segment(std::uint32_t link_type, net::Bytes frame);

}  // namespace capture
