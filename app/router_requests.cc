#include "app/router_requests.h"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/tables.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

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

std::string table(const speaker::Speaker& speaker, const request::ShowTable& asked) {
  using show::TableKind;
  const auto at = Clock::now();
  const auto adj = [&](const std::vector<speaker::AdjRoute>& routes) {
    return asked.json ? show::adj_table_json(asked.table, speaker.config().name, routes)
                      : show::adj_table_text(routes);
  };
  switch (asked.table) {
    case TableKind::AdjIn: return adj(speaker.adj_in(asked.neighbor, at));
    case TableKind::AdjInPost: return adj(speaker.adj_in_post(asked.neighbor, at));
    case TableKind::AdjOut: return adj(speaker.adj_out(asked.neighbor));
    case TableKind::Loc: {
      auto routes = speaker.loc_routes(at);
      if (asked.neighbor)
        std::erase_if(routes, [&](const auto& route) { return route.neighbor != asked.neighbor; });
      return asked.json ? show::loc_table_json(speaker.config().name, routes) : show::loc_table_text(routes);
    }
    case TableKind::Neighbors: break;
  }
  speaker::RouterView view = speaker.view(at);
  if (asked.neighbor)
    std::erase_if(view.peers, [&](const auto& peer) { return peer.address != *asked.neighbor; });
  return asked.json ? show::neighbors_table_json(view) : show::neighbors_table_text(view);
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
      *router,
      [show](speaker::Speaker& speaker) -> ordered_json {
        if (show.neighbor && meant(speaker, show.neighbor).empty()) return no_such_neighbor(show.neighbor);
        return {{"text", table(speaker, show)}};
      },
      std::move(reply));
}

void RouterRequests::answer(const request::Network& network, ControlServer::Reply reply) const {
  Router* router = find(network.router, reply);
  if (router == nullptr) return;
  on_router(
      *router,
      [network](speaker::Speaker& speaker) -> ordered_json {
        const auto at = Clock::now();
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
        const auto at = Clock::now();
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
