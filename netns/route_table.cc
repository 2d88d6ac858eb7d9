#include "netns/route_table.h"

#include <algorithm>
#include <cerrno>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <utility>

#include <netlink/msg.h>

namespace netns {

namespace {

constexpr std::uint32_t kNexthopGroup = 1u << (RTNLGRP_NEXTHOP - 1);

// An object that is not there, in the kernel's words.
const std::error_code kNoSuchNexthop(EINVAL, std::generic_category());
const std::error_code kGone(ESRCH, std::generic_category());

bool installs(const RouteChange& change) { return change.kind != RouteChange::Kind::Remove; }

// Up to what says where it leads.
void begin_request(NetlinkBatch& batch, const RouteChange& change) {
  const bool ipv6 = !net::is_ipv4(change.prefix);
  rtmsg route{};
  route.rtm_family = ipv6 ? AF_INET6 : AF_INET;
  route.rtm_dst_len = static_cast<unsigned char>(net::length_of(change.prefix));
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BGP;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  route.rtm_type = RTN_UNICAST;
  switch (change.kind) {
    case RouteChange::Kind::Install:
      batch.begin(RTM_NEWROUTE, NLM_F_ECHO | NLM_F_CREATE | NLM_F_EXCL, route);
      break;
    case RouteChange::Kind::Replace:
      batch.begin(RTM_NEWROUTE, NLM_F_ECHO | NLM_F_CREATE | NLM_F_REPLACE, route);
      break;
    case RouteChange::Kind::Remove: batch.begin(RTM_DELROUTE, NLM_F_ECHO, route); break;
  }
  if (route.rtm_dst_len != 0)
    std::visit([&](const auto& prefix) { batch.attribute(RTA_DST, prefix.address().octets()); },
               change.prefix);
  batch.attribute_value(RTA_PRIORITY, ipv6 ? kIpv6RouteMetric : kRouteMetric);
}

// Unspecified when there is none.
template <class Address>
Address address_in(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != static_cast<int>(Address::kOctets)) return {};
  return Address::from_octets(std::span<const std::uint8_t, Address::kOctets>(
      static_cast<const std::uint8_t*>(nla_data(attribute)), Address::kOctets));
}

std::uint32_t number_in(nlattr* attribute, std::uint32_t otherwise) {
  return attribute != nullptr && nla_len(attribute) >= 4 ? nla_get_u32(attribute) : otherwise;
}

std::optional<InstalledRoute> parse(const nlmsghdr& message) {
  nlattr* attributes[RTA_MAX + 1] = {};
  if ((message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) ||
      nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(rtmsg), attributes, RTA_MAX, nullptr) != 0)
    return {};
  const auto& header = *static_cast<const rtmsg*>(nlmsg_data(&message));
  if (number_in(attributes[RTA_TABLE], header.rtm_table) != RT_TABLE_MAIN) return {};
  InstalledRoute route;
  const auto take_addresses = [&]<class Address>(Address) {
    if (header.rtm_dst_len > Address::kBits) return false;
    route.prefix = net::BasicPrefix<Address>(address_in<Address>(attributes[RTA_DST]), header.rtm_dst_len);
    route.next_hop = address_in<Address>(attributes[RTA_GATEWAY]);
    return true;
  };
  const bool taken = header.rtm_family == AF_INET    ? take_addresses(net::Ipv4Address{})
                     : header.rtm_family == AF_INET6 ? take_addresses(net::Ipv6Address{})
                                                     : false;
  // The kernel lists what it has cloned for one destination (a path MTU, say) beside the routes.
  if (!taken || (header.rtm_flags & RTM_F_CLONED) != 0) return {};
  route.interface = number_in(attributes[RTA_OIF], 0);
  route.protocol = header.rtm_protocol;
  route.metric = number_in(attributes[RTA_PRIORITY], 0);
  route.type = header.rtm_type;
  route.link_down = (header.rtm_flags & (RTNH_F_LINKDOWN | RTNH_F_DEAD)) != 0;
  return route;
}

}  // namespace

std::uint32_t route_groups() { return RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | kNexthopGroup; }

bool others_changed_nexthops(std::span<const std::uint8_t> messages, std::uint32_t port) {
  bool found = false;
  for_each_message(messages, [&](const nlmsghdr& message) {
    // What goes together with its device is the kernel's own doing, and the device is told of.
    found |= (message.nlmsg_type == RTM_NEWNEXTHOP || message.nlmsg_type == RTM_DELNEXTHOP) &&
             message.nlmsg_pid != 0 && message.nlmsg_pid != port;
  });
  return found;
}

std::vector<RouteNotice> route_notices(std::span<const std::uint8_t> messages) {
  std::vector<RouteNotice> notices;
  for_each_message(messages, [&](const nlmsghdr& message) {
    if (const auto route = parse(message))
      notices.push_back({*route, message.nlmsg_type == RTM_DELROUTE, message.nlmsg_pid});
  });
  return notices;
}

std::vector<std::error_code> RouteTable::apply(std::span<const RouteChange> changes) {
  std::vector<std::error_code> results = attempt(changes);
  if (nexthops_ == Nexthops::Objects && std::ranges::find(results, kNoSuchNexthop) != results.end())
    try_again(changes, results);
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (!installs(changes[i]) && results[i] == kGone) results[i].clear();
  return results;
}

std::error_code RouteTable::apply_one(const RouteChange& change) {
  batch_.clear();
  making_.clear();
  add_request(change);
  const bool is_alone = making_.empty();
  const std::error_code error = is_alone ? socket_.execute_one(batch_) : kNoSuchNexthop;
  if (error == kNoSuchNexthop && nexthops_ == Nexthops::Objects) {
    for (const auto& [request, place] : making_) objects_[place].there = false;  // nor is it
    return apply({&change, 1}).front();
  }
  return error == kGone && !installs(change) ? std::error_code{} : error;
}

// One error a change. A nexthop object that is not there yet is made in the same batch, before the first
// route that names it; when that fails, so have they, for its reason.
std::vector<std::error_code> RouteTable::attempt(std::span<const RouteChange> changes) {
  batch_.clear();
  making_.clear();
  for (const RouteChange& change : changes) add_request(change);
  std::vector<std::error_code> results = socket_.execute(batch_);
  batch_.clear();
  if (making_.empty()) return results;
  auto making = making_.begin();
  std::vector<std::error_code> of_changes;
  of_changes.reserve(changes.size());
  for (std::size_t request = 0; request < results.size(); ++request)
    if (making != making_.end() && making->request == request)
      ++making;
    else
      of_changes.push_back(results[request]);
  for (const auto& [request, place] : making_) {
    if (!results[request]) continue;
    objects_[place].there = false;
    for (std::size_t i = 0; i < changes.size(); ++i)
      if (of_changes[i] == kNoSuchNexthop && net::is_ipv4(changes[i].prefix) && installs(changes[i]) &&
          place_of_nexthop(changes[i]) == place)
        of_changes[i] = results[request];
  }
  return of_changes;
}

// The kernel has taken nexthop objects away together with their device, and with them every route by them:
// what was to be removed is, and what was to be installed is tried once more, the objects made anew.
void RouteTable::try_again(std::span<const RouteChange> changes, std::vector<std::error_code>& results) {
  std::vector<RouteChange> again;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (results[i] != kNoSuchNexthop || !net::is_ipv4(changes[i].prefix)) continue;
    objects_[place_of_nexthop(changes[i])].there = false;
    if (!installs(changes[i])) {
      results[i].clear();
      continue;
    }
    again.push_back(changes[i]);
    places.push_back(i);
  }
  if (again.empty()) return;
  const auto second = attempt(again);
  for (std::size_t i = 0; i < again.size(); ++i) results[places[i]] = second[i];
}

void RouteTable::add_request(const RouteChange& change) {
  const bool by_object = nexthops_ == Nexthops::Objects && net::is_ipv4(change.prefix);
  const std::size_t place = by_object ? place_of_nexthop(change) : 0;
  const std::uint32_t number = kFirstNexthop + static_cast<std::uint32_t>(place);
  if (by_object && installs(change) && !std::exchange(objects_[place].there, true)) {
    making_.push_back({batch_.requests(), place});
    add_nexthop(objects_[place], number);
  }
  begin_request(batch_, change);
  if (by_object) {
    batch_.attribute_value(RTA_NH_ID, number);
    return;
  }
  if (net::is_ipv4(change.prefix))
    batch_.attribute(RTA_GATEWAY, change.next_hop.ipv4().octets());
  else
    batch_.attribute(RTA_GATEWAY, change.next_hop.ipv6().octets());
  batch_.attribute_value(RTA_OIF, change.interface);
}

void RouteTable::add_nexthop(const Nexthop& nexthop, std::uint32_t number) {
  nhmsg header{};
  header.nh_family = AF_INET;
  header.nh_protocol = RTPROT_BGP;
  batch_.begin(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, header);
  batch_.attribute_value(NHA_ID, number);
  batch_.attribute(NHA_GATEWAY, nexthop.gateway.octets());
  batch_.attribute_value(NHA_OIF, nexthop.interface);
}

std::size_t RouteTable::place_of_nexthop(const RouteChange& change) {
  const net::Ipv4Address gateway = change.next_hop.ipv4();
  const auto found = std::ranges::find_if(objects_, [&](const Nexthop& nexthop) {
    return nexthop.gateway == gateway && nexthop.interface == change.interface;
  });
  if (found != objects_.end()) return static_cast<std::size_t>(found - objects_.begin());
  objects_.push_back({gateway, change.interface});
  return objects_.size() - 1;
}

void RouteTable::forget_nexthops() {
  for (Nexthop& nexthop : objects_) nexthop.there = false;
}

void RouteTable::remove_ours() {
  std::vector<RouteChange> removals;
  for (const bool ipv6 : {false, true})
    for (const InstalledRoute& route : dump_family(ipv6))
      if (route.protocol == RTPROT_BGP && route.type == RTN_UNICAST &&
          route.metric == (ipv6 ? kIpv6RouteMetric : kRouteMetric))
        removals.push_back({RouteChange::Kind::Remove, route.prefix, route.next_hop, route.interface});
  apply(removals);
}

std::vector<InstalledRoute> RouteTable::dump_family(bool ipv6) {
  std::vector<InstalledRoute> routes;
  rtmsg all{};
  all.rtm_family = ipv6 ? AF_INET6 : AF_INET;
  socket_.dump(RTM_GETROUTE, all, [&](const nlmsghdr& message) {
    if (auto route = parse(message)) routes.push_back(*route);
  });
  return routes;
}

}  // namespace netns
