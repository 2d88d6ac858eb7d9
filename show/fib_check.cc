#include "show/fib_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace show {

namespace {

using Kind = FibDifference::Kind;

// As /etc/iproute2/rt_protos names them: 2 is the kernel's own.
constexpr std::uint8_t kKernelsOwn = 2;
constexpr std::array<std::pair<std::uint8_t, const char*>, 10> kProtocols{{{1, "redirect"},
                                                                           {2, "kernel"},
                                                                           {3, "boot"},
                                                                           {4, "static"},
                                                                           {9, "ra"},
                                                                           {11, "zebra"},
                                                                           {12, "bird"},
                                                                           {16, "dhcp"},
                                                                           {186, "bgp"},
                                                                           {188, "ospf"}}};

std::string protocol_name(std::uint8_t protocol) {
  for (const auto& [number, name] : kProtocols)
    if (number == protocol) return name;
  return fmt::format("{}", protocol);
}

bool is_unspecified(const net::IpAddress& address) {
  return address.is_ipv4() ? address.ipv4().is_unspecified() : address.ipv6().is_unspecified();
}

std::string in_words(const KernelRoute& route) {
  const bool direct = is_unspecified(route.next_hop);
  return fmt::format("{} (proto {}, metric {})",
                     direct ? std::string("without a next hop") : "via " + route.next_hop.to_string(),
                     protocol_name(route.protocol), route.metric);
}

class Comparison {
 public:
  Comparison(const FibPlace& place, std::span<const speaker::LocRoute> loc,
             std::span<const KernelRoute> table)
      : place_(place), loc_(loc) {
    for (const KernelRoute& route : table) table_[route.prefix].push_back({&route});
  }

  FibCheck run() {
    for (const speaker::LocRoute& route : loc_) {
      if (!route.neighbor) continue;  // ours: the kernel reaches it in its own ways
      ++check_.routes;
      compare(route);
    }
    for (const auto& [prefix, routes] : table_)
      for (const auto& [route, expected] : routes)
        if (route->protocol == place_.protocol && !expected)
          add(Kind::Foreign, prefix,
              fmt::format("a route to {} {} claims to be BGP's, which knows nothing of it",
                          net::to_string(prefix), in_words(*route)));
    std::ranges::stable_sort(check_.differences, {}, &FibDifference::prefix);
    return std::move(check_);
  }

 private:
  struct There {
    const KernelRoute* route;
    bool expected = false;  // BGP knows of it, though it may not be as it should be
  };

  std::uint32_t metric_of(const net::IpPrefix& prefix) const {
    return net::is_ipv4(prefix) ? place_.ipv4_metric : place_.ipv6_metric;
  }

  void compare(const speaker::LocRoute& route) {
    const std::uint32_t metric = metric_of(route.prefix);
    const std::string ours = fmt::format("the route to {} via {}", net::to_string(route.prefix),
                                         route.attributes.next_hop.to_string());
    const auto found = table_.find(route.prefix);
    There* in_place = nullptr;
    if (found != table_.end())
      for (There& there : found->second) {
        if (there.route->metric == metric) in_place = &there;
        if (there.route->metric < metric && there.route->protocol != kKernelsOwn)
          add(Kind::Shadowed, route.prefix,
              fmt::format("{} is not used by the kernel: one {} goes before it", ours,
                          in_words(*there.route)));
      }
    if (route.kernel == rib::KernelState::Pending || route.kernel == rib::KernelState::NotWanted) {
      // Not asked for, or not acknowledged yet: either may be.
      if (in_place != nullptr) in_place->expected = true;
    } else if (in_place == nullptr) {
      if (route.kernel == rib::KernelState::Failed)
        add(Kind::Refused, route.prefix,
            fmt::format("the kernel refused {}: {}", ours,
                        std::generic_category().message(route.kernel_errno)));
      else
        add(Kind::Missing, route.prefix, fmt::format("{} is missing in the kernel's table", ours));
    } else {
      compare(route, ours, *in_place);
    }
  }

  void compare(const speaker::LocRoute& route, const std::string& ours, There& there) {
    const KernelRoute& is = *there.route;
    if (is.protocol != place_.protocol)
      return add(Kind::Replaced, route.prefix,
                 fmt::format("in the place of {} the kernel has one {}", ours, in_words(is)));
    there.expected = true;
    if (is.next_hop != route.attributes.next_hop)
      add(Kind::OtherNextHop, route.prefix,
          fmt::format("{} leads elsewhere in the kernel's table: {}", ours, in_words(is)));
    else if (is.interface != route.interface)
      add(Kind::OtherNextHop, route.prefix,
          fmt::format("{} leaves by another interface in the kernel's table: {}, not {}", ours, is.interface,
                      route.interface));
  }

  void add(Kind kind, const net::IpPrefix& prefix, std::string sentence) {
    check_.differences.push_back({kind, prefix, std::move(sentence)});
  }

  const FibPlace& place_;
  std::span<const speaker::LocRoute> loc_;
  std::map<net::IpPrefix, std::vector<There>> table_;
  FibCheck check_;
};

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::array<std::string_view, 6> kNames{"missing",  "otherNextHop", "replaced",
                                                   "shadowed", "foreign",      "refused"};
  return kNames[static_cast<std::size_t>(kind)];
}

FibCheck check_fib(const FibPlace& place, std::span<const speaker::LocRoute> loc,
                   std::span<const KernelRoute> table) {
  return Comparison(place, loc, table).run();
}

}  // namespace show
