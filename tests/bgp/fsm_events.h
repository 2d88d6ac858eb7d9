// Shared by tests of the state machine: one event of each kind, and actions as text.
#pragma once

#include <string>
#include <vector>

#include "bgp/fsm.h"

namespace fsm_test {

using namespace bgp;

// One of each, in the order of the variant.
inline std::vector<Event> every_event() {
  using namespace event;
  return {ManualStart{},
          ManualStop{},
          AutomaticStart{},
          ManualStartPassive{},
          AutomaticStartPassive{},
          AutomaticStartDamped{},
          AutomaticStartDampedPassive{},
          AutomaticStop{{ErrorCode::Cease, kCeaseReset, {}}},
          ConnectRetryTimerExpires{},
          HoldTimerExpires{},
          KeepaliveTimerExpires{},
          DelayOpenTimerExpires{},
          IdleHoldTimerExpires{},
          TcpConnectionValid{},
          TcpConnectionInvalid{},
          TcpConnectionAcked{},
          TcpConnectionConfirmed{},
          TcpConnectionFails{},
          OpenReceived{9},
          HeaderError{{ErrorCode::MessageHeader, kHeaderBadLength, {}}},
          OpenError{{ErrorCode::OpenMessage, kOpenBadPeerAs, {}}},
          OpenCollisionDump{},
          NotificationVersionError{},
          NotificationReceived{},
          KeepaliveReceived{},
          UpdateReceived{},
          UpdateError{{ErrorCode::UpdateMessage, kUpdateMalformedAttributes, {}}},
          SendHoldTimerExpires{},
          RouteRefreshReceived{}};
}

// What every fall to Idle ends with; written "release" in tables.
inline constexpr std::string_view kRelease =
    "CloseConnection; StopTimer ConnectRetry; StopTimer Hold; StopTimer Keepalive; StopTimer DelayOpen; "
    "StopTimer SendHold";

inline std::string text_of(const Actions& actions) {
  std::string text;
  for (const Action& action : actions) text += (text.empty() ? "" : "; ") + describe(action);
  if (const auto at = text.find(kRelease); at != std::string::npos)
    text.replace(at, kRelease.size(), "release");
  return text.empty() ? "-" : text;
}

}  // namespace fsm_test
