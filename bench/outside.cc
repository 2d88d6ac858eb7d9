#include "bench/outside.h"

#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdexcept>
#include <sys/epoll.h>
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
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(output_);
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

RouteWatch::RouteWatch(const std::string& prefix, std::uint32_t first, std::uint32_t last) {
  await_file("/run/netns/" + prefix + std::to_string(last));
  // On a thread of its own: sockets belong to the namespace of the thread that opens them.
  std::thread([&] {
    for (std::uint32_t i = first; i <= last; ++i) {
      netns::Namespace::open("/run/netns/" + prefix + std::to_string(i)).enter();
      listen();
    }
  }).join();
  wait_for_all();
}

RouteWatch::RouteWatch(const netns::Namespace& place) {
  std::thread([&] {
    place.enter();
    listen();
  }).join();
  wait_for_all();
}

RouteWatch::RouteWatch(const std::vector<netns::Namespace>& places) {
  std::thread([&] {
    for (const auto& place : places) {
      place.enter();
      listen();
    }
  }).join();
  wait_for_all();
}

void RouteWatch::listen() {
  Listener& listener = listeners_.emplace_back();
  listener.socket = netns::NetlinkSocket(RTMGRP_IPV4_ROUTE);
  dump(listener);
}

void RouteWatch::dump(Listener& listener) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  listener.asking.dump(RTM_GETROUTE, header,
                       [&](const nlmsghdr& message) { take(listener, message, Clock::now()); });
}

void RouteWatch::refresh(std::uint32_t index) {
  Listener& listener = listeners_[index];
  const auto changed = listener.changed;
  const auto before = std::exchange(listener.routes, {});
  dump(listener);
  listener.changed = listener.routes == before ? changed : Clock::now();
}

void RouteWatch::wait_for_all() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listeners_[i].socket.native_handle(), &event);
  }
}

void RouteWatch::expect(net::Ipv4Prefix prefix, bool removal) {
  expected_ = prefix;
  expect_removal_ = removal;
  for (Listener& listener : listeners_) listener.arrival.reset();
}

void RouteWatch::take(Listener& listener, const nlmsghdr& message, Clock::time_point now) {
  if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) return;
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(&message));
  if (!is_of_bgp(*route)) return;
  nlattr* attributes[RTA_MAX + 1];
  if (nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof *route, attributes, RTA_MAX, nullptr) != 0) return;
  std::uint32_t destination = 0;
  if (attributes[RTA_DST] != nullptr) destination = ntohl(nla_get_u32(attributes[RTA_DST]));
  const net::Ipv4Prefix prefix({destination}, route->rtm_dst_len);
  const bool removal = message.nlmsg_type == RTM_DELROUTE;
  if (removal)
    listener.routes.erase(prefix);
  else
    listener.routes.insert(prefix);
  listener.changed = now;
  if (prefix == expected_ && removal == expect_removal_ && !listener.arrival) listener.arrival = now;
}

bool RouteWatch::until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    epoll_event events[64];
    const int count = left.count() <= 0 ? 0 : epoll_wait(epoll_, events, 64, static_cast<int>(left.count()));
    if (count == 0) return false;
    const auto now = Clock::now();
    for (int i = 0; i < count; ++i) {
      Listener& listener = listeners_[events[i].data.u64];
      listener.socket.receive([&](const nlmsghdr& message) { take(listener, message, now); });
    }
  }
  return true;
}

}  // namespace bench
