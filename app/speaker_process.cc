#include "app/speaker_process.h"

#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/privileges.h"
#include "app/recording_requests.h"
#include "app/router_requests.h"
#include "app/runtime_directory.h"
#include "app/system_calls.h"

namespace app {

namespace asio = boost::asio;
using boost::system::error_code;
using nlohmann::ordered_json;

namespace {

netns::Namespace home(const std::string& name) {
  return name.empty() ? netns::Namespace::current() : netns::Namespace::open(netns_directory() + "/" + name);
}

// A dead speaker's record tells of routes in this namespace; it goes with the sweep.
std::vector<std::string> sweep(const netns::Namespace& where, RouterPlan& plan) {
  plan.routes_were_left = speaker_died_in(where.inode());
  return sweep_dead_labs();
}

}  // namespace

SpeakerProcess::SpeakerProcess(SpeakOptions options, Watcher watcher)
    : options_(std::move(options)),
      watcher_(std::move(watcher)),
      namespace_(home(options_.netns)),
      swept_(sweep(namespace_, options_.plan)),
      entry_(options_.plan.name),
      signals_(io_, SIGINT, SIGTERM) {}

void SpeakerProcess::run() {
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    // The second one does not wait for anybody.
    signals_.async_wait([this](error_code again, int) {
      if (!again) io_.stop();
    });
    stop();
  });
  Router::Reports reports{
      .listening = [this](std::size_t) { asio::post(io_, [this] { listening(); }); },
      .failed =
          [this](std::size_t, std::string error) {
            asio::post(io_, [this, error] {
              failure_ = error;
              io_.stop();
            });
          },
      .maybe_quiet = [this] { asio::post(io_, [this] { check_quiet(); }); },
      .session = [this](std::string news) { asio::post(io_, [this, news] { watcher_.news(news); }); },
      .news = [this](std::string news) { asio::post(io_, [this, news] { watcher_.news(news); }); },
  };
  router_ = std::make_unique<Router>(0, options_.plan, namespace_, std::move(reports), doorbell_);
  quiescence_.emplace(std::vector{&router_->activity()}, std::vector<speaker::SessionEnds>());
  router_->launch(-1);
  const auto work = asio::make_work_guard(io_);
  io_.run();
  router_.reset();
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

void SpeakerProcess::listening() {
  router_->start([this] {
    asio::post(io_, [this] {
      entry_.publish({{options_.plan.name, namespace_.fd(), namespace_.inode()}});
      serve_requests();
      keep_no_capability();
      keep_usual_system_calls_only();
      watcher_.ready();
    });
  });
}

void SpeakerProcess::stop() {
  control_.reset();
  router_->leave([this] { asio::post(io_, [this] { io_.stop(); }); });
}

void SpeakerProcess::serve_requests() {
  const RouterRequests router(
      io_, [this](const std::string& name) { return name == options_.plan.name ? router_.get() : nullptr; });
  control_ = std::make_unique<ControlServer>(
      io_, control_socket_path(options_.plan.name),
      [this, router](const ordered_json& document, ControlServer::Reply reply) {
        const auto request = parse_request(document);
        if (!request) {
          reply({{"error", request.error()}});
          return;
        }
        std::visit(
            net::overloaded{
                [&](const request::List&) {
                  reply({{"schema", "chainrouter.list/1"},
                         {"pid", getpid()},
                         {"routers", ordered_json::array({RouterRequests::row(*router_)})}});
                },
                [&](const request::Wait&) { wait_for_quiet(std::move(reply)); },
                [&](const request::Events&) {
                  reply({{"error", "a single speaker keeps no events; a lab does"}});
                },
                [&](const request::Outage&) {
                  reply({{"error",
                          "a speaker alone is no chain; shutdown and enable take one of its "
                          "sessions down and let it come again"}});
                },
                [&](const request::Motion&) {
                  reply({{"error",
                          "a speaker alone cannot be paused or slowed down: its neighbors go by clocks of "
                          "their own"}});
                },
                [&](const request::Interval&) {
                  reply({{"error", "a speaker alone has its intervals from --neighbor …,mrai="}});
                },
                [&](const request::Snapshot&) {
                  reply({{"error", "a snapshot is of a lab; show and check fib tell of a speaker alone"}});
                },
                [&](const request::Loads& loads) { router.answer(loads, {router_.get()}, std::move(reply)); },
                [&](const request::Metrics& metrics) {
                  router.answer(metrics, {router_.get()}, std::move(reply));
                },
                [&](const request::Convergence&) {
                  reply({{"error", "a speaker alone has nothing to converge with"}});
                },
                [&](const request::Record& record) { answer(recordings_, record, {router_.get()}, reply); },
                [&](const auto& of_the_router) { router.answer(of_the_router, std::move(reply)); },
            },
            *request);
      });
}

// Quiet for a speaker alone: nothing undecided, unacknowledged or unsaid here. What its neighbours still do
// is not ours to know.
void SpeakerProcess::wait_for_quiet(ControlServer::Reply reply) {
  std::erase_if(waiting_for_quiet_, [](const auto& waiting) { return !waiting.wanted(); });
  waiting_for_quiet_.push_back(std::move(reply));
  check_quiet();
}

void SpeakerProcess::check_quiet() {
  doorbell_.answer();
  const auto quiet = quiescence_->check();
  if (!quiet) return;
  for (const auto& reply : std::exchange(waiting_for_quiet_, {}))
    reply({{"quietSince", quiet->since},
           {"sessions", router_->activity().sessions.load()},
           {"sessionsWanted", options_.plan.speaker.neighbors.size()}});
}

}  // namespace app
