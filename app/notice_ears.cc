#include "app/notice_ears.h"

#include <linux/netlink.h>
#include <span>

#include <boost/asio.hpp>

namespace app {

namespace asio = boost::asio;

asio::awaitable<void> NoticeEars::listen(std::function<void(const Notices&)> take) {
  while (true) {
    const auto [error] = co_await readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                       asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    Notices heard(std::in_place);
    const bool complete = socket.receive_datagrams([&](int, std::span<const std::uint8_t> messages) {
      heard->insert(heard->end(), messages.begin(), messages.end());
      heard->resize(NLMSG_ALIGN(heard->size()));
    });
    if (!complete) heard.reset();
    take(heard);
  }
}

}  // namespace app
