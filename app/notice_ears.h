// What the kernel notifies of one namespace, for a router that listens itself. Thread: the router's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "netns/netlink.h"

namespace app {

class NoticeEars {
 public:
  // Whole rtnetlink messages; nothing: some were lost.
  using Notices = std::optional<std::vector<std::uint8_t>>;

  // groups: RTMGRP_* bits. Throws std::system_error.
  NoticeEars(boost::asio::io_context& io, std::uint32_t groups)
      : socket(groups), readable_(io, socket.native_handle()) {}
  ~NoticeEars() { readable_.release(); }  // the socket owns the descriptor

  boost::asio::awaitable<void> listen(std::function<void(const Notices&)> take);

  netns::NetlinkSocket socket;

 private:
  boost::asio::posix::stream_descriptor readable_;
};

}  // namespace app
