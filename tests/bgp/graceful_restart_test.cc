// What a peer's Graceful Restart capability says, and which ends of a session its routes outlive: as a
// helper. RFC 4724 §3 and §4.2, RFC 8538.
#include "bgp/graceful_restart.h"

#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "tests/bgp/captures.h"
#include "tests/bgp/session_owner.h"

using namespace bgp;
using namespace std::chrono_literals;

namespace {

const Instant kStart{1000s};

Open open_saying(std::vector<const char*> values) {
  Open open{4, 101, 9, net::Ipv4Address::of(10, 0, 0, 2), {}};
  for (const char* value : values)
    open.capabilities.push_back(
        {static_cast<std::uint8_t>(CapabilityCode::GracefulRestart), captures::octets(value)});
  return open;
}

struct EndRow {
  const char* name;
  std::vector<const char*> theirs;  // Graceful Restart capabilities of the peer
  bool ours;
  Event end;
  bool outlive;
};

Event told(ErrorCode code, std::uint8_t subcode) { return event::UpdateError{{code, subcode, {}}}; }

const char* const kPlain = "0078 0001 01 80";  // 120 s, IPv4 unicast with F
const char* const kWithN = "4078 0001 01 80";

}  // namespace

TEST_CASE("what the capability says", "[graceful]") {
  const GracefulRestart all{true, true, 4095s, {{kIpv4Unicast, true}, {kIpv6Unicast, false}}};
  const auto read = graceful_restart_of(open_saying({"cfff 0001 01 80 0002 01 00"}));
  REQUIRE(read);
  CHECK(*read == all);
  CHECK(read->preserves(kIpv6Unicast));
  CHECK_FALSE(read->forwarded_throughout(kIpv6Unicast));
  CHECK(read->forwarded_throughout(kIpv4Unicast));
  CHECK_FALSE(read->preserves({1, 128}));
  CHECK(graceful_restart_of(open_saying({"0078"})) == GracefulRestart{false, false, 120s, {}});
  // Odd, so that no flag is read from its last bit.
  CHECK(graceful_restart_of(open_saying({"0fff"})) == GracefulRestart{false, false, 4095s, {}});
  // Reserved bits do not matter.
  CHECK(graceful_restart_of(open_saying({"3078 0001 01 7f"})) ==
        GracefulRestart{false, false, 120s, {{kIpv4Unicast, false}}});
  for (const char* malformed : {"", "00", "007800", "0078000101", "0078 0001 01 80 00"})
    CHECK_FALSE(graceful_restart_of(open_saying({malformed})));
  CHECK_FALSE(graceful_restart_of(open_saying({})));
  // RFC 4724 §3: of several the last.
  CHECK(graceful_restart_of(open_saying({kPlain, "0001"}))->restart_time == 1s);
}

TEST_CASE("ours is a helper's", "[graceful]") {
  Open open = open_saying({});
  open.capabilities = make_capabilities({}, 100);
  CHECK(graceful_restart_of(open) == GracefulRestart{false, true, 0s, {}});
}

TEST_CASE("which ends of a session the peer's routes outlive", "[graceful]") {
  const EndRow rows[] = {
      {"connection lost", {kPlain}, true, event::TcpConnectionFails{}, true},
      {"connection lost, peer without", {}, true, event::TcpConnectionFails{}, false},
      {"connection lost, ours without", {kPlain}, false, event::TcpConnectionFails{}, false},
      {"hold time over", {kPlain}, true, event::HoldTimerExpires{}, false},
      {"hold time over, N", {kWithN}, true, event::HoldTimerExpires{}, true},
      {"send hold time over, N", {kWithN}, true, event::SendHoldTimerExpires{}, true},
      {"bad UPDATE", {kPlain}, true, told(ErrorCode::UpdateMessage, 1), false},
      {"bad UPDATE, N", {kWithN}, true, told(ErrorCode::UpdateMessage, 1), true},
      {"hard reset, N", {kWithN}, true, told(ErrorCode::Cease, kCeaseHardReset), false},
      {"stopped here, N", {kWithN}, true, event::ManualStop{}, false},
      {"too many prefixes, N",
       {kWithN},
       true,
       event::AutomaticStop{{ErrorCode::Cease, kCeaseMaxPrefixes, {}}},
       false},
      {"out of memory, N",
       {kWithN},
       true,
       event::AutomaticStop{{ErrorCode::Cease, kCeaseOutOfResources, {}}},
       false},
      {"reset here, N", {kWithN}, true, event::AutomaticStop{{ErrorCode::Cease, kCeaseReset, {}}}, true},
  };
  for (const EndRow& row : rows) {
    INFO(row.name);
    struct Asking final : SessionOwner {
      std::optional<bool> outlive;
      void dial(Session&) override {}
      void close(Session&) override {}
      bool admit(Session&) override { return true; }
      void established(Session&) override {}
      void down(Session& session) override { outlive = session.routes_outlive(); }
      void update(Session&, Update&&) override {}
      void route_refresh(Session&, const RouteRefresh&) override {}
    } owner;
    Jitter jitter(1);
    SessionConfig config{.local_as = 100,
                         .peer_as = 101,
                         .identifier = net::Ipv4Address::of(10, 0, 0, 1),
                         .capabilities = {},
                         .fsm = {}};
    config.capabilities.graceful_restart = row.ours;
    Session session(config, owner, jitter, 0, true);
    session.handle(event::ManualStart{}, kStart);
    session.handle(event::TcpConnectionAcked{}, kStart);
    session.on_bytes(session_test::octets_of(open_saying(row.theirs)), kStart);
    session.on_bytes(session_test::octets_of(Keepalive{}), kStart);
    REQUIRE(session.state() == State::Established);
    session.handle(row.end, kStart);
    REQUIRE(owner.outlive);
    CHECK(*owner.outlive == row.outlive);
    CHECK(session.routes_outlive() == row.outlive);

    // The same said by the peer.
    if (const auto* said = std::get_if<event::UpdateError>(&row.end)) {
      session.handle(event::ManualStart{}, kStart);
      session.handle(event::TcpConnectionAcked{}, kStart);
      session.on_bytes(session_test::octets_of(open_saying(row.theirs)), kStart);
      session.on_bytes(session_test::octets_of(Keepalive{}), kStart);
      owner.outlive.reset();
      session.on_bytes(session_test::octets_of(said->reply), kStart);
      CHECK(owner.outlive == row.outlive);
    }
  }
}

TEST_CASE("which NOTIFICATIONs end the routes all the same (RFC 8538)", "[graceful]") {
  const auto ends = [](ErrorCode code, unsigned subcode) {
    return ends_routes({code, static_cast<std::uint8_t>(subcode), {}});
  };
  for (const unsigned subcode : {1, 2, 3, 5, 9}) CHECK(ends(ErrorCode::Cease, subcode));
  for (const unsigned subcode : {0, 4, 6, 7, 8, 10, 255}) CHECK_FALSE(ends(ErrorCode::Cease, subcode));
  CHECK_FALSE(ends(ErrorCode::HoldTimerExpired, 0));
  CHECK_FALSE(ends(ErrorCode::UpdateMessage, 9));
}
