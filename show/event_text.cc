#include <cstring>

#include <fmt/format.h>

#include "bgp/message.h"
#include "show/event_words.h"
#include "show/events.h"

namespace show {

using rib::DecisionStep;
using rib::KernelChange;
using speaker::Event;
using speaker::EventId;
using speaker::EventKind;
using speaker::History;
using speaker::Trigger;

std::string neighbor_name(const History& history, std::uint32_t router, std::uint16_t peer) {
  if (const auto far = history.far_router(router, peer)) return history.router(*far).name;
  const auto& neighbors = history.router(router).neighbors;
  return peer < neighbors.size() ? neighbors[peer].to_string() : "nobody";
}

std::string id_word(const History& history, EventId id) {
  return fmt::format("{}/{}", history.router(id.router).name, id.number);
}

std::string lost_words(std::uint64_t count) {
  return fmt::format("{} earlier events were overwritten", count);
}

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

namespace {

std::string trigger_text(const Event& event, const std::string& neighbor) {
  switch (event.trigger()) {
    case Trigger::Start: return "begins to speak";
    case Trigger::Announce: return "announce " + net::to_string(event.prefix.prefix.value());
    case Trigger::Withdraw: return "withdraw " + net::to_string(event.prefix.prefix.value());
    case Trigger::ShutDown: return "shutdown of " + neighbor;
    case Trigger::Enable: return "enable " + neighbor;
    case Trigger::Clear: return "clear " + neighbor;
    case Trigger::RequestRefresh: return "ask " + neighbor + " for all routes";
    case Trigger::RefreshReceived: return neighbor + " asks for all routes";
    case Trigger::KernelChanged:
      return "somebody changed " + net::to_string(event.prefix.prefix.value()) + " in the kernel";
    case Trigger::StaleRoutesGone: return "stale routes of " + neighbor + " go";
  }
  return "";
}

std::string session_text(const Event& event, const std::string& neighbor) {
  std::string text = fmt::format("session with {}: {}", neighbor, bgp::to_string(event.session.to));
  if (event.last_word() != speaker::LastWord::Nobody)
    text +=
        fmt::format(", {} NOTIFICATION {}/{}", event.last_word() == speaker::LastWord::Ours ? "our" : "its",
                    event.session.code, event.session.subcode);
  return text;
}

std::string kernel_text(const Event& event) {
  if (event.prefix.kernel == KernelChange::Nothing) return "";
  if (event.prefix.error != 0) return fmt::format(", kernel: {}", std::strerror(event.prefix.error));
  return fmt::format(", kernel {:.3f} ms", milliseconds(std::chrono::nanoseconds(event.prefix.took)));
}

std::string route_text(const Event& event, const std::string& neighbor) {
  const std::string prefix = net::to_string(event.prefix.prefix.value());
  if (event.step() == DecisionStep::None) return prefix + " gone" + kernel_text(event);
  if (event.peer == speaker::kNoPeer) return prefix + " is ours" + kernel_text(event);
  const std::string why =
      event.step() == DecisionStep::OnlyRoute ? "" : fmt::format(" ({})", rib::to_string(event.step()));
  return fmt::format("{} by {}{}{}", prefix, neighbor, why, kernel_text(event));
}

std::string sent_text(const Event& event, const std::string& neighbor) {
  const auto& updates = event.updates;
  if (updates.count == 1) return fmt::format("UPDATE {} to {}", updates.first, neighbor);
  return fmt::format("UPDATE {}-{} to {}", updates.first, updates.first + updates.count - 1, neighbor);
}

double seconds_since(std::int64_t at, std::int64_t began) { return static_cast<double>(at - began) / 1e9; }

}  // namespace

std::string event_words(const History& history, EventId id, std::int64_t began) {
  const Event& event = *history.find(id);
  const std::string neighbor = neighbor_name(history, id.router, event.peer);
  switch (event.kind) {
    case EventKind::Trigger: return trigger_text(event, neighbor);
    case EventKind::Link:
      return event.peer == speaker::kNoPeer
                 ? "addresses or links changed"
                 : fmt::format("link to {} {}", neighbor, event.usable() ? "up" : "down");
    case EventKind::Session: return session_text(event, neighbor);
    case EventKind::Received:
      return fmt::format("UPDATE {} from {}: +{} -{}", event.updates.first, neighbor, event.updates.announced,
                         event.updates.withdrawn);
    case EventKind::Route: return route_text(event, neighbor);
    case EventKind::Held:
      return fmt::format("news for {} until {:.3f}", neighbor, seconds_since(event.hold.until, began));
    case EventKind::Sent: return sent_text(event, neighbor);
  }
  return "";
}

std::string event_text(const History& history, EventId id, std::int64_t began) {
  std::string line = fmt::format("{:>11.6f} {:<10} {:>5}  {}", seconds_since(history.find(id)->at, began),
                                 history.router(id.router).name, id.number, event_words(history, id, began));
  if (const auto cause = history.cause_of(id))
    line += cause->router == id.router ? fmt::format("  <{}", cause->number)
                                       : fmt::format("  <{}", id_word(history, *cause));
  return line + "\n";
}

std::string lost_text(const std::string& router, std::uint64_t count) {
  return fmt::format("{:>11} {:<10}        {}\n", "", router, lost_words(count));
}

}  // namespace show
