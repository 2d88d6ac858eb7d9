#include "netns/interface_monitor.h"

#include <algorithm>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <utility>

#include <netlink/msg.h>

namespace netns {

namespace {

using Interfaces = std::vector<Interface>;

// An end of a veth pair drops what it is to send from when it has a carrier until the kernel has taken note
// of that, in its own time, and says so. Other kinds of interfaces may stay unknown for good.
bool drops_for_now(nlattr* const* attributes) {
  nlattr* info[IFLA_INFO_MAX + 1] = {};
  if (attributes[IFLA_OPERSTATE] == nullptr || attributes[IFLA_LINKINFO] == nullptr ||
      nla_parse_nested(info, IFLA_INFO_MAX, attributes[IFLA_LINKINFO], nullptr) != 0 ||
      info[IFLA_INFO_KIND] == nullptr)
    return false;
  return nla_strcmp(info[IFLA_INFO_KIND], "veth") == 0 &&
         nla_get_u8(attributes[IFLA_OPERSTATE]) != IF_OPER_UP;
}

// Without the statistics, which the kernel sums up over all processors, under its one lock.
struct LinksQuestion {
  ifinfomsg header{};
  nlattr mask{.nla_len = sizeof(nlattr) + sizeof(std::uint32_t), .nla_type = IFLA_EXT_MASK};
  std::uint32_t filter = RTEXT_FILTER_SKIP_STATS;
};

Interfaces::iterator place_of(Interfaces& interfaces, std::uint32_t index) {
  return std::ranges::lower_bound(interfaces, index, {}, &Interface::index);
}

std::optional<std::uint32_t> deleted_link(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_DELLINK || nlmsg_datalen(&message) < static_cast<int>(sizeof(ifinfomsg)))
    return {};
  const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
  // A bridge tells of its ports in messages of the same type: leaving the bridge looks like a deletion.
  if (header.ifi_family != AF_UNSPEC) return {};
  return static_cast<std::uint32_t>(header.ifi_index);
}

void take_link(Interfaces& interfaces, const nlmsghdr& message) {
  nlattr* attributes[IFLA_MAX + 1] = {};
  if (nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(ifinfomsg), attributes, IFLA_MAX, nullptr) != 0)
    return;
  const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
  if (header.ifi_family != AF_UNSPEC) return;  // a bridge's view of its port

  const auto index = static_cast<std::uint32_t>(header.ifi_index);
  auto place = place_of(interfaces, index);
  const bool known = place != interfaces.end() && place->index == index;
  if (deleted_link(message)) {
    if (known) interfaces.erase(place);
    return;
  }
  if (!known) {
    place = interfaces.insert(place, Interface{});
    place->index = index;
  }
  const bool was_usable = place->usable();
  if (nlattr* name = attributes[IFLA_IFNAME]; name != nullptr && nla_len(name) > 0)
    place->name.assign(static_cast<const char*>(nla_data(name)), static_cast<std::size_t>(nla_len(name)) - 1);
  place->admin_up = (header.ifi_flags & IFF_UP) != 0;
  place->carrier = (header.ifi_flags & IFF_LOWER_UP) != 0 && !drops_for_now(attributes);
  if (was_usable && !place->usable()) ++place->times_lost;
}

// Of a point-to-point address, IFA_ADDRESS is the other end; elsewhere IFA_LOCAL is absent.
void take_ipv6_address(Interface& interface, const nlmsghdr& message, const ifaddrmsg& header,
                       nlattr** attributes) {
  constexpr std::size_t kOctets = net::Ipv6Address::kOctets;
  const nlattr* local = attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  if (local == nullptr || nla_len(local) != static_cast<int>(kOctets)) return;
  const auto address = net::Ipv6Address::from_octets(
      std::span<const std::uint8_t, kOctets>(static_cast<const std::uint8_t*>(nla_data(local)), kOctets));
  const std::uint32_t flags =
      attributes[IFA_FLAGS] != nullptr ? nla_get_u32(attributes[IFA_FLAGS]) : header.ifa_flags;
  auto& addresses = interface.ipv6_addresses;
  std::erase_if(addresses, [&](const Ipv6InterfaceAddress& known) {
    return known.local == address && known.prefix_length == header.ifa_prefixlen;
  });
  if (message.nlmsg_type != RTM_NEWADDR) return;
  const Ipv6InterfaceAddress fresh{address, header.ifa_prefixlen,
                                   (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0};
  addresses.insert(std::ranges::lower_bound(addresses, fresh), fresh);
}

void take_address(Interfaces& interfaces, const nlmsghdr& message) {
  nlattr* attributes[IFA_MAX + 1] = {};
  if (nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(ifaddrmsg), attributes, IFA_MAX, nullptr) != 0)
    return;
  const auto& header = *static_cast<const ifaddrmsg*>(nlmsg_data(&message));
  const auto interface = place_of(interfaces, header.ifa_index);
  if (interface == interfaces.end() || interface->index != header.ifa_index) return;
  if (header.ifa_family == AF_INET6) return take_ipv6_address(*interface, message, header, attributes);
  const nlattr* local = attributes[IFA_LOCAL];
  if (header.ifa_family != AF_INET || local == nullptr || nla_len(local) != 4) return;

  const InterfaceAddress address{net::Ipv4Address::from_octets(std::span<const std::uint8_t, 4>(
                                     static_cast<const std::uint8_t*>(nla_data(local)), 4)),
                                 header.ifa_prefixlen};
  auto& addresses = interface->addresses;
  const auto place = std::ranges::lower_bound(addresses, address);
  const bool known = place != addresses.end() && *place == address;
  if (message.nlmsg_type == RTM_NEWADDR && !known) addresses.insert(place, address);
  if (message.nlmsg_type == RTM_DELADDR && known) addresses.erase(place);
}

void take(Interfaces& interfaces, const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: return take_link(interfaces, message);
    case RTM_NEWADDR:
    case RTM_DELADDR: return take_address(interfaces, message);
    default: return;
  }
}

}  // namespace

std::uint32_t interface_groups() { return RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR; }

// Subscribed before the dump: what changes in between is told, and telling it twice does no harm.
InterfaceMonitor::InterfaceMonitor(Hears hears, NetlinkSocket* asking) : asking_(asking) {
  if (hears == Hears::Itself) socket_.emplace(interface_groups());
  dump_all();
}

bool InterfaceMonitor::update() {
  return take_in([this](const Visit& visit) { return socket_->receive(visit); });
}

bool InterfaceMonitor::update(std::span<const std::uint8_t> messages) {
  return take_in([messages](const Visit& visit) {
    for_each_message(messages, visit);
    return true;
  });
}

bool InterfaceMonitor::look_again() {
  return take_in([](const Visit&) { return false; });
}

bool InterfaceMonitor::take_in(const std::function<bool(const Visit&)>& receive) {
  const Interfaces before = interfaces_;
  std::vector<std::uint32_t> deleted;
  const bool complete = receive([&](const nlmsghdr& message) {
    take(interfaces_, message);
    if (const auto index = deleted_link(message)) deleted.push_back(*index);
  });
  if (!complete) dump_all();
  for (Interface& interface : interfaces_) {
    const auto old = std::ranges::find(before, interface.index, &Interface::index);
    if (old == before.end()) continue;
    if (!complete) interface.times_lost = old->times_lost + 1;
    // Made anew under the same index, it started to count from zero.
    else if (std::ranges::find(deleted, interface.index) != deleted.end())
      interface.times_lost += old->times_lost + 1;
  }
  return interfaces_ != before;
}

// Not on the subscribed socket: notifications would come in the midst of the answer.
void InterfaceMonitor::dump_all() {
  if (asking_ != nullptr) return dump_all(*asking_);
  NetlinkSocket own;
  dump_all(own);
}

void InterfaceMonitor::dump_all(NetlinkSocket& asking) {
  Interfaces fresh;
  asking.dump(RTM_GETLINK, LinksQuestion(), [&](const nlmsghdr& message) { take(fresh, message); });
  ifaddrmsg addresses{};  // of every family
  asking.dump(RTM_GETADDR, addresses, [&](const nlmsghdr& message) { take(fresh, message); });
  interfaces_ = std::move(fresh);
}

}  // namespace netns
