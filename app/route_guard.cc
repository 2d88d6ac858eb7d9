#include "app/route_guard.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(50);  // between two repairs
constexpr auto kLookAgain = std::chrono::seconds(1);

// Whoever changes a route at another metric has a route of his own.
bool in_place_of_ours(const netns::InstalledRoute& route) {
  return route.metric == (net::is_ipv4(route.prefix) ? netns::kRouteMetric : netns::kIpv6RouteMetric);
}

}  // namespace

RouteGuard::RouteGuard(boost::asio::io_context& io, speaker::Speaker& speaker, netns::RouteTable& table,
                       std::function<void(std::string)> repaired, std::function<void()> after_repair)
    : speaker_(speaker),
      table_(table),
      own_port_(table.port()),
      repaired_(std::move(repaired)),
      after_repair_(std::move(after_repair)),
      later_(io),
      again_(io) {}

void RouteGuard::hear(std::span<const std::uint8_t> messages) {
  if (netns::others_changed_nexthops(messages, own_port_)) {
    // The kernel tells of no route that went with its nexthop object, or leads elsewhere with it.
    table_.forget_nexthops();
    return look_again();
  }
  for (const auto& [route, removed, port] : netns::route_notices(messages)) {
    if (!in_place_of_ours(route)) continue;
    if (changed_.empty()) by_ = port;
    changed_.push_back(
        {route.prefix, removed ? std::nullopt : std::optional(route.next_hop), route.interface});
  }
  if (changed_.empty() || waiting_) return;
  if (Clock::now() - last_repair_ >= kPause) return repair();
  waiting_ = true;
  later_.expires_at(last_repair_ + kPause);
  later_.async_wait([this](boost::system::error_code error) {
    waiting_ = false;
    if (!error) repair();
  });
}

void RouteGuard::repair() {
  const auto changed = std::exchange(changed_, {});
  last_repair_ = Clock::now();
  const std::size_t count = speaker_.kernel_changed(changed, speaker_.present());
  if (count == 0) return;
  if (repaired_) {
    const std::string who = by_ == 0 ? "the kernel" : fmt::format("process {}", by_);
    const std::string more = count == 1 ? "" : fmt::format(" and {} more", count - 1);
    repaired_(fmt::format("{} changed our route {}{}: put back", who, net::to_string(changed.front().prefix),
                          more));
  }
  after_repair_();
}

void RouteGuard::look_again() {
  std::vector<speaker::KernelRoute> there;
  try {
    for (const auto& routes : {table_.dump(), table_.dump_ipv6()})
      for (const auto& route : routes)
        if (in_place_of_ours(route)) there.push_back({route.prefix, route.next_hop, route.interface});
  } catch (const std::system_error&) {
    // The kernel has no memory for the answer, or the table changes faster than it can be read.
    again_.expires_after(kLookAgain);
    again_.async_wait([this](boost::system::error_code error) {
      if (!error) look_again();
    });
    return;
  }
  changed_.clear();
  last_repair_ = Clock::now();
  const std::size_t count = speaker_.kernel_has_only(std::move(there), speaker_.present());
  if (count == 0) return;
  if (repaired_) repaired_(fmt::format("{} of our routes were gone or changed: put back", count));
  after_repair_();
}

}  // namespace app
