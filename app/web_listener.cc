#include "app/web_listener.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

namespace app {

namespace asio = boost::asio;

namespace {

// Of 128 bits: nobody guesses it.
std::string make_token() {
  std::array<std::uint64_t, 2> random{};
  if (getrandom(random.data(), sizeof random, 0) != sizeof random)
    throw std::system_error(errno, std::generic_category(), "draw a token for the page");
  return fmt::format("{:016x}{:016x}", random[0], random[1]);
}

}  // namespace

WebListener::WebListener(const WebAddress& address, bool frr_names)
    : door_{address, make_token(), frr_names} {
  using asio::ip::tcp;
  tcp::endpoint endpoint(asio::ip::make_address(address.address.to_string()), address.port);
  socket_ = socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;  // after a lab that has just ended
  if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(socket_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      listen(socket_, SOMAXCONN) != 0) {
    const int error = errno;
    if (socket_ >= 0) close(socket_);
    throw std::system_error(error, std::generic_category(), fmt::format("listen on {}", to_string(address)));
  }
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  getsockname(socket_, endpoint.data(), &size);
  door_.listens.port = endpoint.port();
}

WebListener::~WebListener() {
  if (socket_ >= 0) close(socket_);
}

}  // namespace app
