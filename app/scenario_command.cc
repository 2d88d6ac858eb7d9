#include "app/scenario_command.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/simulated_stage.h"
#include "app/standard_error.h"
#include "app/standard_streams.h"
#include "show/csv.h"

namespace app {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxFileOctets = 16 * 1024 * 1024;

std::string text_of(const std::string& path) {
  std::ifstream named;
  if (path != "-") named.open(path);
  std::istream& file = path == "-" ? std::cin : named;
  if (!file) throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  std::string text(kMaxFileOctets + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileOctets)
    throw std::runtime_error(fmt::format("{} is too long to be a scenario", path));
  return text;
}

double seconds(scenario::milliseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

scenario::Oracle oracle_of(const ChainOptions& options) {
  std::vector<scenario::RouterFacts> routers;
  std::uint32_t number = 0;
  for (const RouterPlan& plan : chain(options)) {
    const netns::NodePlan& node = plan.node;
    scenario::RouterFacts facts{
        plan.name, plan.speaker.router_id, node.left.neighbor, node.right.neighbor, {}};
    for (const auto& network : plan.speaker.networks) {
      scenario::Network announced{std::get<net::Ipv4Prefix>(network.prefix), std::nullopt};
      const auto is_of = [&](bool there, const netns::LinkEnd& end) {
        return there && net::Ipv4Prefix(end.address, end.prefix_length) == announced.prefix;
      };
      if (!network.unconditional && is_of(node.has_left, node.left)) announced.link = number;
      if (!network.unconditional && is_of(node.has_right, node.right)) announced.link = number + 1;
      facts.networks.push_back(announced);
    }
    routers.push_back(std::move(facts));
    ++number;
  }
  return scenario::Oracle(std::move(routers));
}

ScenarioRun::ScenarioRun(const RunCommand& command) : command_(command) {
  const ChainOptions& chain = command.lab.chain;
  auto script = scenario::read_script(text_of(command.scenario), command.scenario,
                                      {.hops = chain.hops, .name_prefix = chain.name_prefix});
  if (!script) throw std::runtime_error(script.error());
  script_ = *std::move(script);
}

int ScenarioRun::play(scenario::Stage& stage) {
  const ChainOptions& chain = command_.lab.chain;
  return report(scenario::play(script_, chain.seed, oracle_of(chain), stage,
                               [this](const scenario::Played& played) { tell(played); }));
}

int ScenarioRun::simulate() {
  SimulatedStage stage(command_.lab.chain);
  if (stage.await_quiet(command_.lab.timeout)) {
    stage.begin();
    return play(stage);
  }
  complain(fmt::format("not converged within {:g} s of simulated time", seconds(command_.lab.timeout)));
  return kNotConverged;
}

// People see it as it happens; programs get all of it at the end.
void ScenarioRun::tell(const scenario::Played& played) {
  const scenario::Statement& statement = *played.statement;
  if (command_.format == Format::Json) {
    ordered_json json{{"line", statement.line}, {"at", seconds(played.at)}, {"statement", statement.text}};
    if (played.is_expectation) json["met"] = played.met;
    if (!played.what.empty()) json["what"] = played.what;
    json["took"] = seconds(played.took);
    played_ += (played_.empty() ? "" : ",") + json.dump();
  } else if (command_.format == Format::Csv) {
    const std::string values[] = {std::to_string(statement.line),
                                  fmt::format("{:.3f}", seconds(played.at)),
                                  statement.text,
                                  !played.is_expectation ? ""
                                  : played.met           ? "true"
                                                         : "false",
                                  played.what,
                                  fmt::format("{:.3f}", seconds(played.took))};
    played_ += show::csv_line(values);
  } else {
    std::string verdict = !played.is_expectation ? "" : played.met ? ": yes" : ": NO";
    if (!played.what.empty()) verdict += (played.is_expectation ? ", " : ": ") + played.what;
    if (std::holds_alternative<scenario::ExpectConverged>(statement.action) && played.met)
      verdict += fmt::format(", after {} ms", played.took.count());
    tell_if_read("{:9.3f} s  {}{}\n", seconds(played.at), statement.text, verdict);
  }
  if (!played.met)
    tell_if_read("chainrouter: {}:{}: not so: {}{}\n", command_.scenario, statement.line, statement.text,
                 played.what.empty() ? "" : "; " + played.what);
}

int ScenarioRun::report(const scenario::Outcome& outcome) const {
  if (!outcome.error.empty()) complain(fmt::format("{}:{}", command_.scenario, outcome.error));
  if (outcome.broken_off) complain(fmt::format("{} was broken off", command_.scenario));
  const bool finished = outcome.error.empty() && !outcome.broken_off;
  if (command_.format == Format::Json) {
    const ordered_json json{{"schema", "chainrouter.scenario/1"},
                            {"file", command_.scenario},
                            {"simulated", command_.simulate},
                            {"seed", script_.seed.value_or(command_.lab.chain.seed)},
                            {"finished", finished},
                            {"expectations", outcome.expectations},
                            {"unmet", outcome.unmet},
                            {"played", ordered_json::parse("[" + played_ + "]")}};
    fmt::print("{}\n", json.dump(2));
  } else if (command_.format == Format::Csv) {
    fmt::print("line,at,statement,met,what,took\n{}", played_);
  } else {
    fmt::print("{}: {} changes, {} expectations{}\n", command_.scenario, outcome.changes,
               outcome.expectations,
               outcome.unmet > 0 ? fmt::format(", {} of them not met", outcome.unmet)
               : finished        ? ", all met"
                                 : "");
  }
  flush_output();
  if (!finished) return kRuntimeFailure;
  return outcome.unmet > 0 ? kCheckFailed : kOk;
}

}  // namespace app
