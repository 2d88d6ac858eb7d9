// Watching a lab from outside, as another program would: a netlink listener in each namespace, one clock.
// Shared by the benchmarks that run the real binary.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "net/prefix.h"
#include "netns/namespace.h"
#include "netns/netlink.h"

namespace bench {

using Clock = std::chrono::steady_clock;

// chainrouter as a child process with its report as JSON on a pipe. Killed by SIGTERM and awaited at the end.
class LabProcess {
 public:
  LabProcess(const std::string& binary, std::vector<std::string> arguments);
  ~LabProcess();
  LabProcess(const LabProcess&) = delete;
  LabProcess& operator=(const LabProcess&) = delete;

  Clock::time_point started() const { return started_; }
  pid_t pid() const { return pid_; }
  // Waits for the report. Throws when the process ends without one.
  nlohmann::json report();

 private:
  Clock::time_point started_;
  pid_t pid_ = -1;
  int output_ = -1;
};

// When each namespace's table held so many of our routes, and when a prefix first came.
class RouteWatch {
 public:
  // Opens a listener in /run/netns/PREFIXi for each i in [first, last], as soon as the names exist.
  RouteWatch(const std::string& prefix, std::uint32_t first, std::uint32_t last);
  // One listener, in a namespace of our own.
  explicit RouteWatch(const netns::Namespace& place);

  // Takes in what comes until `done` says so or `limit` passes; false then.
  bool until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  std::size_t routes(std::uint32_t index) const { return listeners_[index].routes.size(); }
  // When the table last changed.
  Clock::time_point changed(std::uint32_t index) const { return listeners_[index].changed; }
  // Notes the arrival (or removal) of this prefix from now on.
  void expect(net::Ipv4Prefix prefix, bool removal);
  std::optional<Clock::time_point> arrival(std::uint32_t index) const { return listeners_[index].arrival; }
  std::size_t size() const { return listeners_.size(); }

 private:
  struct Listener {
    netns::NetlinkSocket socket;
    std::set<net::Ipv4Prefix> routes;  // what came between subscribing and dumping is told twice
    Clock::time_point changed{};
    std::optional<Clock::time_point> arrival;
  };
  void listen();  // in the calling thread's namespace
  void wait_for_all();
  void take(Listener& listener, const nlmsghdr& message, Clock::time_point now);

  std::vector<Listener> listeners_;
  net::Ipv4Prefix expected_;
  bool expect_removal_ = false;
  int epoll_ = -1;
};

}  // namespace bench
