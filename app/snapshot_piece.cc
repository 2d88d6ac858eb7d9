// What one router holds, as JSON rows (docs/schema/snapshot.json): short ones, for a lab of a thousand
// routers has millions. An AS path is its length and a mark of all attributes: equal marks, equal attributes.
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/snapshots.h"
#include "bgp/codec.h"
#include "netns/route_table.h"
#include "show/words.h"

namespace app {

using nlohmann::ordered_json;

namespace {

// AS paths of a long chain are kilobytes: so few routes at a time are taken out of the tables.
constexpr std::size_t kPage = 32;

std::string mark_of(const bgp::PathAttributes& attributes, std::vector<std::uint8_t>& scratch) {
  scratch.clear();
  bgp::encode_attributes(attributes, bgp::Agreed{.four_octet_as = true}, true, scratch);
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const std::uint8_t octet : scratch) hash = (hash ^ octet) * 1099511628211u;
  return fmt::format("{:016x}", hash);
}

ordered_json addresses(const speaker::Speaker& speaker) {
  ordered_json rows = ordered_json::array();
  for (const auto& [subnet, age] : speaker.connected_views(speaker.present()))
    rows.push_back(
        {net::to_string(subnet.prefix), subnet.local.to_string(), subnet.interface, subnet.usable});
  return rows;
}

ordered_json sessions(const speaker::Speaker& speaker) {
  ordered_json rows = ordered_json::array();
  for (const auto& peer : speaker.view(speaker.present()).peers)
    rows.push_back({peer.address.to_string(), peer.remote_as, bgp::to_string(peer.state), peer.admin_down});
  return rows;
}

ordered_json kernel_routes() {
  ordered_json rows = ordered_json::array();
  netns::RouteTable kernel;
  for (const auto& routes : {kernel.dump(), kernel.dump_ipv6()})
    for (const auto& route : routes)
      rows.push_back({net::to_string(route.prefix), route.next_hop.to_string(), route.interface,
                      route.protocol, route.metric, route.type, route.link_down});
  return rows;
}

}  // namespace

std::string snapshot_piece(const speaker::Speaker& speaker) {
  ordered_json adj_in = ordered_json::array(), loc = adj_in, adj_out = adj_in;
  std::vector<std::uint8_t> scratch;
  const auto now = speaker.present();
  const auto attributes_of = [&](ordered_json& row, const bgp::PathAttributes& attributes) {
    row.push_back(attributes.next_hop.to_string());
    row.push_back(attributes.as_path.length());
    row.push_back(mark_of(attributes, scratch));
  };
  for (auto page = speaker.prefixes({}, kPage); !page.empty(); page = speaker.prefixes(page.back(), kPage)) {
    for (const auto& route : speaker.adj_in({}, now, page)) {
      ordered_json row{route.neighbor.to_string(), net::to_string(route.prefix)};
      attributes_of(row, route.attributes);
      adj_in.push_back(std::move(row));
    }
    for (const auto& route : speaker.loc_routes(now, page)) {
      ordered_json row{route.neighbor ? route.neighbor->to_string() : "", net::to_string(route.prefix)};
      attributes_of(row, route.attributes);
      loc.push_back(std::move(row));
    }
    for (const auto& route : speaker.adj_out({}, page)) {
      ordered_json row{route.neighbor.to_string(), net::to_string(route.prefix)};
      attributes_of(row, route.attributes);
      adj_out.push_back(std::move(row));
    }
  }
  const auto& config = speaker.config();
  return ordered_json{{"name", config.name},
                      {"as", config.as},
                      {"routerId", config.router_id.to_string()},
                      {"addresses", addresses(speaker)},
                      {"sessions", sessions(speaker)},
                      {"adjIn", std::move(adj_in)},
                      {"loc", std::move(loc)},
                      {"adjOut", std::move(adj_out)},
                      {"kernel", kernel_routes()}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace app
