#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bgp/fsm.h"
#include "show/event_words.h"
#include "show/events.h"

namespace show {

using nlohmann::ordered_json;
using speaker::Event;
using speaker::EventId;
using speaker::EventKind;
using speaker::History;

std::string_view kind_word(EventKind kind) {
  static constexpr std::array<std::string_view, 7> kWords{
      "trigger", "link", "session", "updateReceived", "route", "mraiWait", "updateSent"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string_view trigger_word(speaker::Trigger trigger) {
  static constexpr std::array<std::string_view, 10> kWords{
      "start", "announce",       "withdraw",        "shutdown",      "enable",
      "clear", "requestRefresh", "refreshReceived", "kernelChanged", "staleRoutesGone"};
  return kWords[static_cast<std::size_t>(trigger)];
}

std::string_view kernel_word(rib::KernelChange change) {
  static constexpr std::array<std::string_view, 4> kWords{"nothing", "install", "replace", "remove"};
  return kWords[static_cast<std::size_t>(change)];
}

namespace {

constexpr const char* kSchema = "chainrouter.event/1";

void add_prefix(const Event& event, ordered_json& json) {
  json["prefix"] = net::to_string(event.prefix.prefix.value());
}

void add_trigger(const Event& event, ordered_json& json) {
  using speaker::Trigger;
  json["trigger"] = trigger_word(event.trigger());
  if (event.trigger() == Trigger::Announce || event.trigger() == Trigger::Withdraw ||
      event.trigger() == Trigger::KernelChanged)
    add_prefix(event, json);
}

void add_session(const Event& event, ordered_json& json) {
  json["from"] = bgp::to_string(event.session.from);
  json["to"] = bgp::to_string(event.session.to);
  if (event.session.to == bgp::State::Established) json["connection"] = event.session.connection;
  if (event.last_word() != speaker::LastWord::Nobody)
    json["notification"] = {{"sent", event.last_word() == speaker::LastWord::Ours},
                            {"code", event.session.code},
                            {"subcode", event.session.subcode}};
}

void add_updates(const Event& event, ordered_json& json) {
  json["connection"] = event.updates.connection;
  json["first"] = event.updates.first;
  json["count"] = event.updates.count;
  if (event.kind == EventKind::Sent) return;
  json["announced"] = event.updates.announced;
  json["withdrawn"] = event.updates.withdrawn;
}

void add_route(const Event& event, ordered_json& json) {
  add_prefix(event, json);
  json["local"] = event.peer == speaker::kNoPeer && event.step() != rib::DecisionStep::None;
  json["step"] = rib::to_string(event.step());
  json["kernel"] = kernel_word(event.prefix.kernel);
  if (event.prefix.error != 0) json["kernelErrno"] = event.prefix.error;
  json["decidedNs"] = event.at - event.prefix.took;
}

}  // namespace

std::string event_json(const History& history, EventId id) {
  const Event& event = *history.find(id);
  ordered_json json{{"schema", kSchema},
                    {"atNs", event.at},
                    {"id", id_word(history, id)},
                    {"router", history.router(id.router).name},
                    {"kind", kind_word(event.kind)}};
  if (const auto cause = history.cause_of(id)) json["cause"] = id_word(history, *cause);
  if (event.peer != speaker::kNoPeer) {
    json["neighbor"] = neighbor_name(history, id.router, event.peer);
  }
  switch (event.kind) {
    case EventKind::Trigger: add_trigger(event, json); break;
    case EventKind::Link: json["usable"] = event.usable(); break;
    case EventKind::Session: add_session(event, json); break;
    case EventKind::Received:
    case EventKind::Sent: add_updates(event, json); break;
    case EventKind::Route: add_route(event, json); break;
    case EventKind::Held: json["untilNs"] = event.hold.until; break;
  }
  return json.dump() + "\n";
}

std::string lost_json(const std::string& router, std::uint64_t count) {
  return ordered_json{{"schema", kSchema}, {"router", router}, {"kind", "lost"}, {"count", count}}.dump() +
         "\n";
}

}  // namespace show
