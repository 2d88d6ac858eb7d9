// A lab: the chain made real and kept running. Owns the control thread's io_context, the namespaces, the
// routers and the lab's entry in the file system, and moves through its phases:
//   namespaces → links, while the routers begin to listen → all dial → sessions → routes → quiet (converged)
//   → (signal) → frozen → stopped → gone.
// Everything here runs on the control thread, which stays in the host's namespace; builder and routers post
// to it.
#pragma once

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio.hpp>

#include "app/control_server.h"
#include "app/file_recording.h"
#include "app/lab_record.h"
#include "app/motion.h"
#include "app/recordings.h"
#include "app/report.h"
#include "app/request.h"
#include "app/router.h"
#include "app/snapshots.h"
#include "app/system_calls.h"
#include "app/topology.h"
#include "netns/notice_board.h"
#include "scenario/play.h"
#include "speaker/quiescence.h"

namespace app {

class WebListener;
class WebServer;

enum class Phase { Building, Starting, Converging, Converged, Stopping };

// How far things are, for the progress lines. Read on the control thread.
struct Progress {
  Phase phase = Phase::Building;
  std::size_t namespaces = 0, namespaces_wanted = 0;
  std::size_t links = 0, links_wanted = 0;
  std::size_t sessions = 0, sessions_wanted = 0;  // among ours; counted once, not at both ends
  std::size_t foreign_sessions = 0;               // of ours with foreign routers
  std::size_t routes = 0;
};

struct LabOptions {
  ChainOptions chain;
  std::chrono::milliseconds timeout{0};
  bool exit_when_converged = false;
  bool pin_threads = true;
  bool rootless = false;  // this process has gone into a private host
  std::string record;     // a file for what the routers hear; empty: none
};

// In labs of more routers, what others do to our routes in the kernel's tables goes unnoticed.
inline constexpr std::size_t kMostGuarded = 256;

class Lab {
 public:
  struct Watcher {
    std::function<void()> progressed;              // something moved on; called often
    std::function<void(const Report&)> converged;  // once
    std::function<void()> timed_out;               // once, instead
    std::function<void(const std::string&)> news;  // what a router has to report, as a sentence
    // Set: played when converged, on a thread of its own; the lab ends with the status that it returns.
    std::function<int(scenario::Stage&)> play = {};
  };

  Lab(LabOptions options, std::chrono::steady_clock::time_point process_start, Watcher watcher);
  ~Lab();

  // Before run(): who visits the page meets the lab as soon as it has routers.
  void open_page(WebListener listener);
  // Runs until a signal, or until converged or timed out when asked to exit then. Returns the exit status.
  // Throws (std::system_error, std::runtime_error) what went wrong in building; nothing is left then.
  int run();

  Progress progress() const;
  // How long the teardown took; meaningful after run().
  std::chrono::nanoseconds teardown_time() const { return teardown_time_; }

 private:
  class Stage;  // lab_stage.h
  void build();
  void launch(std::shared_ptr<const std::vector<netns::Namespace>> namespaces);
  void start_speaking();
  // What the kernel notifies of all namespaces, two kinds apart: however many routes somebody installs, no
  // change of a link is lost among them.
  struct Notices {
    Notices(boost::asio::io_context& io, netns::NoticeBoard made, Router::About what)
        : board(std::move(made)), readable(io, board.native_handle()), about(what) {}
    ~Notices() { readable.release(); }  // the board owns the descriptor
    netns::NoticeBoard board;
    boost::asio::posix::stream_descriptor readable;
    Router::About about;
  };
  void connected();
  void listen(Notices& notices);
  void listening(std::size_t router);

  void arm_timeout();
  void show_progress();
  void check_quiet();
  void guard_routes();
  void declare(const speaker::Quiescence::Quiet& quiet);
  void fail(std::exception_ptr failure);
  void stop(int status);
  void frozen();
  void tear_down();

  // Requests on the control socket (lab_requests.cc).
  void serve_requests();
  nlohmann::ordered_json list() const;
  nlohmann::ordered_json convergence() const;
  void wait_for_quiet(ControlServer::Reply reply);
  void tell_quiet(const speaker::Quiescence::Quiet& quiet);
  Router* find(const std::string& name);
  std::vector<Router*> all_routers() const;

  // The page (lab_web.cc).
  void serve_page();
  void tell_page();

  // A scenario to be played (lab_stage.cc).
  void begin_play();
  int status_if_interrupted() const;

  // Links, sessions and routers that are taken down and brought back, one after the other (lab_outages.cc).
  void take(const request::Outage& outage, ControlServer::Reply reply);
  std::string why_not(const request::Outage& outage) const;
  void begin_outage();
  void end_outage(const std::string& error);
  std::map<Router*, Router::Orders> orders_for(const request::Outage& outage);
  void order(scenario::Thing thing, bool act, std::uint32_t router, std::uint32_t link,
             std::map<Router*, Router::Orders>& orders);

  LabOptions options_;
  std::chrono::steady_clock::time_point process_start_;
  Watcher watcher_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timeout_, progress_tick_;
  std::vector<RouterPlan> plan_;
  std::unique_ptr<LabEntry> entry_;
  ControlServer::Handler requests_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<WebListener> web_listener_;
  std::unique_ptr<WebServer> web_;
  std::jthread builder_, player_;
  std::shared_ptr<const std::vector<netns::Namespace>> namespaces_;  // the builder's, too, until it is done
  std::unique_ptr<Notices> interface_notices_, route_notices_;
  // Empty, and the first to be let go of: while the kernel frees it, all others join the list of those that
  // it frees next, and at once (docs/adr/0025).
  std::optional<netns::Namespace> forerunner_;
  std::optional<SystemCallFilter> system_calls_;  // until it is in force
  speaker::Doorbell doorbell_;
  std::vector<std::unique_ptr<Router>> routers_;  // ours: foreign ones have a plan and a namespace only
  std::vector<Router*> router_in_;                // by namespace; nothing in those of foreign ones
  std::optional<speaker::Quiescence> quiescence_;
  std::vector<ControlServer::Reply> waiting_for_quiet_;
  std::unique_ptr<Motion> motion_;  // from the first request on, as these
  std::unique_ptr<Snapshots> snapshots_;
  Recordings recordings_{io_};
  std::unique_ptr<FileRecording> file_recording_;

  scenario::Outages outages_;
  std::deque<std::pair<request::Outage, ControlServer::Reply>> outages_to_come_;  // the first is in hand
  std::size_t outage_answers_ = 0;                                                // that are still to come
  std::uint64_t outage_number_ = 0;
  boost::asio::steady_timer outage_patience_;

  Progress building_;
  Phase phase_ = Phase::Building;
  bool guarding_ = false;
  std::size_t listening_ = 0, frozen_ = 0;
  Report report_;
  int status_ = 0;
  std::exception_ptr failure_;
  std::chrono::steady_clock::time_point stop_began_{};
  std::chrono::nanoseconds teardown_time_{0};
};

}  // namespace app
