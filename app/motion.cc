#include "app/motion.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

// What is under way takes milliseconds; a busy machine may take longer. A neighbour that does not read, or a
// session that breaks just now, is not waited for longer than this.
constexpr std::chrono::seconds kPatience{10};
// Who wants another interval asks again every second.
constexpr std::chrono::seconds kLease{5};

}  // namespace

Motion::Motion(asio::io_context& io, Lab lab) : io_(io), lab_(std::move(lab)), patience_(io), lease_(io) {}

void Motion::take(const request::Motion& order, ControlServer::Reply reply) {
  if (lab_.has_foreign) {
    reply({{"error",
            "a lab with foreign routers (--foreign) cannot be paused or slowed down: they go by clocks of "
            "their own, and would give our sessions up"}});
    return;
  }
  orders_.emplace_back(order, std::move(reply));
  if (orders_.size() == 1) begin();
}

void Motion::begin() {
  using Verb = request::Motion::Verb;
  settled_ = true;
  const request::Motion order = orders_.front().first;
  const auto done = [this] { end(state()); };
  switch (order.verb) {
    case Verb::Pause:
      if (paused_) return done();
      return pause(done);
    case Verb::Step:
      if (!paused_) return end({{"error", "the lab is not paused: chainrouter pause comes first"}});
      return step();
    case Verb::Resume:
      if (!paused_) return done();
      return resume(done);
    case Verb::Speed:
      if (paused_ || order.speed == speed_) {  // it is for when it goes on
        speed_ = order.speed;
        return done();
      }
      // By way of a pause: the clocks of all are never apart while there is something to tell.
      return pause([this, speed = order.speed, done] {
        speed_ = speed;
        resume(done);
      });
  }
}

void Motion::end(const ordered_json& answer) {
  const auto reply = std::move(orders_.front().second);
  orders_.pop_front();
  reply(answer);
  if (!orders_.empty()) begin();
}

ordered_json Motion::state() const {
  const auto held_back = std::ranges::count_if(lab_.routers, [](const auto& router) {
    return router->activity().busy.load(std::memory_order_relaxed) == speaker::Busy::HeldBack;
  });
  return {{"paused", paused_}, {"speed", speed_}, {"heldBack", held_back}, {"settled", settled_}};
}

void Motion::pause(Then then) {
  each_speaker([](speaker::Speaker& speaker) { speaker.close_gate(speaker.present()); },
               [this, then = std::move(then)] {
                 when_at_rest([this, then] {
                   stop_clocks([this, then] {
                     paused_ = true;
                     lab_.clock_changed();
                     when_at_rest(then);  // a timer may have expired just before
                   });
                 });
               });
}

// Each stops its own; where the last one stands, all stand then.
void Motion::stop_clocks(Then then) {
  const auto latest = std::make_shared<bgp::Instant>();
  each(
      [this, latest](Router& router, const Then& done) {
        router.stop_clock([this, latest, done](bgp::Instant at) {
          asio::post(io_, [latest, at] { *latest = std::max(*latest, at); });
          done();
        });
      },
      [this, latest, then = std::move(then)] {
        clock_ = speaker::LabClock(Clock::now(), *latest, 0);
        each([this](Router& router, const Then& done) { router.set_clock(clock_, done); }, then);
      });
}

void Motion::step() {
  struct Released {
    std::size_t routers = 0, updates = 0, routes = 0;
  };
  const auto all = std::make_shared<Released>();
  each_speaker(
      [this, all](speaker::Speaker& speaker) {
        const auto released = speaker.prepare_step(speaker.present());
        if (released.updates == 0) return;
        asio::post(io_, [all, released] {
          ++all->routers;
          all->updates += released.updates;
          all->routes += released.routes;
        });
      },
      [this, all] {
        each_speaker([](speaker::Speaker& speaker) { speaker.release_step(speaker.present()); },
                     [this, all] {
                       when_at_rest([this, all] {
                         ordered_json answer = state();
                         answer["released"] = {
                             {"routers", all->routers}, {"updates", all->updates}, {"routes", all->routes}};
                         end(answer);
                       });
                     });
      });
}

void Motion::resume(Then then) {
  const auto now = Clock::now();
  clock_ = speaker::LabClock(now, clock_.at(now), speed_);
  each([this](Router& router, const Then& done) { router.set_clock(clock_, done); },
       [this, then = std::move(then)] {
         paused_ = false;
         lab_.clock_changed();
         each_speaker(
             [speed = speed_](speaker::Speaker& speaker) { speaker.open_gate(speed, speaker.present()); },
             then);
       });
}

void Motion::each(const std::function<void(Router&, Then)>& order, Then then) {
  const auto open = std::make_shared<std::size_t>(lab_.routers.size());
  const Then done = [this, open, then = std::move(then)] {
    asio::post(io_, [open, then] {
      if (--*open == 0) then();
    });
  };
  for (const auto& router : lab_.routers) order(*router, done);
}

void Motion::each_speaker(std::function<void(speaker::Speaker&)> order, Then then) {
  each(
      [order = std::move(order)](Router& router, const Then& done) {
        router.post([order, done](speaker::Speaker& speaker) {
          order(speaker);
          done();
        });
      },
      std::move(then));
}

void Motion::when_at_rest(Then then) {
  if (lab_.at_rest()) return then();
  at_rest_then_ = std::move(then);
  patience_.expires_after(kPatience);
  patience_.async_wait([this](boost::system::error_code error) {
    if (error || !at_rest_then_) return;
    settled_ = false;
    std::exchange(at_rest_then_, {})();
  });
}

void Motion::look() {
  if (!at_rest_then_ || !lab_.at_rest()) return;
  const auto then = std::exchange(at_rest_then_, {});
  patience_.cancel();
  then();
}

// --- Another advertisement interval for a while ---

void Motion::take(const request::Interval& order, ControlServer::Reply reply) {
  if (interval_ && holder_ != order.holder) {
    if (order.interval)
      reply({{"error", fmt::format("another watch --mrai {:g} is under way",
                                   std::chrono::duration<double>(*interval_).count())}});
    else
      reply({{"done", true}});  // its own has ended already
    return;
  }
  holder_ = order.holder;
  lease_.cancel();
  if (order.interval) {
    lease_.expires_after(kLease);
    lease_.async_wait([this](boost::system::error_code error) {
      if (!error) set_interval(std::nullopt, [] {});
    });
  }
  const auto done = [reply = std::move(reply)] { reply({{"done", true}}); };
  if (interval_ == order.interval) return done();
  set_interval(order.interval, done);
}

void Motion::set_interval(std::optional<std::chrono::milliseconds> interval, Then then) {
  interval_ = interval;
  each_speaker([interval](speaker::Speaker& speaker) { speaker.set_mrai(interval, speaker.present()); },
               std::move(then));
}

}  // namespace app
