// `chainrouter speak`: one router of ours in one namespace that somebody else made, in the foreground. The
// same Router as in a chain, on a thread of its own; this thread has the signals and the control socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio.hpp>

#include "app/control_server.h"
#include "app/lab_record.h"
#include "app/recordings.h"
#include "app/router.h"
#include "app/speak_options.h"
#include "speaker/quiescence.h"

namespace app {

class SpeakerProcess {
 public:
  struct Watcher {
    std::function<void()> ready;                        // it listens, its neighbours are being dialled
    std::function<void(const std::string& news)> news;  // of its sessions
  };

  // Takes the name; throws std::runtime_error when it is taken, std::system_error when the namespace cannot
  // be entered.
  SpeakerProcess(SpeakOptions options, Watcher watcher);
  SpeakerProcess(const SpeakerProcess&) = delete;
  SpeakerProcess& operator=(const SpeakerProcess&) = delete;

  // What killed predecessors had left in the file system.
  const std::vector<std::string>& swept() const { return swept_; }
  // Until SIGINT or SIGTERM. Throws std::runtime_error with what ended the router otherwise.
  void run();

 private:
  void listening();
  void serve_requests();
  void wait_for_quiet(ControlServer::Reply reply);
  void check_quiet();
  void stop();

  SpeakOptions options_;
  Watcher watcher_;
  netns::Namespace namespace_;
  std::vector<std::string> swept_;
  LabEntry entry_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  std::unique_ptr<ControlServer> control_;
  speaker::Doorbell doorbell_;
  std::unique_ptr<Router> router_;
  std::optional<speaker::Quiescence> quiescence_;
  std::vector<ControlServer::Reply> waiting_for_quiet_;
  Recordings recordings_{io_};
  std::string failure_;
};

}  // namespace app
