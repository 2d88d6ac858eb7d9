// What the kernel tests share: a thread in a namespace of its own, waiting for an event, plans of small
// chains. Without the right to make namespaces a test is skipped, and says so.
#pragma once

#include <chrono>
#include <functional>
#include <poll.h>
#include <string>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "netns/chain_builder.h"
#include "netns/interface_monitor.h"
#include "netns/namespace.h"
#include "netns/netlink.h"
#include "netns/on_a_thread.h"

namespace test {

inline constexpr auto kPatience = std::chrono::seconds(5);

// The main thread stays in the host's namespace.
using netns::on_a_thread;

inline bool may_make_namespaces() {
  std::string reason;
  on_a_thread([&] {
    try {
      netns::Namespace::create_and_enter();
    } catch (const std::system_error& error) {
      reason = error.what();
    }
  });
  if (reason.empty()) return true;
  WARN("SKIPPED: " << reason << " (run as root, or under unshare -rnm)");
  fmt::print(stderr, "SKIPPED {}: {}\n", Catch::getResultCapture().getCurrentTestName(), reason);
  return false;
}

inline void in_fresh_namespace(const std::function<void()>& body) {
  if (!may_make_namespaces()) return;
  on_a_thread([&] {
    const auto fresh = netns::Namespace::create_and_enter();
    body();
  });
}

// Waits for notifications until `holds`; false when it does not within kPatience.
inline bool await(netns::InterfaceMonitor& monitor, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{monitor.native_handle(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) return false;
    monitor.update();
  }
  return true;
}

// The interface, or nullptr.
inline const netns::Interface* find(const netns::InterfaceMonitor& monitor, std::uint32_t index) {
  for (const auto& interface : monitor.interfaces()) {
    if (interface.index == index) return &interface;
  }
  return nullptr;
}

// An end of a link that is new is used a moment after it was built: when the kernel sends through it.
inline bool await_usable(netns::InterfaceMonitor& monitor, std::uint32_t index) {
  return await(monitor, [&] { return find(monitor, index)->usable(); });
}

// Host `host` (1: the right end, 2: the left end) of the link between `link` - 1 and `link`.
inline net::Ipv4Address link_address(std::size_t link, unsigned host) {
  return net::Ipv4Address::of(172, 31, static_cast<unsigned>(link), host);
}

inline std::vector<netns::NodePlan> chain_plan(std::size_t nodes) {
  std::vector<netns::NodePlan> plan(nodes);
  for (std::size_t node = 0; node < nodes; ++node) {
    if (node > 0) {
      plan[node].has_left = true;
      plan[node].left = {link_address(node, 1), 24, link_address(node, 2)};
    }
    if (node + 1 < nodes) {
      plan[node].has_right = true;
      plan[node].right = {link_address(node + 1, 2), 24, link_address(node + 1, 1)};
    }
  }
  return plan;
}

}  // namespace test
