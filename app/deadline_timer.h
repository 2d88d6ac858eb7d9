// The one OS timer of a router: set to the next deadline of its speaker, which is in the lab's time. On the
// router's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "speaker/lab_clock.h"

namespace app {

class DeadlineTimer {
 public:
  // `clock` must outlive this. `due` is called at a deadline, or before it, and sets the timer again.
  DeadlineTimer(boost::asio::io_context& io, const speaker::LabClock& clock, std::function<void()> due)
      : clock_(clock), timer_(io), due_(std::move(due)) {}

  // Most deadlines are put off again and again, a hold timer by every message, and setting the timer is a
  // system call: so it is left alone where it would go off too early, unless that is less than half of the
  // way. A router at rest sends its KEEPALIVEs on another's occasion just before its own timer is due: that
  // timer moves, once a round, and wakes nobody. With a `now` that is somewhat old it is left alone the
  // sooner.
  void set(std::optional<bgp::Instant> deadline, bgp::Instant now) {
    if (!deadline) return;
    if (armed_ && *armed_ <= *deadline) {
      if (*armed_ <= now || *deadline - now <= 2 * (*armed_ - now)) return;
    }
    const auto at = clock_.when(*deadline);
    if (!at) return;  // the clock stands
    armed_ = deadline;
    timer_.expires_at(*at);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      armed_.reset();
      due_();
    });
  }

  // The clock goes otherwise now; set() again.
  void clear() {
    armed_.reset();
    timer_.cancel();
  }

 private:
  const speaker::LabClock& clock_;
  boost::asio::steady_timer timer_;
  std::function<void()> due_;
  std::optional<bgp::Instant> armed_;
};

}  // namespace app
