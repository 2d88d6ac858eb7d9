#include "app/router_requests.h"

#include <algorithm>
#include <linux/rtnetlink.h>
#include <ranges>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/recording_requests.h"
#include "netns/route_table.h"
#include "show/fib_check.h"
#include "show/tables.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;

namespace {

ordered_json error(std::string sentence) { return {{"error", std::move(sentence)}}; }

// Which neighbours a request means: one, or all. Empty: there is none of that address.
std::vector<std::size_t> meant(const speaker::Speaker& speaker,
                               const std::optional<net::IpAddress>& address) {
  std::vector<std::size_t> neighbors;
  if (address) {
    if (const auto index = speaker.neighbor_at(*address)) neighbors.push_back(*index);
    return neighbors;
  }
  for (std::size_t index = 0; index < speaker.config().neighbors.size(); ++index) neighbors.push_back(index);
  return neighbors;
}

ordered_json no_such_neighbor(const std::optional<net::IpAddress>& address) {
  return error(address ? fmt::format("there is no neighbor {}", address->to_string())
                       : std::string("this router has no neighbors"));
}

// As many prefixes as one turn of a router's thread may be spent on: a few milliseconds where AS paths are a
// thousand long.
constexpr std::size_t kPage = 512;

// A piece of a table: its rows, how many, and "next" where there are more.
ordered_json table(const speaker::Speaker& speaker, const request::ShowTable& asked) {
  using show::TableKind;
  if (asked.neighbor && meant(speaker, asked.neighbor).empty())
    return {
        {"text", ""},
        {"rows", 0},
        {"noSuchNeighbor", fmt::format("{} has no neighbor {}", asked.router, asked.neighbor->to_string())}};
  const auto at = speaker.present();
  show::Piece piece{.format = asked.format,
                    .router = speaker.config().name,
                    .router_width = asked.router_width,
                    .heading = asked.heading,
                    .wide = speaker.ipv6_rib() != nullptr,
                    .first = !asked.after,
                    .last = true,
                    .rows_before = asked.rows_before};
  if (asked.table == TableKind::Neighbors) {
    speaker::RouterView view = speaker.view(at);
    if (asked.neighbor)
      std::erase_if(view.peers, [&](const auto& peer) { return peer.address != *asked.neighbor; });
    return {{"text", show::neighbors_table(piece, view)}, {"rows", view.peers.size()}};
  }
  const auto page = speaker.prefixes(asked.after, kPage);
  piece.last = page.size() < kPage;
  ordered_json reply;
  const auto adj = [&](const std::vector<speaker::AdjRoute>& routes) {
    reply = {{"text", show::adj_table(asked.table, piece, routes)}, {"rows", routes.size()}};
  };
  switch (asked.table) {
    case TableKind::AdjIn: adj(speaker.adj_in(asked.neighbor, at, page)); break;
    case TableKind::AdjInPost: adj(speaker.adj_in_post(asked.neighbor, at, page)); break;
    case TableKind::AdjOut: adj(speaker.adj_out(asked.neighbor, page)); break;
    default: {
      auto routes = speaker.loc_routes(at, page);
      if (asked.neighbor)
        std::erase_if(routes, [&](const auto& route) { return route.neighbor != asked.neighbor; });
      reply = {{"text", show::loc_table(piece, routes)}, {"rows", routes.size()}};
    }
  }
  if (!piece.last) reply["next"] = net::to_string(page.back());
  return reply;
}

// In the router's namespace, on its thread: between two of its turns nothing that BGP says is on its way.
ordered_json fib_check(const speaker::Speaker& speaker) {
  constexpr std::size_t kMostNamed = 1000;
  netns::RouteTable kernel;
  std::vector<show::KernelRoute> table;
  for (const auto& routes : {kernel.dump(), kernel.dump_ipv6()})
    for (const auto& route : routes)
      table.push_back({route.prefix, route.next_hop, route.interface, route.protocol, route.metric});
  const auto check = show::check_fib({RTPROT_BGP, netns::kRouteMetric, netns::kIpv6RouteMetric},
                                     speaker.loc_routes(speaker.present()), table);
  ordered_json named = ordered_json::array();
  for (const auto& difference : check.differences | std::views::take(kMostNamed))
    named.push_back({{"kind", show::to_string(difference.kind)},
                     {"prefix", net::to_string(difference.prefix)},
                     {"sentence", difference.sentence}});
  return {{"router", speaker.config().name},
          {"routes", check.routes},
          {"differences", check.differences.size()},
          {"named", named}};
}

}  // namespace

Router* RouterRequests::find(const std::string& name, const ControlServer::Reply& reply) const {
  Router* found = find_(name);
  if (found == nullptr) reply(error(fmt::format("there is no router {} here", name)));
  return found;
}

void RouterRequests::on_router(Router& router, std::function<ordered_json(speaker::Speaker&)> work,
                               ControlServer::Reply reply) const {
  router.post([this, work = std::move(work), reply = std::move(reply)](speaker::Speaker& speaker) {
    asio::post(control_, [reply, result = work(speaker)] { reply(result); });
  });
}

void RouterRequests::answer(const request::Show& show, ControlServer::Reply reply) const {
  Router* router = find(show.router, reply);
  if (router == nullptr) return;
  router->show(show.command, [this, reply = std::move(reply)](vty::Answer answer) {
    asio::post(control_, [reply, answer = std::move(answer)] {
      reply({{"text", answer.text}, {"understood", answer.understood}});
    });
  });
}

void RouterRequests::answer(const request::ShowTable& show, ControlServer::Reply reply) const {
  Router* router = find(show.router, reply);
  if (router == nullptr) return;
  on_router(
      *router, [show](speaker::Speaker& speaker) { return table(speaker, show); }, std::move(reply));
}

void RouterRequests::answer(const request::CheckFib& check, ControlServer::Reply reply) const {
  Router* router = find(check.router, reply);
  if (router == nullptr) return;
  on_router(
      *router, [](speaker::Speaker& speaker) { return fib_check(speaker); }, std::move(reply));
}

void RouterRequests::answer(const request::Sessions& sessions, ControlServer::Reply reply) const {
  Router* router = find(sessions.router, reply);
  if (router == nullptr) return;
  on_router(
      *router, [](speaker::Speaker& speaker) { return sessions_up(speaker); }, std::move(reply));
}

void RouterRequests::answer(const request::RibDump& dump, ControlServer::Reply reply) const {
  Router* router = find(dump.router, reply);
  if (router == nullptr) return;
  on_router(
      *router, [dump](speaker::Speaker& speaker) { return rib_dump(speaker, dump); }, std::move(reply));
}

void RouterRequests::await(Router& router, std::function<bool(const speaker::Speaker&)> holds,
                           ControlServer::Reply reply) const {
  const auto met = [&control = control_, reply] {
    asio::post(control, [reply] { reply(ordered_json::object()); });
  };
  router.post([holds = std::move(holds), met, reply](speaker::Speaker& speaker) {
    speaker.expect({.holds = holds, .met = met, .wanted = [reply] { return reply.wanted(); }});
  });
}

void RouterRequests::answer(const request::AwaitRoute& awaited, ControlServer::Reply reply) const {
  Router* router = find(awaited.router, reply);
  if (router == nullptr) return;
  await(
      *router,
      [awaited](const speaker::Speaker& speaker) {
        return speaker.has_route(awaited.prefix) == awaited.present;
      },
      std::move(reply));
}

void RouterRequests::answer(const request::AwaitSession& awaited, ControlServer::Reply reply) const {
  Router* router = find(awaited.router, reply);
  if (router == nullptr) return;
  const auto& neighbors = router->plan().speaker.neighbors;
  const auto found = std::ranges::find(neighbors, awaited.neighbor,
                                       [](const auto& neighbor) { return neighbor.peer.address; });
  if (found == neighbors.end())
    return reply(error(fmt::format("{} has no neighbor {}", awaited.router, awaited.neighbor.to_string())));
  const auto index = static_cast<std::size_t>(found - neighbors.begin());
  await(
      *router,
      [index, up = awaited.up](const speaker::Speaker& speaker) {
        return speaker.is_established(index) == up;
      },
      std::move(reply));
}

void RouterRequests::answer(const request::Network& network, ControlServer::Reply reply) const {
  Router* router = find(network.router, reply);
  if (router == nullptr) return;
  on_router(
      *router,
      [network](speaker::Speaker& speaker) -> ordered_json {
        const auto at = speaker.present();
        if (network.announce)
          speaker.announce(network.prefix, at);
        else
          speaker.withdraw(network.prefix, at);
        return {{"at", at.time_since_epoch().count()}};
      },
      std::move(reply));
}

void RouterRequests::answer(const request::Neighbor& action, ControlServer::Reply reply) const {
  Router* router = find(action.router, reply);
  if (router == nullptr) return;
  on_router(
      *router,
      [action](speaker::Speaker& speaker) -> ordered_json {
        using Verb = request::Neighbor::Verb;
        const auto neighbors = meant(speaker, action.neighbor);
        if (neighbors.empty()) return no_such_neighbor(action.neighbor);
        const auto at = speaker.present();
        for (const std::size_t neighbor : neighbors) {
          switch (action.verb) {
            case Verb::Refresh: speaker.request_refresh(neighbor, at); break;
            case Verb::Clear: speaker.clear(neighbor, at); break;
            case Verb::Shutdown: speaker.shut_down(neighbor, action.text, at); break;
            case Verb::Enable: speaker.enable(neighbor, at); break;
          }
        }
        return {{"neighbors", neighbors.size()}};
      },
      std::move(reply));
}

ordered_json RouterRequests::row(const Router& router) {
  const auto& activity = router.activity();
  const auto& config = router.plan().speaker;
  return {{"name", router.plan().name},
          {"as", config.as},
          {"routerId", config.router_id.to_string()},
          {"sessions", activity.sessions.load(std::memory_order_relaxed)},
          {"sessionsConfigured", config.neighbors.size()},
          {"routes", activity.routes.load(std::memory_order_relaxed)},
          {"routesFailed", activity.failed.load(std::memory_order_relaxed)}};
}

}  // namespace app
