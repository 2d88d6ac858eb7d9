// Slow motion of a lab (docs/adr/0018): pauses it, takes it a step further, lets it go on, at another speed.
// Owns the line that all routers' clocks follow and the order in which gates and clocks change:
//   pause    gates close → rest → clocks stop → rest
//   step     all prepare → all release → rest
//   resume   clocks go → gates open
// so that no UPDATE crosses from a router whose clock goes to one whose clock does not. One order at a time.
// On the control thread.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio.hpp>

#include "app/control_server.h"
#include "app/request.h"
#include "app/router.h"
#include "speaker/lab_clock.h"

namespace app {

class Motion {
 public:
  struct Lab {
    std::span<const std::unique_ptr<Router>> routers;  // all of the lab's; must outlive this
    bool has_foreign = false;                          // and some that are not ours
    std::function<bool()> at_rest;                     // does nothing go on but what is held back?
    std::function<void()> clock_changed;               // it goes at another speed, or stands
  };
  Motion(boost::asio::io_context& io, Lab lab);

  void take(const request::Motion& order, ControlServer::Reply reply);
  void take(const request::Interval& order, ControlServer::Reply reply);
  // Some router has come to rest.
  void look();

  bool paused() const { return paused_; }
  double speed() const { return speed_; }  // when not paused
  const speaker::LabClock& clock() const { return clock_; }

 private:
  using Then = std::function<void()>;
  // Orders every router to do something, each on its thread, and goes on when all have.
  void each(const std::function<void(Router&, Then done)>& order, Then then);
  void each_speaker(std::function<void(speaker::Speaker&)> order, Then then);
  void when_at_rest(Then then);
  void begin();
  void end(const nlohmann::ordered_json& answer);
  void pause(Then then);
  void stop_clocks(Then then);
  void step();
  void resume(Then then);
  nlohmann::ordered_json state() const;
  void set_interval(std::optional<std::chrono::milliseconds> interval, Then then);

  boost::asio::io_context& io_;
  Lab lab_;
  speaker::LabClock clock_;
  bool paused_ = false;
  double speed_ = 1;
  std::deque<std::pair<request::Motion, ControlServer::Reply>> orders_;  // the first is in hand
  bool settled_ = true;                                                  // its last wait for rest ended so
  Then at_rest_then_;
  boost::asio::steady_timer patience_;
  // Of request::Interval.
  std::optional<std::chrono::milliseconds> interval_;
  std::uint32_t holder_ = 0;
  boost::asio::steady_timer lease_;
};

}  // namespace app
