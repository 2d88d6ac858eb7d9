// How a speaker writes its events down: what is the cause of what is done now, and records made of the
// speaker's own words. Where the ring is off each call is one comparison. On the router's thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "bgp/session.h"
#include "speaker/event.h"
#include "speaker/event_ring.h"

namespace speaker {

class Journal {
 public:
  explicit Journal(EventRing& ring) : ring_(ring) {}

  bool on() const { return ring_.on(); }
  // What the input in hand does is put down to this event; 0: to nothing that was written down.
  EventNumber cause() const { return cause_; }
  void begin_input() { cause_ = 0; }
  void because_of(EventNumber event) { cause_ = event; }

  // Each returns the number of the event, 0 where nothing is written down.
  EventNumber trigger(Trigger what, bgp::Instant now, std::uint16_t peer = kNoPeer,
                      const std::optional<net::IpPrefix>& prefix = std::nullopt) {
    if (!on()) return 0;
    Event event = begin(EventKind::Trigger, now, peer, static_cast<std::uint8_t>(what), cause_);
    if (prefix) event.prefix = {.prefix = EventPrefix::of(*prefix)};
    return ring_.write(event);
  }

  EventNumber link(bool usable, std::uint16_t peer, bgp::Instant now) {
    if (!on()) return 0;
    return ring_.write(begin(EventKind::Link, now, peer, usable ? 1 : 0, cause_));
  }

  EventNumber session(std::uint16_t peer, Event::OfSession change, LastWord last_word, bgp::Instant now) {
    if (!on()) return 0;
    Event event = begin(EventKind::Session, now, peer, static_cast<std::uint8_t>(last_word), cause_);
    event.session = change;
    return ring_.write(event);
  }

  EventNumber received(std::uint16_t peer, const Event::OfUpdates& update, bgp::Instant now) {
    if (!on()) return 0;
    Event event = begin(EventKind::Received, now, peer, 0, 0);
    event.updates = update;
    return ring_.write(event);
  }

  template <class Decision>
  EventNumber route(const Decision& decision, std::uint16_t peer, int error, bgp::Instant decided,
                    bgp::Instant acknowledged) {
    if (!on()) return 0;
    Event event =
        begin(EventKind::Route, acknowledged, peer, static_cast<std::uint8_t>(decision.step), decision.cause);
    const auto took = std::clamp<std::int64_t>((acknowledged - decided).count(), 0,
                                               std::numeric_limits<std::uint32_t>::max());
    event.prefix = {.prefix = EventPrefix::of(decision.prefix),
                    .kernel = decision.kernel,
                    .error = static_cast<std::uint8_t>(error),
                    .took = static_cast<std::uint32_t>(took)};
    return last_route_ = ring_.write(event);
  }

  EventNumber held(std::uint16_t peer, bgp::Instant until, EventNumber news_to_peer, bgp::Instant now) {
    if (!on()) return 0;
    Event event = begin(EventKind::Held, now, peer, 0, std::max(last_route_, news_to_peer));
    event.hold = {.until = until.time_since_epoch().count()};
    return ring_.write(event);
  }

  // `news_to_peer`: the last event that concerned this peer alone and gave it something to hear. The cause is
  // the youngest of what may be in these messages; what caused the news of one prefix is its own last Route.
  EventNumber sent(std::uint16_t peer, const Event::OfUpdates& updates, EventNumber news_to_peer,
                   bgp::Instant now) {
    if (!on()) return 0;
    Event event = begin(EventKind::Sent, now, peer, 0, std::max(last_route_, news_to_peer));
    event.updates = updates;
    return ring_.write(event);
  }

 private:
  Event begin(EventKind kind, bgp::Instant now, std::uint16_t peer, std::uint8_t detail, EventNumber cause) {
    last_at_ = std::max(last_at_, now);
    Event event;
    event.at = last_at_.time_since_epoch().count();
    event.cause = cause;
    event.peer = peer;
    event.kind = kind;
    event.detail = detail;
    return event;
  }

  EventRing& ring_;
  EventNumber cause_ = 0, last_route_ = 0;
  bgp::Instant last_at_{};
};

}  // namespace speaker
