// Internal to the simulator: a router and its ports, and a connection between two of them.
#pragma once

#include <array>
#include <utility>

#include "sim/simulator.h"

namespace sim {

// A router: the speaker, and the ports through which it meets the simulated world.
struct Simulator::Router final : speaker::Transport, speaker::Fib {
  Router(Simulator& simulator, std::size_t router_number, speaker::SpeakerConfig speaker_config,
         std::vector<speaker::ConnectedPrefix> prefixes)
      : world(simulator),
        number(router_number),
        config(std::move(speaker_config)),
        connected(std::move(prefixes)),
        activity(config.neighbors.size(), simulator.options_.events) {}

  void dial(speaker::ConnectionId id, const net::IpAddress& local, const net::IpAddress& remote) override {
    world.dial(*this, id, local, remote);
  }
  void output_ready(speaker::ConnectionId id) override;
  void close(speaker::ConnectionId id) override;
  Instant now() const override { return world.now_; }
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return apply_all(decisions);
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return apply_all(decisions);
  }
  template <class Prefix>
  std::optional<std::vector<int>> apply_all(std::span<const rib::BasicDecision<Prefix>> decisions);
  int change_kernel(const rib::Decision& decision);
  int change_kernel(const rib::Ipv6Decision& decision);

  Simulator& world;
  std::size_t number;
  speaker::SpeakerConfig config;
  std::vector<speaker::ConnectedPrefix> connected;
  speaker::RouterActivity activity;
  std::unique_ptr<speaker::Speaker> speaker;
  bool started = false;
  bool waits_for_kernel = false;
  Kernel kernel;
  Ipv6Kernel ipv6_kernel;
  std::map<net::Ipv4Prefix, Instant> installed;
  std::map<speaker::ConnectionId, std::pair<ConnectionPtr, std::size_t>>
      connections;  // with the side that it is
  std::uint16_t next_port = 32768;
  std::optional<Instant> timer;
};

// Side 0 dialled, side 1 listens. `toward[s]`: what is on its way to side s.
struct Simulator::Connection {
  struct Side {
    Router* router = nullptr;
    speaker::ConnectionId id{};
    bool attached = false;              // the speaker knows this connection and has not closed it
    bool gone = false;                  // and now it has: nothing is heard here any more
    std::vector<std::uint8_t> pending;  // pulled, but the socket buffer took no more
  };
  struct Direction {
    nanoseconds delay{0};
    Instant last_arrival{};
    std::size_t capacity = 0, on_wire = 0;
    std::uint64_t written = 0, heard = 0;   // octets
    std::deque<std::uint64_t> update_ends;  // where in the stream the UPDATEs not yet heard end
    // Arrived before the listener's accept; nothing stands for the end.
    std::vector<std::optional<std::vector<std::uint8_t>>> unaccepted;
  };
  std::size_t link = 0;
  std::uint16_t port = 0;
  net::IpAddress dialler, listener;
  bool dead = false, knocked = false, accepted = false;
  std::array<Side, 2> sides;
  std::array<Direction, 2> toward;
};

}  // namespace sim
