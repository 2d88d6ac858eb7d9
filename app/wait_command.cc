// chainrouter wait: the lab, or the router, answers when what is awaited holds. Nothing is asked twice.
#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"

namespace app {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

class Patience {
 public:
  explicit Patience(std::optional<std::chrono::milliseconds> timeout) : timeout_(timeout) {}

  // Nothing: the time is over.
  std::optional<ordered_json> ask(const LabRecord& lab, const Request& request) const {
    if (!timeout_) return app::ask(lab, request);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(began_ + *timeout_ - Clock::now());
    return ask_lab(control_socket_path(lab), to_json(request), left);
  }

  int over(const std::string& what) const {
    complain(fmt::format("{} within {:g} s", what, std::chrono::duration<double>(*timeout_).count()));
    return kTimeout;
  }

 private:
  std::optional<std::chrono::milliseconds> timeout_;
  Clock::time_point began_ = Clock::now();
};

int wait_for_quiet(const WaitCommand& command) {
  const Patience patience(command.timeout);
  const bool whole = command.what == WaitCommand::What::Converged;
  bool any = false;
  int status = kOk;
  for (const auto& record : all_records()) {
    if (!record.owner_lives()) continue;
    any = true;
    const auto reply = patience.ask(record, request::Wait{});
    if (!reply) return patience.over(whole ? "not converged" : "not quiet");
    const auto sessions = reply->at("sessions").get<std::size_t>();
    const auto wanted = reply->value("sessionsWanted", sessions);  // a lab of another version may not say
    if (!whole || sessions == wanted) continue;
    complain(fmt::format("{}: nothing is going on any more, but only {} of {} sessions are up", record.prefix,
                         sessions, wanted));
    status = kNotConverged;
  }
  if (!any) throw std::runtime_error(kNoLab);
  return status;
}

std::string one_router(const Chosen& chosen, const std::string& words) {
  if (chosen.selection.several) throw std::runtime_error(fmt::format("wait takes one router, not {}", words));
  return chosen.selection.routers.front();
}

// By its address, or by the name of the router at the other end of a link of the chain.
net::IpAddress neighbor_of(const Chosen& chosen, const std::string& router, const std::string& words) {
  if (const auto address = net::IpAddress::parse(words)) return *address;
  const auto place_of = [&](const std::string& name) {
    return std::ranges::find(chosen.lab.names, name, &RecordedName::name) - chosen.lab.names.begin();
  };
  if (chosen.lab.kind != LabKind::Speaker) {
    std::vector<std::string> names;
    for (const auto& name : chosen.lab.names) names.push_back(name.name);
    const auto other = select_routers(words, chosen.lab.prefix, names);
    if (other && !other->several) {
      const auto here = place_of(router), there = place_of(other->routers.front());
      // A link's right-hand router holds .1, its left-hand one .2 (app/topology.h).
      if (there == here + 1)
        return net::Ipv4Address{subnet(static_cast<std::uint32_t>(there)).address().value + 1};
      if (there == here - 1)
        return net::Ipv4Address{subnet(static_cast<std::uint32_t>(here)).address().value + 2};
      throw std::runtime_error(fmt::format("{} is no neighbor of {}", other->routers.front(), router));
    }
  }
  throw std::runtime_error(fmt::format("\"{}\" is not a neighbor's address or name", words));
}

}  // namespace

int run(const WaitCommand& command) {
  using What = WaitCommand::What;
  if (command.what == What::Quiet || command.what == What::Converged) return wait_for_quiet(command);
  const Patience patience(command.timeout);
  const Chosen chosen = choose_routers(command.router);
  const std::string router = one_router(chosen, command.router);
  if (command.what == What::Route) {
    if (patience.ask(chosen.lab, request::AwaitRoute{router, command.prefix, command.holds})) return kOk;
    return patience.over(fmt::format("the route to {} did not {} {}", net::to_string(command.prefix),
                                     command.holds ? "come to" : "go from", router));
  }
  const auto neighbor = neighbor_of(chosen, router, command.neighbor);
  if (patience.ask(chosen.lab, request::AwaitSession{router, neighbor, command.holds})) return kOk;
  return patience.over(fmt::format("{}'s session with {} did not {}", router, neighbor.to_string(),
                                   command.holds ? "come up" : "go down"));
}

}  // namespace app
