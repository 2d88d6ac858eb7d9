// Names of states, timers, events and actions, spelled as in RFC 4271 §8.1.
#include <fmt/format.h>

#include "bgp/fsm.h"
#include "net/result.h"

namespace bgp {

using net::overloaded;

std::string_view to_string(State state) {
  static constexpr std::array<std::string_view, kStateCount> kNames{"Idle",     "Connect",     "Active",
                                                                    "OpenSent", "OpenConfirm", "Established"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Timer timer) {
  static constexpr std::array<std::string_view, kTimerCount> kNames{"ConnectRetry", "Hold",     "Keepalive",
                                                                    "DelayOpen",    "IdleHold", "SendHold"};
  return kNames[static_cast<std::size_t>(timer)];
}

std::string_view event_name(const Event& event) {
  // In the order of the variant.
  static constexpr std::array<std::string_view, kEventCount> kNames{
      "ManualStart",
      "ManualStop",
      "AutomaticStart",
      "ManualStart_with_PassiveTcpEstablishment",
      "AutomaticStart_with_PassiveTcpEstablishment",
      "AutomaticStart_with_DampPeerOscillations",
      "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment",
      "AutomaticStop",
      "ConnectRetryTimer_Expires",
      "HoldTimer_Expires",
      "KeepaliveTimer_Expires",
      "DelayOpenTimer_Expires",
      "IdleHoldTimer_Expires",
      "TcpConnection_Valid",
      "Tcp_CR_Invalid",
      "Tcp_CR_Acked",
      "TcpConnectionConfirmed",
      "TcpConnectionFails",
      "BGPOpen",
      "BGPHeaderErr",
      "BGPOpenMsgErr",
      "OpenCollisionDump",
      "NotifMsgVerErr",
      "NotifMsg",
      "KeepAliveMsg",
      "UpdateMsg",
      "UpdateMsgErr",
      "SendHoldTimer_Expires",
      "RouteRefreshMsg"};
  return kNames[event.index()];
}

std::string describe(const Action& action) {
  return std::visit(
      overloaded{
          [](const action::Dial&) -> std::string { return "Dial"; },
          [](const action::Listen&) -> std::string { return "Listen"; },
          [](const action::CloseConnection&) -> std::string { return "CloseConnection"; },
          [](const action::SendOpen&) -> std::string { return "SendOpen"; },
          [](const action::SendKeepalive&) -> std::string { return "SendKeepalive"; },
          [](const action::SendNotification& send) {
            return fmt::format("SendNotification {}/{}", static_cast<int>(send.notification.code),
                               send.notification.subcode);
          },
          [](const action::StartTimer& start) {
            return fmt::format("StartTimer {} {} ms", to_string(start.timer), start.duration.count());
          },
          [](const action::StopTimer& stop) { return fmt::format("StopTimer {}", to_string(stop.timer)); },
          [](const action::SessionEstablished&) -> std::string { return "SessionEstablished"; },
          [](const action::SessionDown&) -> std::string { return "SessionDown"; },
          [](const action::DeliverUpdate&) -> std::string { return "DeliverUpdate"; },
      },
      action);
}

}  // namespace bgp
