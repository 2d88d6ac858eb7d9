#include "netns/packet_socket.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace netns {

namespace {

// A segment may be as large as segmentation offload lets it be, and some more.
constexpr std::size_t kLargestFrame = 256 * 1024;
constexpr int kReceiveBuffer = 4 * 1024 * 1024;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Classic BPF over an Ethernet frame: TCP without fragments, one of its ports this one.
void see_tcp_port_only(int fd, std::uint16_t port) {
  constexpr std::uint16_t kHalf = BPF_LD | BPF_H | BPF_ABS, kOctet = BPF_LD | BPF_B | BPF_ABS,
                          kHalfAt = BPF_LD | BPF_H | BPF_IND, kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  std::array<sock_filter, 20> program{{
      BPF_STMT(kHalf, 12),                                  //  0: of which protocol
      BPF_JUMP(kEqual, ETH_P_IP, 0, 9),                     //  1: IPv6 from 11 on
      BPF_STMT(kOctet, 23),                                 //  2
      BPF_JUMP(kEqual, IPPROTO_TCP, 0, 15),                 //  3
      BPF_STMT(kHalf, 20),                                  //  4: fragment offset
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 13, 0),  //  5
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),              //  6: octets of the IPv4 header
      BPF_STMT(kHalfAt, 14),                                //  7: source port
      BPF_JUMP(kEqual, port, 9, 0),                         //  8
      BPF_STMT(kHalfAt, 16),                                //  9: destination port
      BPF_JUMP(kEqual, port, 7, 8),                         // 10
      BPF_JUMP(kEqual, ETH_P_IPV6, 0, 7),                   // 11
      BPF_STMT(kOctet, 20),                                 // 12: next header
      BPF_JUMP(kEqual, IPPROTO_TCP, 0, 5),                  // 13
      BPF_STMT(kHalf, 54),                                  // 14
      BPF_JUMP(kEqual, port, 2, 0),                         // 15
      BPF_STMT(kHalf, 56),                                  // 16
      BPF_JUMP(kEqual, port, 0, 1),                         // 17
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),                // 18: all of it
      BPF_STMT(BPF_RET | BPF_K, 0),                         // 19: nothing
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) fail("filter packets");
}

}  // namespace

PacketSocket::PacketSocket(std::uint32_t interface, std::optional<std::uint16_t> tcp_port)
    // Of no protocol, so that nothing comes before the filter is there.
    : fd_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (fd_ < 0) fail("open a packet socket");
  try {
    const int on = 1;
    if (setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) fail("ask for time stamps");
    if (setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0)
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    if (tcp_port) see_tcp_port_only(fd_, *tcp_port);
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(ETH_P_ALL);
    where.sll_ifindex = static_cast<int>(interface);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
      fail("see the packets of a link");
  } catch (...) {
    close(fd_);
    throw;
  }
}

PacketSocket::PacketSocket(PacketSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

PacketSocket::~PacketSocket() {
  if (fd_ >= 0) close(fd_);
}

std::optional<SeenPacket> PacketSocket::next(std::vector<std::uint8_t>& buffer) const {
  buffer.resize(kLargestFrame);
  sockaddr_ll from{};
  iovec room{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t octets = recvmsg(fd_, &message, MSG_TRUNC);
  if (octets < 0) return std::nullopt;  // none; or the interface went down, and will be up again, or not
  SeenPacket packet{{}, from.sll_pkttype == PACKET_OUTGOING, static_cast<std::size_t>(octets), {}};
  packet.octets = net::Bytes(buffer).first(std::min(buffer.size(), packet.original_octets));
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    packet.at =
        decltype(packet.at)(std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec));
  }
  return packet;
}

PacketSocket::Statistics PacketSocket::statistics() const {
  tpacket_stats counts{};
  socklen_t size = sizeof counts;
  if (getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &counts, &size) != 0) return {};
  return {counts.tp_packets, counts.tp_drops};
}

}  // namespace netns
