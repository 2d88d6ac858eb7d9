// Shared by tests: one session over no wire at all, and the words of its peer.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/bgp/session_owner.h"

namespace session_test {

using namespace std::chrono_literals;
using bgp::Instant;
using bgp::State;

inline const Instant kStart{1000s};

inline bgp::SessionConfig config_of(std::uint32_t local_as, std::uint32_t peer_as, unsigned id) {
  return {.local_as = local_as,
          .peer_as = peer_as,
          .identifier = net::Ipv4Address::of(10, 0, 0, id),
          .capabilities = {},
          .fsm = {.connect_retry = 1s, .hold_time = 9s}};
}

// A session of AS 100 with a peer of AS 101, and the peer's words.
struct Talk {
  explicit Talk(bgp::SessionConfig config = config_of(100, 101, 1), std::uint32_t peer_as = 101,
                unsigned peer_id = 2)
      : session(config, owner, jitter, 0, true) {
    Owner nobody;
    bgp::Session peer(config_of(peer_as, config.local_as, peer_id), nobody, jitter, 0, true);
    peer.handle(bgp::event::ManualStart{}, kStart);
    peer.handle(bgp::event::TcpConnectionAcked{}, kStart);
    peer.take_control(open);
  }
  void to(State state) {
    session.handle(bgp::event::ManualStart{}, kStart);
    if (state == State::Connect) return;
    session.handle(bgp::event::TcpConnectionAcked{}, kStart);
    if (state == State::OpenSent) return;
    session.on_bytes(open, kStart);
    if (state == State::OpenConfirm) return;
    session.on_bytes(keepalive, kStart);
  }
  // The session is in `state` and has said what leads there.
  void silently_to(State state) {
    to(state);
    REQUIRE(session.state() == state);
    spoken(session);
  }
  std::string answer(const std::vector<std::uint8_t>& octets) {
    session.on_bytes(octets, kStart);
    return spoken(session);
  }

  bgp::Jitter jitter{7};
  Owner owner;
  bgp::Session session;
  std::vector<std::uint8_t> open;
  const std::vector<std::uint8_t> keepalive = octets_of(bgp::Keepalive{});
  const std::vector<std::uint8_t> refresh = octets_of(bgp::RouteRefresh{bgp::kIpv4Unicast, 0});
};

inline bgp::Update update_of(unsigned third_octet) {
  bgp::Update update;
  update.announced = {net::Ipv4Prefix(net::Ipv4Address::of(172, 31, third_octet, 0), 24)};
  update.attributes.origin = bgp::Origin::Igp;
  update.attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{101});
  update.attributes.next_hop = net::Ipv4Address::of(10, 0, 0, 2);
  return update;
}

}  // namespace session_test
