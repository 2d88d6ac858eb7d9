// TCP within one process across namespaces: a socket belongs to the one in which it was opened.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "net/address.h"
#include "tests/netns/fresh_namespace.h"

namespace test {

inline constexpr int kPatienceMilliseconds = 5'000;

inline sockaddr_in socket_address(net::Ipv4Address address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.value);
  return result;
}

class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "open a socket");
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }
  int fd() const { return fd_; }
  bool becomes(short event) const {
    pollfd ready{fd_, event, 0};
    return ::poll(&ready, 1, kPatienceMilliseconds) == 1 && (ready.revents & event) != 0;
  }

 private:
  int fd_;
};

class Listener {
 public:
  explicit Listener(std::uint16_t port) {
    const sockaddr_in any = socket_address({}, port);
    if (::bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
        ::listen(socket_.fd(), 1) != 0)
      throw std::system_error(errno, std::generic_category(), "listen");
  }
  bool accepts() const {
    if (!socket_.becomes(POLLIN)) return false;
    const int accepted = ::accept(socket_.fd(), nullptr, nullptr);
    if (accepted >= 0) ::close(accepted);
    return accepted >= 0;
  }

 private:
  Socket socket_;
};

inline bool connects(net::Ipv4Address address, std::uint16_t port) {
  const Socket socket;
  const sockaddr_in there = socket_address(address, port);
  static_cast<void>(::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&there), sizeof there));
  int error = 0;
  socklen_t size = sizeof error;
  return socket.becomes(POLLOUT) && ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == 0;
}

}  // namespace test
