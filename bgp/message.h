// The messages of BGP-4 as values: what a frame means, free of how it is written (bgp/codec.h does that).
// RFC 4271 §4, RFC 2918, RFC 5492, RFC 4760.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgp/attributes.h"
#include "net/prefix.h"

namespace bgp {

inline constexpr std::uint16_t kPort = 179;
inline constexpr std::uint32_t kAsTrans = 23456;          // RFC 6793 §9
inline constexpr std::size_t kHeaderOctets = 19;          // RFC 4271 §4.1
inline constexpr std::size_t kMaxMessageOctets = 4096;    // RFC 4271 §4.1
inline constexpr std::size_t kMaxExtendedOctets = 65535;  // RFC 8654 §3

enum class MessageType : std::uint8_t {
  Open = 1,
  Update = 2,
  Notification = 3,
  Keepalive = 4,
  RouteRefresh = 5
};

// Address family and subsequent address family (RFC 4760).
struct Family {
  std::uint16_t afi = 1;
  std::uint8_t safi = 1;
  friend auto operator<=>(const Family&, const Family&) = default;
};
inline constexpr Family kIpv4Unicast{1, 1};
inline constexpr Family kIpv6Unicast{2, 1};

// A capability as it stands in an OPEN: code and value octets (RFC 5492). bgp/capabilities.h reads meaning
// out of a list of them.
struct Capability {
  std::uint8_t code = 0;
  std::vector<std::uint8_t> value;
  friend bool operator==(const Capability&, const Capability&) = default;
};

struct Open {
  std::uint8_t version = 4;
  std::uint16_t my_as = 0;      // AS_TRANS when the AS number needs four octets
  std::uint16_t hold_time = 0;  // seconds; 0, or 3 and more
  net::Ipv4Address identifier;
  std::vector<Capability> capabilities;  // in the order in which they were received or are to be sent
  friend bool operator==(const Open&, const Open&) = default;
};

// MP_REACH_NLRI of a family that we decode (RFC 4760 §3, RFC 2545): IPv6 unicast, or IPv4 unicast.
struct MpReach {
  Family family = kIpv6Unicast;
  net::IpAddress next_hop;
  std::optional<net::Ipv6Address> link_local;  // second address of a 32-octet next hop
  std::vector<net::Ipv6Prefix> ipv6;
  std::vector<net::Ipv4Prefix> ipv4;
  friend bool operator==(const MpReach&, const MpReach&) = default;
};

struct MpUnreach {
  Family family = kIpv6Unicast;
  std::vector<net::Ipv6Prefix> ipv6;
  std::vector<net::Ipv4Prefix> ipv4;
  friend bool operator==(const MpUnreach&, const MpUnreach&) = default;
};

struct Update {
  std::vector<net::Ipv4Prefix> withdrawn;
  std::vector<net::Ipv4Prefix> announced;
  PathAttributes attributes;  // meaningful when something is announced
  std::optional<MpReach> mp_reach;
  std::optional<MpUnreach> mp_unreach;
  // What was wrong with attributes that RFC 7606 lets us survive; for logs and counters. When a fault asks
  // for treat-as-withdraw the decoder has already moved the announced prefixes into `withdrawn`/`mp_unreach`.
  std::vector<AttributeFault> faults;

  // An UPDATE that carries nothing marks the end of the initial table (RFC 4724 §2).
  bool is_end_of_rib() const;
  // As a new one, but for the memory of the path and of IPv4's prefixes.
  void clear();
  friend bool operator==(const Update&, const Update&) = default;
};

enum class ErrorCode : std::uint8_t {
  MessageHeader = 1,
  OpenMessage = 2,
  UpdateMessage = 3,
  HoldTimerExpired = 4,
  FiniteStateMachine = 5,
  Cease = 6,
  RouteRefresh = 7,
  SendHoldTimerExpired = 8,
};

// Subcodes, named as in the RFCs; prefix `k<Code>`.
inline constexpr std::uint8_t kHeaderNotSynchronized = 1, kHeaderBadLength = 2, kHeaderBadType = 3;
inline constexpr std::uint8_t kOpenUnspecific = 0, kOpenUnsupportedVersion = 1, kOpenBadPeerAs = 2,
                              kOpenBadIdentifier = 3, kOpenUnsupportedParameter = 4, kOpenBadHoldTime = 6,
                              kOpenUnsupportedCapability = 7, kOpenRoleMismatch = 11;
inline constexpr std::uint8_t kUpdateMalformedAttributes = 1, kUpdateUnrecognizedWellKnown = 2,
                              kUpdateMissingWellKnown = 3, kUpdateFlagsError = 4, kUpdateLengthError = 5,
                              kUpdateInvalidOrigin = 6, kUpdateInvalidNextHop = 8, kUpdateOptionalError = 9,
                              kUpdateInvalidNetwork = 10, kUpdateMalformedAsPath = 11;
inline constexpr std::uint8_t kFsmUnspecified = 0, kFsmInOpenSent = 1, kFsmInOpenConfirm = 2,
                              kFsmInEstablished = 3;  // RFC 6608
inline constexpr std::uint8_t kCeaseMaxPrefixes = 1, kCeaseShutdown = 2, kCeaseDeconfigured = 3,
                              kCeaseReset = 4, kCeaseRejected = 5, kCeaseOtherChange = 6, kCeaseCollision = 7,
                              kCeaseOutOfResources = 8,   // RFC 4486
    kCeaseHardReset = 9;                                  // RFC 8538
inline constexpr std::uint8_t kRefreshInvalidLength = 1;  // RFC 7313 §5

// What is wrong, as it is told to the peer. A function that fails on a peer's bytes returns one of these: the
// error is the reply.
struct Notification {
  ErrorCode code = ErrorCode::Cease;
  std::uint8_t subcode = 0;
  std::vector<std::uint8_t> data;

  // "Cease/Administrative Shutdown" and so on; names of RFC 4271 §6, 4486, 6608.
  std::string describe() const;
  // The same, and the text of a shutdown communication where there is one. Printable, whatever the octets
  // (bgp/shutdown_communication.h).
  std::string describe_with_text() const;
  friend bool operator==(const Notification&, const Notification&) = default;
};

struct Keepalive {
  friend bool operator==(const Keepalive&, const Keepalive&) = default;
};

inline constexpr std::uint8_t kRefreshRequest = 0, kRefreshBegin = 1, kRefreshEnd = 2;  // RFC 7313 §3.2

struct RouteRefresh {
  Family family;
  std::uint8_t subtype = kRefreshRequest;
  friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

using Message = std::variant<Open, Update, Notification, Keepalive, RouteRefresh>;

}  // namespace bgp
