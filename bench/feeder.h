// A BGP speaker that only tells: it takes a router's place in a chain, by our own state machine and codec,
// and sends its neighbour what it is told to. Whoever stands in the rest of the chain gets the same octets.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bgp/session.h"
#include "netns/descriptor.h"
#include "netns/namespace.h"

namespace bench {

class Feeder final : private bgp::SessionOwner {
 public:
  using Clock = std::chrono::steady_clock;
  struct Peering {
    std::uint32_t local_as, peer_as;
    net::Ipv4Address local, remote;
  };

  // Dials, from a thread of its own in `home`, until the session is up. Throws std::runtime_error when that
  // takes longer than `patience`.
  Feeder(const netns::Namespace& home, const Peering& peering, std::chrono::seconds patience);
  ~Feeder();
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  // Sends whole messages. Return: the instant before the first octet goes.
  Clock::time_point send(std::vector<std::uint8_t> messages);
  // Is all that was to be sent in the socket? From any thread.
  bool drained() const { return drained_.load(); }
  // Has the session ended? Nothing is sent any more then. Why it did, in words, once it has.
  bool fallen() const { return fallen_.load(); }
  std::string why_fallen() const { return session_.end_text(); }

  // Prefixes that the neighbour has announced, of the block of bench/bulk_routes.h.
  std::size_t heard() const { return heard_.load(); }

  // Sends change(0), change(1), … with so many of them a second, each at its instant, `count` in all; when
  // each was sent stands in sent(), once drained() and paced() say that all have been.
  void pace(std::function<std::vector<std::uint8_t>(std::size_t)> change, double a_second, std::size_t count);
  std::size_t paced() const { return paced_.load(); }
  const std::vector<Clock::time_point>& sent() const { return sent_; }

 private:
  void dial(bgp::Session&) override {}
  void close(bgp::Session&) override { closed_ = true; }
  bool admit(bgp::Session&) override { return true; }
  void established(bgp::Session&) override {
    was_up_ = true;
    up_.set_value();
  }
  void down(bgp::Session&) override {}
  void update(bgp::Session&, bgp::Update&& update) override;
  void route_refresh(bgp::Session&, const bgp::RouteRefresh&) override {}

  void run(const netns::Namespace& home);
  bool dial_until_taken();
  void wait();
  void read_some();
  void write_some();
  void send_what_is_due();
  void post(std::function<void()> task);

  Peering peering_;
  bgp::Jitter jitter_{1};
  bgp::Session session_;
  netns::Descriptor socket_, wake_;
  bool closed_ = false, was_up_ = false;
  std::vector<std::uint8_t> outbox_;
  std::size_t written_ = 0;
  std::function<std::vector<std::uint8_t>(std::size_t)> change_;
  std::chrono::duration<double> interval_{0};
  Clock::time_point pace_began_;
  std::vector<Clock::time_point> sent_;
  std::size_t to_pace_ = 0;
  std::atomic<std::size_t> paced_ = 0, heard_ = 0;
  std::atomic<bool> drained_ = true, fallen_ = false, stopping_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  std::promise<void> up_;
  std::thread thread_;
};

}  // namespace bench
