#include "app/route_guard.h"

#include <utility>

#include <fmt/format.h>

#include "netns/route_table.h"

namespace app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(50);  // between two repairs

// Whoever changes a route at another metric has a route of his own.
bool in_place_of_ours(const netns::InstalledRoute& route) {
  return route.metric == (net::is_ipv4(route.prefix) ? netns::kRouteMetric : netns::kIpv6RouteMetric);
}

}  // namespace

RouteGuard::RouteGuard(boost::asio::io_context& io, speaker::Speaker& speaker,
                       std::function<void(std::string)> repaired, std::function<void()> after_repair)
    : speaker_(speaker), repaired_(std::move(repaired)), after_repair_(std::move(after_repair)), later_(io) {}

void RouteGuard::hear(std::span<const std::uint8_t> messages) {
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
  const std::size_t count = speaker_.kernel_changed(changed, last_repair_);
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
  netns::RouteTable table;
  std::vector<speaker::KernelRoute> there;
  for (const auto& routes : {table.dump(), table.dump_ipv6()})
    for (const auto& route : routes)
      if (in_place_of_ours(route)) there.push_back({route.prefix, route.next_hop, route.interface});
  changed_.clear();
  last_repair_ = Clock::now();
  const std::size_t count = speaker_.kernel_has_only(std::move(there), last_repair_);
  if (count == 0) return;
  if (repaired_) repaired_(fmt::format("{} of our routes were gone or changed: put back", count));
  after_repair_();
}

}  // namespace app
