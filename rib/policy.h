// What may be taken from whom and told to whom, and how attributes change on the way out (RFC 4271 §5.1,
// §9.1.2, §9.1.3; RFC 1997, RFC 4360, RFC 4456, RFC 8212, RFC 8326, RFC 9234). The lab's policy is to accept
// and announce everything; what stands here are the protocol's own rules, and the few switches that a
// neighbour has.
#pragma once

#include <optional>
#include <string_view>

#include "bgp/attributes.h"
#include "net/address.h"

namespace rib {

inline constexpr std::uint32_t kNoExport = 0xffffff01, kNoAdvertise = 0xffffff02,
                               kNoExportSubconfed = 0xffffff03;  // RFC 1997
inline constexpr std::uint32_t kGracefulShutdown = 0xffff0000;   // RFC 8326

// What policy asks of attributes, whoever sent them and whoever is to hear of them: found out once for a set
// of attributes and kept with it (rib/attribute_store.h). A set of bits.
using Traits = std::uint8_t;
inline constexpr Traits kLoops = 1;             // our AS is in the path (RFC 4271 §9.1.2)
inline constexpr Traits kHasAsSet = 2;          // RFC 9774 deprecates AS_SET
inline constexpr Traits kHasConfedSegment = 4;  // we are in no confederation (RFC 5065 §5)
inline constexpr Traits kShutsDown = 8;         // the GRACEFUL_SHUTDOWN community
inline constexpr Traits kOnlyToCustomer = 16;   // ONLY_TO_CUSTOMER is there (RFC 9234 §5)
inline constexpr Traits kReflectedBack = 32;    // we originated it, or reflected it (RFC 4456 §8)
inline constexpr Traits kStaysHere = 64;        // NO_ADVERTISE (RFC 1997)
inline constexpr Traits kStaysInAs = 128;       // NO_EXPORT or NO_EXPORT_SUBCONFED (RFC 1997)

Traits traits_of(const bgp::PathAttributes& attributes, std::uint32_t local_as,
                 net::Ipv4Address router_id = {});

// Why a route of the Adj-RIB-In may not be used.
enum class RejectReason : std::uint8_t {
  None,
  NoPolicy,
  AsLoop,
  AsSet,
  ConfedSegment,
  RouteLeak,
  ReflectedBack,
  NextHopUnreachable
};

std::string_view to_string(RejectReason reason);  // "AS loop", …

struct ImportPolicy {
  Traits reject = kLoops | kHasConfedSegment | kReflectedBack;  // routes with any of these are not used
  // Where kOnlyToCustomer is rejected: the value that is no leak all the same, a lateral peer's own number.
  std::optional<std::uint32_t> only_to_customer_of = std::nullopt;
  bool deny_all = false;          // no policy was configured, and one is required (RFC 8212)
  bool graceful_shutdown = true;  // its community gives LOCAL_PREF 0 (RFC 8326 §4.2)
};

// What this policy says of a route with such traits (and this ONLY_TO_CUSTOMER); of next hops it knows
// nothing.
RejectReason judge(Traits traits, const ImportPolicy& policy,
                   std::optional<std::uint32_t> only_to_customer = std::nullopt);

// The attributes as the decision process sees them. The tables do without: it is a matter of LOCAL_PREF
// alone.
bgp::PathAttributes import_attributes(bgp::PathAttributes attributes, const ImportPolicy& policy,
                                      bool internal);

struct ExportPolicy {
  bool external = true;        // the peer is in another AS
  bool deny_all = false;       // RFC 8212
  bool next_hop_self = false;  // towards internal peers, too, and for learnt routes
  // RFC 9234 §5, on the way out: a route that has ONLY_TO_CUSTOMER is not told; one that has not is given it.
  bool holds_back_only_to_customer = false;
  bool adds_only_to_customer = false;
  std::uint32_t local_as = 0;
  // Our address towards the peer in the family of the routes, the next hop of next-hop-self. Nothing: there
  // is none, and routes that need it cannot be announced.
  std::optional<net::IpAddress> local_address = std::nullopt;
  std::optional<net::Ipv6Address> link_local =
      std::nullopt;  // likewise, beside an IPv6 address (RFC 2545 §3)
  friend bool operator==(const ExportPolicy&, const ExportPolicy&) = default;
};

struct Policy {
  ImportPolicy in = {};
  ExportPolicy out = {};
};

// Where a route comes from, as far as announcing it on is concerned.
struct RouteSource {
  bool local = false;
  bool internal = false;
  bool shuts_down = false;  // preferred least, by RFC 8326
  friend bool operator==(const RouteSource&, const RouteSource&) = default;
};

// May a route with such traits be announced to this peer at all? (Not back to where it came from: that the
// caller knows.)
bool may_export(Traits traits, const RouteSource& source, const ExportPolicy& policy);

// The attributes as the peer shall see them. Precondition: may_export().
bgp::PathAttributes export_attributes(bgp::PathAttributes attributes, const RouteSource& source,
                                      const ExportPolicy& policy);

}  // namespace rib
