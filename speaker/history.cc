#include "speaker/history.h"

#include <algorithm>
#include <utility>

namespace speaker {

using std::chrono::nanoseconds;

namespace {

nanoseconds between(std::int64_t from, std::int64_t to) {
  return nanoseconds(std::max<std::int64_t>(0, to - from));
}

}  // namespace

History::History(std::vector<Router> routers, const std::vector<SessionEnds>& sessions)
    : routers_(std::move(routers)), events_(routers_.size()) {
  for (const SessionEnds& ends : sessions) {
    far_[{ends.router_a, ends.peer_a}] = {ends.router_b, static_cast<std::uint16_t>(ends.peer_b)};
    far_[{ends.router_b, ends.peer_b}] = {ends.router_a, static_cast<std::uint16_t>(ends.peer_a)};
  }
}

void History::add(std::uint32_t router, EventNumber first, std::span<const Event> events) {
  std::vector<Numbered>& kept = events_[router];
  for (const Event& event : events) kept.push_back({first++, event});
}

void History::keep_last(std::size_t count) {
  for (auto& events : events_)
    if (events.size() > count)
      events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(count));
}

std::optional<std::uint32_t> History::number_of(const std::string& name) const {
  const auto found = std::ranges::find(routers_, name, &Router::name);
  if (found == routers_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - routers_.begin());
}

const Event* History::find(EventId id) const {
  const auto& events = events_[id.router];
  const auto found = std::ranges::lower_bound(events, id.number, {}, &Numbered::number);
  return found != events.end() && found->number == id.number ? &found->event : nullptr;
}

std::vector<EventId> History::by_time() const {
  std::vector<std::pair<std::int64_t, EventId>> timed;
  for (std::uint32_t router = 0; router < events_.size(); ++router)
    for (const Numbered& one : events_[router]) timed.push_back({one.event.at, {router, one.number}});
  std::ranges::sort(timed);
  std::vector<EventId> ids;
  ids.reserve(timed.size());
  for (const auto& [at, id] : timed) ids.push_back(id);
  return ids;
}

std::optional<std::uint32_t> History::far_router(std::uint32_t router, std::uint16_t peer) const {
  const auto found = far_.find({router, peer});
  if (found == far_.end()) return std::nullopt;
  return found->second.router;
}

template <class Wanted>
const History::Numbered* History::last_before(std::uint32_t router, EventNumber before,
                                              Wanted&& wanted) const {
  const auto& events = events_[router];
  for (auto one = std::ranges::lower_bound(events, before, {}, &Numbered::number); one != events.begin();)
    if (wanted((--one)->event)) return &*one;
  return nullptr;
}

// The same UPDATE at its sender's: of the same connection, at the same place.
std::optional<EventId> History::sent_as(EventId received) const {
  const Event& here = *find(received);
  const auto far = far_.find({received.router, here.peer});
  if (far == far_.end()) return std::nullopt;
  const auto* sent = last_before(far->second.router, kLatest, [&](const Event& there) {
    return there.kind == EventKind::Sent && there.peer == far->second.peer && there.at <= here.at &&
           there.updates.connection == here.updates.connection && there.updates.first <= here.updates.first &&
           here.updates.first - there.updates.first < there.updates.count;
  });
  if (sent == nullptr) return std::nullopt;
  return EventId{far->second.router, sent->number};
}

std::optional<EventId> History::cause_of(EventId id) const {
  const Event* event = find(id);
  if (event == nullptr) return std::nullopt;
  if (event->kind == EventKind::Received) return sent_as(id);
  if (event->cause == 0) return std::nullopt;
  return EventId{id.router, event->cause};
}

std::optional<EventId> History::last_route(std::uint32_t router, const net::IpPrefix& prefix,
                                           EventNumber before) const {
  const EventPrefix octets = EventPrefix::of(prefix);
  const auto* found = last_before(router, before, [&](const Event& event) {
    return event.kind == EventKind::Route && event.prefix.prefix == octets;
  });
  if (found == nullptr) return std::nullopt;
  return EventId{router, found->number};
}

// From a change of a prefix to what caused it: an event here, or the change at the neighbour that told of it.
History::Step History::step_back(EventId route) const {
  const Event& change = *find(route);
  Step step{.hop = {.route = route}, .before = {}, .earliest = route};
  step.hop.kernel = nanoseconds(change.prefix.took);
  const std::int64_t decided = change.at - change.prefix.took;
  EventNumber number = change.cause;
  const Event* cause = nullptr;
  // An event here may have a cause here: a link fell, so a session, so a route.
  while (number != 0) {
    cause = find({route.router, number});
    if (cause == nullptr) {
      step.beginning = Trace::Beginning::Forgotten;
      break;
    }
    step.earliest = {route.router, number};
    if (cause->kind == EventKind::Received) break;
    number = cause->cause;
  }
  const Event& earliest = *find(step.earliest);
  if (step.earliest != route) step.hop.decide = between(earliest.at, decided);
  if (earliest.kind == EventKind::Received)
    step_to_sender(step, step.earliest, earliest.at, change.prefix.prefix);
  return step;
}

void History::step_to_sender(Step& step, EventId received, std::int64_t received_at,
                             const EventPrefix& prefix) const {
  const auto sent = sent_as(received);
  if (!sent) {
    step.beginning = far_.contains({received.router, find(received)->peer}) ? Trace::Beginning::Forgotten
                                                                            : Trace::Beginning::Foreign;
    return;
  }
  const Event& told = *find(*sent);
  step.earliest = *sent;
  step.hop.receive = between(told.at, received_at);
  // What was told is what held when it was written: the last change before that.
  step.before = last_route(sent->router, prefix.value(), sent->number);
  if (!step.before) {
    step.beginning = Trace::Beginning::Forgotten;
    return;
  }
  std::int64_t ready = find(*step.before)->at;
  const auto* asked = last_before(sent->router, sent->number, [&](const Event& event) {
    return event.peer == told.peer &&
           ((event.kind == EventKind::Session && event.session.to == bgp::State::Established) ||
            (event.kind == EventKind::Trigger && event.trigger() == Trigger::RefreshReceived));
  });
  if (asked != nullptr && asked->number > step.before->number) {
    step.hop.session = between(ready, asked->event.at);
    ready = std::max(ready, asked->event.at);
  }
  const auto* held = last_before(sent->router, sent->number, [&](const Event& event) {
    return event.kind == EventKind::Held && event.peer == told.peer;
  });
  if (held != nullptr)
    step.hop.mrai = between(std::max(ready, held->event.at), std::min(held->event.hold.until, told.at));
  step.hop.write = between(ready, told.at) - step.hop.mrai;
}

Trace History::trace(EventId route) const {
  Trace trace;
  std::optional<EventId> at = route;
  while (at) {
    Step step = step_back(*at);
    trace.hops.push_back(step.hop);
    trace.root = step.earliest;
    trace.beginning = step.beginning;
    trace.total += step.hop.total();
    at = step.before;
  }
  std::ranges::reverse(trace.hops);
  return trace;
}

std::optional<History::Wave> History::last_wave(const net::IpPrefix& prefix) const {
  const EventPrefix octets = EventPrefix::of(prefix);
  std::vector<std::pair<std::int64_t, EventId>> routes;
  for (std::uint32_t router = 0; router < events_.size(); ++router)
    for (const Numbered& one : events_[router])
      if (one.event.kind == EventKind::Route && one.event.prefix.prefix == octets)
        routes.push_back({one.event.at, {router, one.number}});
  if (routes.empty()) return std::nullopt;
  std::ranges::sort(routes);
  // Causes come before what they cause, so each root is found in one step from one that is known.
  std::map<EventId, EventId> roots;
  for (const auto& [at, route] : routes) {
    const Step step = step_back(route);
    const auto known = step.before ? roots.find(*step.before) : roots.end();
    roots[route] = known == roots.end() ? step.earliest : known->second;
  }
  Wave wave{.root = roots[routes.back().second]};
  for (const auto& [at, route] : routes)
    if (roots[route] == wave.root) wave.routes.push_back(route);
  wave.began = find(wave.root)->at;
  return wave;
}

}  // namespace speaker
