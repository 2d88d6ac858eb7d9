// Shared by tests: two peers and the TCP connections between them, as queues whose order of delivery the test
// decides. Time stands still while anything is under way, unless the test moves it.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "bgp/peer.h"
#include "tests/bgp/session_owner.h"

namespace session_test {

using namespace std::chrono_literals;

inline bgp::PeerConfig peer_config(std::uint32_t local_as, std::uint32_t peer_as, unsigned id) {
  bgp::PeerConfig config;
  config.session.local_as = local_as;
  config.session.peer_as = peer_as;
  config.session.identifier = net::Ipv4Address::of(10, 0, 0, id);
  config.session.fsm.connect_retry = 1s;
  config.session.fsm.hold_time = 9s;
  return config;
}

class PeerPair final : private bgp::PeerOwner {
 public:
  struct Syn {};
  struct SynAck {};
  struct End {};  // FIN or RST
  using Segment = std::variant<Syn, SynAck, End, std::vector<std::uint8_t>>;
  struct Side {
    bgp::Session* session = nullptr;  // nobody, once it has closed
    std::deque<Segment> inbox;
  };
  struct Wire {
    int dialler = 0;
    std::array<Side, 2> sides;
  };

  PeerPair(bgp::PeerConfig left, bgp::PeerConfig right, std::uint64_t seed = 1)
      : jitter_(seed), peers_{{{left, *this, jitter_, 0}, {right, *this, jitter_, 1}}} {}

  void start() {
    for (auto& peer : peers_) {
      peer.set_link_usable(true, now);
      peer.start(now);
      peer.settle(now);
    }
    pump();
  }
  // Nothing arrives any more, and both ends know.
  void cut() {
    for (Wire& wire : wires_)
      for (Side& side : wire.sides) side.inbox.clear();
    for (auto& peer : peers_) {
      peer.set_link_usable(false, now);
      peer.settle(now);
    }
    for (Wire& wire : wires_)
      for (Side& side : wire.sides) side.inbox.clear();
  }
  void heal() {
    for (auto& peer : peers_) {
      peer.set_link_usable(true, now);
      peer.settle(now);
    }
  }

  // Every wire's end at which something waits.
  std::vector<std::pair<std::size_t, int>> deliverable() const {
    std::vector<std::pair<std::size_t, int>> found;
    for (std::size_t wire = 0; wire < wires_.size(); ++wire)
      for (int side = 0; side < 2; ++side)
        if (!wires_[wire].sides[static_cast<std::size_t>(side)].inbox.empty()) found.emplace_back(wire, side);
    return found;
  }
  void deliver(std::size_t wire_number, int at) {
    Wire& wire = wires_[wire_number];
    Side& side = wire.sides[static_cast<std::size_t>(at)];
    const Segment segment = std::move(side.inbox.front());
    side.inbox.pop_front();
    if (std::holds_alternative<Syn>(segment)) {
      side.session = peers_[static_cast<std::size_t>(at)].accept(now);
      other(wire, at).inbox.push_back(side.session == nullptr ? Segment(End{}) : Segment(SynAck{}));
    } else if (side.session != nullptr) {
      if (std::holds_alternative<SynAck>(segment))
        peers_[static_cast<std::size_t>(at)].connected(*side.session, now);
      else if (std::holds_alternative<End>(segment))
        side.session->handle(bgp::event::TcpConnectionFails{}, now);
      else
        side.session->on_bytes(std::get<std::vector<std::uint8_t>>(segment), now);
    }
    peers_[static_cast<std::size_t>(at)].settle(now);
    pump();
  }
  void pass_time_to(bgp::Instant instant) {
    now = instant;
    for (auto& peer : peers_) {
      peer.on_deadlines(now);
      peer.settle(now);
    }
    pump();
  }
  std::optional<bgp::Instant> next_deadline() const {
    const auto a = peers_[0].next_deadline(), b = peers_[1].next_deadline();
    return !a ? b : !b ? a : std::min(a, b);
  }
  // In the order of sending, until `end`.
  void run_until(bgp::Instant end) {
    while (true) {
      if (const auto waiting = deliverable(); !waiting.empty()) {
        deliver(waiting.front().first, waiting.front().second);
        continue;
      }
      const auto next = next_deadline();
      if (!next || *next > end) break;
      pass_time_to(std::max(now, *next));
    }
    now = end;
  }

  bgp::Peer& operator[](std::size_t side) { return peers_[side]; }
  // Both ends have exactly one connection, Established, and it is the same one.
  bool settled() const {
    std::size_t alive = 0;
    bool whole = true;
    for (const Wire& wire : wires_) {
      if (wire.sides[0].session == nullptr && wire.sides[1].session == nullptr) continue;
      ++alive;
      for (const Side& side : wire.sides)
        whole &= side.session != nullptr && side.session->state() == bgp::State::Established;
    }
    return alive == 1 && whole;
  }

  bgp::Instant now{1000s};
  std::array<int, 2> dials{}, ups{}, downs{};
  std::string said;  // everything, "0:OPEN 1:OPEN …"

 private:
  Side& other(Wire& wire, int at) { return wire.sides[static_cast<std::size_t>(1 - at)]; }
  // Moves what sessions want to say onto their wires.
  void pump() {
    for (Wire& wire : wires_)
      for (int at = 0; at < 2; ++at) {
        Side& side = wire.sides[static_cast<std::size_t>(at)];
        if (side.session != nullptr) say(*side.session, other(wire, at), at);
      }
  }
  void say(bgp::Session& session, Side& to, int from) {
    std::vector<std::uint8_t> octets;
    session.take_control(octets);
    if (octets.empty()) return;
    said += std::to_string(from) + ":" + names_of(octets) + " ";
    to.inbox.emplace_back(std::move(octets));
  }

  void dial(bgp::Peer& peer, bgp::Session& session) override {
    const int from = peer.index();
    ++dials[peer.index()];
    Wire& wire = wires_.emplace_back();
    wire.dialler = from;
    wire.sides[peer.index()].session = &session;
    other(wire, from).inbox.emplace_back(Syn{});
  }
  void close(bgp::Peer& peer, bgp::Session& session) override {
    const int from = peer.index();
    for (Wire& wire : wires_) {
      Side& side = wire.sides[peer.index()];
      if (side.session != &session) continue;
      say(session, other(wire, from), from);
      other(wire, from).inbox.emplace_back(End{});
      side.session = nullptr;
      return;
    }
  }
  void established(bgp::Peer& peer, bgp::Session&) override {
    ++ups[peer.index()];
    const int now_up = ups[peer.index()] - downs[peer.index()];
    REQUIRE(now_up == 1);
  }
  void down(bgp::Peer& peer, bgp::Session&) override { ++downs[peer.index()]; }
  void update(bgp::Peer&, bgp::Session&, bgp::Update&&) override {}
  void route_refresh(bgp::Peer&, bgp::Session&, const bgp::RouteRefresh&) override {}

  bgp::Jitter jitter_;
  std::array<bgp::Peer, 2> peers_;
  std::deque<Wire> wires_;
};

}  // namespace session_test
