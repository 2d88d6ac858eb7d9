// What the routers of a lab wrote down, side by side, and what follows from it: which event caused which,
// across routers, and how long each stage took on the way from a root event to a route in a kernel's table.
// Pure; made from copies of the events, on whatever thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "speaker/event.h"
#include "speaker/quiescence.h"

namespace speaker {

struct EventId {
  std::uint32_t router = 0;
  EventNumber number = 0;
  friend auto operator<=>(const EventId&, const EventId&) = default;
};

// What became of the news of one prefix at one router, and how long each stage took. The stages of all hops
// of a trace add up to its total.
struct TraceHop {
  EventId route;                                  // the change of the best path
  std::chrono::nanoseconds session{0};            // before it: until the sender's session came up
  std::chrono::nanoseconds mrai{0}, write{0};     // at the sender: held back; until it was written
  std::chrono::nanoseconds receive{0};            // on the wire, and until the thread had read it
  std::chrono::nanoseconds decide{0}, kernel{0};  // until the decision; until the kernel acknowledged
  std::chrono::nanoseconds total() const { return session + mrai + write + receive + decide + kernel; }
};

struct Trace {
  // Where the way back ends: at what started it, at a router that is not ours, or where the log does not
  // reach back any further.
  enum class Beginning : std::uint8_t { Root, Foreign, Forgotten };
  Beginning beginning = Beginning::Root;
  EventId root;                // the earliest event that is known
  std::vector<TraceHop> hops;  // from the root to the router that was asked of
  std::chrono::nanoseconds total{0};
};

class History {
 public:
  struct Router {
    std::string name;
    std::vector<net::IpAddress> neighbors;
  };
  struct Numbered {
    EventNumber number;
    Event event;
  };
  static constexpr EventNumber kLatest = std::numeric_limits<EventNumber>::max();

  // `sessions`: between these routers, by their places in `routers`.
  History(std::vector<Router> routers, const std::vector<SessionEnds>& sessions);

  // Events of a router, the first of which has this number; ascending from call to call.
  void add(std::uint32_t router, EventNumber first, std::span<const Event> events);

  // Forgets of each router what was before its last `events`.
  void keep_last(std::size_t events);

  std::size_t size() const { return routers_.size(); }
  const Router& router(std::uint32_t router) const { return routers_[router]; }
  std::optional<std::uint32_t> number_of(const std::string& name) const;
  std::span<const Numbered> events(std::uint32_t router) const { return events_[router]; }
  const Event* find(EventId id) const;  // null: unknown, or forgotten
  std::vector<EventId> by_time() const;

  // The router at the far end of a session; nothing: not one of these.
  std::optional<std::uint32_t> far_router(std::uint32_t router, std::uint16_t peer) const;
  // The event that caused this one, maybe at another router.
  std::optional<EventId> cause_of(EventId id) const;
  // The last change of a prefix at a router, before an event of it.
  std::optional<EventId> last_route(std::uint32_t router, const net::IpPrefix& prefix,
                                    EventNumber before = kLatest) const;
  Trace trace(EventId route) const;

  // How a prefix moved through the routers, because of one root event: the last one that moved it.
  struct Wave {
    EventId root;
    std::int64_t began = 0;            // ns of the monotonic clock
    std::vector<EventId> routes = {};  // by time
  };
  std::optional<Wave> last_wave(const net::IpPrefix& prefix) const;

 private:
  struct Step {
    TraceHop hop;
    std::optional<EventId> before;  // the sender's Route
    EventId earliest;
    Trace::Beginning beginning = Trace::Beginning::Root;
  };
  Step step_back(EventId route) const;
  void step_to_sender(Step& step, EventId received, std::int64_t received_at,
                      const EventPrefix& prefix) const;
  std::optional<EventId> sent_as(EventId received) const;
  template <class Wanted>
  const Numbered* last_before(std::uint32_t router, EventNumber before, Wanted&& wanted) const;

  struct Far {
    std::uint32_t router;
    std::uint16_t peer;
  };
  std::vector<Router> routers_;
  std::vector<std::vector<Numbered>> events_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Far> far_;  // by router and peer
};

}  // namespace speaker
