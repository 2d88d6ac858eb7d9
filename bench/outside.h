// Watching a lab from outside, as another program would: a netlink listener in each namespace, one clock.
// Shared by the benchmarks that run the real binary.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <linux/rtnetlink.h>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "net/prefix.h"
#include "netns/namespace.h"
#include "netns/netlink.h"
#include "netns/notice_board.h"

namespace bench {

using Clock = std::chrono::steady_clock;

// How often one looks who listens to many, or asks again.
inline constexpr auto kGlance = std::chrono::microseconds(500);

// /run/netns/PREFIXi for each i in [first, last], as soon as the names exist.
std::vector<netns::Namespace> named_places(const std::string& prefix, std::uint32_t first,
                                           std::uint32_t last);

// Is it a BGP speaker's, be it ours, FRR's or BIRD's?
bool is_of_bgp(const rtmsg& route);
// What a message says of a speaker's IPv4 route; nothing: it is about something else.
struct SpeakersRoute {
  net::Ipv4Prefix prefix;
  bool removed = false;
};
std::optional<SpeakersRoute> speakers_route(const nlmsghdr& message);

// Returns when the file exists; inotify says when to look again. Throws std::runtime_error after a minute.
void await_file(const std::string& path);

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
  // Asks it to end, and waits until it has.
  void end();

 private:
  Clock::time_point started_;
  pid_t pid_ = -1;
  int output_ = -1;
};

// When each namespace's table held so many routes of a BGP speaker, and when a prefix first came. One
// namespace is listened to by a socket in it, many by one for all: with a socket in each, every change of a
// route would walk all of them under the kernel's one lock (docs/adr/0015), and what is measured would take
// half as long again.
class RouteWatch {
 public:
  // Opens a listener in /run/netns/PREFIXi for each i in [first, last], as soon as the names exist.
  RouteWatch(const std::string& prefix, std::uint32_t first, std::uint32_t last);
  // One listener, in a namespace of our own.
  explicit RouteWatch(const netns::Namespace& place);
  // One in each of these.
  explicit RouteWatch(const std::vector<netns::Namespace>& places);

  // Takes in what comes until `done` says so or `limit` passes; false then.
  bool until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  std::size_t routes(std::uint32_t index) const { return listeners_[index].routes.size(); }
  const std::set<net::Ipv4Prefix>& table(std::uint32_t index) const { return listeners_[index].routes; }
  // When the table last changed.
  Clock::time_point changed(std::uint32_t index) const { return listeners_[index].changed; }
  // Notes the arrival (or removal) of this prefix from now on.
  void expect(net::Ipv4Prefix prefix, bool removal);
  std::optional<Clock::time_point> arrival(std::uint32_t index) const { return listeners_[index].arrival; }
  std::size_t size() const { return listeners_.size(); }

 private:
  struct Listener {
    std::set<net::Ipv4Prefix> routes;  // what came between subscribing and dumping is told twice
    Clock::time_point changed{};
    std::optional<Clock::time_point> arrival;
  };
  void listen_to(std::span<const netns::Namespace> places);
  void take_notices(Clock::time_point now);
  void take(Listener& listener, const nlmsghdr& message, Clock::time_point now);

  std::vector<Listener> listeners_;
  net::Ipv4Prefix expected_;
  bool expect_removal_ = false;
  std::optional<netns::NetlinkSocket> socket_;  // of one namespace
  std::optional<netns::NoticeBoard> board_;     // of many
};

}  // namespace bench
