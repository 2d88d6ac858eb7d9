// What may be told to whom, and how attributes change on the way out (RFC 4271 §5.1, §9.1.3; RFC 1997). The
// lab's policy is to accept and announce everything; what stands here are the protocol's own rules.
#pragma once

#include "bgp/attributes.h"
#include "net/address.h"

namespace rib {

inline constexpr std::uint32_t kNoExport = 0xffffff01, kNoAdvertise = 0xffffff02,
                               kNoExportSubconfed = 0xffffff03;  // RFC 1997

struct ExportPolicy {
  bool external = true;  // the peer is in another AS
  std::uint32_t local_as = 0;
  net::IpAddress local_address;  // our end of the session: the next hop of next-hop-self
};

// Where a route comes from, as far as announcing it on is concerned.
struct RouteSource {
  bool local = false;
  bool internal = false;
};

// May a route be announced to this peer at all? (Not back to where it came from: that the caller knows.)
bool may_export(const bgp::PathAttributes& attributes, const RouteSource& source, const ExportPolicy& policy);

// The attributes as the peer shall see them.
bgp::PathAttributes export_attributes(const bgp::PathAttributes& attributes, const RouteSource& source,
                                      const ExportPolicy& policy);

}  // namespace rib
