#include "app/web_feed.h"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace app {

using nlohmann::ordered_json;
using speaker::Event;
using speaker::EventKind;

namespace {

template <class... Arguments>
void append(std::string& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (!text.empty()) text += ',';
  fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

}  // namespace

WebFeed::WebFeed(const WebPlan& plan)
    : plan_(plan), seen_(plan.routers.size()), links_(plan.links.size(), LinkState::Unknown) {}

std::string WebFeed::hello() const {
  ordered_json routers = ordered_json::array(), links = ordered_json::array();
  bool events = false;
  for (const auto& router : plan_.routers) {
    routers.push_back({{"name", router.name},
                       {"as", router.as},
                       {"id", router.id},
                       {"ours", router.activity != nullptr},
                       {"neighbors", router.neighbors}});
    events = events || (router.activity != nullptr && router.activity->events.on());
  }
  for (const auto& link : plan_.links)
    links.push_back({link.number, link.left, link.right, link.left_peer, link.right_peer});
  return fmt::format("event: hello\ndata: {}\n\n", ordered_json{{"schema", "chainrouter.feed/1"},
                                                                {"version", CHAINROUTER_VERSION},
                                                                {"events", events},
                                                                {"routers", std::move(routers)},
                                                                {"links", std::move(links)}}
                                                       .dump());
}

std::string WebFeed::next(std::int64_t now) {
  for (std::string* text : {&event_text_, &prefix_text_, &lost_text_, &router_text_, &link_text_})
    text->clear();
  std::size_t room = kMostAtOnce;
  const std::size_t count = plan_.routers.size();
  for (std::size_t i = 0; i < count && room > 0; ++i) {
    const std::size_t router = next_router_;
    read(router, room);
    if (room > 0) next_router_ = (router + 1) % count;  // else it has more, and is the first the next time
  }
  add_counters();
  if (event_text_.empty() && lost_text_.empty() && router_text_.empty() && link_text_.empty()) return {};
  return fmt::format(
      "event: news\n"
      R"(data: {{"now":{},"more":{},"prefixes":[{}],"events":[{}],"lost":[{}],"routers":[{}],"links":[{}]}})"
      "\n\n",
      since_start(now), room == 0, prefix_text_, event_text_, lost_text_, router_text_, link_text_);
}

void WebFeed::read(std::size_t router, std::size_t& room) {
  const auto* activity = plan_.routers[router].activity;
  if (activity == nullptr || !activity->events.on()) return;
  events_.clear();
  auto& cursor = seen_[router].cursor;
  cursor.lost = 0;
  activity->events.read(cursor, room, events_);
  room -= events_.size();
  for (const Event& event : events_) add(router, event);
  if (cursor.lost > 0) append(lost_text_, "[{},{}]", router, cursor.lost);
}

// [kind, router, µs since the start, …]: what the page draws, and no more.
void WebFeed::add(std::size_t router, const Event& event) {
  const auto at = since_start(event.at);
  const auto kind = static_cast<unsigned>(event.kind);
  const int peer = event.peer == speaker::kNoPeer ? -1 : event.peer;
  switch (event.kind) {
    case EventKind::Trigger: {
      using speaker::Trigger;
      const auto trigger = event.trigger();
      const bool has_prefix =
          trigger == Trigger::Announce || trigger == Trigger::Withdraw || trigger == Trigger::KernelChanged;
      append(event_text_, "[{},{},{},{},{}]", kind, router, at, event.detail,
             has_prefix ? number_of(event.prefix.prefix) : -1);
      break;
    }
    case EventKind::Link:
      append(event_text_, "[{},{},{},{},{:d}]", kind, router, at, peer, event.usable());
      break;
    case EventKind::Session:
      append(event_text_, "[{},{},{},{},{},{},{},{}]", kind, router, at, peer,
             static_cast<unsigned>(event.session.to), event.detail, event.session.code,
             event.session.subcode);
      break;
    case EventKind::Received:
      append(event_text_, "[{},{},{},{},{},{},{}]", kind, router, at, peer, event.updates.count,
             event.updates.announced, event.updates.withdrawn);
      break;
    case EventKind::Route: {
      const auto prefix = number_of(event.prefix.prefix);
      if (prefix < 0) {
        append(lost_text_, "[{},1]", router);
        break;
      }
      append(event_text_, "[{},{},{},{},{},{},{}]", kind, router, at, prefix, event.detail,
             event.prefix.error, peer);
      break;
    }
    case EventKind::Held:
    case EventKind::Sent: break;  // seen where it arrives
  }
}

std::int64_t WebFeed::number_of(const speaker::EventPrefix& prefix) {
  const auto found = prefixes_.find(prefix);
  if (found != prefixes_.end()) return found->second;
  if (prefixes_.size() == kMostPrefixes) return -1;
  const auto number = static_cast<std::int64_t>(prefixes_.size());
  prefixes_.emplace(prefix, number);
  append(prefix_text_, "\"{}\"", net::to_string(prefix.value()));
  return number;
}

void WebFeed::add_counters() {
  for (std::size_t i = 0; i < plan_.routers.size(); ++i) {
    const auto* activity = plan_.routers[i].activity;
    if (activity == nullptr) continue;
    const auto sessions = activity->sessions.load(std::memory_order_relaxed);
    const auto routes = activity->routes.load(std::memory_order_relaxed);
    const auto failed = activity->failed.load(std::memory_order_relaxed);
    Seen& seen = seen_[i];
    if (sessions == seen.sessions && routes == seen.routes && failed == seen.failed) continue;
    seen.sessions = sessions;
    seen.routes = routes;
    seen.failed = failed;
    append(router_text_, "[{},{},{},{}]", i, sessions, routes, failed);
  }
  for (std::size_t i = 0; i < plan_.links.size(); ++i) {
    const LinkState state = state_of(plan_.links[i]);
    if (state == links_[i]) continue;
    links_[i] = state;
    append(link_text_, "[{},{}]", i, static_cast<unsigned>(state));
  }
}

// A session is up where both ends that we know say so.
WebFeed::LinkState WebFeed::state_of(const WebPlan::Link& link) const {
  auto state = LinkState::Unknown;
  for (const auto& [router, peer] : {std::pair{link.left, link.left_peer}, {link.right, link.right_peer}}) {
    const auto* activity = plan_.routers[router].activity;
    if (activity == nullptr || peer < 0) continue;
    const auto& end = activity->peers[static_cast<std::size_t>(peer)];
    if (!end.wanted.load(std::memory_order_relaxed)) return LinkState::NotWanted;
    const bool up = end.connection.load(std::memory_order_relaxed) != 0;
    if (state != LinkState::Down) state = up ? LinkState::Up : LinkState::Down;
  }
  return state;
}

}  // namespace app
