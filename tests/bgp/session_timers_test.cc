// A peer that falls silent, or reads no more. RFC 4271 §6.5 and §8.2.2, RFC 9687.
#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "tests/bgp/session_talk.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::config_of;
using session_test::kStart;
using session_test::octets_of;
using session_test::spoken;
using session_test::Talk;
using session_test::update_of;

TEST_CASE("hold times run out", "[session]") {
  SECTION("in OpenSent after four minutes") {
    Talk talk;
    talk.silently_to(State::OpenSent);
    talk.session.on_deadlines(kStart + 240s - 1ns);
    CHECK(spoken(talk.session).empty());
    talk.session.on_deadlines(kStart + 240s);
    CHECK(spoken(talk.session) == "NOTIFICATION 4/0");
  }
  SECTION("in OpenConfirm and Established after the agreed one, KEEPALIVEs sent until then") {
    const auto state = GENERATE(State::OpenConfirm, State::Established);
    Talk talk;
    talk.silently_to(state);
    int keepalives = 0;
    Instant now = kStart;
    while (talk.session.state() == state) {
      now = *talk.session.next_deadline();
      talk.session.on_deadlines(now);
      const std::string said = spoken(talk.session);
      if (said == "KEEPALIVE") {
        ++keepalives;
      } else {
        CHECK(said == "NOTIFICATION 4/0");
      }
    }
    CHECK(now == kStart + 9s);
    CHECK((keepalives == 3 || keepalives == 2));  // every 2.25 to 3 s
    CHECK(talk.session.end_text() == "Sent NOTIFICATION Hold Timer Expired");
    CHECK_FALSE(talk.session.next_deadline());
  }
  SECTION("unless something is heard") {
    Talk talk;
    talk.silently_to(State::Established);
    for (int i = 1; i <= 20; ++i) {
      const Instant now = kStart + i * 5s;
      talk.session.on_deadlines(now);
      talk.session.on_bytes(i % 2 == 0 ? talk.keepalive : octets_of(update_of(1)), now);
    }
    CHECK(talk.session.state() == State::Established);
  }
  SECTION("never when none was agreed") {
    SessionConfig config = config_of(100, 101, 1);
    config.fsm.hold_time = 0s;
    Talk talk(config);
    talk.silently_to(State::Established);
    CHECK_FALSE(talk.session.next_deadline());
  }
}

TEST_CASE("a peer that reads nothing is given up after the send hold time", "[session]") {
  SessionConfig config = config_of(100, 101, 1);
  config.fsm.send_hold_time = 20s;
  Talk talk(config);
  talk.silently_to(State::Established);
  const auto alive_until = [&](Instant end) {
    for (Instant now = kStart; now <= end; now += 1s) {
      talk.session.on_bytes(talk.keepalive, now);
      talk.session.on_deadlines(now);
    }
    return talk.session.state() == State::Established;
  };
  talk.session.on_write_blocked(kStart);
  CHECK(alive_until(kStart + 19s));
  SECTION("progress") {
    talk.session.on_write_progress(kStart + 19s);
    CHECK(alive_until(kStart + 60s));
  }
  SECTION("none") {
    spoken(talk.session);
    CHECK_FALSE(alive_until(kStart + 20s));
    CHECK(spoken(talk.session).ends_with("NOTIFICATION 8/0"));
  }
}

TEST_CASE("the send hold time is the greater of eight minutes and twice the hold time (RFC 9687 §4)",
          "[session]") {
  for (const auto& [hold, expected] :
       {std::pair{0s, 480s}, std::pair{9s, 480s}, std::pair{240s, 480s}, std::pair{241s, 482s}}) {
    SessionConfig config = config_of(100, 101, 1);
    config.fsm.hold_time = hold;
    Talk talk(config);
    Open open{.my_as = 101,
              .hold_time = 65535,
              .identifier = net::Ipv4Address::of(10, 0, 0, 2),
              .capabilities = make_capabilities({}, 101)};
    talk.open = octets_of(open);
    talk.silently_to(State::Established);
    CHECK_FALSE(talk.session.timer_running(Timer::SendHold));
    talk.session.on_write_blocked(kStart + 1s);
    CHECK(talk.session.deadline(Timer::SendHold) == kStart + 1s + expected);
    talk.session.on_write_blocked(kStart + 2s);  // still: the time runs
    CHECK(talk.session.deadline(Timer::SendHold) == kStart + 1s + expected);
  }
}

TEST_CASE("a KEEPALIVE goes early with an occasion, not sooner than jitter lets it", "[session]") {
  const auto state = GENERATE(State::OpenConfirm, State::Established);
  Talk talk;
  talk.silently_to(state);
  Instant sent = kStart;
  for (int round = 0; round < 20; ++round) {
    const Instant due = *talk.session.deadline(Timer::Keepalive);
    CHECK(due > sent + 2625ms);  // RFC 4271 §10: three quarters at least, and room for occasions before it
    CHECK(due <= sent + 3s);
    talk.session.on_occasion(sent + 2250ms - 1ns);
    CHECK(spoken(talk.session).empty());
    if (round % 2 == 0) {
      talk.session.on_occasion(sent + 2250ms);
      sent += 2250ms;
    } else {
      talk.session.on_deadlines(due);
      sent = due;
    }
    CHECK(spoken(talk.session) == "KEEPALIVE");
    talk.session.on_bytes(talk.keepalive, sent);
    if (talk.session.state() != state) break;  // OpenConfirm: the peer's KEEPALIVE was what it waited for
  }
}

TEST_CASE("an occasion brings nothing where no KEEPALIVE is due", "[session]") {
  Talk talk;
  SECTION("before the session") { talk.silently_to(State::OpenSent); }
  SECTION("without a hold time") {
    SessionConfig config = config_of(100, 101, 1);
    config.fsm.hold_time = 0s;
    Talk timeless(config);
    timeless.silently_to(State::Established);
    timeless.session.on_occasion(kStart + 1h);
    CHECK(spoken(timeless.session).empty());
    return;
  }
  talk.session.on_occasion(kStart + 1h);
  CHECK(spoken(talk.session).empty());
}
