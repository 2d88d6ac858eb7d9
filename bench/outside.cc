#include "bench/outside.h"

#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netns/namespace.h"

namespace bench {

LabProcess::LabProcess(const std::string& binary, std::vector<std::string> arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  arguments.insert(arguments.begin(), binary);
  arguments.insert(arguments.end(), {"--format", "json"});
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  started_ = Clock::now();
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    execv(binary.c_str(), words.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

LabProcess::~LabProcess() {
  end();
  close(output_);
}

void LabProcess::end() {
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

nlohmann::json LabProcess::report() {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = read(output_, buffer, sizeof buffer);
    if (count <= 0) throw std::runtime_error("chainrouter ended without a report: " + text);
    text.append(buffer, static_cast<std::size_t>(count));
    if (auto document = nlohmann::json::parse(text, nullptr, false); document.is_object()) return document;
  }
}

void await_file(const std::string& path) {
  const std::filesystem::path file(path);
  const int watch = inotify_init1(IN_CLOEXEC);
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  while (std::filesystem::symlink_status(file).type() == std::filesystem::file_type::not_found) {
    if (Clock::now() > deadline) throw std::runtime_error(path + " does not come");
    const bool there = std::filesystem::exists(file.parent_path());
    inotify_add_watch(watch, (there ? file.parent_path() : file.parent_path().parent_path()).c_str(),
                      IN_CREATE);
    if (std::filesystem::symlink_status(file).type() != std::filesystem::file_type::not_found) break;
    char events[4096];
    if (read(watch, events, sizeof events) < 0) break;
  }
  close(watch);
}

// BIRD's routes carry its own name, whatever protocol they come from.
bool is_of_bgp(const rtmsg& route) {
  return route.rtm_protocol == RTPROT_BGP || route.rtm_protocol == RTPROT_BIRD;
}

std::optional<SpeakersRoute> speakers_route(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) return {};
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(&message));
  nlattr* attributes[RTA_MAX + 1];
  if (!is_of_bgp(*route) ||
      nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof *route, attributes, RTA_MAX, nullptr) != 0)
    return {};
  std::uint32_t destination = 0;
  if (attributes[RTA_DST] != nullptr) destination = ntohl(nla_get_u32(attributes[RTA_DST]));
  return SpeakersRoute{net::Ipv4Prefix({destination}, route->rtm_dst_len),
                       message.nlmsg_type == RTM_DELROUTE};
}

std::vector<netns::Namespace> named_places(const std::string& prefix, std::uint32_t first,
                                           std::uint32_t last) {
  await_file("/run/netns/" + prefix + std::to_string(last));
  std::vector<netns::Namespace> places;
  for (std::uint32_t i = first; i <= last; ++i)
    places.push_back(netns::Namespace::open("/run/netns/" + prefix + std::to_string(i)));
  return places;
}

RouteWatch::RouteWatch(const std::string& prefix, std::uint32_t first, std::uint32_t last) {
  listen_to(named_places(prefix, first, last));
}

RouteWatch::RouteWatch(const netns::Namespace& place) { listen_to({&place, 1}); }

RouteWatch::RouteWatch(const std::vector<netns::Namespace>& places) { listen_to(places); }

void RouteWatch::listen_to(std::span<const netns::Namespace> places) {
  if (places.size() > 1)
    board_.emplace(netns::Vantage(places), RTMGRP_IPV4_ROUTE, netns::NoticeBoard::Hears::Everyone);
  // On a thread of its own: sockets belong to the namespace of the thread that opens them.
  std::thread([&] {
    for (const auto& place : places) {
      place.enter();
      if (!board_) socket_.emplace(RTMGRP_IPV4_ROUTE);
      Listener& listener = listeners_.emplace_back();
      rtmsg header{};
      header.rtm_family = AF_INET;
      // On a socket of its own: on the subscribed one, notifications would come in the midst of the answer.
      netns::NetlinkSocket().dump(RTM_GETROUTE, header,
                                  [&](const nlmsghdr& one) { take(listener, one, Clock::now()); });
    }
  }).join();
}

void RouteWatch::expect(net::Ipv4Prefix prefix, bool removal) {
  expected_ = prefix;
  expect_removal_ = removal;
  for (Listener& listener : listeners_) listener.arrival.reset();
}

void RouteWatch::take(Listener& listener, const nlmsghdr& message, Clock::time_point now) {
  const auto route = speakers_route(message);
  if (!route) return;
  if (route->removed)
    listener.routes.erase(route->prefix);
  else
    listener.routes.insert(route->prefix);
  listener.changed = now;
  if (route->prefix == expected_ && route->removed == expect_removal_ && !listener.arrival)
    listener.arrival = now;
}

bool RouteWatch::until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd notices{board_ ? board_->native_handle() : socket_->native_handle(), POLLIN, 0};
    if (left.count() <= 0 || poll(&notices, 1, static_cast<int>(left.count())) <= 0) return false;
    // Who listens to a hundred namespaces would otherwise be woken ten thousand times by a chain that
    // converges in a tenth of a second, on its processors. One that listens to a single place is woken for
    // each notice.
    if (board_) std::this_thread::sleep_for(kGlance);
    take_notices(Clock::now());
  }
  return true;
}

void RouteWatch::take_notices(Clock::time_point now) {
  const bool all =
      board_ ? board_->receive([&](std::size_t place, std::span<const std::uint8_t> messages) {
        netns::for_each_message(messages, [&](const nlmsghdr& one) { take(listeners_[place], one, now); });
      })
             : socket_->receive([&](const nlmsghdr& one) { take(listeners_.front(), one, now); });
  if (!all) throw std::runtime_error("the listener could not keep up: notices are lost");
}

}  // namespace bench
