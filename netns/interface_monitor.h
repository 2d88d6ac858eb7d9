// What interfaces a namespace has, their addresses, and whether they carry traffic: dumped once, then kept
// true by notifications. Knows no BGP.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/prefix.h"
#include "netns/netlink.h"

namespace netns {

// The multicast groups (RTMGRP_*) in which interfaces are told of.
std::uint32_t interface_groups();

struct InterfaceAddress {
  net::Ipv4Address local;
  unsigned prefix_length = 0;
  friend auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct Ipv6InterfaceAddress {
  net::Ipv6Address local;  // link-local ones, too
  unsigned prefix_length = 0;
  // Neither waiting for duplicate address detection nor found to be one (RFC 4862 §5.4).
  bool usable = false;
  friend auto operator<=>(const Ipv6InterfaceAddress&, const Ipv6InterfaceAddress&) = default;
};

struct Interface {
  std::uint32_t index = 0;
  std::string name;
  bool admin_up = false;                                  // IFF_UP
  bool carrier = false;                                   // the other end is up, too, and the kernel sends
  std::vector<InterfaceAddress> addresses;                // sorted
  std::vector<Ipv6InterfaceAddress> ipv6_addresses = {};  // sorted
  // How often it has ceased to be usable, or may have (an overrun): a fall and rise within one update() is
  // seen in nothing else, but has cost the kernel's routes and neighbour entries over it.
  std::uint32_t times_lost = 0;

  bool usable() const { return admin_up && carrier; }
  friend bool operator==(const Interface&, const Interface&) = default;
};

// Thread: the one whose namespace it was made in.
class InterfaceMonitor {
 public:
  // Whether it listens itself, or what is notified comes from somebody who listens for many (NoticeBoard) and
  // has begun to before this is made.
  enum class Hears : std::uint8_t { Itself, FromOthers };

  // `asking`: a socket to dump by, which must outlive this; nothing: one of its own each time. Throws
  // std::system_error.
  explicit InterfaceMonitor(Hears hears = Hears::Itself, NetlinkSocket* asking = nullptr);

  const std::vector<Interface>& interfaces() const { return interfaces_; }  // sorted by index

  // One that listens itself: wait for native_handle() to become readable, then call update(), which takes in
  // what the kernel has notified. True when interfaces() changed. After an overrun of the socket (ENOBUFS) it
  // dumps everything anew.
  int native_handle() const { return socket_->native_handle(); }
  bool update();
  // One that does not: the same with whole messages, and after an overrun.
  bool update(std::span<const std::uint8_t> messages);
  bool look_again();  // throws std::system_error, and can be asked again then

 private:
  using Visit = std::function<void(const nlmsghdr&)>;
  // `receive` visits messages and returns whether there are no gaps between them.
  bool take_in(const std::function<bool(const Visit&)>& receive);
  void dump_all();
  void dump_all(NetlinkSocket& asking);

  std::optional<NetlinkSocket> socket_;
  NetlinkSocket* asking_;
  std::vector<Interface> interfaces_;
};

}  // namespace netns
