// rtnetlink requests that the tests make against the code under test: what an administrator would do.
#pragma once

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "net/prefix.h"
#include "netns/netlink.h"

namespace test {

inline void set_link(std::uint32_t index, bool up) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(index);
  link.ifi_flags = up ? IFF_UP : 0;
  link.ifi_change = IFF_UP;
  netns::NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, 0, link);
  netns::NetlinkSocket().execute_or_throw(batch, "set a link up or down");
}

inline void delete_link(std::uint32_t index) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(index);
  netns::NetlinkBatch batch;
  batch.begin(RTM_DELLINK, 0, link);
  netns::NetlinkSocket().execute_or_throw(batch, "delete a link");
}

inline void add_address_request(netns::NetlinkBatch& batch, bool add, std::uint32_t index,
                                net::Ipv4Address address, unsigned prefix_length) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix_length);
  header.ifa_index = index;
  if (add) {
    batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  } else {
    batch.begin(RTM_DELADDR, 0, header);
  }
  batch.attribute(IFA_LOCAL, address.octets());
}

inline void change_address(bool add, std::uint32_t index, net::Ipv4Address address, unsigned prefix_length) {
  netns::NetlinkBatch batch;
  add_address_request(batch, add, index, address, prefix_length);
  netns::NetlinkSocket().execute_or_throw(batch, "change an address");
}

inline void change_ipv6_address(bool add, std::uint32_t index, const net::Ipv6Address& address,
                                unsigned prefix_length, std::uint32_t flags = IFA_F_NODAD) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET6;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix_length);
  header.ifa_index = index;
  netns::NetlinkBatch batch;
  if (add)
    batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  else
    batch.begin(RTM_DELADDR, 0, header);
  batch.attribute(IFA_LOCAL, address.octets());
  batch.attribute_value(IFA_FLAGS, flags);
  netns::NetlinkSocket().execute_or_throw(batch, "change an IPv6 address");
}

// A static route as somebody else would set it.
inline void add_static_route(const net::Ipv4Prefix& prefix, net::Ipv4Address next_hop, std::uint32_t metric) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = static_cast<unsigned char>(prefix.length());
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_type = RTN_UNICAST;
  netns::NetlinkBatch batch;
  batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
  batch.attribute(RTA_DST, prefix.address().octets());
  batch.attribute(RTA_GATEWAY, next_hop.octets());
  batch.attribute_value(RTA_PRIORITY, metric);
  netns::NetlinkSocket().execute_or_throw(batch, "add a static route");
}

}  // namespace test
