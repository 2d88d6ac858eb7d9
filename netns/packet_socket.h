// Sees the packets of one interface, both ways, with the kernel's stamps: an AF_PACKET socket of the
// namespace in which it was opened. The kernel keeps what is not read up to a limit, and counts what does not
// fit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "net/bytes.h"

namespace netns {

struct SeenPacket {
  std::chrono::sys_time<std::chrono::nanoseconds> at;
  bool outgoing = false;
  std::size_t original_octets = 0;
  net::Bytes octets;  // the frame; until the next call
};

class PacketSocket {
 public:
  // Of the calling thread's namespace. `tcp_port`: only segments from or to it, over IPv4 and IPv6. Throws
  // std::system_error.
  PacketSocket(std::uint32_t interface, std::optional<std::uint16_t> tcp_port);
  PacketSocket(PacketSocket&& other) noexcept;
  PacketSocket& operator=(PacketSocket&&) = delete;
  ~PacketSocket();

  int native_handle() const { return fd_; }
  // The next one that waits, read into `buffer`, which is made large enough; nothing: none does.
  std::optional<SeenPacket> next(std::vector<std::uint8_t>& buffer) const;

  struct Statistics {
    std::uint64_t received = 0, dropped = 0;  // since the last call
  };
  Statistics statistics() const;

 private:
  int fd_ = -1;
};

}  // namespace netns
