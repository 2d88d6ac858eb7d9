#include "netns/notice_board.h"

#include <exception>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <thread>

namespace netns {

NoticeBoard::NoticeBoard(std::span<const Namespace> namespaces, std::uint32_t groups) {
  std::exception_ptr failure;
  const auto make = [&] {
    const Namespace own = Namespace::create_and_enter();  // the socket keeps it
    NetlinkBatch batch;
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
      batch.begin(RTM_NEWNSID, 0, rtgenmsg{AF_UNSPEC});
      batch.attribute_value(NETNSA_NSID, static_cast<std::int32_t>(i));
      batch.attribute_value(NETNSA_FD, static_cast<std::uint32_t>(namespaces[i].fd()));
    }
    NetlinkSocket().execute_or_throw(batch, "number the namespaces to listen to");
    socket_.emplace(groups);
    socket_->listen_to_all_namespaces();
  };
  std::thread([&] {
    try {
      make();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

bool NoticeBoard::receive(const std::function<void(std::size_t, std::span<const std::uint8_t>)>& visit) {
  return socket_->receive_datagrams([&](int from, std::span<const std::uint8_t> messages) {
    if (from >= 0) visit(static_cast<std::size_t>(from), messages);
  });
}

}  // namespace netns
