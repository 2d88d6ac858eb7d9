// What a lab answers on its control socket: list, show, announce, withdraw, wait.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/lab.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

std::string text_of(const ordered_json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ordered_json error(std::string sentence) { return {{"error", std::move(sentence)}}; }

}  // namespace

Router* Lab::find(const std::string& name) {
  for (auto& router : routers_)
    if (router->plan().name == name) return router.get();
  return nullptr;
}

void Lab::serve_requests() {
  control_ = std::make_unique<ControlServer>(
      io_, control_socket_path(options_.chain.name_prefix),
      [this](const ordered_json& request, ControlServer::Reply reply) {
        const std::string op = text_of(request, "op");
        if (phase_ < Phase::Converging || phase_ == Phase::Stopping) {
          reply(error("the lab is not running yet, or no longer"));
          return;
        }
        if (op == "list") {
          reply(list());
        } else if (op == "show") {
          show(text_of(request, "router"), text_of(request, "command"), std::move(reply));
        } else if (op == "announce" || op == "withdraw") {
          change_network(text_of(request, "router"), text_of(request, "prefix"), op == "announce",
                         std::move(reply));
        } else if (op == "wait") {
          wait_for_quiet(std::move(reply));
        } else {
          reply(error(fmt::format("there is no request \"{}\"", op)));
        }
      });
}

ordered_json Lab::list() const {
  ordered_json rows = ordered_json::array();
  for (const auto& router : routers_) {
    const auto& activity = router->activity();
    rows.push_back({{"name", router->plan().name},
                    {"as", router->plan().speaker.as},
                    {"routerId", router->plan().speaker.router_id.to_string()},
                    {"sessions", activity.sessions.load(std::memory_order_relaxed)},
                    {"sessionsConfigured", router->plan().speaker.neighbors.size()},
                    {"routes", activity.routes.load(std::memory_order_relaxed)},
                    {"routesFailed", activity.failed.load(std::memory_order_relaxed)}});
  }
  return {{"schema", "chainrouter.list/1"}, {"pid", getpid()}, {"routers", rows}};
}

void Lab::show(const std::string& router, const std::string& command, ControlServer::Reply reply) {
  Router* found = find(router);
  if (found == nullptr) {
    reply(error(fmt::format("there is no router {} in this lab", router)));
    return;
  }
  found->show(command, [this, reply = std::move(reply)](vty::Answer answer) {
    asio::post(io_, [reply, answer = std::move(answer)] {
      reply({{"text", answer.text}, {"understood", answer.understood}});
    });
  });
}

void Lab::change_network(const std::string& router, const std::string& text, bool announce,
                         ControlServer::Reply reply) {
  Router* found = find(router);
  const auto prefix = net::Ipv4Prefix::parse(text);
  if (found == nullptr || !prefix) {
    reply(error(found == nullptr ? fmt::format("there is no router {} in this lab", router)
                                 : fmt::format("\"{}\" is not a prefix like 203.0.113.0/24", text)));
    return;
  }
  found->post([this, announce, prefix = *prefix, reply = std::move(reply)](speaker::Speaker& speaker) {
    const auto at = Clock::now();
    if (announce)
      speaker.announce(prefix, at);
    else
      speaker.withdraw(prefix, at);
    asio::post(io_, [reply, at] { reply({{"at", at.time_since_epoch().count()}}); });
  });
}

// Answers when nothing is going on any more, with the instant at which the last work ended.
void Lab::wait_for_quiet(ControlServer::Reply reply) {
  waiting_for_quiet_.push_back([reply = std::move(reply)](const speaker::Quiescence::Quiet& quiet) {
    reply({{"quietSince", quiet.since}, {"sessions", quiet.sessions_up}});
  });
  check_quiet();
}

}  // namespace app
