#include "app/recording_requests.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/hex_octets.h"
#include "capture/mrt_writer.h"
#include "speaker/speaker.h"

namespace app {

using nlohmann::ordered_json;

namespace {

// As many prefixes as one turn of a router's thread may be spent on.
constexpr std::size_t kPage = 512;

ordered_json json_of(const Recordings::Piece& piece) {
  ordered_json dropped = ordered_json::object();
  for (const auto& [router, count] : piece.dropped) dropped[router] = count;
  return {{"records", to_hex(piece.records)},
          {"upTo", piece.up_to.time_since_epoch().count()},
          {"more", piece.more},
          {"dropped", std::move(dropped)}};
}

ordered_json no_such_recording(Recordings::Id id) {
  return {{"error", fmt::format("there is no recording {}: it has ended", id)}};
}

// Who the paths of a dump are from: the router itself first, for what it originates; then its neighbours.
capture::PeerIndex index_of(const speaker::Speaker& speaker, bgp::Instant now) {
  const speaker::RouterView view = speaker.view(now);
  capture::PeerIndex index{view.router_id, view.name, {{view.router_id, {}, view.as}}};
  for (const speaker::PeerView& peer : view.peers)
    index.peers.push_back({peer.remote_id, peer.address, peer.remote_as});
  return index;
}

}  // namespace

void answer(Recordings& recordings, const request::Record& asked, const std::vector<Router*>& routers,
            const ControlServer::Reply& reply) {
  if (asked.recording == 0) {
    std::vector<Router*> chosen;
    const std::set<std::string> names(asked.routers.begin(), asked.routers.end());
    for (Router* router : routers)
      if (names.empty() || names.contains(router->plan().name)) chosen.push_back(router);
    if (!names.empty() && chosen.size() != names.size())
      return reply({{"error", "not all of these routers are here"}});
    const auto id = recordings.begin(std::move(chosen), {asked.sent, asked.loc_rib}, true);
    if (id == 0) return reply({{"error", "four recordings are going on; end one of them"}});
    return reply({{"recording", id}});
  }
  const auto id = asked.recording;
  const bool found =
      recordings.collect(id, [&recordings, id, end = asked.end, reply](const Recordings::Piece& piece) {
        if (end && !piece.more) recordings.end(id);
        reply(json_of(piece));
      });
  if (!found) reply(no_such_recording(id));
}

ordered_json sessions_up(const speaker::Speaker& speaker) {
  const auto hex_of = [](const std::optional<bgp::Open>& open) {
    std::vector<std::uint8_t> octets;
    if (open) bgp::encode(*open, {}, octets);
    return to_hex(octets);
  };
  ordered_json sessions = ordered_json::array();
  const speaker::RouterView view = speaker.view(speaker.present());
  for (const speaker::PeerView& peer : view.peers) {
    if (peer.state != bgp::State::Established) continue;
    sessions.push_back(
        {{"neighbor", peer.address.to_string()},
         {"local", peer.local_address.to_string()},
         {"as", peer.remote_as},
         {"identifier", peer.remote_id.to_string()},
         {"localPort", peer.local_port.value_or(0)},
         {"neighborPort", peer.remote_port.value_or(0)},
         {"upForMs", peer.up_for.value_or(std::chrono::milliseconds(0)).count()},
         {"prefixesReceived", (peer.ipv4 ? peer.ipv4->received : 0) + (peer.ipv6 ? peer.ipv6->received : 0)},
         {"openSent", hex_of(peer.open_sent)},
         {"openReceived", hex_of(peer.open_received)}});
  }
  return {{"at", std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())
                     .time_since_epoch()
                     .count()},
          {"as", speaker.config().as},
          {"identifier", view.router_id.to_string()},
          {"ipv6", speaker.ipv6_rib() != nullptr},
          {"routes", speaker.loc_rib_routes()},
          {"sessions", std::move(sessions)}};
}

ordered_json rib_dump(const speaker::Speaker& speaker, const request::RibDump& asked) {
  const auto now = speaker.present();
  const auto wall = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  std::vector<std::uint8_t> records;
  const capture::PeerIndex index = index_of(speaker, now);
  if (!asked.after) capture::write_mrt_peer_index(wall, index, records);
  const auto prefixes = speaker.prefixes(asked.after, kPage);
  std::map<net::IpPrefix, std::vector<capture::RecordedPath>> paths;
  for (auto& route : speaker.loc_routes(now, prefixes))
    if (asked.loc_rib ? speaker.has_route(route.prefix) : !route.neighbor)
      paths[route.prefix].push_back({0, wall - route.age, std::move(route.attributes)});
  for (auto& route : speaker.adj_in({}, now, prefixes)) {
    const auto& neighbors = speaker.config().neighbors;
    const auto found = std::ranges::find(neighbors, route.neighbor,
                                         [](const auto& neighbor) { return neighbor.peer.address; });
    const auto number = static_cast<std::uint16_t>(found - neighbors.begin() + 1);
    paths[route.prefix].push_back(
        {number, wall - route.age.value_or(std::chrono::milliseconds(0)), std::move(route.attributes)});
  }
  std::uint32_t sequence = asked.sequence;
  std::size_t count = 0;
  for (const net::IpPrefix& prefix : prefixes) {
    const auto found = paths.find(prefix);
    if (found == paths.end()) continue;
    capture::write_mrt_rib(wall, sequence++, prefix, found->second, records);
    count += found->second.size();
  }
  ordered_json reply{{"records", to_hex(records)}, {"sequence", sequence}, {"paths", count}};
  if (prefixes.size() == kPage) reply["next"] = net::to_string(prefixes.back());
  return reply;
}

}  // namespace app
