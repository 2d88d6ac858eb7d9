#include "vty/answer.h"

#include <algorithm>

#include <fmt/format.h>

#include "show/json.h"
#include "show/neighbor_routes.h"
#include "show/running_config.h"
#include "show/text.h"

namespace vty {

namespace {

std::string route_answer(const Views& views, const std::optional<speaker::RouteView>& route, bool json) {
  const speaker::RouteView* found = route ? &*route : nullptr;
  return json ? show::route_json(views.router(), found, views.clock())
              : show::route_text(views.router(), found, views.clock());
}

std::string neighbors_answer(const command::ShowNeighbors& command, const Views& views) {
  const auto router = views.router();
  if (command.address)
    return command.json ? show::neighbor_json(router, *command.address, views.clock())
                        : show::neighbor_text(router, *command.address);
  return command.json ? show::neighbors_json(router, views.clock()) : show::neighbors_text(router);
}

std::string neighbor_routes_answer(const command::ShowNeighborRoutes& command, const Views& views) {
  using enum command::ShowNeighborRoutes::Which;
  const auto router = views.router();
  const auto peer = std::ranges::find(router.peers, command.neighbor, &speaker::PeerView::address);
  if (peer == router.peers.end())
    return fmt::format(fmt::runtime(command.json ? "{{\n  \"warning\":\"{}\"\n}}\n" : "{}\n"),
                       show::kNoSuchNeighbor);
  if (command.which == Accepted)
    return command.json ? show::accepted_routes_json(router, *peer, views.routes())
                        : show::accepted_routes_text(router, *peer, views.routes());
  const bool out = command.which == Advertised;
  const auto direction = out ? show::AdjDirection::Advertised : show::AdjDirection::Received;
  const auto routes = out ? views.adj_out(command.neighbor) : views.adj_in(command.neighbor);
  return command.json ? show::adj_routes_json(direction, router, *peer, routes)
                      : show::adj_routes_text(direction, router, *peer, routes);
}

std::string ip_routes_answer(const command::ShowIpRoutes& command, const Views& views) {
  auto routes = views.ip_routes(command.ipv6);
  if (command.source)
    std::erase_if(routes, [&](const show::IpRoute& route) { return route.source != *command.source; });
  show::sort(routes);
  return command.json ? show::ip_routes_json(routes) : show::ip_routes_text(routes);
}

std::string ip_route_answer(const command::ShowIpRoute& command, const Views& views) {
  std::vector<show::IpRoute> routes;
  std::optional<net::IpPrefix> wanted;
  if (const auto* prefix = std::get_if<net::IpPrefix>(&command.where)) {
    routes = views.ip_routes(!net::is_ipv4(*prefix));
    wanted = *prefix;
  } else {
    const auto& address = std::get<net::IpAddress>(command.where);
    routes = views.ip_routes(address.is_ipv6());
    for (const auto& route : routes)
      if (net::contains(route.prefix, address) &&
          (!wanted || net::length_of(route.prefix) > net::length_of(*wanted)))
        wanted = route.prefix;
  }
  std::erase_if(routes, [&](const show::IpRoute& route) { return route.prefix != wanted; });
  show::sort(routes);
  return command.json ? show::ip_routes_json(routes) : show::ip_route_text(routes);
}

}  // namespace

std::string answer(const ShowCommand& command, const Views& views, std::string_view version) {
  return std::visit(
      net::overloaded{
          [&](const command::ShowSummary& c) {
            return c.json ? show::summary_json(views.router(), views.clock())
                          : show::summary_text(views.router());
          },
          [&](const command::ShowRoutes& c) {
            return c.json ? show::routes_json(views.router(), views.routes())
                          : show::routes_text(views.router(), views.routes());
          },
          [&](const command::ShowRoute& c) { return route_answer(views, views.route(c.prefix), c.json); },
          [&](const command::ShowLongestMatch& c) {
            return route_answer(views, views.longest_match(c.address), c.json);
          },
          [&](const command::ShowNeighbors& c) { return neighbors_answer(c, views); },
          [&](const command::ShowNeighborRoutes& c) { return neighbor_routes_answer(c, views); },
          [&](const command::ShowIpRoutes& c) { return ip_routes_answer(c, views); },
          [&](const command::ShowIpRoute& c) { return ip_route_answer(c, views); },
          [&](const command::ShowRunningConfig&) { return show::running_config(views.config(), version); },
          [&](const command::ShowVersion& c) {
            const std::string name = views.router().name;
            return c.json ? show::version_json(name, version) : show::version_text(name, version);
          },
      },
      command);
}

}  // namespace vty
