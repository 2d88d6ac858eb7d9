// What is multicast in any of many namespaces, heard by one socket. A socket in each would make every change
// of a route, in whichever namespace, walk all of them under the kernel's one lock: with a thousand, that
// takes four times as long as the change itself (docs/adr/0015).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "netns/namespace.h"
#include "netns/netlink.h"

namespace netns {

// A namespace that has a number for each of others, its place among them: to listen to a namespace takes one,
// and the host's shall have none. The boards made there keep it.
class Vantage {
 public:
  explicit Vantage(std::span<const Namespace> namespaces);  // throws std::system_error
  void enter() const { own_.enter(); }
  std::size_t size() const { return size_; }

 private:
  Namespace own_;
  std::size_t size_;
};

// Thread: any, one at a time.
class NoticeBoard {
 public:
  enum class Hears : std::uint8_t { Others, Everyone };

  // Hears these RTMGRP_* groups in the namespaces of `vantage`, from when it is made; of Others: except what
  // a RouteTable changed, of which there should be one at a vantage. Throws std::system_error.
  NoticeBoard(const Vantage& vantage, std::uint32_t groups, Hears hears = Hears::Others);

  // Hears these groups, too, from now on.
  void join(std::uint32_t groups) { socket_->join(groups); }

  int native_handle() const { return socket_->native_handle(); }
  // Reads without blocking: calls `visit` with the place of the namespace in `namespaces` and whole messages.
  // False: the kernel dropped some (ENOBUFS), of whichever namespaces.
  bool receive(const std::function<void(std::size_t, std::span<const std::uint8_t>)>& visit);

 private:
  std::optional<NetlinkSocket> socket_;
};

}  // namespace netns
