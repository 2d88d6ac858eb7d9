#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/json.h"
#include "show/json_layout.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

Json peer_object(const speaker::PeerView& peer, const Clock& clock) {
  Json out = Json::object();
  if (!peer.hostname.empty()) out["hostname"] = peer.hostname;
  out["remoteAs"] = peer.remote_as;
  out["localAs"] = peer.local_as;
  out["version"] = 4;
  out["msgRcvd"] = peer.received.total();
  out["msgSent"] = peer.sent.total();
  out["tableVersion"] = 0;  // as in the text
  out["outq"] = peer.out_queue;
  out["inq"] = peer.in_queue;
  const auto since = in_state_for(peer);
  out["peerUptime"] = uptime(since);
  out["peerUptimeMsec"] = since.value_or(std::chrono::milliseconds{0}).count();
  if (peer.state == bgp::State::Established && since)
    out["peerUptimeEstablishedEpoch"] = clock.epoch_seconds_ago(*since);
  out["pfxRcd"] = peer.prefixes_received;
  out["pfxSnt"] = peer.prefixes_sent;
  out["state"] = state_word(peer);
  out["peerState"] = peer.admin_down ? "Admin" : "OK";
  out["connectionsEstablished"] = peer.connections_established;
  out["connectionsDropped"] = peer.connections_dropped;
  out["idType"] = peer.address.is_ipv4() ? "ipv4" : "ipv6";
  return out;
}

}  // namespace

std::string summary_json(const speaker::RouterView& router, const Clock& clock) {
  Json peers = Json::object();
  for (const auto& peer : router.peers) peers[peer.address.to_string()] = peer_object(peer, clock);
  const auto failed = std::ranges::count_if(
      router.peers, [](const auto& peer) { return peer.state != bgp::State::Established; });

  Json out = Json::object();
  out["routerId"] = router.router_id.to_string();
  out["as"] = router.as;
  out["vrfId"] = 0;
  out["vrfName"] = "default";
  out["tableVersion"] = router.table_version;
  out["ribCount"] = router.rib_entries;
  out["ribMemory"] = router.rib_bytes;
  if (router.memory_limit) out["ribMemoryLimit"] = *router.memory_limit;
  out["peerCount"] = router.peers.size();
  out["peerMemory"] = router.peer_bytes;
  out["peers"] = std::move(peers);
  out["failedPeers"] = failed;
  out["displayedPeers"] = router.peers.size();
  out["totalPeers"] = router.peers.size();
  out["dynamicPeers"] = 0;
  out["bestPath"] = Json{{"multiPathRelax", "false"}};  // a string in FRR, too
  // The outermost object is not indented: FRR writes it by hand around what its library prints.
  return fmt::format("{{\n\"ipv4Unicast\":{}\n}}\n", json_text(out));
}

std::string version_json(std::string_view router, std::string_view version) {
  return json_text(Json{{"name", "chainrouter"}, {"version", version}, {"router", router}}) + '\n';
}

}  // namespace show
