#include <algorithm>

#include <nlohmann/json.hpp>

#include "show/capabilities.h"
#include "show/json.h"
#include "show/json_layout.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

const char* sides(bool advertised, bool received) {
  return advertised ? received ? "advertisedAndReceived" : "advertised" : "received";
}

Json capabilities_object(const speaker::PeerView& peer) {
  Json out = Json::object();
  const char* graceful_restart = nullptr;
  for (const auto& row : capability_rows(peer)) {
    if (row.json == "gracefulRestart")
      graceful_restart = sides(row.advertised, row.received);
    else if (row.json == "routeRefresh" && row.advertised && row.received)
      out["routeRefresh"] = "advertisedAndReceivedNew";  // RFC 2918's code, and not the one before it
    else
      out[std::string(row.json)] = sides(row.advertised, row.received);
  }
  if (const auto offer = ipv4_unicast_offer(peer); offer.advertised || offer.received)
    out["multiprotocolExtensions"]["ipv4Unicast"][sides(offer.advertised, offer.received)] = true;
  const auto host = hostname_offer(peer);
  Json names = Json::object();
  if (!host.advertised.empty()) {
    names["advHostName"] = host.advertised;
    names["advDomainName"] = "n/a";
  }
  if (!host.received.empty()) {
    names["rcvHostName"] = host.received;
    names["rcvDomainName"] = "n/a";
  }
  if (!names.empty()) out["hostName"] = std::move(names);
  if (graceful_restart != nullptr) out["gracefulRestart"] = graceful_restart;
  return out;
}

Json statistics_object(const speaker::PeerView& peer) {
  Json out = Json::object();
  out["depthInq"] = peer.in_queue;
  out["depthOutq"] = peer.out_queue;
  const auto pair = [&](const std::string& what, std::uint64_t sent, std::uint64_t received) {
    out[what + "Sent"] = sent;
    out[what + "Recv"] = received;
  };
  pair("opens", peer.sent.opens, peer.received.opens);
  pair("notifications", peer.sent.notifications, peer.received.notifications);
  pair("updates", peer.sent.updates, peer.received.updates);
  pair("keepalives", peer.sent.keepalives, peer.received.keepalives);
  pair("routeRefresh", peer.sent.route_refreshes, peer.received.route_refreshes);
  pair("capability", 0, 0);
  pair("total", peer.sent.total(), peer.received.total());
  return out;
}

void add_session(Json& out, const speaker::PeerView& peer, const Clock& clock) {
  out["bgpVersion"] = 4;
  out["remoteRouterId"] = peer.remote_id.to_string();
  out["localRouterId"] = peer.local_id.to_string();
  out["bgpState"] = bgp::to_string(peer.state);
  if (peer.state == bgp::State::Established && peer.up_for) {
    out["bgpTimerUpMsec"] = peer.up_for->count();
    out["bgpTimerUpString"] = uptime(peer.up_for);
    out["bgpTimerUpEstablishedEpoch"] = clock.epoch_seconds_ago(*peer.up_for);
  }
  if (peer.last_read) out["bgpTimerLastRead"] = peer.last_read->count();
  if (peer.last_write) out["bgpTimerLastWrite"] = peer.last_write->count();
  out["bgpTimerConfiguredHoldTimeMsecs"] = milliseconds(peer.configured_hold_time).count();
  out["bgpTimerConfiguredKeepAliveIntervalMsecs"] = milliseconds(peer.configured_keepalive).count();
  out["bgpTimerHoldTimeMsecs"] = milliseconds(peer.hold_time).count();
  out["bgpTimerKeepAliveIntervalMsecs"] = milliseconds(peer.keepalive).count();
}

Json neighbor_object(const speaker::PeerView& peer, const Clock& clock) {
  Json out = Json::object();
  out["remoteAs"] = peer.remote_as;
  out["localAs"] = peer.local_as;
  out[peer.internal ? "nbrInternalLink" : "nbrExternalLink"] = true;
  if (!peer.hostname.empty()) out["hostname"] = peer.hostname;
  if (peer.admin_down) out["adminShutDown"] = true;
  add_session(out, peer, clock);
  if (peer.state == bgp::State::Established) {
    out["neighborCapabilities"] = capabilities_object(peer);
    if (peer.end_of_rib_sent) out["gracefulRestartInfo"]["endOfRibSend"]["ipv4Unicast"] = true;
    if (peer.end_of_rib_received) out["gracefulRestartInfo"]["endOfRibRecv"]["ipv4Unicast"] = true;
  }
  out["messageStats"] = statistics_object(peer);
  out["minBtwnAdvertisementRunsTimerMsecs"] = peer.min_route_advertisement_interval.count();
  Json family = Json::object();
  if (!peer.internal) family["routerAlwaysNextHop"] = true;
  family["commAttriSentToNbr"] = "extendedAndStandard";
  family["acceptedPrefixCounter"] = peer.prefixes_received;
  family["sentPrefixCounter"] = peer.prefixes_sent;
  out["addressFamilyInfo"]["ipv4Unicast"] = std::move(family);
  out["connectionsEstablished"] = peer.connections_established;
  out["connectionsDropped"] = peer.connections_dropped;
  if (peer.last_reset.empty()) {
    out["lastReset"] = "never";
  } else {
    if (peer.down_for) out["lastResetTimerMsecs"] = peer.down_for->count();
    out["lastResetDueTo"] = peer.last_reset;
  }
  if (peer.local_port && peer.remote_port) {
    out["hostLocal"] = peer.local_address.to_string();
    out["portLocal"] = *peer.local_port;
    out["hostForeign"] = peer.address.to_string();
    out["portForeign"] = *peer.remote_port;
    out["nexthop"] = peer.local_address.to_string();
  }
  out["connectRetryTimer"] = std::chrono::ceil<seconds>(peer.connect_retry).count();
  return out;
}

}  // namespace

std::string neighbors_json(const speaker::RouterView& router, const Clock& clock) {
  Json out = Json::object();
  for (const auto& peer : router.peers) out[peer.address.to_string()] = neighbor_object(peer, clock);
  return json_text(out) + '\n';
}

std::string neighbor_json(const speaker::RouterView& router, const net::IpAddress& address,
                          const Clock& clock) {
  const auto peer = std::ranges::find(router.peers, address, &speaker::PeerView::address);
  Json out = Json::object();
  if (peer == router.peers.end())
    out["bgpNoSuchNeighbor"] = true;
  else
    out[address.to_string()] = neighbor_object(*peer, clock);
  return json_text(out) + '\n';
}

}  // namespace show
