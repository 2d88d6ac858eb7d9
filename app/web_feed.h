// What the page learns while it is open, for one reader: who the routers are, then whatever their event rings
// and counters say that is new, as text of server-sent events. Pulled: what a slow reader does not fetch
// stays in the rings until it is overwritten, and then the reader is told how many it has missed; nothing
// waits for it, nothing is kept for it. Reads only what any thread may (speaker/activity.h,
// speaker/event_ring.h), so it runs on the web server's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "speaker/activity.h"

namespace app {

// The lab as the page draws it. Immutable while it runs.
struct WebPlan {
  struct Router {
    std::string name, id;
    std::uint32_t as = 0;
    const speaker::RouterActivity* activity = nullptr;  // none: left to a speaker that is not ours
    std::vector<std::string> neighbors;                 // addresses, in the order of its peers
  };
  struct Link {                                     // `number` as `chainrouter link down NUMBER` has it
    std::uint32_t number = 0, left = 0, right = 0;  // places in `routers`
    int left_peer = -1, right_peer = -1;            // which peer the other one is there; -1: unknown
  };
  std::vector<Router> routers;
  std::vector<Link> links;
  std::int64_t began = 0;  // ns of the monotonic clock
};

class WebFeed {
 public:
  // How many events one call of next() takes out of the rings at most.
  static constexpr std::size_t kMostAtOnce = 16'384;
  // The prefixes that one reader is told of; the events of others are counted as missed.
  static constexpr std::size_t kMostPrefixes = 65'536;

  explicit WebFeed(const WebPlan& plan);  // which must outlive this

  // Once, first: all that does not change.
  std::string hello() const;
  // What is new; empty: nothing. `now`: ns of the monotonic clock.
  std::string next(std::int64_t now);

 private:
  struct Seen {
    speaker::EventRing::Cursor cursor;
    std::uint32_t sessions = ~0U, routes = ~0U, failed = ~0U;
  };
  enum class LinkState : std::uint8_t { Down, Up, NotWanted, Unknown };

  void read(std::size_t router, std::size_t& room);
  void add(std::size_t router, const speaker::Event& event);
  void add_counters();
  LinkState state_of(const WebPlan::Link& link) const;
  std::int64_t since_start(std::int64_t at) const { return (at - plan_.began) / 1000; }
  // The number that stands for a prefix; -1: there are too many.
  std::int64_t number_of(const speaker::EventPrefix& prefix);

  const WebPlan& plan_;
  std::vector<Seen> seen_;
  std::vector<LinkState> links_;
  std::map<speaker::EventPrefix, std::int64_t> prefixes_;
  std::size_t next_router_ = 0;  // where the next call begins to read
  std::vector<speaker::Event> events_;
  std::string event_text_, prefix_text_, lost_text_, router_text_, link_text_;  // of the call in hand
};

}  // namespace app
