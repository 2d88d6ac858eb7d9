// Meaning of the capabilities in an OPEN (RFC 5492), and what two OPENs agree on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgp/codec.h"
#include "bgp/message.h"

namespace bgp {

enum class CapabilityCode : std::uint8_t {
  Multiprotocol = 1,          // RFC 4760
  RouteRefresh = 2,           // RFC 2918
  ExtendedMessage = 6,        // RFC 8654
  Role = 9,                   // RFC 9234
  GracefulRestart = 64,       // RFC 4724
  FourOctetAs = 65,           // RFC 6793
  AddPath = 69,               // RFC 7911
  EnhancedRouteRefresh = 70,  // RFC 7313
  LongLivedGracefulRestart = 71,
  Fqdn = 73,
};

// What an AS is to its neighbour's (RFC 9234 §3, §4.1).
enum class Role : std::uint8_t {
  Provider = 0,
  RouteServer = 1,
  RouteServerClient = 2,
  Customer = 3,
  Peer = 4
};
// The role that the neighbour must have.
Role counterpart(Role role);

// What we put into our OPENs.
struct LocalCapabilities {
  bool ipv4_unicast = true;
  bool ipv6_unicast = false;
  bool route_refresh = true;
  bool four_octet_as = true;
  bool extended_message = true;
  std::string hostname = {};  // FQDN capability when not empty
  bool enhanced_refresh = true;
  bool graceful_restart = true;   // as a helper
  std::optional<Role> role = {};  // ours; external peers only
};

std::vector<Capability> make_capabilities(const LocalCapabilities& local, std::uint32_t local_as);

// Readers: a malformed value counts as absent (RFC 5492 §3 gives no error for it but for the four-octet AS).
bool has_capability(const Open& open, CapabilityCode code);
bool offers_family(const Open& open, Family family);  // exactly: a Multiprotocol capability names it
std::optional<std::uint32_t> four_octet_as(const Open& open);
std::string hostname_of(const Open& open);  // of the FQDN capability, or empty

// Do the roles of both OPENs fit (RFC 9234 §4.2)? A peer that says nothing fits (strict mode is off); one
// that says two different things does not.
bool roles_fit(std::optional<Role> local, const Open& received);

// The Multiprotocol capabilities of an OPEN, as they stand in it: the data of an Unsupported Capability
// (RFC 5492 §5).
std::vector<std::uint8_t> families_in_octets(const Open& open);

// The AS number that the OPEN claims: the four-octet one where there is one (RFC 6793 §4.1).
std::uint32_t claimed_as(const Open& open);

// Agreement of a sent and a received OPEN. Without any Multiprotocol capability a speaker speaks IPv4 unicast
// (RFC 4760 §8).
Agreed agree(const Open& sent, const Open& received);

}  // namespace bgp
