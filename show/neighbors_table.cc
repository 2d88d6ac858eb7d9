// The table of neighbours in our own words (show/tables.h).
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/attributes_json.h"
#include "show/csv.h"
#include "show/json_layout.h"
#include "show/tables.h"
#include "show/words.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

Json counters(const speaker::MessageCounters& messages) {
  return {{"open", messages.opens},
          {"update", messages.updates},
          {"notification", messages.notifications},
          {"keepalive", messages.keepalives},
          {"routeRefresh", messages.route_refreshes}};
}

// Of both families together.
std::size_t count(const speaker::PeerView& peer, std::size_t speaker::FamilyView::*what) {
  return (peer.ipv4 ? *peer.ipv4.*what : 0) + (peer.ipv6 ? *peer.ipv6.*what : 0);
}

Json neighbor(const speaker::PeerView& peer) {
  Json out{{"address", peer.address.to_string()}, {"localAddress", peer.local_address.to_string()}};
  if (!peer.description.empty()) out["description"] = peer.description;
  out["localAs"] = peer.local_as;
  out["remoteAs"] = peer.remote_as;
  out["internal"] = peer.internal;
  out["state"] = bgp::to_string(peer.state);
  out["adminDown"] = peer.admin_down;
  if (peer.up_for) out["uptimeMs"] = peer.up_for->count();
  if (!peer.remote_id.is_unspecified()) out["remoteId"] = peer.remote_id.to_string();
  if (!peer.hostname.empty()) out["hostname"] = peer.hostname;
  if (peer.local_port) out["localPort"] = *peer.local_port;
  if (peer.remote_port) out["remotePort"] = *peer.remote_port;
  out["holdTime"] = peer.hold_time.count();
  out["keepalive"] = peer.keepalive.count();
  out["families"] = Json::array();
  const std::pair<const char*, const std::optional<speaker::FamilyView>&> families[] = {
      {kIpv4Word, peer.ipv4}, {kIpv6Word, peer.ipv6}};
  for (const auto& [word, family] : families)
    if (family) out["families"].push_back(word);
  if (peer.open_sent) out["openSent"] = open_json(*peer.open_sent);
  if (peer.open_received) out["openReceived"] = open_json(*peer.open_received);
  out["messagesSent"] = counters(peer.sent);
  out["messagesReceived"] = counters(peer.received);
  out["prefixesReceived"] = count(peer, &speaker::FamilyView::received);
  out["prefixesAccepted"] = count(peer, &speaker::FamilyView::accepted);
  out["prefixesSent"] = count(peer, &speaker::FamilyView::sent);
  out["endOfRibSent"] = Json::object();
  out["endOfRibReceived"] = Json::object();
  for (const auto& [word, family] : families) {
    if (!family) continue;
    out["endOfRibSent"][word] = family->end_of_rib_sent;
    out["endOfRibReceived"][word] = family->end_of_rib_received;
  }
  out["connectionsEstablished"] = peer.connections_established;
  out["connectionsDropped"] = peer.connections_dropped;
  if (!peer.last_reset.empty()) out["lastReset"] = peer.last_reset;
  if (peer.error_sent) out["lastErrorSent"] = notification_json(*peer.error_sent);
  if (peer.error_received) out["lastErrorReceived"] = notification_json(*peer.error_received);
  out["updateFaults"] = peer.update_faults;
  if (!peer.last_update_fault.empty()) out["lastUpdateFault"] = peer.last_update_fault;
  return out;
}

std::string json_table(const speaker::RouterView& router) {
  Json document{{"schema", "chainrouter.neighbors/1"},
                {"router", router.name},
                {"as", router.as},
                {"routerId", router.router_id.to_string()},
                {"neighbors", Json::array()}};
  for (const auto& peer : router.peers) document["neighbors"].push_back(neighbor(peer));
  return json_text(document) + "\n";
}

std::string csv_table(const Piece& piece, const speaker::RouterView& router) {
  static const std::vector<std::string> kNames{"router",
                                               "local_as",
                                               "neighbor",
                                               "remote_as",
                                               "state",
                                               "admin_down",
                                               "up_ms",
                                               "messages_received",
                                               "messages_sent",
                                               "updates_received",
                                               "updates_sent",
                                               "prefixes_received",
                                               "prefixes_accepted",
                                               "prefixes_sent",
                                               "connections_dropped",
                                               "last_reset"};
  std::string text = piece.heading ? csv_line(kNames) : std::string();
  for (const auto& peer : router.peers)
    text += csv_line(std::vector<std::string>{
        router.name, std::to_string(peer.local_as), peer.address.to_string(), std::to_string(peer.remote_as),
        std::string(bgp::to_string(peer.state)), peer.admin_down ? "true" : "false",
        peer.up_for ? std::to_string(peer.up_for->count()) : "", std::to_string(peer.received.total()),
        std::to_string(peer.sent.total()), std::to_string(peer.received.updates),
        std::to_string(peer.sent.updates), std::to_string(count(peer, &speaker::FamilyView::received)),
        std::to_string(count(peer, &speaker::FamilyView::accepted)),
        std::to_string(count(peer, &speaker::FamilyView::sent)), std::to_string(peer.connections_dropped),
        peer.last_reset});
  return text;
}

}  // namespace

std::string neighbors_table(const Piece& piece, const speaker::RouterView& router) {
  if (piece.format == TableFormat::Json) return json_table(router);
  if (piece.format == TableFormat::Csv) return csv_table(piece, router);
  std::string text;
  const auto add = [&](std::string_view name, std::string_view address, std::string_view as,
                       std::string_view state, std::string_view up, std::string_view accepted,
                       std::string_view sent, std::string_view last_reset) {
    if (piece.router_width > 0) text += fmt::format("{:<{}} ", name, piece.router_width);
    text += fmt::format("{:<{}} {:>10} {:<11} {:>8} {:>6} {:>6}  {}", address, piece.wide ? 24 : 15, as,
                        state, up, accepted, sent, last_reset);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  if (piece.heading) add("Router", "Neighbor", "AS", "State", "Up", "PfxIn", "PfxOut", "Reset");
  for (const auto& peer : router.peers)
    add(piece.router, peer.address.to_string(), std::to_string(peer.remote_as), state_word(peer),
        uptime(in_state_for(peer)), std::to_string(count(peer, &speaker::FamilyView::accepted)),
        std::to_string(count(peer, &speaker::FamilyView::sent)), peer.last_reset);
  return text;
}

}  // namespace show
