// What messages carry, as JSON that is the same wherever chainrouter prints it: path attributes,
// capabilities, OPENs, NOTIFICATIONs. Keys are camelCase; what is not there has no key. Octets are lower-case
// hexadecimal. Pure; knows neither RIBs nor where a message came from.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "bgp/message.h"
#include "net/bytes.h"

namespace show {

// origin, asPath, asPathSegments, nextHop always; linkLocalNextHop, med, localPref, atomicAggregate,
// aggregator, communities, extendedCommunities, largeCommunities, originatorId, clusterList, otc, unknown
// where present.
nlohmann::ordered_json attributes_json(const bgp::PathAttributes& attributes);

// {"code", "name", "value"}.
nlohmann::ordered_json capability_json(const bgp::Capability& capability);

// {"version", "as", "holdTime", "identifier", "capabilities"}; `as` is the four-octet number where one is
// claimed.
nlohmann::ordered_json open_json(const bgp::Open& open);

// {"code", "subcode", "data", "description"}, and "text" where the peer's operator says why (RFC 9003).
nlohmann::ordered_json notification_json(const bgp::Notification& notification);

// "65002 {65003 65004} (65005) [65006 65007]": sets in braces, confederation sequences in parentheses,
// confederation sets in brackets; numbers are separated by a blank everywhere.
std::string as_path_text(const bgp::AsPath& path);

// IANA's name ("Four-octet AS"), or "Unknown".
std::string_view capability_name(std::uint8_t code);

std::string hex(net::Bytes octets);

}  // namespace show
