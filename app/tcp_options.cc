#include "app/tcp_options.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace app {

namespace {

constexpr int kSentTtl = 255;  // RFC 5082 §3: what is sent with 255 and arrives with 255 crossed no router

sockaddr_storage to_sockaddr(const net::IpAddress& address) {
  sockaddr_storage storage{};
  if (address.is_ipv4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::ranges::copy(address.ipv4().octets(), reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::ranges::copy(address.ipv6().octets(), reinterpret_cast<std::uint8_t*>(&v6.sin6_addr));
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return storage;
}

int set_md5_key(int socket, const TcpPeer& peer) {
  tcp_md5sig signature{};
  const sockaddr_storage address = to_sockaddr(peer.address);
  static_assert(sizeof signature.tcpm_addr == sizeof address);
  std::memcpy(&signature.tcpm_addr, &address, sizeof address);
  signature.tcpm_keylen = static_cast<std::uint16_t>(std::min(peer.md5_key.size(), kMaxTcpKey));
  std::memcpy(signature.tcpm_key, peer.md5_key.data(), signature.tcpm_keylen);
  return ::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof signature);
}

// <linux/tcp.h> of Linux 6.7, which Debian 12's headers are older than.
constexpr int kTcpAoAddKey = 38;
struct alignas(8) TcpAoAdd {
  sockaddr_storage address;
  char algorithm[64];
  std::int32_t interface;
  std::uint32_t flags;  // set_current, set_rnext
  std::uint16_t reserved;
  std::uint8_t prefix_length;
  std::uint8_t send_id, receive_id;
  std::uint8_t mac_length;
  std::uint8_t key_flags;
  std::uint8_t key_length;
  std::uint8_t key[kMaxTcpKey];
};
static_assert(sizeof(TcpAoAdd) == 288);

int set_ao_key(int socket, const TcpPeer& peer) {
  TcpAoAdd add{};
  add.address = to_sockaddr(peer.address);
  std::memcpy(add.algorithm, "hmac(sha1)", sizeof "hmac(sha1)");
  add.prefix_length = peer.address.is_ipv4() ? 32 : 128;
  add.send_id = add.receive_id = 1;
  add.mac_length = 12;
  add.key_length = static_cast<std::uint8_t>(std::min(peer.ao_key.size(), kMaxTcpKey));
  std::memcpy(add.key, peer.ao_key.data(), add.key_length);
  return ::setsockopt(socket, IPPROTO_TCP, kTcpAoAddKey, &add, sizeof add);
}

bool is_ipv6(int socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain == AF_INET6;
}

void set_sent_ttl(int socket) {
  const bool v6 = is_ipv6(socket);
  static_cast<void>(::setsockopt(socket, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL,
                                 &kSentTtl, sizeof kSentTtl));
}

// Where the source address and the TTL (hop limit) stand in the network header.
struct Layout {
  std::uint32_t source, ttl;
  std::size_t words;  // of the source address
};
constexpr Layout kIpv4Layout{12, 8, 1}, kIpv6Layout{8, 7, 4};

sock_filter statement(std::uint16_t code, std::uint32_t k) { return {code, 0, 0, k}; }
sock_filter jump(std::uint32_t k, std::size_t if_true, std::size_t if_false) {
  return {BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false),
          k};
}

// A classic BPF program for the listener, inherited by what it accepts: IP_MINTTL can be set on a connection
// only after accept(), when octets from afar may be waiting already, and on a listener it would shut out the
// peers that are not protected.
std::vector<sock_filter> ttl_filter(const std::vector<TcpPeer>& peers, bool v6) {
  const Layout& layout = v6 ? kIpv6Layout : kIpv4Layout;
  const auto network = static_cast<std::uint32_t>(SKF_NET_OFF);
  std::vector<sock_filter> program;
  for (const TcpPeer& peer : peers) {
    if (!peer.ttl_security || peer.address.is_ipv6() != v6) continue;
    std::vector<std::uint8_t> octets;
    if (v6)
      std::ranges::copy(peer.address.ipv6().octets(), std::back_inserter(octets));
    else
      std::ranges::copy(peer.address.ipv4().octets(), std::back_inserter(octets));
    for (std::size_t word = 0; word < layout.words; ++word) {
      const std::size_t left = (layout.words - 1 - word) * 2 + 3;  // instructions to the next peer
      const std::uint8_t* at = octets.data() + word * 4;
      program.push_back(statement(BPF_LD | BPF_W | BPF_ABS,
                                  network + layout.source + static_cast<std::uint32_t>(word) * 4));
      program.push_back(
          jump(std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3], 0,
               left));
    }
    program.push_back(statement(BPF_LD | BPF_B | BPF_ABS, network + layout.ttl));
    program.push_back(jump(kSentTtl, 1, 0));
    program.push_back(statement(BPF_RET | BPF_K, 0));  // dropped
  }
  if (!program.empty()) program.push_back(statement(BPF_RET | BPF_K, 0xffffffff));
  return program;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

bool kernel_has_tcp_ao() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool there =
      set_ao_key(probe, {.address = net::Ipv4Address::of(127, 0, 0, 1), .md5_key = {}, .ao_key = "probe"}) ==
      0;
  ::close(probe);
  return there;
}

void protect_listener(int socket, const std::vector<TcpPeer>& peers) {
  const bool v6 = is_ipv6(socket);
  for (const TcpPeer& peer : peers) {
    if (peer.address.is_ipv6() != v6) continue;
    if (!peer.md5_key.empty() && set_md5_key(socket, peer) != 0)
      fail("TCP MD5 signatures: this kernel does not offer them");
    if (!peer.ao_key.empty() && set_ao_key(socket, peer) != 0) fail("set a key of TCP-AO");
  }
  const std::vector<sock_filter> program = ttl_filter(peers, v6);
  if (program.empty()) return;
  set_sent_ttl(socket);  // our SYN-ACK, too, must arrive with 255
  const sock_fprog attached{static_cast<std::uint16_t>(program.size()),
                            const_cast<sock_filter*>(program.data())};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0)
    fail("attach the TTL filter to the listening socket");
}

void protect_connection(int socket, const TcpPeer& peer) {
  if (!peer.md5_key.empty()) static_cast<void>(set_md5_key(socket, peer));
  if (!peer.ao_key.empty()) static_cast<void>(set_ao_key(socket, peer));  // an accepted one has it: EEXIST
  if (!peer.ttl_security) return;
  set_sent_ttl(socket);
  const bool v6 = is_ipv6(socket);
  static_cast<void>(::setsockopt(socket, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MINHOPCOUNT : IP_MINTTL,
                                 &kSentTtl, sizeof kSentTtl));
}

}  // namespace app
