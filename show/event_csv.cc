// Events and traces as CSV. See show/events.h.
#include <vector>

#include <fmt/format.h>

#include "show/csv.h"
#include "show/event_words.h"
#include "show/events.h"
#include "show/trace_stages.h"

namespace show {

using speaker::Event;
using speaker::EventId;
using speaker::EventKind;
using speaker::History;

namespace {

bool concerns_a_prefix(const Event& event) {
  using speaker::Trigger;
  return event.kind == EventKind::Route ||
         (event.kind == EventKind::Trigger &&
          (event.trigger() == Trigger::Announce || event.trigger() == Trigger::Withdraw ||
           event.trigger() == Trigger::KernelChanged));
}

}  // namespace

std::string events_csv_heading() { return "at_ns,router,id,kind,neighbor,prefix,cause,what\n"; }

std::string event_csv(const History& history, EventId id, std::int64_t began) {
  const Event& event = *history.find(id);
  const auto cause = history.cause_of(id);
  const std::string values[] = {
      std::to_string(event.at),
      history.router(id.router).name,
      id_word(history, id),
      std::string(kind_word(event.kind)),
      event.peer != speaker::kNoPeer ? neighbor_name(history, id.router, event.peer) : "",
      concerns_a_prefix(event) ? net::to_string(event.prefix.prefix.value()) : "",
      cause ? id_word(history, *cause) : "",
      event_words(history, id, began)};
  return csv_line(values);
}

std::string lost_csv(const std::string& router, std::uint64_t count) {
  const std::string values[] = {"", router, "", "lost", "", "", "", lost_words(count)};
  return csv_line(values);
}

std::string why_csv(const History& history, EventId route) {
  std::string out = "router,event,at_ns,neighbor,step";
  for (const TraceStage& stage : kTraceStages) out += fmt::format(",{}_ns", stage.name);
  out += ",since_ns\n";
  std::chrono::nanoseconds since{0};
  for (const speaker::TraceHop& hop : history.trace(route).hops) {
    const Event& change = *history.find(hop.route);
    std::vector<std::string> values{
        history.router(hop.route.router).name, id_word(history, hop.route), std::to_string(change.at),
        change.peer != speaker::kNoPeer ? neighbor_name(history, hop.route.router, change.peer) : "",
        std::string(rib::to_string(change.step()))};
    for (const TraceStage& stage : kTraceStages) values.push_back(std::to_string((hop.*stage.time).count()));
    since += hop.total();
    values.push_back(std::to_string(since.count()));
    out += csv_line(values);
  }
  return out;
}

}  // namespace show
