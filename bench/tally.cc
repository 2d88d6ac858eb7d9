#include "bench/tally.h"

#include <array>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "bench/bulk_routes.h"
#include "bench/outside.h"

namespace bench {

namespace {

// A notification waits in about a kilobyte. Only what waits is taken of it.
constexpr int kReceiveBuffer = 1 << 30;
constexpr std::size_t kAtOnce = 64, kDatagramOctets = 4096;

netns::NetlinkSocket socket_in(const netns::Namespace& place) {
  std::optional<netns::NetlinkSocket> socket;
  std::thread([&] {
    place.enter();
    socket.emplace(RTMGRP_IPV4_ROUTE);
  }).join();
  if (::setsockopt(socket->native_handle(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                   sizeof kReceiveBuffer) != 0)
    throw std::system_error(errno, std::generic_category(), "enlarge the listener's buffer");
  return std::move(*socket);
}

}  // namespace

Tally::Tally(const netns::Namespace& place, std::size_t capacity)
    : socket_(socket_in(place)), there_(capacity) {}

void Tally::note_changes(std::size_t expected) {
  noting_ = true;
  changes_.clear();
  changes_.reserve(expected);
}

void Tally::take(const nlmsghdr& message, Clock::time_point now) {
  if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) return;
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(&message));
  if (!is_of_bgp(*route)) return;
  const nlattr* destination = nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof *route, RTA_DST);
  if (destination == nullptr) return;
  const auto place =
      place_in_block({net::Ipv4Address{ntohl(nla_get_u32(destination))}, route->rtm_dst_len}, there_.size());
  if (!place) return;
  const bool removal = message.nlmsg_type == RTM_DELROUTE;
  if (there_[*place] == removal) {
    there_[*place] = !removal;
    removal ? --present_ : ++present_;
    changed_ = now;
  }
  if (noting_) changes_.push_back({*place, removal, now});
}

// One notification is one datagram: many to a system call.
void Tally::read_all() {
  alignas(nlmsghdr) static thread_local std::array<std::array<std::uint8_t, kDatagramOctets>, kAtOnce>
      buffers;
  std::array<iovec, kAtOnce> pieces;
  std::array<mmsghdr, kAtOnce> datagrams{};
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    pieces[i] = {buffers[i].data(), buffers[i].size()};
    datagrams[i].msg_hdr.msg_iov = &pieces[i];
    datagrams[i].msg_hdr.msg_iovlen = 1;
  }
  while (true) {
    const int count = ::recvmmsg(socket_.native_handle(), datagrams.data(), kAtOnce, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) throw std::runtime_error("the listener was too slow: the kernel dropped notifications");
    const auto now = Clock::now();
    for (int i = 0; i < count; ++i) {
      const auto& datagram = datagrams[static_cast<std::size_t>(i)];
      auto left = static_cast<int>(datagram.msg_len);
      for (auto* message = reinterpret_cast<nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
           nlmsg_ok(message, left); message = nlmsg_next(message, &left))
        take(*message, now);
    }
    if (static_cast<std::size_t>(count) < kAtOnce) return;
  }
}

bool Tally::until(const std::function<bool()>& done, Clock::duration limit) {
  const auto deadline = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd readable{socket_.native_handle(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) == 0) return false;
    read_all();
  }
  return true;
}

}  // namespace bench
