#include "show/capabilities.h"

#include <array>

#include "bgp/capabilities.h"

namespace show {

std::vector<CapabilityRow> capability_rows(const speaker::PeerView& peer) {
  using enum bgp::CapabilityCode;
  struct Known {
    bgp::CapabilityCode code;
    std::string_view text, json;
  };
  static constexpr std::array kKnown{
      Known{FourOctetAs, "4 Byte AS", "4byteAs"},
      Known{ExtendedMessage, "Extended Message", "extendedMessage"},
      Known{LongLivedGracefulRestart, "Long-lived Graceful Restart", "longLivedGracefulRestart"},
      Known{RouteRefresh, "Route refresh", "routeRefresh"},
      Known{EnhancedRouteRefresh, "Enhanced Route Refresh", "enhancedRouteRefresh"},
      Known{GracefulRestart, "Graceful Restart Capability", "gracefulRestart"},
  };
  std::vector<CapabilityRow> rows;
  for (const Known& known : kKnown) {
    const bool sent = peer.open_sent && bgp::has_capability(*peer.open_sent, known.code);
    const bool got = peer.open_received && bgp::has_capability(*peer.open_received, known.code);
    if (sent || got) rows.push_back({known.text, known.json, sent, got});
  }
  return rows;
}

FamilyOffer ipv4_unicast_offer(const speaker::PeerView& peer) {
  return {peer.open_sent && bgp::offers_family(*peer.open_sent, bgp::kIpv4Unicast),
          peer.open_received && bgp::offers_family(*peer.open_received, bgp::kIpv4Unicast)};
}

HostnameOffer hostname_offer(const speaker::PeerView& peer) {
  return {peer.open_sent ? bgp::hostname_of(*peer.open_sent) : "",
          peer.open_received ? bgp::hostname_of(*peer.open_received) : ""};
}

}  // namespace show
