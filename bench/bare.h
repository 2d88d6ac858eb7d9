// The least that the kernel must be asked to do for what chainrouter does, in bare code without a BGP
// speaker: what limit_bench measures ours against.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "net/prefix.h"
#include "netns/chain_builder.h"
#include "netns/namespace.h"

namespace bench {

// Namespaces, links and addresses of a chain of `hops` links, and nothing else: no sysctl, no neighbour
// entry.
std::vector<netns::Namespace> build_bare(std::uint32_t hops);

// When bench::take_down has seen the last link of a chain go, the kernel still frees it for a tenth of a
// second, on the processors of what takes its turn next. Returns when that is over.
void await_freed_namespaces();

// Routes into (or out of) the tables of a bare chain, by one thread with one socket a namespace: batches of
// `at_once`, one acknowledgement each, a batch in each table in turn.
class BareRoutes {
 public:
  struct Block {
    std::size_t place;  // in the chain
    std::vector<net::Ipv4Prefix> prefixes;
  };
  // By way of the left neighbour; from place 0, of the right one.
  BareRoutes(const std::vector<netns::Namespace>& chain, std::vector<Block> blocks);
  ~BareRoutes();
  BareRoutes(const BareRoutes&) = delete;
  BareRoutes& operator=(const BareRoutes&) = delete;

  // Return: how long it took. Throws std::system_error.
  std::chrono::nanoseconds apply(bool install, std::size_t at_once = 64);

 private:
  struct Table;
  std::vector<std::unique_ptr<Table>> tables_;
};

// A built chain with a thread a namespace, each joined to the next one by TCP. What comes from the left, 60
// octets, is a route to be installed (or removed) and acknowledged before it is passed on to the right: the
// kernel's work for one prefix on its way, and its wake-ups.
class BareRelay {
 public:
  // The threads are spread over the processors as a lab's routers are. Throws std::system_error.
  BareRelay(std::uint32_t hops, net::Ipv4Prefix prefix);
  ~BareRelay();
  BareRelay(const BareRelay&) = delete;
  BareRelay& operator=(const BareRelay&) = delete;

  const netns::Namespace& last() const { return chain_.back(); }
  // Sets it going at the first hop, whose thread is already awake when the clock starts.
  std::chrono::steady_clock::time_point send(bool announce);

 private:
  class Hop;
  std::vector<netns::Namespace> chain_;
  std::vector<std::unique_ptr<Hop>> hops_;
};

}  // namespace bench
