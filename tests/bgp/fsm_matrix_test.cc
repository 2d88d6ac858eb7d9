// The state machine, every state against every event: what is expected stands in kSituations, row by row;
// what is observed becomes docs/fsm.md (UPDATE_GOLDEN=1 writes it anew).
// RFC 4271 §8.2.2.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "bgp/fsm.h"
#include "tests/bgp/fsm_events.h"

using namespace bgp;
using namespace std::chrono_literals;
using fsm_test::every_event;
using fsm_test::text_of;

namespace {

constexpr FsmConfig kConfig{.connect_retry = 1s, .hold_time = 90s, .idle_hold = 100ms};
constexpr FsmConfig kDelayed{.connect_retry = 1s, .hold_time = 90s, .idle_hold = 100ms, .delay_open = 2s};

struct Outcome {
  State next;
  std::string_view actions;
};

struct Situation {
  std::string_view name;
  FsmConfig config;
  std::vector<Event> before;  // leads into it from a new machine
  State state;
  std::map<std::string_view, Outcome> expected;
  Outcome otherwise;  // every event that has no row
};

constexpr std::string_view kDial = "StopTimer IdleHold; Listen; StartTimer ConnectRetry 1000 ms; Dial";
constexpr std::string_view kWaitPassive = "StopTimer IdleHold; Listen";
constexpr std::string_view kSayOpen = "StopTimer ConnectRetry; SendOpen; StartTimer Hold 240000 ms";
constexpr std::string_view kDelayOpen = "StopTimer ConnectRetry; StartTimer DelayOpen 2000 ms";
constexpr std::string_view kWait =
    "CloseConnection; StopTimer DelayOpen; StopTimer Hold; Listen; StartTimer ConnectRetry 1000 ms";
constexpr std::string_view kLateOpen =
    "StopTimer ConnectRetry; StopTimer DelayOpen; SendOpen; SendKeepalive; StartTimer Keepalive 3000 ms; "
    "StartTimer Hold 9000 ms";
constexpr Outcome kToIdle{State::Idle, "release"};

// Starts change nothing outside Idle.
std::map<std::string_view, Outcome> outside_idle(State state, std::map<std::string_view, Outcome> rows) {
  for (const char* start :
       {"ManualStart", "AutomaticStart", "ManualStart_with_PassiveTcpEstablishment",
        "AutomaticStart_with_PassiveTcpEstablishment", "AutomaticStart_with_DampPeerOscillations",
        "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment"})
    rows.emplace(start, Outcome{state, "-"});
  return rows;
}

std::map<std::string_view, Outcome> waiting(State state, std::map<std::string_view, Outcome> rows) {
  rows.emplace("TcpConnection_Valid", Outcome{state, "-"});
  rows.emplace("Tcp_CR_Invalid", Outcome{state, "-"});
  rows.emplace("BGPHeaderErr", Outcome{State::Idle, "SendNotification 1/2; release"});
  rows.emplace("BGPOpenMsgErr", Outcome{State::Idle, "SendNotification 2/2; release"});
  return outside_idle(state, std::move(rows));
}

// OpenSent and on: whatever is not foreseen ends in an FSM error (RFC 6608). `lost`, `told`: before
// "release".
std::map<std::string_view, Outcome> talking(State state, std::string_view header_error,
                                            std::map<std::string_view, Outcome> rows) {
  for (const char* other :
       {"TcpConnection_Valid", "Tcp_CR_Invalid", "Tcp_CR_Acked", "TcpConnectionConfirmed"})
    rows.emplace(other, Outcome{state, "-"});
  rows.emplace("BGPHeaderErr", Outcome{State::Idle, header_error});
  return outside_idle(state, std::move(rows));
}

const std::vector<Situation>& situations() {
  using namespace event;
  static const std::vector<Situation> kSituations{
      {"Idle",
       kConfig,
       {ManualStart{}, AutomaticStop{}},
       State::Idle,
       {{"ManualStart", {State::Connect, kDial}},
        {"ManualStop", {State::Idle, "StopTimer IdleHold"}},
        {"AutomaticStart", {State::Connect, kDial}},
        {"ManualStart_with_PassiveTcpEstablishment", {State::Active, kWaitPassive}},
        {"AutomaticStart_with_PassiveTcpEstablishment", {State::Active, kWaitPassive}},
        {"AutomaticStart_with_DampPeerOscillations", {State::Idle, "StartTimer IdleHold 100 ms"}},
        {"AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment",
         {State::Idle, "StartTimer IdleHold 100 ms"}},
        {"AutomaticStop", {State::Idle, "StopTimer IdleHold"}},
        {"IdleHoldTimer_Expires", {State::Connect, kDial}}},
       {State::Idle, "-"}},

      {"Idle, stopped by hand",
       kConfig,
       {ManualStart{}, ManualStop{}},
       State::Idle,
       {{"ManualStart", {State::Connect, kDial}},
        {"ManualStop", {State::Idle, "StopTimer IdleHold"}},
        {"ManualStart_with_PassiveTcpEstablishment", {State::Active, kWaitPassive}},
        {"AutomaticStop", {State::Idle, "StopTimer IdleHold"}}},
       {State::Idle, "-"}},

      {"Connect",
       kConfig,
       {ManualStart{}},
       State::Connect,
       waiting(
           State::Connect,
           {{"ConnectRetryTimer_Expires",
             {State::Connect, "CloseConnection; StopTimer DelayOpen; StartTimer ConnectRetry 1000 ms; Dial"}},
            {"DelayOpenTimer_Expires", {State::Connect, "-"}},
            {"Tcp_CR_Acked", {State::OpenSent, kSayOpen}},
            {"TcpConnectionConfirmed", {State::OpenSent, kSayOpen}},
            {"TcpConnectionFails", {State::Active, kWait}}}),
       kToIdle},

      {"Connect, DelayOpenTimer running",
       kDelayed,
       {ManualStart{}, TcpConnectionAcked{}},
       State::Connect,
       waiting(
           State::Connect,
           {{"ConnectRetryTimer_Expires",
             {State::Connect, "CloseConnection; StopTimer DelayOpen; StartTimer ConnectRetry 1000 ms; Dial"}},
            {"DelayOpenTimer_Expires", {State::OpenSent, kSayOpen}},
            {"Tcp_CR_Acked", {State::OpenSent, kSayOpen}},
            {"TcpConnectionConfirmed", {State::OpenSent, kSayOpen}},
            {"TcpConnectionFails", {State::Active, kWait}},
            {"BGPOpen", {State::OpenConfirm, kLateOpen}}}),
       kToIdle},

      {"Active",
       kConfig,
       {ManualStart{}, TcpConnectionFails{}},
       State::Active,
       waiting(State::Active,
               {{"ConnectRetryTimer_Expires", {State::Connect, "StartTimer ConnectRetry 1000 ms; Dial"}},
                {"DelayOpenTimer_Expires", {State::Active, "-"}},
                {"Tcp_CR_Acked", {State::OpenSent, kSayOpen}},
                {"TcpConnectionConfirmed", {State::OpenSent, kSayOpen}},
                {"TcpConnectionFails", {State::Active, kWait}}}),
       kToIdle},

      {"Active, passive",
       kConfig,
       {ManualStartPassive{}},
       State::Active,
       waiting(State::Active,
               {{"ConnectRetryTimer_Expires", {State::Active, "-"}},
                {"DelayOpenTimer_Expires", {State::Active, "-"}},
                {"Tcp_CR_Acked", {State::OpenSent, kSayOpen}},
                {"TcpConnectionConfirmed", {State::OpenSent, kSayOpen}},
                {"TcpConnectionFails",
                 {State::Active, "CloseConnection; StopTimer DelayOpen; StopTimer Hold; Listen"}}}),
       kToIdle},

      {"Active, DelayOpenTimer running",
       kDelayed,
       {ManualStart{}, TcpConnectionFails{}, TcpConnectionConfirmed{}},
       State::Active,
       waiting(State::Active, {{"ConnectRetryTimer_Expires", {State::Active, "-"}},
                               {"DelayOpenTimer_Expires", {State::OpenSent, kSayOpen}},
                               {"Tcp_CR_Acked", {State::OpenSent, kSayOpen}},
                               {"TcpConnectionConfirmed", {State::OpenSent, kSayOpen}},
                               {"TcpConnectionFails", {State::Active, kWait}},
                               {"BGPOpen", {State::OpenConfirm, kLateOpen}},
                               {"OpenCollisionDump", {State::Idle, "SendNotification 6/7; release"}}}),
       kToIdle},

      {"OpenSent",
       kConfig,
       {ManualStart{}, TcpConnectionAcked{}},
       State::OpenSent,
       talking(State::OpenSent, "SendNotification 1/2; release",
               {{"ManualStop", {State::Idle, "SendNotification 6/2; release"}},
                {"AutomaticStop", {State::Idle, "SendNotification 6/4; release"}},
                {"HoldTimer_Expires", {State::Idle, "SendNotification 4/0; release"}},
                {"TcpConnectionFails", {State::Active, kWait}},
                {"BGPOpen",
                 {State::OpenConfirm,
                  "StopTimer ConnectRetry; SendKeepalive; StartTimer Keepalive 3000 ms; StartTimer Hold 9000 "
                  "ms"}},
                {"BGPOpenMsgErr", {State::Idle, "SendNotification 2/2; release"}},
                {"OpenCollisionDump", {State::Idle, "SendNotification 6/7; release"}},
                {"NotifMsgVerErr", kToIdle},
                {"NotifMsg", kToIdle},
                {"SendHoldTimer_Expires", {State::Idle, "SendNotification 8/0; release"}}}),
       {State::Idle, "SendNotification 5/1; release"}},

      {"OpenConfirm",
       kConfig,
       {ManualStart{}, TcpConnectionAcked{}, OpenReceived{9}},
       State::OpenConfirm,
       talking(
           State::OpenConfirm, "SendNotification 1/2; release",
           {{"ManualStop", {State::Idle, "SendNotification 6/2; release"}},
            {"AutomaticStop", {State::Idle, "SendNotification 6/4; release"}},
            {"HoldTimer_Expires", {State::Idle, "SendNotification 4/0; release"}},
            {"KeepaliveTimer_Expires", {State::OpenConfirm, "SendKeepalive; StartTimer Keepalive 3000 ms"}},
            {"TcpConnectionFails", kToIdle},
            {"BGPOpenMsgErr", {State::Idle, "SendNotification 2/2; release"}},
            {"OpenCollisionDump", {State::Idle, "SendNotification 6/7; release"}},
            {"NotifMsgVerErr", kToIdle},
            {"NotifMsg", kToIdle},
            {"KeepAliveMsg", {State::Established, "SessionEstablished; StartTimer Hold 9000 ms"}},
            {"SendHoldTimer_Expires", {State::Idle, "SendNotification 8/0; release"}}}),
       {State::Idle, "SendNotification 5/2; release"}},

      {"Established",
       kConfig,
       {ManualStart{}, TcpConnectionAcked{}, OpenReceived{9}, KeepaliveReceived{}},
       State::Established,
       talking(
           State::Established, "SessionDown; SendNotification 1/2; release",
           {{"ManualStop", {State::Idle, "SessionDown; SendNotification 6/2; release"}},
            {"AutomaticStop", {State::Idle, "SessionDown; SendNotification 6/4; release"}},
            {"HoldTimer_Expires", {State::Idle, "SessionDown; SendNotification 4/0; release"}},
            {"KeepaliveTimer_Expires", {State::Established, "SendKeepalive; StartTimer Keepalive 3000 ms"}},
            {"TcpConnectionFails", {State::Idle, "SessionDown; release"}},
            {"OpenCollisionDump", {State::Idle, "SessionDown; SendNotification 6/7; release"}},
            {"NotifMsgVerErr", {State::Idle, "SessionDown; release"}},
            {"NotifMsg", {State::Idle, "SessionDown; release"}},
            {"KeepAliveMsg", {State::Established, "StartTimer Hold 9000 ms"}},
            {"UpdateMsg", {State::Established, "DeliverUpdate; StartTimer Hold 9000 ms"}},
            {"UpdateMsgErr", {State::Idle, "SessionDown; SendNotification 3/1; release"}},
            {"SendHoldTimer_Expires", {State::Idle, "SessionDown; SendNotification 8/0; release"}},
            {"RouteRefreshMsg", {State::Established, "DeliverUpdate; StartTimer Hold 9000 ms"}}}),
       {State::Idle, "SessionDown; SendNotification 5/3; release"}},
  };
  return kSituations;
}

Fsm led_into(const Situation& situation) {
  Fsm fsm(situation.config);
  for (const Event& event : situation.before) fsm.handle(event);
  return fsm;
}

std::string document() {
  std::string text =
      "# The state machine, as it is\n\n"
      "Generated by tests/bgp/fsm_matrix_test.cc (UPDATE_GOLDEN=1 writes it anew); do not edit. Events and "
      "states "
      "are\n"
      "those of RFC 4271 §8. The peer proposes a hold time of 9 s; connect retry is 1 s, idle hold 100 ms,\n"
      "DelayOpen, where it runs, 2 s. *release* is: close the connection, stop every timer but IdleHold.\n";
  for (const Situation& situation : situations()) {
    text += fmt::format("\n## {}\n\n| event | next state | actions |\n|---|---|---|\n", situation.name);
    for (const Event& event : every_event()) {
      Fsm fsm = led_into(situation);
      const std::string actions = text_of(fsm.handle(event));
      if (fsm.state() == situation.state && actions == "-") continue;
      text += fmt::format("| {} | {} | {} |\n", event_name(event), to_string(fsm.state()), actions);
    }
    text += "\nAny other event is ignored.\n";
  }
  return text;
}

}  // namespace

TEST_CASE("every event in every state", "[fsm]") {
  const auto events = every_event();
  REQUIRE(events.size() == kEventCount);
  for (std::size_t i = 0; i < events.size(); ++i) REQUIRE(events[i].index() == i);

  for (const Situation& situation : situations()) {
    std::size_t rows_used = 0;
    for (const Event& event : events) {
      CAPTURE(situation.name, event_name(event));
      Fsm fsm = led_into(situation);
      REQUIRE(fsm.state() == situation.state);
      const std::string actions = text_of(fsm.handle(event));
      const auto row = situation.expected.find(event_name(event));
      const bool foreseen = row != situation.expected.end();
      rows_used += foreseen ? 1 : 0;
      const Outcome& expected = foreseen ? row->second : situation.otherwise;
      CHECK(to_string(fsm.state()) == to_string(expected.next));
      CHECK(actions == expected.actions);
    }
    CHECK(rows_used == situation.expected.size());  // no row misspelled
  }
}

TEST_CASE("docs/fsm.md tells what the machine does", "[fsm]") {
  const std::string path = std::string(TEST_DATA) + "/../../docs/fsm.md";
  const std::string now = document();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << now;
  std::ifstream stream(path);
  std::stringstream kept;
  kept << stream.rdbuf();
  INFO("stale: run this test with UPDATE_GOLDEN=1");
  CHECK(kept.str() == now);
}
