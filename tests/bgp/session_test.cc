// One session over no wire at all: octets are handed in, what it says is read back. RFC 4271 §6 and §8.
#include "bgp/session.h"

#include <catch2/catch.hpp>

#include "tests/bgp/session_talk.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::config_of;
using session_test::kStart;
using session_test::octets_of;
using session_test::Owner;
using session_test::spoken;
using session_test::Talk;
using session_test::update_of;

namespace {

void append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

}  // namespace

TEST_CASE("two sessions find to each other", "[session]") {
  Jitter jitter(1);
  Owner left_owner, right_owner;
  Session left(config_of(100, 4'200'000'001, 1), left_owner, jitter, 0, true);
  Session right(config_of(4'200'000'001, 100, 2), right_owner, jitter, 1, false);
  left.handle(event::ManualStart{}, kStart);
  CHECK(left_owner.dials == 1);
  CHECK(left.connected());
  right.handle(event::ManualStartPassive{}, kStart);
  CHECK(right_owner.dials == 0);
  left.handle(event::TcpConnectionAcked{}, kStart);
  right.handle(event::TcpConnectionConfirmed{}, kStart);
  std::vector<std::uint8_t> octets;
  for (int round = 0; round < 4; ++round) {
    octets.clear();
    left.take_control(octets);
    right.on_bytes(octets, kStart);
    octets.clear();
    right.take_control(octets);
    left.on_bytes(octets, kStart);
  }
  for (const Session* session : {&left, &right}) {
    CHECK(session->state() == State::Established);
    CHECK(session->fsm().negotiated_hold_time() == 9s);
    CHECK(session->agreed().four_octet_as);
    CHECK(session->agreed().extended_message);
    CHECK(session->timer_running(Timer::Hold));
    CHECK(session->timer_running(Timer::Keepalive));
    CHECK_FALSE(session->timer_running(Timer::ConnectRetry));
    CHECK(session->sent().opens == 1);
    CHECK(session->sent().keepalives == 1);
    CHECK(session->received().opens == 1);
    CHECK(session->received().keepalives == 1);
  }
  CHECK(left_owner.ups == 1);
  CHECK(right_owner.ups == 1);
  CHECK(left.remote_id() == net::Ipv4Address::of(10, 0, 0, 2));
  CHECK(left.open_received()->my_as == kAsTrans);

  left.count_sent(0, 0, kStart + 1s);
  CHECK(left.last_write() == kStart);
  left.count_sent(1, 0, kStart + 2s);
  CHECK(left.last_write() == kStart + 2s);
  left.count_sent(0, 2, kStart + 3s);
  CHECK(left.last_write() == kStart + 3s);
  CHECK(left.sent().updates == 1);
  CHECK(left.sent().route_refreshes == 2);
}

TEST_CASE("octets may come in pieces cut anywhere", "[session]") {
  std::vector<std::uint8_t> stream = Talk().open;
  append(stream, octets_of(Keepalive{}));
  for (unsigned i = 0; i < 5; ++i) append(stream, octets_of(update_of(i)));
  append(stream, octets_of(RouteRefresh{kIpv4Unicast, 0}));
  append(stream, octets_of(Update{}));

  const auto check = [](Talk& talk) {
    REQUIRE(talk.session.state() == State::Established);
    REQUIRE(talk.owner.updates.size() == 6);
    for (unsigned i = 0; i < 5; ++i) REQUIRE(talk.owner.updates[i] == update_of(i));
    REQUIRE(talk.owner.updates[5].is_end_of_rib());
    REQUIRE(talk.owner.refreshes.size() == 1);
    REQUIRE(spoken(talk.session) == "OPEN KEEPALIVE");
  };
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Talk talk;
    talk.to(State::OpenSent);
    talk.session.on_bytes(net::Bytes(stream).first(cut), kStart);
    talk.session.on_bytes(net::Bytes(stream).subspan(cut), kStart);
    check(talk);
  }
  for (std::size_t size = 1; size < 60; ++size) {
    Talk talk;
    talk.to(State::OpenSent);
    for (std::size_t at = 0; at < stream.size(); at += size)
      talk.session.on_bytes(net::Bytes(stream).subspan(at, std::min(size, stream.size() - at)), kStart);
    check(talk);
  }
}

TEST_CASE("a message in the wrong state is an FSM error that names the state", "[session]") {
  const auto update = octets_of(update_of(1));
  const auto says = [](State state, auto octets, const char* expected) {
    Talk talk;
    talk.silently_to(state);
    CAPTURE(to_string(state), expected);
    CHECK(talk.answer(octets(talk)) == expected);
    CHECK(talk.session.state() == State::Idle);
    CHECK(talk.owner.closes == 1);
    CHECK_FALSE(talk.session.connected());
    CHECK(talk.owner.downs == (state == State::Established ? 1 : 0));
    CHECK(talk.owner.updates.empty());
    CHECK(talk.session.end_text().starts_with("Sent NOTIFICATION Finite State Machine Error"));
  };
  const auto keepalive = [](Talk& talk) { return talk.keepalive; };
  const auto refresh = [](Talk& talk) { return talk.refresh; };
  const auto open = [](Talk& talk) { return talk.open; };
  const auto routes = [&](Talk&) { return update; };
  says(State::OpenSent, keepalive, "NOTIFICATION 5/1");
  says(State::OpenSent, routes, "NOTIFICATION 5/1");
  says(State::OpenSent, refresh, "NOTIFICATION 5/1");
  says(State::OpenConfirm, routes, "NOTIFICATION 5/2");
  says(State::OpenConfirm, refresh, "NOTIFICATION 5/2");
  says(State::OpenConfirm, open, "NOTIFICATION 5/2");
  says(State::Established, open, "NOTIFICATION 5/3");
}

TEST_CASE("a NOTIFICATION is never answered, and nothing behind it is heard", "[session]") {
  const auto state = GENERATE(State::OpenSent, State::OpenConfirm, State::Established);
  const auto notification = GENERATE(Notification{ErrorCode::Cease, kCeaseShutdown, {}},
                                     Notification{ErrorCode::HoldTimerExpired, 0, {}},
                                     Notification{ErrorCode::OpenMessage, kOpenUnsupportedVersion, {0, 4}},
                                     Notification{static_cast<ErrorCode>(99), 77, {1, 2, 3}});
  Talk talk;
  talk.silently_to(state);
  auto octets = octets_of(notification);
  append(octets, octets_of(update_of(1)));
  append(octets, {1, 2, 3, 4});
  CHECK(talk.answer(octets).empty());
  CHECK(talk.session.state() == State::Idle);
  CHECK(talk.owner.closes == 1);
  CHECK(talk.owner.updates.empty());
  CHECK(talk.session.received().notifications == 1);
  CHECK(talk.session.notification_received() == notification);
  // And a session that is over hears nothing.
  CHECK(talk.answer(octets).empty());
  CHECK(talk.session.received().notifications == 1);
}

TEST_CASE("a refresh is asked for only where it can be answered (RFC 2918 §4)", "[session]") {
  const auto asks = [](std::vector<Capability> capabilities, Family family) {
    Talk talk;
    talk.silently_to(State::OpenSent);
    Open open{.my_as = 101,
              .hold_time = 90,
              .identifier = net::Ipv4Address::of(10, 0, 0, 2),
              .capabilities = std::move(capabilities)};
    talk.session.on_bytes(octets_of(open), kStart);
    CHECK_FALSE(talk.session.send_route_refresh(family));  // not yet
    talk.session.on_bytes(talk.keepalive, kStart);
    spoken(talk.session);
    const bool sent = talk.session.send_route_refresh(family);
    CHECK(spoken(talk.session) == (sent ? "ROUTE-REFRESH" : ""));
    return sent;
  };
  CHECK(asks({{2, {}}}, kIpv4Unicast));
  CHECK_FALSE(asks({{2, {}}}, kIpv6Unicast));
  CHECK_FALSE(asks({}, kIpv4Unicast));
}

TEST_CASE("broken octets end the session with the right words", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  auto octets = octets_of(Keepalive{});
  SECTION("marker") {
    octets[3] = 0;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/1");
  }
  SECTION("length") {
    octets[17] = 18;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/2");
  }
  SECTION("type") {
    octets[18] = 6;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/3");
  }
  SECTION("UPDATE whose lengths do not add up") {
    octets = octets_of(Update{});
    octets[20] = 1;
    CHECK(talk.answer(octets) == "NOTIFICATION 3/1");
  }
  SECTION("but what was whole before them counts") {
    auto stream = octets_of(update_of(3));
    octets[3] = 0;
    append(stream, octets);
    CHECK(talk.answer(stream) == "NOTIFICATION 1/1");
    CHECK(talk.owner.updates.size() == 1);
  }
  CHECK(talk.owner.downs == 1);
  CHECK(talk.owner.closes == 1);
}

TEST_CASE("an owner may end the session from within its own callback", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  talk.owner.during_update = [](Session& session) {
    session.handle(event::AutomaticStop{{ErrorCode::Cease, kCeaseMaxPrefixes, {}}}, kStart);
    CHECK(session.state() == State::Established);  // later, not now
  };
  auto stream = octets_of(update_of(1));
  append(stream, octets_of(update_of(2)));
  CHECK(talk.answer(stream) == "NOTIFICATION 6/1");
  CHECK(talk.owner.updates.size() == 1);
  CHECK(talk.owner.downs == 1);
}

TEST_CASE("what ended a session is said until the next one ends", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  SECTION("the peer's words, whatever they are about") {
    talk.session.on_bytes(octets_of(Notification{ErrorCode::OpenMessage, kOpenUnsupportedVersion, {0, 4}}),
                          kStart);
    CHECK(talk.session.end_text() == "Received NOTIFICATION OPEN Message Error/Unsupported Version Number");
  }
  SECTION("ours") {
    talk.session.handle(event::HoldTimerExpires{}, kStart);
    talk.session.handle(event::AutomaticStop{}, kStart);  // in Idle already
    CHECK(talk.session.end_text() == "Sent NOTIFICATION Hold Timer Expired");
    talk.session.handle(event::ManualStart{}, kStart);
    talk.session.handle(event::TcpConnectionAcked{}, kStart);
    CHECK(talk.session.end_text() == "Sent NOTIFICATION Hold Timer Expired");
  }
}

TEST_CASE("a new connection begins from nothing", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  talk.session.on_bytes(net::Bytes(talk.open).first(25), kStart);  // half a message
  const auto generation = talk.session.generation();
  talk.session.handle(event::TcpConnectionFails{}, kStart);
  CHECK(talk.session.state() == State::Idle);
  CHECK(talk.owner.downs == 1);
  CHECK(talk.session.end_text() == "Connection lost");
  talk.silently_to(State::Established);
  CHECK(talk.session.generation() == generation + 1);
  CHECK(talk.owner.ups == 2);
  CHECK(talk.owner.updates.empty());
}

// Found by session_fuzz: what a session without a connection had to say stayed for the next has_control().
TEST_CASE("an error without a connection ends in a silent Idle", "[session]") {
  auto config = config_of(100, 101, 1);
  config.fsm.passive = true;
  const Notification reply{ErrorCode::MessageHeader, kHeaderBadLength, {}};
  for (const Event& error : {Event{event::HeaderError{reply}}, Event{event::OpenError{reply}}}) {
    Talk talk(config);
    talk.to(State::Connect);
    REQUIRE(talk.session.state() == State::Active);
    talk.session.handle(error, kStart);
    CHECK(talk.session.state() == State::Idle);
    CHECK_FALSE(talk.session.has_control());
    CHECK(talk.owner.closes == 0);
  }
}
