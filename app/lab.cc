#include "app/lab.h"

#include <algorithm>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "app/freed_memory.h"
#include "app/privileges.h"
#include "app/processor.h"
#include "app/room_for_routers.h"
#include "app/visitors.h"
#include "app/web_server.h"
#include "netns/interface_monitor.h"
#include "netns/route_table.h"

namespace app {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kSettled = std::chrono::seconds(1);

}  // namespace

Lab::Lab(LabOptions options, Clock::time_point process_start, Watcher watcher)
    : options_(std::move(options)),
      process_start_(process_start),
      watcher_(std::move(watcher)),
      signals_(io_, SIGINT, SIGTERM),
      timeout_(io_),
      progress_tick_(io_),
      plan_(chain(options_.chain)),
      outages_(options_.chain.hops),
      outage_patience_(io_) {
  if (!options_.record.empty())
    file_recording_ = std::make_unique<FileRecording>(io_, recordings_, options_.record, watcher_.news);
  make_room_for(plan_.size());
  std::vector<std::string> names;
  for (const RouterPlan& router : plan_) names.push_back(router.name);
  entry_ = std::make_unique<LabEntry>(options_.chain.name_prefix, names, options_.chain.hops,
                                      options_.chain.target.to_string(), options_.rootless);
  building_.namespaces_wanted = plan_.size();
  building_.links_wanted = options_.chain.hops;
  building_.sessions_wanted = own_sessions(plan_).size();
}

Lab::~Lab() {  // where run() has thrown; nothing is left to be ended otherwise
  player_ = {};
  web_.reset();
  Router::end_all(routers_);
}

int Lab::run() {
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    // The second one does not wait: the kernel frees everything when the process ends.
    signals_.async_wait([this](error_code again, int number) {
      if (again) return;
      entry_.reset();
      _exit(128 + number);
    });
    stop(status_if_interrupted());
  });
  arm_timeout();
  show_progress();
  build();
  const auto work = asio::make_work_guard(io_);
  io_.run();
  tear_down();
  if (failure_) std::rethrow_exception(failure_);
  return status_;
}

// By the lab's clock: a lab that is paused is not late.
void Lab::arm_timeout() {
  if (phase_ >= Phase::Converged) return;
  const auto at = (motion_ ? motion_->clock() : speaker::LabClock()).when(process_start_ + options_.timeout);
  timeout_.expires_at(at.value_or(Clock::time_point::max()));
  timeout_.async_wait([this](error_code error) {
    if (error || phase_ >= Phase::Converged) return;
    watcher_.timed_out();
    if (options_.exit_when_converged || watcher_.play) stop(3);
  });
}

// --- Building ---

void Lab::build() {
  builder_ = std::jthread([this](std::stop_token stop) {
    std::vector<netns::NodePlan> nodes;
    for (const RouterPlan& router : plan_) nodes.push_back(router.node);
    const auto progress = [&](netns::BuildPhase phase, std::size_t done, std::size_t total) {
      const auto now = Clock::now();
      // Posting each of them would cost more than it shows.
      if (done == total || done % 64 == 0)
        asio::post(io_, [this, phase, done, total, now] {
          const bool namespaces = phase == netns::BuildPhase::Namespaces;
          (namespaces ? building_.namespaces : building_.links) = done;
          if (done == total)
            (namespaces ? report_.namespaces_ms : report_.links_ms) =
                std::chrono::duration<double, std::milli>(now - process_start_).count();
          watcher_.progressed();
        });
      return !stop.stop_requested();
    };
    const auto stopped = [this] { asio::post(io_, [this] { io_.stop(); }); };
    try {
      auto made = netns::make_namespaces(nodes, progress);
      if (made.empty()) return stopped();
      const auto namespaces = std::make_shared<const std::vector<netns::Namespace>>(std::move(made));
      // The routers come up while the links are made: those are the work of one processor.
      asio::post(io_, [this, namespaces] { launch(namespaces); });
      if (!netns::connect_chain(nodes, *namespaces, progress)) return stopped();
      asio::post(io_, [this] { connected(); });
    } catch (const std::exception&) {
      asio::post(io_, [this, failure = std::current_exception()] { fail(failure); });
    }
  });
}

void Lab::launch(std::shared_ptr<const std::vector<netns::Namespace>> namespaces) {
  if (phase_ == Phase::Stopping) return;
  namespaces_ = std::move(namespaces);
  Router::Reports reports{
      .listening = [this](std::size_t router) { asio::post(io_, [this, router] { listening(router); }); },
      .failed =
          [this](std::size_t, std::string error) {
            asio::post(io_, [this, error] { fail(std::make_exception_ptr(std::runtime_error(error))); });
          },
      .maybe_quiet = [this] { asio::post(io_, [this] { check_quiet(); }); },
  };
  std::vector<const speaker::RouterActivity*> activities;
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    router_in_.push_back(nullptr);
    if (plan_[i].foreign) continue;
    plan_[i].hears_from_lab = true;
    reports.news = [this, name = plan_[i].name](std::string news) {
      asio::post(io_, [this, text = fmt::format("{}: {}", name, news)] { watcher_.news(text); });
    };
    routers_.push_back(std::make_unique<Router>(i, plan_[i], (*namespaces_)[i], reports, doorbell_));
    router_in_.back() = routers_.back().get();
    activities.push_back(&routers_.back()->activity());
  }
  // Each router's neighborhood: itself, then the far ends of its sessions.
  std::vector<speaker::SessionEnds> sessions = own_sessions(plan_);
  std::vector<std::vector<const speaker::RouterActivity*>> nearby;
  for (const auto* activity : activities) nearby.push_back({activity});
  std::vector<std::vector<speaker::SessionEnds>> own(routers_.size());
  const auto meet = [&](std::uint32_t here, std::uint32_t peer, std::uint32_t there, std::uint32_t far_peer) {
    nearby[here].push_back(activities[there]);
    own[here].push_back({0, peer, static_cast<std::uint32_t>(nearby[here].size() - 1), far_peer});
  };
  for (const auto& ends : sessions) {
    meet(ends.router_a, ends.peer_a, ends.router_b, ends.peer_b);
    meet(ends.router_b, ends.peer_b, ends.router_a, ends.peer_a);
  }
  for (std::size_t i = 0; i < routers_.size(); ++i)
    routers_[i]->set_neighborhood(speaker::Quiescence(std::move(nearby[i]), std::move(own[i])));
  quiescence_.emplace(std::move(activities), std::move(sessions));
  for (std::size_t i = 0; i < routers_.size(); ++i)
    routers_[i]->launch(options_.pin_threads ? cpu_for(i, routers_.size()) : -1);
  // While the threads start and the links are made: the names, and what is to listen once they are.
  std::vector<RecordedName> names;
  for (std::size_t i = 0; i < plan_.size(); ++i)
    names.push_back({plan_[i].name, (*namespaces_)[i].fd(), (*namespaces_)[i].inode()});
  try {
    entry_->publish(names);
    const netns::Vantage vantage(*namespaces_);
    interface_notices_ = std::make_unique<Notices>(
        io_, netns::NoticeBoard(vantage, 0, netns::NoticeBoard::Hears::Everyone), Router::About::Interfaces);
    route_notices_ = std::make_unique<Notices>(io_, netns::NoticeBoard(vantage, 0), Router::About::Routes);
    forerunner_ = netns::Namespace::create();
    system_calls_.emplace();
  } catch (const std::exception&) {
    fail(std::current_exception());
  }
}

void Lab::connected() {
  if (phase_ == Phase::Stopping) return io_.stop();
  phase_ = Phase::Starting;
  try {
    interface_notices_->board.join(netns::interface_groups());
    listen(*interface_notices_);
    listen(*route_notices_);
    serve_requests();
    keep_no_capability();  // all namespaces are made, and the routers' threads have theirs
    serve_page();
  } catch (const std::exception&) {
    return fail(std::current_exception());
  }
  start_speaking();
}

void Lab::listening(std::size_t) {
  ++listening_;
  start_speaking();
}

// A SYN that comes before the far end listens is refused, and then a second passes: so nobody dials before
// all listen. One that listens and has not begun yet finds it in its backlog.
void Lab::start_speaking() {
  if (listening_ < routers_.size() || phase_ != Phase::Starting) return;
  system_calls_->load();
  system_calls_.reset();
  report_.listening_ms = std::chrono::duration<double, std::milli>(Clock::now() - process_start_).count();
  phase_ = Phase::Converging;
  if (file_recording_) file_recording_->begin(all_routers());
  for (auto& router : routers_) router->start();
  watcher_.progressed();
  tell_page();
}

// --- Convergence ---

// For the eye only: with MRAI a wave takes minutes, and its routers have no other reason to wake this thread.
void Lab::show_progress() {
  progress_tick_.expires_after(std::chrono::milliseconds(100));
  progress_tick_.async_wait([this](error_code error) {
    if (error || phase_ >= Phase::Converged) return;
    watcher_.progressed();
    show_progress();
  });
}

void Lab::check_quiet() {
  doorbell_.answer();
  if (!quiescence_ || phase_ < Phase::Converging || phase_ == Phase::Stopping) return;
  if (motion_) motion_->look();
  const auto quiet = quiescence_->check();
  if (!quiet) return;
  // "Converged" is the whole chain; later, with links down, it may be quiet with fewer sessions.
  if (phase_ == Phase::Converging && quiet->sessions_up == building_.sessions_wanted) declare(*quiet);
  tell_quiet(*quiet);
  if (phase_ == Phase::Converged) guard_routes();
}

void Lab::declare(const speaker::Quiescence::Quiet& quiet) {
  phase_ = Phase::Converged;
  const auto milliseconds = [this](std::int64_t ns) {
    return std::chrono::duration<double, std::milli>(Clock::time_point(std::chrono::nanoseconds(ns)) -
                                                     process_start_)
        .count();
  };
  const Progress now = progress();
  std::int64_t last_session = 0, last_route = 0;
  for (const auto& router : routers_) {
    last_session = std::max(last_session, router->activity().last_session.load(std::memory_order_relaxed));
    last_route = std::max(last_route, router->activity().last_route.load(std::memory_order_relaxed));
    report_.foreign_sessions_wanted += router->plan().foreign_peers.size();
    report_.routes_failed += router->activity().failed.load(std::memory_order_relaxed);
  }
  report_.rootless = options_.rootless;
  report_.hops = options_.chain.hops;
  report_.routers = routers_.size();
  report_.sessions = quiet.sessions_up;
  report_.foreign_routers = options_.chain.foreign.size();
  report_.foreign_sessions = now.foreign_sessions;
  report_.routes = now.routes;
  report_.first_router = plan_.front().name;
  report_.middle_router = routers_[routers_.size() / 2]->plan().name;
  report_.last_router = plan_.back().name;
  report_.target = options_.chain.target.to_string();
  report_.sessions_ms = milliseconds(last_session);
  report_.routes_ms = milliseconds(last_route);
  report_.converged_ms = milliseconds(quiet.since);
  report_.detected_ms = milliseconds(motion_->clock().at(Clock::now()).time_since_epoch().count());
  const Memory memory = own_memory();
  report_.rss_bytes = memory.rss_bytes;
  report_.pss_bytes = memory.pss_bytes;
  report_.cpu_seconds = own_cpu_seconds();
  timeout_.cancel();
  tell_page();
  watcher_.converged(report_);
  // Not at once: the routes are looked through once more (guard_routes), whoever watches is told.
  progress_tick_.expires_after(kSettled);
  progress_tick_.async_wait([](error_code error) {
    if (!error) give_back_memory();
  });
  if (watcher_.play) return begin_play();
  if (options_.exit_when_converged) stop(0);
}

Progress Lab::progress() const {
  Progress progress = building_;
  progress.phase = phase_;
  std::size_t ends = 0;
  for (const auto& router : routers_) {
    const auto& activity = router->activity();
    ends += activity.sessions.load(std::memory_order_relaxed);
    progress.routes += activity.routes.load(std::memory_order_relaxed);
    for (const auto peer : router->plan().foreign_peers)
      if (activity.peers[peer].connection.load(std::memory_order_relaxed) != 0) ++progress.foreign_sessions;
  }
  progress.sessions = (ends - std::min(ends, progress.foreign_sessions)) / 2;
  return progress;
}

// --- The end ---

void Lab::fail(std::exception_ptr failure) {
  if (!failure_) failure_ = std::move(failure);
  if (phase_ != Phase::Stopping) stop_began_ = Clock::now();
  phase_ = Phase::Stopping;
  io_.stop();  // without farewells: a router that has failed would never say its own
}

void Lab::stop(int status) {
  if (phase_ == Phase::Stopping) return;
  const Phase phase_before = std::exchange(phase_, Phase::Stopping);
  status_ = status;
  stop_began_ = Clock::now();
  forerunner_.reset();
  timeout_.cancel();
  if (phase_before == Phase::Building) {
    builder_.request_stop();  // connected(), fail() or the end of the loop follows
    return;
  }
  if (phase_before < Phase::Converging) {  // none has anything to say yet
    io_.stop();
    return;
  }
  // All freeze before the first one says goodbye: no wave of withdrawals through a chain that is going away.
  for (auto& router : routers_)
    router->post([this](speaker::Speaker& speaker) {
      speaker.freeze(speaker.present());
      asio::post(io_, [this] { frozen(); });
    });
}

void Lab::frozen() {
  if (++frozen_ < routers_.size()) return;
  frozen_ = 0;
  for (auto& router : routers_)
    router->post([this](speaker::Speaker& speaker) {
      speaker.stop(speaker.present());  // Cease/Administrative Shutdown, without waiting for anybody
      asio::post(io_, [this] {
        if (++frozen_ == routers_.size()) io_.stop();
      });
    });
}

void Lab::tear_down() {
  if (builder_.joinable()) builder_.join();
  player_ = {};  // asks it to stop, and waits
  web_.reset();
  control_.reset();
  Router::end_all(routers_);
  for (const std::string& sentence : visitors_in(routers_)) watcher_.news(sentence);
  if (file_recording_ && !file_recording_->finish() && status_ == 0) status_ = 1;
  routers_.clear();
  entry_.reset();
  interface_notices_.reset();
  route_notices_.reset();
  namespaces_.reset();
  teardown_time_ = Clock::now() - stop_began_;
}

}  // namespace app
