#include "netns/route_table.h"

#include <algorithm>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <optional>

#include <netlink/msg.h>

namespace netns {

namespace {

void add_request(NetlinkBatch& batch, const RouteChange& change) {
  const bool ipv6 = !net::is_ipv4(change.prefix);
  rtmsg route{};
  route.rtm_family = ipv6 ? AF_INET6 : AF_INET;
  route.rtm_dst_len = static_cast<unsigned char>(net::length_of(change.prefix));
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BGP;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  route.rtm_type = RTN_UNICAST;
  switch (change.kind) {
    case RouteChange::Kind::Install: batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route); break;
    case RouteChange::Kind::Replace: batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route); break;
    case RouteChange::Kind::Remove: batch.begin(RTM_DELROUTE, 0, route); break;
  }
  if (route.rtm_dst_len != 0)
    std::visit([&](const auto& prefix) { batch.attribute(RTA_DST, prefix.address().octets()); },
               change.prefix);
  if (ipv6)
    batch.attribute(RTA_GATEWAY, change.next_hop.ipv6().octets());
  else
    batch.attribute(RTA_GATEWAY, change.next_hop.ipv4().octets());
  batch.attribute_value(RTA_OIF, change.interface);
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

std::uint32_t route_groups() { return RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE; }

std::vector<RouteNotice> route_notices(std::span<const std::uint8_t> messages) {
  std::vector<RouteNotice> notices;
  for_each_message(messages, [&](const nlmsghdr& message) {
    if (const auto route = parse(message))
      notices.push_back({*route, message.nlmsg_type == RTM_DELROUTE, message.nlmsg_pid});
  });
  return notices;
}

std::vector<std::error_code> RouteTable::apply(std::span<const RouteChange> changes) {
  batch_.clear();
  for (const RouteChange& change : changes) add_request(batch_, change);
  std::vector<std::error_code> results = socket_.execute(batch_);
  const std::error_code gone(ESRCH, std::generic_category());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].kind == RouteChange::Kind::Remove && results[i] == gone) results[i].clear();
  }
  return results;
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
