#include "show/neighbor_routes.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/json.h"
#include "show/json_layout.h"
#include "show/routes_layout.h"
#include "show/text.h"
#include "show/words.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

bgp::AsPath without_first(const bgp::AsPath& path) {
  bgp::AsPath rest;
  bool first = true;
  path.for_each_segment([&](const bgp::AsPath::Segment& segment) {
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = first ? 1 : 0; i < segment.size(); ++i) numbers.push_back(segment[i]);
    first = false;
    if (!numbers.empty()) rest.append_segment(segment.type, numbers);
  });
  return rest;
}

// What was sent, as FRR shows it: without our own AS number in front, and with 0.0.0.0 where the next hop is
// ourselves.
speaker::PathView as_shown(AdjDirection direction, const speaker::PeerView& peer,
                           const speaker::AdjRoute& route) {
  speaker::PathView path;
  path.attributes = route.attributes;
  path.best = true;
  if (direction == AdjDirection::Received) return path;
  if (!peer.internal && path.attributes.as_path.first_as() == peer.local_as)
    path.attributes.as_path = without_first(path.attributes.as_path);
  path.local = path.attributes.as_path.empty();
  if (path.attributes.next_hop == peer.local_address) path.attributes.next_hop = net::Ipv4Address{};
  return path;
}

// Calls `visit(prefix, path)` for those of IPv4.
template <class Visit>
std::size_t for_each_shown(AdjDirection direction, const speaker::PeerView& peer,
                           const std::vector<speaker::AdjRoute>& routes, const Visit& visit) {
  std::size_t count = 0;
  for (const auto& route : routes) {
    const auto* prefix = std::get_if<net::Ipv4Prefix>(&route.prefix);
    if (prefix == nullptr) continue;
    visit(*prefix, as_shown(direction, peer, route));
    ++count;
  }
  return count;
}

Json row(net::Ipv4Prefix prefix, const speaker::PathView& path) {
  Json out{{"addrPrefix", prefix.address().to_string()},
           {"prefixLen", prefix.length()},
           {"network", prefix.to_string()},
           {"nextHop", next_hop(path)}};
  if (const auto value = metric(path)) out["metric"] = *value;
  if (path.attributes.local_pref) out["locPrf"] = *path.attributes.local_pref;
  out["weight"] = weight(path);
  out["path"] = path.attributes.as_path.to_string();
  out["bgpOriginCode"] = std::string(1, origin_code(path.attributes.origin));
  out["appliedStatusSymbols"] = Json{{"*", true}, {">", true}};
  return out;
}

void keep_paths_of(const speaker::PeerView& peer, std::vector<speaker::RouteView>& routes) {
  for (auto& route : routes)
    std::erase_if(route.paths, [&](const speaker::PathView& path) {
      return path.local || path.peer_address != peer.address;
    });
  std::erase_if(routes, [](const speaker::RouteView& route) { return route.paths.empty(); });
}

}  // namespace

std::string adj_routes_text(AdjDirection direction, const speaker::RouterView& router,
                            const speaker::PeerView& peer, const std::vector<speaker::AdjRoute>& routes) {
  std::string rows;
  const auto count =
      for_each_shown(direction, peer, routes, [&](net::Ipv4Prefix prefix, const speaker::PathView& path) {
        speaker::RouteView route;
        route.prefix = prefix;
        append_route_row(rows, route, path, true);
      });
  if (count == 0) return {};
  return fmt::format("{}{}\nTotal number of prefixes {}\n", routes_heading(router), rows, count);
}

std::string adj_routes_json(AdjDirection direction, const speaker::RouterView& router,
                            const speaker::PeerView& peer, const std::vector<speaker::AdjRoute>& routes) {
  Json rows = Json::object();
  const auto count =
      for_each_shown(direction, peer, routes, [&](net::Ipv4Prefix prefix, const speaker::PathView& path) {
        rows[prefix.to_string()] = row(prefix, path);
      });
  Json out{{"bgpTableVersion", router.table_version},
           {"bgpLocalRouterId", router.router_id.to_string()},
           {"defaultLocPrf", rib::kDefaultLocalPref},
           {"localAS", router.as},
           {"bgpStatusCodes",
            {{"suppressed", "s"},
             {"damped", "d"},
             {"history", "h"},
             {"valid", "*"},
             {"best", ">"},
             {"multipath", "="},
             {"internal", "i"},
             {"ribFailure", "r"},
             {"stale", "S"},
             {"removed", "R"}}},
           {"bgpOriginCodes", {{"igp", "i"}, {"egp", "e"}, {"incomplete", "?"}}}};
  out[direction == AdjDirection::Advertised ? "advertisedRoutes" : "receivedRoutes"] = std::move(rows);
  out["totalPrefixCounter"] = count;
  out["filteredPrefixCounter"] = 0;
  return json_text(out) + '\n';
}

std::string accepted_routes_text(const speaker::RouterView& router, const speaker::PeerView& peer,
                                 std::vector<speaker::RouteView> routes) {
  const std::size_t paths = path_count(routes);  // FRR counts those of all neighbours
  keep_paths_of(peer, routes);
  if (routes.empty()) return routes_text(router, routes);
  std::string out = routes_heading(router);
  for (const auto& route : routes)
    for (const auto& path : route.paths) append_route_row(out, route, path, &path == &route.paths.front());
  fmt::format_to(std::back_inserter(out), "\nDisplayed  {} routes and {} total paths\n", routes.size(),
                 paths);
  return out;
}

std::string accepted_routes_json(const speaker::RouterView& router, const speaker::PeerView& peer,
                                 std::vector<speaker::RouteView> routes) {
  keep_paths_of(peer, routes);
  return routes_json(router, routes);
}

}  // namespace show
