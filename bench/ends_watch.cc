#include "bench/ends_watch.h"

#include <stdexcept>
#include <sys/socket.h>
#include <thread>

#include <fmt/format.h>

namespace bench {

EndsWatch::EndsWatch(const std::vector<netns::Namespace>& places) : places_(places) { open(); }

EndsWatch::EndsWatch(const std::string& prefix, std::uint32_t last)
    : own_(named_places(prefix, 0, last)), places_(own_) {
  open();
}

void EndsWatch::open() {
  first_ = std::make_unique<RouteWatch>(places_.front());
  last_ = std::make_unique<RouteWatch>(places_.back());
}

EndsWatch::Table EndsWatch::table(std::uint32_t place) {
  if (asking_.empty())
    std::thread([this] {
      for (const auto& each : places_) {
        each.enter();
        asking_.emplace_back();
      }
    }).join();
  rtmsg header{};
  header.rtm_family = AF_INET;
  Table table;
  asking_[place].dump(RTM_GETROUTE, header, [&](const nlmsghdr& message) {
    if (const auto route = speakers_route(message)) table.insert(route->prefix);
  });
  return table;
}

Clock::time_point EndsWatch::until(const Wanted& wanted, Clock::duration limit) {
  const auto deadline = Clock::now() + limit;
  const auto left = [&] {
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()),
                    std::chrono::milliseconds(1));
  };
  Clock::time_point at{};
  for (const auto& [watch, place] :
       {std::pair(first_.get(), 0u), {last_.get(), static_cast<std::uint32_t>(places_.size() - 1)}}) {
    if (!watch->until([&] { return wanted(place, watch->table(0)); }, left()))
      throw std::runtime_error(
          fmt::format("the table at the end, place {}, has {} routes and stays so", place, watch->routes(0)));
    at = std::max(at, watch->changed(0));
  }
  for (std::uint32_t place = 1; place + 1 < places_.size(); ++place) {
    bool late = false;
    for (Table now = table(place); !wanted(place, now); now = table(place)) {
      if (Clock::now() > deadline)
        throw std::runtime_error(
            fmt::format("the table of place {} has {} routes and stays so", place, now.size()));
      std::this_thread::sleep_for(kGlance);
      late = true;
    }
    if (late) at = Clock::now();
  }
  return at;
}

}  // namespace bench
