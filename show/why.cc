#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/event_words.h"
#include "show/events.h"
#include "show/trace_stages.h"

namespace show {

using nlohmann::ordered_json;
using speaker::Event;
using speaker::EventId;
using speaker::History;
using speaker::Trace;
using speaker::TraceHop;
using Beginning = Trace::Beginning;

namespace {

// "ROUTER_0" or "ROUTER_1 to ROUTER_5".
std::string range_of(const History& history, const Trace& trace, std::size_t first, std::size_t last) {
  const auto name = [&](std::size_t hop) { return history.router(trace.hops[hop].route.router).name; };
  return first == last ? name(first) : fmt::format("{} to {}", name(first), name(last));
}

std::string verdict(const Event& route) {
  using rib::DecisionStep;
  if (route.step() == DecisionStep::None) return "no route is left";
  if (route.peer == speaker::kNoPeer) return "originated there";
  if (route.step() == DecisionStep::OnlyRoute) return "the only route";
  return fmt::format("{}", rib::to_string(route.step()));
}

// Neighbours in the trace with the same reason share a line: a hundred hops have few reasons.
std::string verdicts(const History& history, const Trace& trace) {
  std::string text;
  for (std::size_t first = 0; first < trace.hops.size();) {
    const std::string reason = verdict(*history.find(trace.hops[first].route));
    std::size_t last = first;
    while (last + 1 < trace.hops.size() && verdict(*history.find(trace.hops[last + 1].route)) == reason)
      ++last;
    text += fmt::format("  {:<28} {}\n", range_of(history, trace, first, last), reason);
    first = last + 1;
  }
  return text;
}

std::string headline(const History& history, EventId id) {
  const Event& event = *history.find(id);
  const std::string& router = history.router(id.router).name;
  const std::string prefix = net::to_string(event.prefix.prefix.value());
  if (event.step() == rib::DecisionStep::None) return fmt::format("{} has no route to {}", router, prefix);
  if (event.peer == speaker::kNoPeer) return fmt::format("{} originates {}", router, prefix);
  if (event.prefix.error != 0) return fmt::format("{}: the kernel refused {}", router, prefix);
  return fmt::format("{} reaches {} by {}", router, prefix, neighbor_name(history, id.router, event.peer));
}

std::string root_line(const History& history, const Trace& trace) {
  const std::string& router = history.router(trace.root.router).name;
  const std::string what = event_words(history, trace.root, history.find(trace.root)->at);
  switch (trace.beginning) {
    case Beginning::Root: return fmt::format("It began at {}: {}", router, what);
    case Beginning::Foreign:
      return fmt::format("It came to {} from a router that is not ours: {}", router, what);
    case Beginning::Forgotten:
      return fmt::format("Known from {} on: {}; what was before is overwritten", router, what);
  }
  return "";
}

const char* beginning_word(Beginning beginning) {
  switch (beginning) {
    case Beginning::Root: return "root";
    case Beginning::Foreign: return "foreign";
    case Beginning::Forgotten: return "forgotten";
  }
  return "";
}

std::string cell(std::chrono::nanoseconds time) {
  return time.count() == 0 ? fmt::format("{:>9}", "-") : fmt::format("{:>9.3f}", milliseconds(time));
}

}  // namespace

std::string why_text(const History& history, EventId route) {
  const Trace trace = history.trace(route);
  std::string text = fmt::format("{}.\n{}.\nMilliseconds of each stage on the way here:\n\n",
                                 headline(history, route), root_line(history, trace));
  text += fmt::format("{:<13}", "Router");
  for (const TraceStage& stage : kTraceStages) text += fmt::format("{:>9}", stage.name);
  text += fmt::format("{:>12}\n", "since then");
  std::chrono::nanoseconds since{0};
  TraceHop sum;
  for (const TraceHop& hop : trace.hops) {
    text += fmt::format("{:<13}", history.router(hop.route.router).name);
    for (const TraceStage& stage : kTraceStages) {
      text += cell(hop.*stage.time);
      sum.*stage.time += hop.*stage.time;
    }
    since += hop.total();
    text += fmt::format("{:>12.3f}\n", milliseconds(since));
  }
  text += fmt::format("{:<13}", "in all");
  for (const TraceStage& stage : kTraceStages) text += cell(sum.*stage.time);
  text += fmt::format("{:>12.3f}\n\nWhy this path won:\n", milliseconds(trace.total));
  return text + verdicts(history, trace);
}

std::string why_json(const History& history, EventId route) {
  const Trace trace = history.trace(route);
  const Event& event = *history.find(route);
  ordered_json hops = ordered_json::array();
  for (const TraceHop& hop : trace.hops) {
    const Event& change = *history.find(hop.route);
    ordered_json stages;
    for (const TraceStage& stage : kTraceStages) stages[stage.name] = (hop.*stage.time).count();
    ordered_json json{{"router", history.router(hop.route.router).name},
                      {"event", id_word(history, hop.route)},
                      {"atNs", change.at},
                      {"step", rib::to_string(change.step())}};
    if (change.peer != speaker::kNoPeer)
      json["neighbor"] = neighbor_name(history, hop.route.router, change.peer);
    json["stagesNs"] = std::move(stages);
    hops.push_back(std::move(json));
  }
  return ordered_json{{"schema", "chainrouter.why/1"},
                      {"router", history.router(route.router).name},
                      {"prefix", net::to_string(event.prefix.prefix.value())},
                      {"route", event.step() != rib::DecisionStep::None},
                      {"beginning", beginning_word(trace.beginning)},
                      {"root", ordered_json::parse(event_json(history, trace.root))},
                      {"totalNs", trace.total.count()},
                      {"hops", std::move(hops)}}
             .dump(2) +
         "\n";
}

}  // namespace show
