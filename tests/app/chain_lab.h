// A real chain for tests: namespaces, links, one app::Router each, judged by speaker::Quiescence, as
// app/lab.cc puts them together, but with an outsider in every namespace: a netlink socket that hears each
// change of a route, and one that reads the table. The test's thread is the control thread.
#pragma once

#include <chrono>
#include <linux/rtnetlink.h>
#include <memory>
#include <optional>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <fmt/format.h>

#include "app/processor.h"
#include "app/router.h"
#include "netns/route_table.h"
#include "speaker/quiescence.h"
#include "tests/netns/fresh_namespace.h"

namespace test {

class ChainLab {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kConvergencePatience = std::chrono::seconds(20);

  // Builds the chain and has every router listen. `prepare(i)` runs inside namespace i before its router
  // starts.
  explicit ChainLab(const app::ChainOptions& options, const std::function<void(std::size_t)>& prepare = {})
      : plan_(app::chain(options)) {
    std::vector<netns::NodePlan> nodes;
    for (const auto& router : plan_) nodes.push_back(router.node);
    namespaces_ = netns::build_chain(nodes, [](auto&&...) { return true; });
    outsiders_.resize(plan_.size());
    for (std::size_t i = 0; i < plan_.size(); ++i)
      inside(i, [&] {
        if (prepare) prepare(i);
        outsiders_[i] = std::make_unique<Outsider>();
      });
    launch();
  }

  ~ChainLab() { app::Router::end_all(routers_); }

  // Runs `body` on a thread in namespace i, and waits for it.
  void inside(std::size_t i, const std::function<void()>& body) const {
    on_a_thread([&] {
      namespaces_[i].enter();
      body();
    });
  }

  // The first `count` routers dial; the others are shut down: they listen, but refuse whoever comes.
  void start(std::size_t count) {
    for (const auto& router : routers_) router->look_at_interfaces();
    for (std::size_t i = 0; i < routers_.size(); ++i)
      routers_[i]->post([on = i < count](speaker::Speaker& speaker) {
        speaker.start(Clock::now());
        if (!on) speaker.stop(Clock::now());
      });
  }
  void start() { start(routers_.size()); }

  // Runs `work` on router i's thread; false when that did not happen within kPatience.
  bool on_router(std::size_t i, std::function<void(speaker::Speaker&)> work) {
    bool done = false;
    routers_[i]->post([&, work = std::move(work)](speaker::Speaker& speaker) {
      work(speaker);
      boost::asio::post(io_, [&] { done = true; });
    });
    return run_until([&] { return done; }, kPatience);
  }

  // How quiet is noticed: when a router rings the doorbell, as the lab does it; or by asking all the time,
  // which finds every instant at which a wrong answer could be had.
  enum class Watch { Doorbell, Always };

  // Waits until quiet is declared with that many sessions. The outsiders are watched all the while, from a
  // thread of their own.
  std::optional<speaker::Quiescence::Quiet> await_quiet(std::size_t sessions, Watch watch) {
    const std::jthread outside([this](const std::stop_token& over) {
      while (!over.stop_requested()) take_route_messages();
      take_route_messages();
    });
    const auto deadline = Clock::now() + kConvergencePatience;
    std::optional<speaker::Quiescence::Quiet> quiet;
    const auto look = [&] {
      doorbell_.answer();
      quiet = quiescence_->check();
      if (quiet && quiet->sessions_up != sessions) quiet.reset();
      return quiet.has_value();
    };
    if (watch == Watch::Doorbell) {
      run_until(look, kConvergencePatience);
      return quiet;
    }
    while (!look() && Clock::now() < deadline) io_.poll();
    return quiet;
  }

  // Runs the control thread's loop until `holds`, which is asked after every event.
  bool run_until(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    const auto work = boost::asio::make_work_guard(io_);
    while (!holds()) {
      io_.restart();
      if (io_.run_one_until(deadline) == 0) return holds();
    }
    return true;
  }

  // How many route messages the outsiders have been sent since this was last asked. -1: they lost some.
  int drain_route_messages() {
    take_route_messages();
    return std::exchange(messages_, 0);
  }

  // An instant at which the last route message so far had certainly not been sent yet: the outsider that got
  // it was seen to have none. Nothing that the kernel sends says when, but this can be known from outside.
  Clock::time_point last_route_message_after() const { return last_message_after_; }

  // Does any route message come within that time?
  bool route_message_comes_within(std::chrono::milliseconds time) {
    std::vector<pollfd> all;
    for (auto& outsider : outsiders_) all.push_back({outsider->listener.native_handle(), POLLIN, 0});
    return poll(all.data(), all.size(), static_cast<int>(time.count())) > 0;
  }

  // Our routes in namespace i's main table.
  std::set<net::Ipv4Prefix> bgp_routes(std::size_t i) {
    std::set<net::Ipv4Prefix> prefixes;
    for (const auto& route : outsiders_[i]->table.dump())
      if (route.protocol == RTPROT_BGP && route.metric == netns::kRouteMetric)
        prefixes.insert(std::get<net::Ipv4Prefix>(route.prefix));
    return prefixes;
  }

  // What router i's table must hold: every prefix of the chain that it does not originate itself.
  std::set<net::Ipv4Prefix> expected_routes(std::size_t i) const {
    std::set<net::Ipv4Prefix> prefixes;
    for (const auto& router : plan_)
      for (const auto& network : router.speaker.networks)
        prefixes.insert(std::get<net::Ipv4Prefix>(network.prefix));
    for (const auto& network : plan_[i].speaker.networks)
      prefixes.erase(std::get<net::Ipv4Prefix>(network.prefix));
    return prefixes;
  }

  std::size_t size() const { return plan_.size(); }
  const app::RouterPlan& plan(std::size_t i) const { return plan_[i]; }
  app::Router& router(std::size_t i) { return *routers_[i]; }
  boost::asio::io_context& io() { return io_; }

 private:
  struct Outsider {
    netns::NetlinkSocket listener{RTMGRP_IPV4_ROUTE};
    netns::RouteTable table;
    Clock::time_point empty_at{};  // whatever it gets next was sent after this
  };

  void take_route_messages() {
    const auto now = Clock::now();
    for (auto& outsider : outsiders_) {
      int taken = 0;
      if (!outsider->listener.receive([&](const nlmsghdr&) { ++taken; })) messages_ = -1;
      if (taken > 0) last_message_after_ = std::max(last_message_after_, outsider->empty_at);
      if (messages_ >= 0) messages_ += taken;
      outsider->empty_at = now;
    }
  }

  void launch() {
    std::size_t listening = 0;
    const app::Router::Reports reports{
        .listening = [&](std::size_t) { boost::asio::post(io_, [&] { ++listening; }); },
        .failed =
            [this](std::size_t, std::string error) {
              boost::asio::post(io_, [error] { throw std::runtime_error(error); });
            },
        .maybe_quiet = [this] { boost::asio::post(io_, [] {}); },
    };
    std::vector<const speaker::RouterActivity*> activities;
    std::vector<speaker::SessionEnds> sessions;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      routers_.push_back(std::make_unique<app::Router>(i, plan_[i], namespaces_[i], reports, doorbell_));
      activities.push_back(&routers_[i]->activity());
      if (i > 0)
        sessions.push_back({static_cast<std::uint32_t>(i - 1),
                            static_cast<std::uint32_t>(plan_[i - 1].right_peer),
                            static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(plan_[i].left_peer)});
    }
    for (std::size_t i = 0; i < routers_.size(); ++i) {
      // Its own end is router 0 of a neighborhood, the far ends come after it.
      std::vector<const speaker::RouterActivity*> nearby{activities[i]};
      std::vector<speaker::SessionEnds> own;
      for (const auto& ends : sessions) {
        if (ends.router_a != i && ends.router_b != i) continue;
        const bool left_end = ends.router_a == i;
        nearby.push_back(activities[left_end ? ends.router_b : ends.router_a]);
        own.push_back({0, left_end ? ends.peer_a : ends.peer_b, static_cast<std::uint32_t>(nearby.size() - 1),
                       left_end ? ends.peer_b : ends.peer_a});
      }
      routers_[i]->set_neighborhood(speaker::Quiescence(std::move(nearby), std::move(own)));
    }
    quiescence_.emplace(std::move(activities), std::move(sessions));
    for (std::size_t i = 0; i < routers_.size(); ++i) routers_[i]->launch(app::cpu_for(i, routers_.size()));
    if (!run_until([&] { return listening == routers_.size(); }, kPatience))
      throw std::runtime_error("not all routers listen");
  }

  std::vector<app::RouterPlan> plan_;
  std::vector<netns::Namespace> namespaces_;
  std::vector<std::unique_ptr<Outsider>> outsiders_;
  // By whoever watches the outsiders: one thread at a time.
  int messages_ = 0;  // -1: some were lost
  Clock::time_point last_message_after_{};
  boost::asio::io_context io_{1};
  speaker::Doorbell doorbell_;
  std::vector<std::unique_ptr<app::Router>> routers_;
  std::optional<speaker::Quiescence> quiescence_;
};

}  // namespace test
