// See netlink.h. Requests of one sendmsg are limited in number so that, should all of them fail, every error
// report fits into the receive buffer: nothing is ever lost that would leave a request's fate unknown.
#include "netns/netlink.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <netlink/msg.h>

namespace netns {

namespace {

constexpr std::size_t kMaxSendOctets = 32 * 1024;
constexpr std::size_t kMaxSendRequests = 64;
constexpr std::size_t kKeptOctets = 512;  // a few routes: what comes in a network that is at rest
// An error report takes less than 1 KiB of it. Notifications come in bursts: a link that goes down takes its
// addresses along.
constexpr int kReceiveBuffer = 256 * 1024;
constexpr int kGroupReceiveBuffer = 1024 * 1024;
// The kernel never puts more into one datagram of a dump; a notification is far smaller.
constexpr std::size_t kDatagramOctets = 32 * 1024;
// A report of its own comes in each datagram, without the request (NETLINK_CAP_ACK).
constexpr std::size_t kReportOctets = 1024;
constexpr int kDumpAttempts = 16;

[[noreturn]] void throw_errno(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::error_code to_error_code(int negative_errno) {
  return negative_errno == 0 ? std::error_code{} : std::error_code(-negative_errno, std::generic_category());
}

// One datagram from the kernel, or the reason why there is none.
struct Datagram {
  std::span<const std::uint8_t> octets;
  int error = 0;           // EAGAIN: nothing is queued
  bool truncated = false;  // longer than the buffer: its contents cannot be trusted
  int from = -1;           // the number of the namespace it was multicast in; -1: the socket's own
};

// Where a socket that listens to all namespaces is told which one.
int origin_of(const msghdr& message) {
  for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
    if (part->cmsg_level != SOL_NETLINK || part->cmsg_type != NETLINK_LISTEN_ALL_NSID) continue;
    int number = -1;
    std::memcpy(&number, CMSG_DATA(part), sizeof number);
    return number;
  }
  return -1;
}

Datagram receive_datagram(int fd, std::span<std::uint8_t> buffer) {
  for (;;) {
    sockaddr_nl sender{};
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> origin;
    message.msg_control = origin.data();
    message.msg_controllen = origin.size();
    const ssize_t length = ::recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0) {
      if (errno == EINTR) continue;
      return {{}, errno};
    }
    if (sender.nl_pid != 0) continue;  // another process, not the kernel
    return {buffer.first(static_cast<std::size_t>(length)), 0, (message.msg_flags & MSG_TRUNC) != 0,
            origin_of(message)};
  }
}

// The same as for_each_message(), without a std::function: on the way of every route.
template <class Visit>
void each_message(std::span<const std::uint8_t> octets, const Visit& visit) {
  // nlmsg_next is declared for writers; nothing is written here.
  auto* message = reinterpret_cast<nlmsghdr*>(const_cast<std::uint8_t*>(octets.data()));
  int remaining = static_cast<int>(octets.size());
  for (; nlmsg_ok(message, remaining) != 0; message = nlmsg_next(message, &remaining)) visit(*message);
}

// The errno, negative or 0, that NLMSG_ERROR and NLMSG_DONE begin with.
int reported_error(const nlmsghdr& message) {
  int error = 0;
  if (nlmsg_datalen(&message) >= static_cast<int>(sizeof error))
    std::memcpy(&error, nlmsg_data(&message), sizeof error);
  return error;
}

void send_octets(int fd, std::span<const std::uint8_t> octets) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  iovec part{const_cast<std::uint8_t*>(octets.data()), octets.size()};
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  while (::sendmsg(fd, &message, 0) < 0) {
    if (errno != EINTR) throw_errno(errno, "send rtnetlink requests");
  }
}

}  // namespace

void for_each_message(std::span<const std::uint8_t> datagram,
                      const std::function<void(const nlmsghdr&)>& visit) {
  each_message(datagram, visit);
}

void NetlinkBatch::begin_raw(std::uint16_t type, std::uint16_t flags, std::span<const std::uint8_t> header) {
  starts_.push_back(buffer_.size());
  nlmsghdr message{};
  message.nlmsg_type = type;
  message.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  static_assert(NLMSG_HDRLEN == sizeof message);
  append({reinterpret_cast<const std::uint8_t*>(&message), sizeof message}, header);
}

void NetlinkBatch::attribute(std::uint16_t type, std::span<const std::uint8_t> value) {
  nlattr attribute{};
  attribute.nla_type = type;
  attribute.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
  static_assert(NLA_HDRLEN == sizeof attribute);
  append({reinterpret_cast<const std::uint8_t*>(&attribute), sizeof attribute}, value);
}

void NetlinkBatch::attribute_string(std::uint16_t type, std::string_view value) {
  const std::string terminated(value);
  attribute(type, {reinterpret_cast<const std::uint8_t*>(terminated.c_str()), terminated.size() + 1});
}

std::size_t NetlinkBatch::begin_nested(std::uint16_t type) {
  const std::size_t nested = buffer_.size();
  attribute(type, {});
  return nested;
}

void NetlinkBatch::end_nested(std::size_t nested) {
  const auto length = static_cast<std::uint16_t>(buffer_.size() - nested);
  std::memcpy(buffer_.data() + nested + offsetof(nlattr, nla_len), &length, sizeof length);
}

void NetlinkBatch::clear() {
  if (buffer_.capacity() > kKeptOctets) *this = NetlinkBatch();
  buffer_.clear();
  starts_.clear();
}

// Keeps the buffer aligned and the length of the request that is being written true.
void NetlinkBatch::append(std::span<const std::uint8_t> head, std::span<const std::uint8_t> body) {
  const std::size_t at = buffer_.size();
  buffer_.resize(at + NLMSG_ALIGN(head.size() + body.size()));
  std::memcpy(buffer_.data() + at, head.data(), head.size());
  if (!body.empty()) std::memcpy(buffer_.data() + at + head.size(), body.data(), body.size());
  const auto length = static_cast<std::uint32_t>(buffer_.size() - starts_.back());
  std::memcpy(buffer_.data() + starts_.back() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
}

NetlinkSocket::NetlinkSocket(std::uint32_t groups, std::uint32_t port) {
  fd_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd_ < 0) throw_errno(errno, "open an rtnetlink socket");
  const int on = 1;
  // Without it an error report repeats the whole request. Older kernels lack it and only use more space.
  static_cast<void>(::setsockopt(fd_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on));
  const int receive_buffer = groups == 0 ? kReceiveBuffer : kGroupReceiveBuffer;
  // Beyond net.core.rmem_max where we may, up to it otherwise.
  if (::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0)
    static_cast<void>(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  address.nl_pid = port;
  const auto bind = [&] { return ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address); };
  int failed = bind();
  if (failed != 0 && errno == EADDRINUSE && port != 0) {
    address.nl_pid = 0;
    failed = bind();
  }
  if (failed != 0) {
    const int error = errno;
    ::close(fd_);
    throw_errno(error, "bind an rtnetlink socket");
  }
}

std::uint32_t NetlinkSocket::port() const {
  sockaddr_nl address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw_errno(errno, "ask for the port of an rtnetlink socket");
  return address.nl_pid;
}

NetlinkSocket::~NetlinkSocket() {
  if (fd_ >= 0) ::close(fd_);
}

NetlinkSocket::NetlinkSocket(NetlinkSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), sequence_(other.sequence_) {}

NetlinkSocket& NetlinkSocket::operator=(NetlinkSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

// Of the requests of one sendmsg: `report` is called with the place of each that failed, and of the last one.
// Failures are reported in order, asked for or not; the report on the last request, or its echo, ends them.
// Where an echo is asked for, silence means success: nothing has changed that could be echoed.
template <class Report>
void NetlinkSocket::read_reports(std::uint32_t first_sequence, std::size_t last, bool echoed,
                                 const Report& report) {
  alignas(nlmsghdr) std::array<std::uint8_t, kReportOctets> buffer;
  for (bool acknowledged = false; !acknowledged;) {
    const Datagram datagram = receive_datagram(fd_, buffer);
    if (echoed && datagram.error == EAGAIN) break;
    if (datagram.error != 0) throw_errno(datagram.error, "read rtnetlink acknowledgements");
    each_message(datagram.octets, [&](const nlmsghdr& message) {
      // Unsigned, so that it holds across the wrap of the sequence; anything older is far out of range.
      const std::uint32_t offset = message.nlmsg_seq - first_sequence;
      const bool is_report = message.nlmsg_type == NLMSG_ERROR;
      if ((!is_report && !echoed) || offset > last) return;
      if (is_report) report(offset, to_error_code(reported_error(message)));
      acknowledged = acknowledged || offset == last;
    });
  }
}

std::error_code NetlinkSocket::execute_one(NetlinkBatch& batch) {
  nlmsghdr& message = batch.request(0);
  message.nlmsg_seq = ++sequence_;
  const bool echoed = (message.nlmsg_flags & NLM_F_ECHO) != 0;
  if (!echoed) message.nlmsg_flags |= NLM_F_ACK;
  send_octets(fd_, batch.buffer_);
  std::error_code result;
  read_reports(sequence_, 0, echoed, [&](std::size_t, std::error_code error) { result = error; });
  return result;
}

std::vector<std::error_code> NetlinkSocket::execute(NetlinkBatch& batch) {
  const std::size_t total = batch.requests();
  if (total == 1) return {execute_one(batch)};
  std::vector<std::error_code> results(total);
  const auto end_of = [&](std::size_t request) {
    return request + 1 < total ? batch.starts_[request + 1] : batch.buffer_.size();
  };

  for (std::size_t first = 0; first < total;) {
    std::size_t last = first;  // the last request of this sendmsg
    while (last + 1 < total && last + 1 - first < kMaxSendRequests &&
           end_of(last + 1) - batch.starts_[first] <= kMaxSendOctets)
      ++last;

    const std::uint32_t first_sequence = sequence_ + 1;
    for (std::size_t request = first; request <= last; ++request) {
      nlmsghdr& message = batch.request(request);
      message.nlmsg_seq = ++sequence_;
      message.nlmsg_flags &= static_cast<std::uint16_t>(~(NLM_F_ACK | NLM_F_ECHO));
      if (request == last) message.nlmsg_flags |= NLM_F_ACK;
    }
    send_octets(fd_,
                std::span(batch.buffer_).subspan(batch.starts_[first], end_of(last) - batch.starts_[first]));

    read_reports(first_sequence, last - first, false,
                 [&](std::size_t offset, std::error_code error) { results[first + offset] = error; });
    first = last + 1;
  }
  return results;
}

void NetlinkSocket::execute_or_throw(NetlinkBatch& batch, std::string_view what) {
  for (const std::error_code& error : execute(batch)) {
    if (error) throw std::system_error(error, std::string(what));
  }
}

void NetlinkSocket::dump_raw(std::uint16_t type, std::span<const std::uint8_t> header,
                             const std::function<void(const nlmsghdr&)>& visit) {
  NetlinkBatch request;
  request.begin_raw(type, NLM_F_DUMP, header);
  const auto room = std::make_unique_for_overwrite<std::uint8_t[]>(kDatagramOctets);
  const std::span buffer(room.get(), kDatagramOctets);
  std::vector<std::uint8_t> dumped;
  // What changes under a dump makes it inconsistent (NLM_F_DUMP_INTR), which is known only at its end:
  // so it is visited as a whole, or taken again.
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    auto* sent = reinterpret_cast<nlmsghdr*>(request.buffer_.data());
    sent->nlmsg_seq = ++sequence_;
    send_octets(fd_, request.buffer_);
    dumped.clear();
    bool interrupted = false;
    for (bool done = false; !done;) {
      const Datagram datagram = receive_datagram(fd_, buffer);
      if (datagram.error != 0) throw_errno(datagram.error, "read an rtnetlink dump");
      if (datagram.truncated) throw_errno(EMSGSIZE, "read an rtnetlink dump");
      each_message(datagram.octets, [&](const nlmsghdr& message) {
        if (message.nlmsg_seq != sequence_ || done) return;
        interrupted = interrupted || (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (message.nlmsg_type == NLMSG_ERROR || message.nlmsg_type == NLMSG_DONE) {
          if (const int error = reported_error(message); error != 0) throw_errno(-error, "dump by rtnetlink");
          done = true;
          return;
        }
        const auto* begin = reinterpret_cast<const std::uint8_t*>(&message);
        dumped.insert(dumped.end(), begin, begin + message.nlmsg_len);
        dumped.resize(NLMSG_ALIGN(dumped.size()));
      });
    }
    if (interrupted) continue;
    each_message(dumped, visit);
    return;
  }
  throw_errno(EAGAIN, "dump by rtnetlink: it changed each time while it was read");
}

bool NetlinkSocket::receive(const std::function<void(const nlmsghdr&)>& visit) {
  return receive_datagrams(
      [&](int, std::span<const std::uint8_t> datagram) { for_each_message(datagram, visit); });
}

void NetlinkSocket::join(std::uint32_t groups) {
  for (int group = 1; groups != 0; groups >>= 1, ++group)
    if ((groups & 1) != 0 &&
        ::setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      throw_errno(errno, "join an rtnetlink group");
}

// Classic BPF over the netlink header. It loads in network order what stands there in the machine's.
void NetlinkSocket::ignore_routes_of(std::uint32_t port) {
  constexpr auto kType = offsetof(nlmsghdr, nlmsg_type), kPort = offsetof(nlmsghdr, nlmsg_pid);
  std::array<sock_filter, 7> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kType),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPort),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0)
    throw_errno(errno, "filter what is heard of routes");
}

void NetlinkSocket::listen_to_all_namespaces() {
  const int on = 1;
  if (::setsockopt(fd_, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof on) != 0)
    throw_errno(errno, "listen to all namespaces");
}

bool NetlinkSocket::receive_datagrams(const std::function<void(int, std::span<const std::uint8_t>)>& visit) {
  const auto room = std::make_unique_for_overwrite<std::uint8_t[]>(kDatagramOctets);
  const std::span buffer(room.get(), kDatagramOctets);
  bool complete = true;
  for (;;) {
    const Datagram datagram = receive_datagram(fd_, buffer);
    if (datagram.error == EAGAIN) return complete;
    if (datagram.error != 0 && datagram.error != ENOBUFS)
      throw_errno(datagram.error, "read rtnetlink notifications");
    if (datagram.error == ENOBUFS || datagram.truncated) complete = false;
    // After a gap all that is still queued is older than the dump that must follow, and would undo it. The
    // kernel, too, goes on dropping until the queue has been empty once.
    if (complete) visit(datagram.from, datagram.octets);
  }
}

std::error_code execute_alone(NetlinkBatch& batch) {
  try {
    return NetlinkSocket().execute(batch).front();
  } catch (const std::system_error& error) {
    return error.code();
  }
}

}  // namespace netns
