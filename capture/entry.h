// What a capture holds, as values: messages that were decoded, messages that our speaker would refuse (with
// the NOTIFICATION that it would send), what could not be read, and the records of MRT that are no messages.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgp/codec.h"
#include "capture/packets.h"
#include "capture/tcp_segment.h"
#include "net/prefix.h"

namespace capture {

struct Decoded {
  bgp::Message message;
  bgp::Agreed agreed;  // what it was read with
  net::Bytes octets;   // the whole message; empty where the container holds the body alone
  bool four_octet_as_guessed = false;
};

struct Refused {
  bgp::Notification reply;
  net::Bytes octets;  // from the message's first octet up to the next marker
};

// Octets of a stream that are no whole message, or a record of an archive that is not about BGP.
struct Skipped {
  std::uint64_t octets = 0;
  std::string why;
};

// MRT, RFC 6396 §4.4.1: states are RFC 4271's, 1 (Idle) to 6 (Established).
struct StateChange {
  std::uint16_t from = 0, to = 0;
};

// MRT, RFC 6396 §4.3.1: who the entries of the RIB behind it came from.
struct PeerIndex {
  struct Peer {
    net::Ipv4Address identifier;
    net::IpAddress address;
    std::uint32_t as = 0;
  };
  net::Ipv4Address collector;
  std::string view;
  std::vector<Peer> peers;
};

// MRT, RFC 6396 §4.2 and §4.3.4: one path of one prefix.
struct RibPath {
  bool table_dump_v2 = true;
  std::uint32_t sequence = 0;
  std::optional<Time> originated;
  std::variant<net::Ipv4Prefix, net::Ipv6Prefix> prefix;
  bgp::Update update;  // attributes, next hop, faults
};

// Where and when an entry was; whatever the container does not say is absent.
struct Place {
  std::optional<Time> at;
  bool microseconds = true;  // false: the container counts whole seconds
  unsigned connection = 0;   // of a packet capture, from 1
  std::optional<Endpoint> source, destination;
  // MRT: the collector's neighbour, whichever way the message went.
  std::optional<net::IpAddress> peer;
  std::optional<std::uint32_t> peer_as, local_as;
  std::uint16_t record_type = 0;  // MRT's
};

struct Entry {
  Place place;
  std::variant<Decoded, Refused, Skipped, StateChange, PeerIndex, RibPath> what;
};

using Sink = std::function<void(const Entry&)>;

// What the user knows better than the capture; absent: what the OPENs or the archive say, else a guess.
struct Options {
  std::optional<bool> four_octet_as;
  std::optional<bool> ipv4_unicast, ipv6_unicast;
};

}  // namespace capture
