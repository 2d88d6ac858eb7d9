// MinRouteAdvertisementInterval: when may a peer be told of changes (RFC 4271 §9.2.1.1)? Two ways of
// measuring it, because they look so different over many hops:
//   quagga: a free-running tick with a seeded phase; every UPDATE, the first too, waits for the next tick;
//   rfc:    a gap since the last UPDATE, with jitter of 0.75 to 1, so a first UPDATE leaves at once.
// Withdrawals wait likewise in both (RFC 4271 left that open to the implementer; Quagga does the same). Pure:
// the time is handed in.
#pragma once

#include <chrono>
#include <optional>

#include "bgp/session.h"

namespace speaker {

enum class MraiMode : std::uint8_t { Quagga, Rfc };

struct MraiConfig {
  std::chrono::milliseconds interval{0};  // 0: nothing is ever held back
  MraiMode mode = MraiMode::Quagga;
};

class Mrai {
 public:
  // `jitter` gives the phase of a free-running tick, once, relative to `epoch`.
  Mrai(MraiConfig config, bgp::Instant epoch, bgp::Jitter& jitter)
      : config_(config), jitter_(jitter), epoch_(epoch) {
    epoch_ += phase(config_.interval);
  }

  // Another interval for a while; nothing: the configured one again, with the ticks that it had.
  void set_interval(std::optional<std::chrono::milliseconds> interval, bgp::Instant now) {
    held_until_.reset();
    next_ = {};
    other_ = interval;
    if (interval) other_epoch_ = now + phase(*interval);
  }

  // There is something to tell: the instant from which it may be told. Asked again while it waits, the answer
  // stays the same.
  bgp::Instant release_at(bgp::Instant now) {
    if (interval().count() == 0) return now;
    if (config_.mode == MraiMode::Rfc) return std::max(now, next_);
    if (!held_until_) held_until_ = next_tick(now);
    return *held_until_;
  }

  // It was told: UPDATEs have been written.
  void sent(bgp::Instant now) {
    held_until_.reset();
    if (config_.mode == MraiMode::Rfc) next_ = now + jitter_.shorten(interval());
  }

  // What was to be told has been undone before it was: no tick is waited for.
  void nothing_to_send() { held_until_.reset(); }

  // There is nobody to tell anything to any more.
  void reset() {
    held_until_.reset();
    next_ = {};
  }

  // Until when something is held back, if it is; `now` is the time of the last input. What is due and still
  // waits, waits for the socket.
  std::optional<bgp::Instant> held_until(bgp::Instant now) const {
    const auto until = config_.mode == MraiMode::Rfc ? std::optional(next_) : held_until_;
    return until > now ? until : std::nullopt;
  }

  std::chrono::milliseconds interval() const { return other_.value_or(config_.interval); }

 private:
  // The first tick strictly after now.
  bgp::Instant next_tick(bgp::Instant now) const {
    const auto step = std::chrono::nanoseconds(interval());
    const bgp::Instant epoch = other_ ? other_epoch_ : epoch_;
    if (now < epoch) return epoch;
    return epoch + ((now - epoch) / step + 1) * step;
  }

  std::chrono::nanoseconds phase(std::chrono::nanoseconds interval) {
    if (interval.count() <= 0) return {};
    return std::chrono::nanoseconds(jitter_.next() % static_cast<std::uint64_t>(interval.count()));
  }

  MraiConfig config_;
  bgp::Jitter& jitter_;
  bgp::Instant epoch_;                              // an instant of the free-running tick
  std::optional<std::chrono::milliseconds> other_;  // set_interval's
  bgp::Instant other_epoch_{};
  bgp::Instant next_{};
  std::optional<bgp::Instant> held_until_;
};

}  // namespace speaker
