// What a speaker needs of the world, as two interfaces: somebody who moves octets, and somebody who holds the
// forwarding table. The real ones are Asio and rtnetlink (app/), the simulator has its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bgp/session.h"
#include "net/address.h"
#include "net/prefix.h"
#include "rib/rib.h"

namespace speaker {

// A connection of one of our peers. The generation changes with every connection of a slot, so that late news
// about an old one is recognised.
struct ConnectionId {
  std::uint16_t peer = 0;
  std::uint16_t slot = 0;
  std::uint32_t generation = 0;
  friend auto operator<=>(const ConnectionId&, const ConnectionId&) = default;
};

// Calls come from within the speaker's own functions. None of them may call back into the speaker, except to
// Speaker::take_output and, when the socket took less than that gave, Speaker::write_blocked.
class Transport {
 public:
  // Opens a TCP connection; the outcome comes as Speaker::connected or connection_failed.
  virtual void dial(ConnectionId connection, const net::IpAddress& local, const net::IpAddress& remote) = 0;
  // Something waits in Speaker::take_output. While a write is under way the transport may put it off.
  virtual void output_ready(ConnectionId connection) = 0;
  // The monotonic (or virtual) time, to stamp the end of a piece of work.
  virtual bgp::Instant now() const = 0;
  // Pulls the last output, sends it, closes. Nothing about this connection is reported any more.
  virtual void close(ConnectionId connection) = 0;
  // Pulled from Speaker::take_output, and not taken by the sockets yet.
  virtual std::size_t octets_waiting() const { return 0; }

 protected:
  ~Transport() = default;
};

class Fib {
 public:
  // Applies the kernel's part of the decisions, in order. Return: errno a decision, 0 for done (and for
  // decisions that ask nothing). Nothing: the answer comes later, as Speaker::fib_done; until then no other
  // apply is called, of either family.
  virtual std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) = 0;
  virtual std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) = 0;

 protected:
  ~Fib() = default;
};

}  // namespace speaker
