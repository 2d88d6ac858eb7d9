// One session under arbitrary events, octets, timers and a transport that may be blocked: never a crash; the
// state is one of the six and its timers are those it may have; Idle says nothing; updates come only while
// Established; what it buffers stays under the stated bound.
#include <utility>

#include "bgp/session.h"
#include "tests/fuzz/input.h"

namespace {

using namespace std::chrono_literals;
using bgp::State;
using bgp::Timer;

class Owner final : public bgp::SessionOwner {
 public:
  void dial(bgp::Session&) override { fuzz::require(!std::exchange(connection, true), "dialled twice"); }
  void close(bgp::Session& session) override {
    fuzz::require(std::exchange(connection, false), "closed twice");
    session.take_control(farewell);
    farewell.clear();
  }
  bool admit(bgp::Session&) override { return admits; }
  void established(bgp::Session&) override { fuzz::require(!std::exchange(up, true), "up twice"); }
  void down(bgp::Session&) override { fuzz::require(std::exchange(up, false), "down twice"); }
  void update(bgp::Session& session, bgp::Update&& update) override {
    fuzz::require(up, "an UPDATE outside Established");
    if (update.withdrawn.size() == 3) session.handle(bgp::event::AutomaticStop{}, {});
  }
  void route_refresh(bgp::Session&, const bgp::RouteRefresh&) override {
    fuzz::require(up, "a ROUTE-REFRESH outside Established");
  }

  bool connection = false, up = false, admits = true;
  std::vector<std::uint8_t> farewell;
};

template <std::size_t... kIndex>
bgp::Event make_event(std::size_t index, std::index_sequence<kIndex...>) {
  bgp::Event event;
  ((index == kIndex ? void(event.emplace<kIndex>()) : void()), ...);
  return event;
}

void check(const bgp::Session& session, const Owner& owner) {
  fuzz::require(session.state() <= State::Established, "no state");
  fuzz::require(owner.up == (session.state() == State::Established), "up and Established differ");
  fuzz::require(session.buffered_octets() <= bgp::kMaxBufferedOctets, "too much is buffered");
  if (session.state() != State::Idle) return;
  fuzz::require(!session.connected() && !owner.connection, "Idle keeps a connection");
  fuzz::require(!session.has_control(), "Idle speaks");
  for (const Timer timer :
       {Timer::ConnectRetry, Timer::Hold, Timer::Keepalive, Timer::DelayOpen, Timer::SendHold})
    fuzz::require(!session.timer_running(timer), "Idle keeps a timer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  net::ByteReader input({data, size});
  const std::uint8_t flags = input.u8().value_or(0);
  bgp::SessionConfig config;
  config.local_as = 65001;
  config.peer_as = (flags & 1) != 0 ? 65001 : 65002;
  config.identifier = net::Ipv4Address::of(10, 0, 0, 1);
  config.fsm.passive = (flags & 2) != 0;
  config.fsm.delay_open = (flags & 4) != 0 ? 2s : 0s;
  config.fsm.hold_time = (flags & 8) != 0 ? 0s : 9s;
  Owner owner;
  bgp::Jitter jitter(flags);
  bgp::Session session(config, owner, jitter, 0, !config.fsm.passive);
  bgp::Instant now(1000s);
  bool blocked = false;
  std::vector<std::uint8_t> said;
  while (const auto operation = input.u8()) {
    if (*operation < 0x40) {
      auto event = make_event(*operation % bgp::kEventCount, std::make_index_sequence<bgp::kEventCount>());
      // The transport tells only what happens to a connection that there is.
      if (std::holds_alternative<bgp::event::TcpConnectionConfirmed>(event)) {
        if (owner.connection || session.state() == State::Idle || session.state() >= State::OpenSent)
          continue;
        owner.connection = true;
      }
      if (std::holds_alternative<bgp::event::TcpConnectionAcked>(event) && !owner.connection) continue;
      session.handle(std::move(event), now);
    } else if (*operation < 0x50) {
      now += std::chrono::milliseconds(100) * (1 << (*operation & 15));
      session.on_deadlines(now);
    } else if (*operation < 0x58) {
      owner.admits = (*operation & 1) != 0;
      blocked = (*operation & 2) != 0;
      if (blocked)
        session.on_write_blocked(now);
      else
        session.on_write_progress(now);
      session.send_route_refresh(bgp::kIpv4Unicast);
    } else {
      const auto piece = fuzz::take_piece(input);
      if (owner.connection) session.on_bytes(piece, now);
    }
    if (!blocked || !owner.connection) {
      said.clear();
      session.take_control(said);
      fuzz::require(said.empty() || owner.connection, "it speaks without a connection");
    }
    check(session, owner);
  }
  return 0;
}
