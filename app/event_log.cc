#include "app/event_log.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/control_server.h"
#include "app/hex_octets.h"
#include "app/request.h"

namespace app {

using nlohmann::ordered_json;
using speaker::Event;

namespace {

// Of events in one answer: 160 KiB of text, so that no question makes the lab large.
constexpr std::size_t kMostAtOnce = 2048;
// What one who follows for hours keeps of each router, and after how many answers it looks at what it has,
// where routers write faster than it reads.
constexpr std::size_t kMostKept = 16'384, kMostAnswers = 1024;
// Changes with the layout of speaker::Event.
constexpr unsigned kLayout = 1;

std::vector<Event> events_of(const std::string& text) {
  const auto octets = from_hex(text);
  std::vector<Event> events(octets.size() / sizeof(Event));
  if (!events.empty()) std::memcpy(events.data(), octets.data(), events.size() * sizeof(Event));
  return events;
}

void introduce(std::span<const std::unique_ptr<Router>> routers,
               const std::vector<speaker::SessionEnds>& sessions, ordered_json& answer) {
  ordered_json names = ordered_json::array(), ends = ordered_json::array();
  for (const auto& router : routers) {
    ordered_json neighbors = ordered_json::array();
    for (const auto& neighbor : router->plan().speaker.neighbors)
      neighbors.push_back(neighbor.peer.address.to_string());
    names.push_back({{"name", router->plan().name}, {"neighbors", std::move(neighbors)}});
  }
  for (const auto& one : sessions) ends.push_back({one.router_a, one.peer_a, one.router_b, one.peer_b});
  answer["routers"] = std::move(names);
  answer["sessions"] = std::move(ends);
}

}  // namespace

ordered_json events_since(const std::vector<std::uint64_t>& after,
                          std::span<const std::unique_ptr<Router>> routers,
                          const std::vector<speaker::SessionEnds>& sessions,
                          std::chrono::steady_clock::time_point began) {
  if (!routers.empty() && !routers.front()->activity().events.on())
    return {{"error", "this lab keeps no events: it was started with --events 0"}};
  if (!after.empty() && after.size() != routers.size())
    return {{"error", fmt::format("\"after\" has {} numbers for {} routers", after.size(), routers.size())}};
  ordered_json answer{{"layout", kLayout}, {"beganNs", began.time_since_epoch().count()}};
  if (after.empty()) introduce(routers, sessions, answer);
  ordered_json pieces = ordered_json::array();
  std::size_t room = kMostAtOnce;
  std::vector<Event> events;
  for (std::size_t i = 0; i < routers.size() && room > 0; ++i) {
    events.clear();
    speaker::EventRing::Cursor cursor{.last = after.empty() ? 0 : after[i]};
    routers[i]->activity().events.read(cursor, room, events);
    if (events.empty() && cursor.lost == 0) continue;
    room -= events.size();
    pieces.push_back({{"router", i},
                      {"last", cursor.last},
                      {"lost", cursor.lost},
                      {"records", to_hex({reinterpret_cast<const std::uint8_t*>(events.data()),
                                          events.size() * sizeof(Event)})}});
  }
  answer["pieces"] = std::move(pieces);
  answer["more"] = room == 0;
  return answer;
}

EventReader::EventReader(std::string socket) : socket_(std::move(socket)) {}

EventReader::News EventReader::read() {
  News news;
  if (history_) history_->keep_last(kMostKept);
  for (std::size_t answers = 0; answers < kMostAnswers; ++answers)
    if (!take(ask_lab(socket_, to_json(request::Events{last_})), news)) break;
  std::ranges::stable_sort(news.events, {}, [&](speaker::EventId id) { return history_->find(id)->at; });
  return news;
}

// True: the lab has more.
bool EventReader::take(const ordered_json& answer, News& news) {
  if (answer.at("layout").get<unsigned>() != kLayout)
    throw std::runtime_error(
        "this chainrouter does not understand the events of that lab's; use the same version");
  if (!history_) {
    began_ = answer.at("beganNs").get<std::int64_t>();
    std::vector<speaker::History::Router> routers;
    for (const auto& router : answer.at("routers")) {
      auto& made = routers.emplace_back(router.at("name").get<std::string>());
      for (const auto& address : router.at("neighbors"))
        made.neighbors.push_back(
            net::IpAddress::parse(address.get<std::string>()).value_or(net::IpAddress{}));
    }
    std::vector<speaker::SessionEnds> sessions;
    for (const auto& ends : answer.at("sessions")) {
      const auto end = [&](std::size_t which) { return ends.at(which).get<std::uint32_t>(); };
      sessions.push_back({end(0), end(1), end(2), end(3)});
    }
    last_.assign(routers.size(), 0);
    lost_.assign(routers.size(), 0);
    history_.emplace(std::move(routers), sessions);
  }
  news.lost.resize(last_.size());
  for (const auto& piece : answer.at("pieces")) {
    const auto router = piece.at("router").get<std::uint32_t>();
    const auto events = events_of(piece.at("records").get<std::string>());
    const std::uint64_t lost = piece.at("lost").get<std::uint64_t>();
    last_.at(router) = piece.at("last").get<std::uint64_t>();
    news.lost[router] += lost;
    lost_[router] += lost;
    const auto first = static_cast<speaker::EventNumber>(last_[router] - events.size() + 1);
    history_->add(router, first, events);
    for (std::size_t i = 0; i < events.size(); ++i)
      news.events.push_back({router, first + static_cast<speaker::EventNumber>(i)});
  }
  return answer.at("more").get<bool>();
}

}  // namespace app
