// Shared by fuzz targets: a speaker with two neighbours, without sockets and kernel.
#pragma once

#include <optional>
#include <vector>

#include "speaker/speaker.h"

namespace fuzz {

class SpeakerWorld final : public speaker::Transport, public speaker::Fib {
 public:
  explicit SpeakerWorld(const speaker::SpeakerConfig& config, bool kernel_fails = false)
      : kernel_fails_(kernel_fails), activity_(2), speaker(config, *this, *this, activity_, time) {
    for (unsigned peer = 0; peer < 2; ++peer) {
      links.push_back({net::Ipv4Prefix(net::Ipv4Address::of(10, 0, peer, 0), 24),
                       net::Ipv4Address::of(10, 0, peer, 1), peer + 2, true});
      const auto ipv6 = *net::Ipv6Address::parse(peer == 0 ? "2001:db8::1" : "2001:db8:0:1::1");
      links.push_back({net::Ipv6Prefix(ipv6, 64), ipv6, peer + 2, true});
    }
    speaker.set_connected(links, time);
    speaker.start(time);
  }

  // The neighbour's own connection.
  std::optional<speaker::ConnectionId> accept(unsigned peer) {
    const auto id = speaker.accepted(net::Ipv4Address::of(10, 0, peer & 1, 2),
                                     net::Ipv4Address::of(10, 0, peer & 1, 1), port++, time);
    return id ? std::optional(*id) : std::nullopt;
  }

  void dial(speaker::ConnectionId id, const net::IpAddress&, const net::IpAddress&) override { dialled = id; }
  void output_ready(speaker::ConnectionId id) override {
    std::vector<std::uint8_t> out;
    do {
      out.clear();
      speaker.take_output(id, 4096, out);
    } while (!out.empty());
  }
  void close(speaker::ConnectionId id) override { output_ready(id); }
  bgp::Instant now() const override { return time; }
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return answer(decisions.size());
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return answer(decisions.size());
  }

  bgp::Instant time{};
  std::optional<speaker::ConnectionId> dialled;
  std::vector<speaker::ConnectedPrefix> links;
  std::uint16_t port = 1024;

 private:
  std::vector<int> answer(std::size_t decisions) {
    const bool fails = kernel_fails_ && (seed_ = seed_ * 5 + 1) % 7 == 0;
    return std::vector<int>(decisions, fails ? 17 : 0);
  }

  bool kernel_fails_;
  unsigned seed_ = 1;
  speaker::RouterActivity activity_;

 public:
  speaker::Speaker speaker;
};

inline speaker::SpeakerConfig speaker_config() {
  speaker::SpeakerConfig speaker;
  speaker.name = "FUZZ";
  speaker.as = 65001;
  speaker.router_id = net::Ipv4Address::of(10, 0, 0, 1);
  for (unsigned peer = 0; peer < 2; ++peer) {
    speaker::NeighborConfig neighbor;
    neighbor.peer.address = net::Ipv4Address::of(10, 0, peer, 2);
    neighbor.peer.local_address = net::Ipv4Address::of(10, 0, peer, 1);
    neighbor.peer.session.local_as = 65001;
    neighbor.peer.session.peer_as = 65002 + peer;
    neighbor.peer.session.identifier = speaker.router_id;
    neighbor.peer.session.capabilities.ipv6_unicast = true;
    speaker.neighbors.push_back(neighbor);
  }
  return speaker;
}

}  // namespace fuzz
