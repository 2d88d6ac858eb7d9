// The state machine beyond single steps (those are fsm_matrix_test.cc's): random walks, what the two OPENs
// make of the timers, passive peers, stops by hand. RFC 4271 §8.
#include "bgp/fsm.h"

#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/bgp/fsm_events.h"

using namespace bgp;
using namespace std::chrono_literals;
using fsm_test::every_event;
using fsm_test::text_of;

TEST_CASE("random walks: never stuck, silent in Idle", "[fsm]") {
  std::mt19937_64 random(4271);
  const auto events = every_event();
  std::array<std::size_t, kStateCount> visits{};
  for (int walk = 0; walk < 400; ++walk) {
    Fsm fsm(FsmConfig{.hold_time = 9s, .delay_open = walk % 3 == 0 ? 1000ms : 0ms, .passive = walk % 5 == 0});
    bool up = false;
    for (int step = 0; step < 250; ++step) {
      // Half of the steps go forward, else hardly any walk would leave Connect.
      Event event = events[random() % events.size()];
      if (random() % 2 == 0) {
        using namespace event;
        switch (fsm.state()) {
          case State::Idle: event = ManualStart{}; break;
          case State::Connect: event = TcpConnectionAcked{}; break;
          case State::Active: event = TcpConnectionConfirmed{}; break;
          case State::OpenSent: event = OpenReceived{static_cast<std::uint16_t>(random() % 2 * 9)}; break;
          default: event = KeepaliveReceived{}; break;
        }
      }
      const State before = fsm.state();
      for (const Action& action : fsm.handle(event)) {
        if (std::holds_alternative<action::SessionEstablished>(action)) {
          CHECK_FALSE(std::exchange(up, true));
        }
        if (std::holds_alternative<action::SessionDown>(action)) CHECK(std::exchange(up, false));
        if (before == State::Idle) {
          CHECK_FALSE(std::holds_alternative<action::SendOpen>(action));
          CHECK_FALSE(std::holds_alternative<action::SendKeepalive>(action));
          CHECK_FALSE(std::holds_alternative<action::SendNotification>(action));
          CHECK_FALSE(std::holds_alternative<action::DeliverUpdate>(action));
        }
      }
      CHECK(up == (fsm.state() == State::Established));
      ++visits[static_cast<std::size_t>(fsm.state())];
    }
    // Wherever it ended: a stop, a start and the peer's good will bring it up.
    using namespace event;
    fsm.set_delay_open(0ms);
    for (const Event& event : std::vector<Event>{ManualStop{}, ManualStart{}, TcpConnectionConfirmed{},
                                                 OpenReceived{9}, KeepaliveReceived{}})
      fsm.handle(event);
    REQUIRE(fsm.state() == State::Established);
  }
  for (const std::size_t count : visits) CHECK(count > 500);
}

TEST_CASE("the smaller hold time holds, and a third of it between KEEPALIVEs", "[fsm]") {
  using namespace event;
  const auto [ours, theirs, negotiated] = GENERATE(table<int, int, int>({{90, 9, 9},
                                                                         {9, 90, 9},
                                                                         {3, 90, 3},
                                                                         {90, 3, 3},
                                                                         {0, 90, 0},
                                                                         {90, 0, 0},
                                                                         {0, 0, 0},
                                                                         {65535, 65535, 65535}}));
  CAPTURE(ours, theirs);
  Fsm fsm(FsmConfig{.hold_time = std::chrono::seconds(ours)});
  fsm.handle(ManualStart{});
  fsm.handle(TcpConnectionAcked{});
  const std::string actions = text_of(fsm.handle(OpenReceived{static_cast<std::uint16_t>(theirs)}));
  CHECK(fsm.negotiated_hold_time() == std::chrono::seconds(negotiated));
  CHECK(fsm.keepalive_interval() == std::chrono::seconds(negotiated / 3));
  if (negotiated == 0) {
    CHECK(actions == "StopTimer ConnectRetry; SendKeepalive; StopTimer Hold; StopTimer Keepalive");
    CHECK(text_of(fsm.handle(KeepaliveReceived{})) == "SessionEstablished");
    CHECK(text_of(fsm.handle(UpdateReceived{})) == "DeliverUpdate");
  } else {
    CHECK(actions ==
          fmt::format(
              "StopTimer ConnectRetry; SendKeepalive; StartTimer Keepalive {} ms; StartTimer Hold {} ms",
              negotiated / 3 * 1000, negotiated * 1000));
  }
}

TEST_CASE("a passive peer never dials, a damped start waits", "[fsm]") {
  using namespace event;
  Fsm fsm(FsmConfig{.idle_hold = 700ms, .passive = true});
  CHECK(text_of(fsm.handle(ManualStart{})) == "StopTimer IdleHold; Listen");
  CHECK(text_of(fsm.handle(ConnectRetryTimerExpires{})) == "-");
  CHECK(text_of(fsm.handle(AutomaticStop{})) == "release");
  CHECK(text_of(fsm.handle(AutomaticStartDamped{})) == "StartTimer IdleHold 700 ms");
  CHECK(text_of(fsm.handle(IdleHoldTimerExpires{})) == "StopTimer IdleHold; Listen");

  Fsm active(FsmConfig{});
  active.handle(ManualStart{});
  active.handle(AutomaticStop{});
  active.handle(AutomaticStartDampedPassive{});
  active.handle(IdleHoldTimerExpires{});
  CHECK(active.state() == State::Active);
}

TEST_CASE("a stop by hand keeps automatic starts away and carries its text", "[fsm]") {
  using namespace event;
  Fsm fsm(FsmConfig{});
  for (const Event& event : std::vector<Event>{ManualStart{}, TcpConnectionAcked{}, OpenReceived{9}})
    fsm.handle(event);
  const Actions actions = fsm.handle(ManualStop{std::string(300, 'x')});
  const auto* farewell = std::get_if<action::SendNotification>(&actions.front());
  REQUIRE(farewell != nullptr);
  CHECK(farewell->notification.data.size() == 256);
  CHECK(farewell->notification.data.front() == 255);
  CHECK(fsm.stopped());
  CHECK(fsm.connect_retry_counter() == 0);
  CHECK(text_of(fsm.handle(AutomaticStart{})) == "-");
  CHECK(text_of(fsm.handle(IdleHoldTimerExpires{})) == "-");
  fsm.handle(ManualStart{});
  CHECK_FALSE(fsm.stopped());
}

TEST_CASE("a start by hand counts attempts anew, an automatic one goes on (RFC 4271 §8.2.2)", "[fsm]") {
  using namespace event;
  Fsm fsm(FsmConfig{});
  const auto fall = [&] {
    fsm.handle(TcpConnectionConfirmed{});
    fsm.handle(NotificationReceived{});
    return fsm.connect_retry_counter();
  };
  fsm.handle(ManualStart{});
  CHECK(fall() == 1);
  fsm.handle(AutomaticStart{});
  CHECK(fall() == 2);
  fsm.handle(ManualStart{});
  CHECK(fsm.connect_retry_counter() == 0);
  CHECK(fall() == 1);
  fsm.handle(ManualStartPassive{});
  CHECK(fsm.connect_retry_counter() == 0);
}

// RFC 6608 §4: the data is the type of the message that should not have come; a timer has none.
TEST_CASE("an unexpected message is named in the NOTIFICATION", "[fsm]") {
  using namespace event;
  struct Row {
    Event event;
    std::vector<std::uint8_t> data;
  };
  const Notification bad_refresh{ErrorCode::RouteRefresh, kRefreshInvalidLength, {}};
  for (const Row& row : std::initializer_list<Row>{{KeepaliveReceived{}, {4}},
                                                   {UpdateReceived{}, {2}},
                                                   {UpdateError{{ErrorCode::UpdateMessage, 1, {}}}, {2}},
                                                   {UpdateError{bad_refresh}, {5}},
                                                   {RouteRefreshReceived{}, {5}},
                                                   {IdleHoldTimerExpires{}, {}}}) {
    Fsm fsm(FsmConfig{.hold_time = 9s});
    fsm.handle(ManualStart{});
    fsm.handle(TcpConnectionConfirmed{});
    REQUIRE(fsm.state() == State::OpenSent);
    const auto actions = fsm.handle(row.event);
    INFO(event_name(row.event));
    const auto said = std::ranges::find_if(actions, [](const Action& action) {
      return std::holds_alternative<action::SendNotification>(action);
    });
    REQUIRE(said != actions.end());
    const auto& notification = std::get<action::SendNotification>(*said).notification;
    CHECK(notification.code == ErrorCode::FiniteStateMachine);
    CHECK(notification.subcode == kFsmInOpenSent);
    CHECK(notification.data == row.data);
  }
  Fsm fsm(FsmConfig{.hold_time = 9s});
  for (const Event& event :
       std::vector<Event>{ManualStart{}, TcpConnectionConfirmed{}, OpenReceived{9}, KeepaliveReceived{}})
    fsm.handle(event);
  const auto actions = fsm.handle(OpenReceived{9});
  CHECK(std::ranges::any_of(actions, [](const Action& action) {
    const auto* said = std::get_if<action::SendNotification>(&action);
    return said != nullptr && said->notification.data == std::vector<std::uint8_t>{1};
  }));
}
