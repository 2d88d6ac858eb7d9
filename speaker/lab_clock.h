// The time of a lab, which passes as fast as the machine's, slower, or not at all (docs/adr/0018). A value:
// lab time is a straight line over the time of the monotonic clock, and a deadline in lab time is found on it
// again. Every router has a copy of its own and all copies follow one line, so their times are comparable.
// Pure: the machine's time is handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "bgp/session.h"

namespace speaker {

class LabClock {
 public:
  // Until told otherwise: the machine's own time.
  LabClock() = default;
  // It shows `lab` when the machine's clock shows `real`, and goes `speed` times as fast: 0 to 1.
  LabClock(bgp::Instant real, bgp::Instant lab, double speed)
      : real_(real), lab_(lab), least_(lab), speed_(speed) {}

  bgp::Instant at(bgp::Instant real) const {
    const auto passed = real - real_;
    return std::max(least_, lab_ + (speed_ == 1 ? passed : scaled(passed, speed_)));
  }

  // When the machine's clock will show an instant of the lab's, no sooner; nothing: not as things are.
  std::optional<bgp::Instant> when(bgp::Instant lab) const {
    if (speed_ == 1) return real_ + (lab - lab_);
    if (speed_ == 0) return std::nullopt;
    bgp::Instant real = real_ + scaled(lab - lab_, 1 / speed_);
    // What rounding has taken is little, but a slow clock takes long for a little.
    while (real - real_ < kLongest && at(real) < lab)
      real += std::max(kLeast, scaled(lab - at(real), 1 / speed_));
    return real;
  }

  // Follows another line from now on, and never goes back for it: it waits until the line has come to where
  // it is.
  void follow(const LabClock& other, bgp::Instant real) {
    const bgp::Instant here = at(real);
    *this = other;
    least_ = std::max(here, other.least_);
  }

  double speed() const { return speed_; }

 private:
  static constexpr std::chrono::nanoseconds kLeast{1};
  static constexpr std::chrono::hours kLongest{24 * 365 *
                                               50};  // beyond any deadline, and within 64 bits twice
  static std::chrono::nanoseconds scaled(std::chrono::nanoseconds duration, double by) {
    const auto longest = static_cast<double>(std::chrono::nanoseconds(kLongest).count());
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(std::clamp(static_cast<double>(duration.count()) * by, -longest, longest)));
  }

  bgp::Instant real_{}, lab_{}, least_{};
  double speed_ = 1;
};

}  // namespace speaker
