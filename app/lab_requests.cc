// What a lab answers on its control socket: list and wait; what concerns one router is answered by that
// router (router_requests.h).
#include <nlohmann/json.hpp>

#include "app/event_log.h"
#include "app/lab.h"
#include "app/recording_requests.h"
#include "app/router_requests.h"

namespace app {

using nlohmann::ordered_json;

Router* Lab::find(const std::string& name) {
  for (auto& router : routers_)
    if (router->plan().name == name) return router.get();
  return nullptr;
}

void Lab::serve_requests() {
  motion_ = std::make_unique<Motion>(
      io_, Motion::Lab{
               .routers = routers_,
               .has_foreign = !options_.chain.foreign.empty(),
               .at_rest = [this] { return quiescence_->check(speaker::Quiescence::Rest::Stage).has_value(); },
               .clock_changed = [this] { arm_timeout(); }});
  snapshots_ = std::make_unique<Snapshots>(io_, routers_);
  const RouterRequests routers(io_, [this](const std::string& name) { return find(name); });
  requests_ = [this, routers](const ordered_json& document, ControlServer::Reply reply) {
    if (phase_ < Phase::Converging || phase_ == Phase::Stopping) {
      reply({{"error", "the lab is not running yet, or no longer"}});
      return;
    }
    const auto request = parse_request(document);
    if (!request) {
      reply({{"error", request.error()}});
      return;
    }
    std::visit(
        net::overloaded{
            [&](const request::List&) { reply(list()); },
            [&](const request::Wait&) { wait_for_quiet(std::move(reply)); },
            [&](const request::Events& events) {
              reply(events_since(events.after, routers_, own_sessions(plan_), process_start_));
            },
            [&](const request::Outage& outage) { take(outage, std::move(reply)); },
            [&](const request::Motion& order) { motion_->take(order, std::move(reply)); },
            [&](const request::Interval& order) { motion_->take(order, std::move(reply)); },
            [&](const request::Snapshot& asked) { snapshots_->answer(asked, std::move(reply)); },
            [&](const request::Loads& loads) { routers.answer(loads, all_routers(), std::move(reply)); },
            [&](const request::Metrics& metrics) {
              routers.answer(metrics, all_routers(), std::move(reply));
            },
            [&](const request::Convergence&) { reply(convergence()); },
            [&](const request::Record& record) { answer(recordings_, record, all_routers(), reply); },
            [&](const auto& of_a_router) { routers.answer(of_a_router, std::move(reply)); },
        },
        *request);
  };
  control_ = std::make_unique<ControlServer>(io_, control_socket_path(options_.chain.name_prefix), requests_);
}

std::vector<Router*> Lab::all_routers() const {
  std::vector<Router*> all;
  for (const auto& router : routers_) all.push_back(router.get());
  return all;
}

ordered_json Lab::list() const {
  ordered_json rows = ordered_json::array();
  for (const auto& router : routers_) rows.push_back(RouterRequests::row(*router));
  return {{"schema", "chainrouter.list/1"},
          {"pid", getpid()},
          {"paused", motion_->paused()},
          {"speed", motion_->speed()},
          {"routers", rows}};
}

ordered_json Lab::convergence() const {
  ordered_json answer = ordered_json::object();
  if (phase_ == Phase::Converged) answer = ordered_json::parse(report_json(report_));
  answer["keepsEvents"] = options_.chain.events > 0;
  return answer;
}

// Answers when nothing is going on any more, with the instant at which the last work ended. In a lab that
// never comes to rest, those who have given up are forgotten.
void Lab::wait_for_quiet(ControlServer::Reply reply) {
  std::erase_if(waiting_for_quiet_, [](const auto& waiting) { return !waiting.wanted(); });
  waiting_for_quiet_.push_back(std::move(reply));
  check_quiet();
}

void Lab::tell_quiet(const speaker::Quiescence::Quiet& quiet) {
  for (const auto& reply : std::exchange(waiting_for_quiet_, {}))
    reply({{"quietSince", quiet.since},
           {"sessions", quiet.sessions_up},
           {"sessionsWanted", building_.sessions_wanted}});
}

}  // namespace app
