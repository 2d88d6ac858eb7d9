// What a speaker shows of itself: plain values, taken on its own thread, free to cross to any other. show/
// renders them as text and JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/fsm.h"
#include "bgp/message.h"
#include "net/prefix.h"
#include "rib/decision.h"
#include "rib/kernel_state.h"

namespace speaker {

struct MessageCounters {
  std::uint64_t opens = 0, notifications = 0, updates = 0, keepalives = 0, route_refreshes = 0;
  std::uint64_t total() const { return opens + notifications + updates + keepalives + route_refreshes; }
};

// What was exchanged of one family that both ends agreed on.
struct FamilyView {
  std::size_t received = 0, accepted = 0, sent = 0;  // prefixes: Adj-RIB-In, of it by policy, Adj-RIB-Out
  bool end_of_rib_sent = false, end_of_rib_received = false;
  // What is given as next hop where it is ourselves. Nothing: the interface towards the peer has no address
  // of this family, so what needs one is not announced.
  std::optional<net::IpAddress> next_hop = std::nullopt;
};

struct PeerView {
  net::IpAddress address, local_address;
  std::uint32_t local_as = 0, remote_as = 0;
  net::Ipv4Address local_id, remote_id;  // remote_id 0.0.0.0 until an OPEN has come
  std::string description;               // as configured
  std::string hostname;                  // of the peer's FQDN capability, or empty
  bgp::State state = bgp::State::Idle;
  bool admin_down = false;
  bool internal = false;

  std::optional<std::chrono::milliseconds> up_for;    // Established for
  std::optional<std::chrono::milliseconds> down_for;  // since the last reset; nothing: never was up
  std::optional<std::chrono::milliseconds> last_read, last_write;  // ages
  std::chrono::seconds configured_hold_time{0}, configured_keepalive{0};
  std::chrono::seconds hold_time{0}, keepalive{0};  // negotiated; configured until then
  std::chrono::milliseconds connect_retry{0};
  std::chrono::milliseconds min_route_advertisement_interval{0};

  MessageCounters sent, received;
  std::size_t out_queue = 0;          // messages waiting to be written
  std::size_t in_queue = 0;           // whole messages read but not handled
  std::size_t prefixes_received = 0;  // of IPv4, accepted into the Adj-RIB-In
  std::size_t prefixes_sent = 0;      // of IPv4, in the Adj-RIB-Out
  std::uint32_t connections_established = 0, connections_dropped = 0;
  std::string last_reset;  // why; empty: never
  bool end_of_rib_sent = false, end_of_rib_received = false;
  std::optional<bgp::Notification> error_sent, error_received;  // the last ones
  std::uint64_t update_faults = 0;                              // survived (RFC 7606)
  std::string last_update_fault;
  std::optional<FamilyView> ipv4, ipv6;  // of an Established session

  // Of the current session; only while an OPEN was sent / received.
  std::optional<bgp::Open> open_sent, open_received;
  std::optional<std::uint16_t> local_port, remote_port;
};

using rib::KernelState;

struct PathView {
  bgp::PathAttributes attributes;
  bool local = false;     // originated here: next hop 0.0.0.0, weight 32768
  bool internal = false;  // learnt over iBGP
  bool valid = true;      // may be used (next hop resolvable, no loop)
  bool best = false;
  rib::DecisionStep reason = rib::DecisionStep::None;  // why best; meaningful when best
  net::IpAddress peer_address;
  net::Ipv4Address peer_id;
  std::string peer_hostname;
  std::chrono::milliseconds age{0};  // since it was received or originated
};

struct RouteView {
  net::Ipv4Prefix prefix;
  std::uint32_t version = 0;    // table version of the last best-path change
  std::vector<PathView> paths;  // best first
  std::vector<net::IpAddress> advertised_to;
  std::vector<std::string> advertised_to_hostnames;  // same order; empty string where unknown
  KernelState kernel = KernelState::NotWanted;
  int kernel_errno = 0;  // of Failed
};

struct RouterView {
  std::string name;
  net::Ipv4Address router_id;
  std::uint32_t as = 0;
  std::uint32_t table_version = 0;
  std::size_t rib_entries = 0;                             // prefixes in the table
  std::size_t rib_bytes = 0;                               // counted: entries, slots, index, attributes
  std::optional<std::size_t> memory_limit = std::nullopt;  // that rib_bytes may come to
  std::size_t attribute_bytes = 0;                         // of these: attributes and AS paths
  std::optional<std::size_t> ipv6_entries = std::nullopt;  // where IPv6 is spoken
  std::size_t ipv6_bytes = 0;                              // of rib_bytes
  std::size_t peer_bytes = 0;                              // counted: peers with their sessions and buffers
  std::size_t octets_waiting = 0;  // written for neighbours, not taken by their sockets
  std::size_t kernel_installed = 0, kernel_pending = 0, kernel_failed = 0;
  std::vector<PeerView> peers;  // in the order of configuration
};

}  // namespace speaker
