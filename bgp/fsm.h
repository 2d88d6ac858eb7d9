// The BGP state machine of one connection. Knows events and actions; knows no socket, timer, clock or RIB:
// the only time in it are the durations of the timers it asks for. Total: any event is answered in any state.
// RFC 4271 §8, RFC 6608, RFC 2918, RFC 9687.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "bgp/message.h"

namespace bgp {

enum class State : std::uint8_t { Idle, Connect, Active, OpenSent, OpenConfirm, Established };
inline constexpr std::size_t kStateCount = 6;
std::string_view to_string(State state);

enum class Timer : std::uint8_t { ConnectRetry, Hold, Keepalive, DelayOpen, IdleHold, SendHold };
inline constexpr std::size_t kTimerCount = 6;
std::string_view to_string(Timer timer);

namespace event {       // numbers of RFC 4271 §8.1
struct ManualStart {};  // 1
struct ManualStop {
  std::string text;
};                                      // 2; text goes into the Cease (RFC 9003)
struct AutomaticStart {};               // 3
struct ManualStartPassive {};           // 4
struct AutomaticStartPassive {};        // 5
struct AutomaticStartDamped {};         // 6
struct AutomaticStartDampedPassive {};  // 7
struct AutomaticStop {
  Notification cease;
};                                   // 8
struct ConnectRetryTimerExpires {};  // 9
struct HoldTimerExpires {};          // 10
struct KeepaliveTimerExpires {};     // 11
struct DelayOpenTimerExpires {};     // 12
struct IdleHoldTimerExpires {};      // 13
struct TcpConnectionValid {};        // 14
struct TcpConnectionInvalid {};      // 15
struct TcpConnectionAcked {};        // 16: our own dial succeeded
struct TcpConnectionConfirmed {};    // 17: an incoming connection was accepted
struct TcpConnectionFails {};        // 18
struct OpenReceived {
  std::uint16_t hold_time = 0;
};  // 19 and, with the DelayOpenTimer running, 20
struct HeaderError {
  Notification reply;
};  // 21
struct OpenError {
  Notification reply;
};                                   // 22
struct OpenCollisionDump {};         // 23
struct NotificationVersionError {};  // 24
struct NotificationReceived {};      // 25
struct KeepaliveReceived {};         // 26
struct UpdateReceived {};            // 27
struct UpdateError {
  Notification reply;
};                               // 28
struct SendHoldTimerExpires {};  // 29, RFC 9687
struct RouteRefreshReceived {};  // RFC 2918: not in RFC 4271's list
}  // namespace event

using Event =
    std::variant<event::ManualStart, event::ManualStop, event::AutomaticStart, event::ManualStartPassive,
                 event::AutomaticStartPassive, event::AutomaticStartDamped,
                 event::AutomaticStartDampedPassive, event::AutomaticStop, event::ConnectRetryTimerExpires,
                 event::HoldTimerExpires, event::KeepaliveTimerExpires, event::DelayOpenTimerExpires,
                 event::IdleHoldTimerExpires, event::TcpConnectionValid, event::TcpConnectionInvalid,
                 event::TcpConnectionAcked, event::TcpConnectionConfirmed, event::TcpConnectionFails,
                 event::OpenReceived, event::HeaderError, event::OpenError, event::OpenCollisionDump,
                 event::NotificationVersionError, event::NotificationReceived, event::KeepaliveReceived,
                 event::UpdateReceived, event::UpdateError, event::SendHoldTimerExpires,
                 event::RouteRefreshReceived>;
inline constexpr std::size_t kEventCount = std::variant_size_v<Event>;
std::string_view event_name(const Event& event);

namespace action {
struct Dial {};             // initiate a TCP connection to the peer
struct Listen {};           // be ready to take the peer's connection
struct CloseConnection {};  // drop the TCP connection, also one still being dialled
struct SendOpen {};
struct SendKeepalive {};
struct SendNotification {
  Notification notification;
};
struct StartTimer {
  Timer timer;
  std::chrono::milliseconds duration;
};
struct StopTimer {
  Timer timer;
};
struct SessionEstablished {};
struct SessionDown {};    // was Established: forget the peer's routes
struct DeliverUpdate {};  // the UPDATE (or ROUTE-REFRESH) in hand is for the RIB
}  // namespace action

using Action =
    std::variant<action::Dial, action::Listen, action::CloseConnection, action::SendOpen,
                 action::SendKeepalive, action::SendNotification, action::StartTimer, action::StopTimer,
                 action::SessionEstablished, action::SessionDown, action::DeliverUpdate>;
std::string describe(const Action& action);
using Actions = std::vector<Action>;

struct FsmConfig {
  std::chrono::milliseconds connect_retry{120'000};  // RFC 4271 §10
  std::chrono::seconds hold_time{90};                // what our OPEN proposes
  std::chrono::seconds open_hold_time{240};          // the "large value" of §8.2.2
  std::chrono::milliseconds idle_hold{0};            // pause after a fault before starting again
  std::chrono::milliseconds delay_open{0};           // 0: DelayOpen is off
  std::chrono::seconds send_hold_time{0};            // 0: max(8 min, 2 x negotiated hold time) of RFC 9687
  bool passive = false;                              // never dials
};

class Fsm {
 public:
  explicit Fsm(FsmConfig config) : config_(config) {}

  // Takes one event; changes state; returns what is to be done, in order.
  Actions handle(const Event& event);

  State state() const { return state_; }
  // Meaningful from OpenConfirm on; 0: no KEEPALIVEs and no hold timer.
  std::chrono::seconds negotiated_hold_time() const { return negotiated_hold_time_; }
  std::chrono::seconds keepalive_interval() const { return negotiated_hold_time_ / 3; }
  std::uint32_t connect_retry_counter() const { return connect_retry_counter_; }
  const FsmConfig& config() const { return config_; }
  // How long to stay Idle after the next fall: the peer backs off (RFC 4271 §8.1.1, DampPeerOscillations).
  void set_idle_hold(std::chrono::milliseconds pause) { config_.idle_hold = pause; }
  // 0: send the OPEN at once (RFC 4271 §8.1.1, DelayOpen).
  void set_delay_open(std::chrono::milliseconds delay) { config_.delay_open = delay; }
  // After an administrative stop only a manual start leaves Idle.
  bool stopped() const { return stopped_; }

 private:
  Actions in_idle(const Event& event);
  Actions in_connect(const Event& event);
  Actions in_active(const Event& event);
  Actions in_open_sent(const Event& event);
  Actions in_open_confirm(const Event& event);
  Actions in_established(const Event& event);

  Actions start(bool passive);
  Actions send_open();
  Actions confirm_open(const event::OpenReceived& open);
  Actions restart_hold_timer(Actions actions) const;
  Actions wait_for_connection();
  Actions stop_manually(const event::ManualStop& stop);
  Actions to_idle(std::optional<Notification> farewell);
  Actions unexpected(std::uint8_t fsm_subcode, const Event& event);

  FsmConfig config_;
  State state_ = State::Idle;
  bool passive_ = false;
  bool stopped_ = true;
  bool delay_open_running_ = false;
  std::chrono::seconds negotiated_hold_time_{0};
  std::uint32_t connect_retry_counter_ = 0;
};

}  // namespace bgp
