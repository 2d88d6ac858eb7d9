// Which capabilities a session's two OPENs named, ready to be shown: one list for text and JSON. RFC 5492.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "speaker/view.h"

namespace show {

struct CapabilityRow {
  std::string_view text;  // "4 Byte AS"
  std::string_view json;  // "4byteAs"
  bool advertised = false, received = false;
};

// Rows of which at least one side spoke, in FRR's order; without Multiprotocol and FQDN.
std::vector<CapabilityRow> capability_rows(const speaker::PeerView& peer);

// IPv4 unicast, the one family in use (RFC 4760).
struct FamilyOffer {
  bool advertised = false, received = false;
};
FamilyOffer ipv4_unicast_offer(const speaker::PeerView& peer);

// Of the FQDN capability; empty where it did not come. Domain names are neither sent nor read.
struct HostnameOffer {
  std::string advertised, received;
};
HostnameOffer hostname_offer(const speaker::PeerView& peer);

}  // namespace show
