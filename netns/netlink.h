// rtnetlink, written by hand where it counts: messages are laid into one buffer and go out many to a sendmsg,
// with a single acknowledgement asked for. libnl allocates a message each and waits for each; its parsing
// functions are used for what is read.
#pragma once

#include <cstdint>
#include <functional>
#include <linux/netlink.h>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

namespace netns {

// A batch of rtnetlink requests in one contiguous buffer. Reusable: clear() keeps the memory, unless it is a
// lot.
class NetlinkBatch {
 public:
  // Starts a request; `header` is its family header (ifinfomsg, rtmsg, …). NLM_F_REQUEST is added. Requests
  // are numbered from 0 in the order in which they are begun.
  template <class Header>
  void begin(std::uint16_t type, std::uint16_t flags, const Header& header) {
    begin_raw(type, flags, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
  }
  void attribute(std::uint16_t type, std::span<const std::uint8_t> value);
  template <class Value>
  void attribute_value(std::uint16_t type, const Value& value) {
    attribute(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  }
  void attribute_string(std::uint16_t type, std::string_view value);  // zero-terminated on the wire
  // A struct in the middle of nested attributes without a header of its own (VETH_INFO_PEER's ifinfomsg).
  template <class Value>
  void raw(const Value& value) {
    append({reinterpret_cast<const std::uint8_t*>(&value), sizeof value}, {});
  }
  std::size_t begin_nested(std::uint16_t type);
  void end_nested(std::size_t nested);

  std::size_t requests() const { return starts_.size(); }
  bool empty() const { return starts_.empty(); }
  void clear();

 private:
  friend class NetlinkSocket;
  nlmsghdr& request(std::size_t number) { return reinterpret_cast<nlmsghdr&>(buffer_[starts_[number]]); }
  void begin_raw(std::uint16_t type, std::uint16_t flags, std::span<const std::uint8_t> header);
  // `head` is as long as its alignment wants it.
  void append(std::span<const std::uint8_t> head, std::span<const std::uint8_t> body);

  std::vector<std::uint8_t> buffer_;
  std::vector<std::size_t> starts_;  // where each request begins in buffer_
};

// Calls `visit` with each message of a datagram.
void for_each_message(std::span<const std::uint8_t> datagram,
                      const std::function<void(const nlmsghdr&)>& visit);

// One NETLINK_ROUTE socket, bound to the network namespace of the thread that opened it. Thread: its owner's.
class NetlinkSocket {
 public:
  // groups: RTMGRP_* bits to listen to; 0 for a socket that only asks. `port`: by which others know who has
  // changed what (nlmsg_pid of a notification); the kernel chooses one when it is 0 or taken here. Throws
  // std::system_error.
  explicit NetlinkSocket(std::uint32_t groups = 0, std::uint32_t port = 0);
  ~NetlinkSocket();
  NetlinkSocket(NetlinkSocket&& other) noexcept;
  NetlinkSocket& operator=(NetlinkSocket&& other) noexcept;

  int native_handle() const { return fd_; }
  std::uint32_t port() const;

  // Sends the batch (in several sendmsg where it is large) and reads its acknowledgements. Return: one
  // error_code a request, in order. rtnetlink works inside sendmsg, so the acknowledgement is already queued
  // when it returns: no waiting. A batch of one request begun with NLM_F_ECHO is acknowledged by what its
  // change makes the kernel notify, which listeners with this socket's port are then spared; in a larger
  // batch the flag is of no effect. Throws std::system_error only when the socket itself fails.
  std::vector<std::error_code> execute(NetlinkBatch& batch);
  // The only request of a batch.
  std::error_code execute_one(NetlinkBatch& batch);
  // execute(), and throw std::system_error naming `what` for the first request that failed.
  void execute_or_throw(NetlinkBatch& batch, std::string_view what);

  // A dump (RTM_GETROUTE, RTM_GETADDR, …): calls `visit` with each message. Throws std::system_error.
  template <class Header>
  void dump(std::uint16_t type, const Header& header, const std::function<void(const nlmsghdr&)>& visit) {
    dump_raw(type, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header}, visit);
  }

  // Reads what has been multicast to this socket without blocking. False: the kernel dropped messages
  // (ENOBUFS), so what is believed must be dumped anew.
  bool receive(const std::function<void(const nlmsghdr&)>& visit);

  // From now on, what is multicast in other namespaces, too, as far as this socket's namespace has a number
  // for them (RTM_NEWNSID). Throws std::system_error.
  void listen_to_all_namespaces();
  // Listens to these RTMGRP_* groups, too, from now on. Throws std::system_error.
  void join(std::uint32_t groups);
  // Changes of routes that were asked for from this port are not heard: the kernel drops them before they are
  // queued. Throws std::system_error.
  void ignore_routes_of(std::uint32_t port);
  // As receive(), a datagram at a time, with the number of the namespace it comes from; -1: this one.
  bool receive_datagrams(const std::function<void(int, std::span<const std::uint8_t>)>& visit);

 private:
  template <class Report>
  void read_reports(std::uint32_t first_sequence, std::size_t last, bool echoed, const Report& report);
  void dump_raw(std::uint16_t type, std::span<const std::uint8_t> header,
                const std::function<void(const nlmsghdr&)>& visit);

  int fd_ = -1;
  std::uint32_t sequence_ = 0;
};

// The only request of a batch, on a socket of its own in the calling thread's namespace. Throws nothing: that
// no descriptor is left for the socket (EMFILE) is an answer, too.
std::error_code execute_alone(NetlinkBatch& batch);

}  // namespace netns
