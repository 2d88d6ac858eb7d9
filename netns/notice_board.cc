#include "netns/notice_board.h"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netns/on_a_thread.h"
#include "netns/route_table.h"

namespace netns {

namespace {

// For what is told when all links of a chain fall at once, in octets as the kernel counts them.
constexpr int kRoom = 1024 * 1024, kRoomOfEach = 16 * 1024;

}  // namespace

Vantage::Vantage(std::span<const Namespace> namespaces)
    : own_(Namespace::create()), size_(namespaces.size()) {
  on_a_thread([&] {
    own_.enter();
    NetlinkBatch batch;
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
      batch.begin(RTM_NEWNSID, 0, rtgenmsg{AF_UNSPEC});
      batch.attribute_value(NETNSA_NSID, static_cast<std::int32_t>(i));
      batch.attribute_value(NETNSA_FD, static_cast<std::uint32_t>(namespaces[i].fd()));
    }
    NetlinkSocket().execute_or_throw(batch, "number the namespaces to listen to");
  });
}

NoticeBoard::NoticeBoard(const Vantage& vantage, std::uint32_t groups, Hears hears) {
  on_a_thread([&] {
    vantage.enter();
    // With the port of those who shall not be heard: where they ask for an echo the kernel passes a listener
    // of the same port over, and need not even look the namespace up among the numbers. The filter is for
    // what they ask for in batches.
    socket_.emplace(groups, hears == Hears::Others ? kRoutePort : 0);
    if (hears == Hears::Others) socket_->ignore_routes_of(kRoutePort);
    const int room = kRoom + static_cast<int>(vantage.size()) * kRoomOfEach;
    // Where it is not permitted there is the socket's usual room.
    static_cast<void>(::setsockopt(socket_->native_handle(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room));
    socket_->listen_to_all_namespaces();
  });
}

bool NoticeBoard::receive(const std::function<void(std::size_t, std::span<const std::uint8_t>)>& visit) {
  return socket_->receive_datagrams([&](int from, std::span<const std::uint8_t> messages) {
    if (from >= 0) visit(static_cast<std::size_t>(from), messages);
  });
}

}  // namespace netns
