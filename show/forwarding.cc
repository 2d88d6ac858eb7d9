#include "show/forwarding.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "show/words.h"

namespace show {

namespace {

using net::IpAddress;
using net::IpPrefix;

IpPrefix prefix_of(const IpAddress& address, unsigned length) {
  if (address.is_ipv4()) return net::Ipv4Prefix(address.ipv4(), length);
  return net::Ipv6Prefix(address.ipv6(), length);
}

// One router's table, ready to be asked.
class Table {
 public:
  explicit Table(const ForwardingRouter& router) : router_(router) {
    for (const auto& route : router.routes) {
      lengths_[net::is_ipv4(route.prefix) ? 0 : 1].insert(net::length_of(route.prefix));
      const ForwardingRoute*& place = routes_[route.prefix];
      if (place == nullptr || route.metric < place->metric) place = &route;
    }
  }

  const ForwardingRoute* longest_match(const IpAddress& address) const {
    for (const unsigned length : lengths_[address.is_ipv4() ? 0 : 1])
      if (const auto found = routes_.find(prefix_of(address, length)); found != routes_.end())
        return found->second;
    return nullptr;
  }

  // Is the address one of its own, or in what it originates, and nothing longer leads on?
  bool has_arrived(const IpAddress& address, const ForwardingRoute* route) const {
    if (std::ranges::any_of(router_.subnets, [&](const auto& subnet) { return subnet.address == address; }))
      return true;
    return std::ranges::any_of(router_.origins, [&](const IpPrefix& origin) {
      return net::contains(origin, address) &&
             (route == nullptr || net::length_of(origin) >= net::length_of(route->prefix));
    });
  }

  const ForwardingRouter::Subnet* subnet_of(const IpAddress& address) const {
    const auto found = std::ranges::find_if(
        router_.subnets, [&](const auto& subnet) { return net::contains(subnet.prefix, address); });
    return found == router_.subnets.end() ? nullptr : &*found;
  }

 private:
  const ForwardingRouter& router_;
  std::set<unsigned, std::greater<>> lengths_[2];
  std::map<IpPrefix, const ForwardingRoute*> routes_;
};

constexpr std::uint32_t kArrived = 0xffffffff, kDies = 0xfffffffe;

class Network {
 public:
  explicit Network(std::span<const ForwardingRouter> routers) {
    for (const auto& router : routers) tables_.emplace_back(router);
    for (std::uint32_t i = 0; i < routers.size(); ++i)
      for (const auto& subnet : routers[i].subnets) owners_[subnet.address] = i;
  }

  // Which router comes next for packets to this address.
  std::uint32_t next(std::uint32_t router, const IpAddress& address) const {
    const Table& table = tables_[router];
    const ForwardingRoute* route = table.longest_match(address);
    if (table.has_arrived(address, route)) return kArrived;
    if (route == nullptr || !route->usable) return kDies;
    if (!route->next_hop) return kArrived;
    const auto* subnet = table.subnet_of(*route->next_hop);
    if (subnet != nullptr && !subnet->usable) return kDies;
    const auto owner = owners_.find(*route->next_hop);
    return owner == owners_.end() ? kArrived : owner->second;  // it leaves for somebody that is not ours
  }

 private:
  std::vector<Table> tables_;
  std::map<IpAddress, std::uint32_t> owners_;
};

IpAddress followed(const IpPrefix& prefix, net::Ipv4Address target) {
  if (const auto* ipv4 = std::get_if<net::Ipv4Prefix>(&prefix)) {
    if (ipv4->length() == 0) return target;
    return net::Ipv4Address{ipv4->address().value + (ipv4->length() < 31 ? 1 : 0)};
  }
  const auto& ipv6 = std::get<net::Ipv6Prefix>(prefix);
  net::Ipv6Address address = ipv6.address();
  if (ipv6.length() < 127) address.bytes.back() = static_cast<std::uint8_t>(address.bytes.back() | 1);
  return address;
}

// The walks of all routers' packets to one address: each ends in a router where they die, in a loop, or well.
void follow(const Network& network, std::uint32_t size, const IpPrefix& prefix, const IpAddress& address,
            std::vector<ForwardingFault>& faults) {
  constexpr std::uint32_t kUnknown = 0xffffffff, kWell = 0xfffffffe;
  std::vector<std::uint32_t> next(size), end(size, kUnknown), walk;  // end: an index into `found`
  for (std::uint32_t router = 0; router < size; ++router) next[router] = network.next(router, address);
  std::vector<ForwardingFault> found;
  std::vector<std::uint32_t> place(size, kUnknown);  // in the walk at hand
  for (std::uint32_t first = 0; first < size; ++first) {
    walk.clear();
    std::uint32_t at = first, outcome = kUnknown;
    while (outcome == kUnknown) {
      if (end[at] != kUnknown) {
        outcome = end[at];
      } else if (place[at] != kUnknown) {
        std::vector<std::uint32_t> loop(walk.begin() + place[at], walk.end());
        std::ranges::rotate(loop, std::ranges::min_element(loop));
        outcome = static_cast<std::uint32_t>(found.size());
        found.push_back({ForwardingFault::Kind::Loop, prefix, address, std::move(loop), 0});
      } else {
        place[at] = static_cast<std::uint32_t>(walk.size());
        walk.push_back(at);
        if (next[at] == kArrived) {
          outcome = kWell;
        } else if (next[at] == kDies) {
          outcome = static_cast<std::uint32_t>(found.size());
          found.push_back({ForwardingFault::Kind::BlackHole, prefix, address, {at}, 0});
        } else {
          at = next[at];
        }
      }
    }
    for (const std::uint32_t router : walk) {
      end[router] = outcome;
      place[router] = kUnknown;
      if (outcome != kWell) ++found[outcome].from;
    }
  }
  for (auto& fault : found) {
    // Who has no route drops what it was never asked to take: that is no hole yet. And its own packets do
    // not count.
    if (fault.kind == ForwardingFault::Kind::BlackHole && --fault.from == 0) continue;
    faults.push_back(std::move(fault));
  }
}

}  // namespace

std::vector<ForwardingFault> forwarding_faults(std::span<const ForwardingRouter> routers,
                                               net::Ipv4Address target) {
  const Network network(routers);
  std::set<IpPrefix> prefixes;
  for (const auto& router : routers) {
    prefixes.insert(router.origins.begin(), router.origins.end());
    for (const auto& route : router.routes) prefixes.insert(route.prefix);
  }
  std::vector<ForwardingFault> faults;
  for (const IpPrefix& prefix : prefixes)
    follow(network, static_cast<std::uint32_t>(routers.size()), prefix, followed(prefix, target), faults);
  return faults;
}

std::string to_sentence(const ForwardingFault& fault, std::span<const ForwardingRouter> routers) {
  const std::string packets = fmt::format("{} ({}): packets of {}", net::to_string(fault.prefix),
                                          fault.address.to_string(), counted(fault.from, "router"));
  if (fault.kind == ForwardingFault::Kind::BlackHole)
    return fmt::format("black hole: {} for {} die there", routers[fault.routers.front()].name, packets);
  std::string way;
  for (const std::uint32_t router : fault.routers) way += routers[router].name + " -> ";
  return fmt::format("loop: {}{} for {} go round", way, routers[fault.routers.front()].name, packets);
}

}  // namespace show
