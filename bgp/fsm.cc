#include "bgp/fsm.h"

#include <algorithm>
#include <concepts>

#include "bgp/shutdown_communication.h"
#include "net/result.h"

namespace bgp {

using namespace std::chrono_literals;
using net::overloaded;

namespace {

// Events 1 and 3 to 7: outside Idle a start changes nothing (RFC 4271 §8.2.2).
template <class E>
concept StartEvent = std::same_as<E, event::ManualStart> || std::same_as<E, event::ManualStartPassive> ||
    std::same_as<E, event::AutomaticStart> || std::same_as<E, event::AutomaticStartPassive> ||
    std::same_as<E, event::AutomaticStartDamped> || std::same_as<E, event::AutomaticStartDampedPassive>;

template <class E>
concept OtherConnectionEvent =
    std::same_as<E, event::TcpConnectionValid> || std::same_as<E, event::TcpConnectionInvalid> ||
    std::same_as<E, event::TcpConnectionAcked> || std::same_as<E, event::TcpConnectionConfirmed>;

// What kind of message the event tells of; nothing for timers and the like.
std::optional<MessageType> message_type_of(const Event& event) {
  using Type = std::optional<MessageType>;
  return std::visit(overloaded{
                        [](const event::OpenReceived&) -> Type { return MessageType::Open; },
                        [](const event::OpenError&) -> Type { return MessageType::Open; },
                        [](const event::KeepaliveReceived&) -> Type { return MessageType::Keepalive; },
                        [](const event::UpdateReceived&) -> Type { return MessageType::Update; },
                        [](const event::UpdateError& error) -> Type {
                          return error.reply.code == ErrorCode::RouteRefresh ? MessageType::RouteRefresh
                                                                             : MessageType::Update;
                        },
                        [](const event::RouteRefreshReceived&) -> Type { return MessageType::RouteRefresh; },
                        [](const auto&) -> Type { return std::nullopt; },
                    },
                    event);
}

}  // namespace

Actions Fsm::handle(const Event& event) {
  switch (state_) {
    case State::Idle: return in_idle(event);
    case State::Connect: return in_connect(event);
    case State::Active: return in_active(event);
    case State::OpenSent: return in_open_sent(event);
    case State::OpenConfirm: return in_open_confirm(event);
    case State::Established: return in_established(event);
  }
  return {};
}

// RFC 4271 §8.2.2, Idle: nothing but a start is answered.
Actions Fsm::in_idle(const Event& event) {
  return std::visit(overloaded{
                        [&](const event::ManualStart&) {  // Event 1
                          connect_retry_counter_ = 0;
                          return start(config_.passive);
                        },
                        [&](const event::ManualStartPassive&) {  // Event 4
                          connect_retry_counter_ = 0;
                          return start(true);
                        },
                        [&](const event::AutomaticStart&) {  // Event 3
                          return stopped_ ? Actions{} : start(config_.passive);
                        },
                        [&](const event::AutomaticStartPassive&) {  // Event 5
                          return stopped_ ? Actions{} : start(true);
                        },
                        // Events 6 and 7: §8.1.1 leaves damping to us: wait the idle hold time, then start.
                        [&](const event::AutomaticStartDamped&) {
                          if (stopped_) return Actions{};
                          passive_ = config_.passive;
                          return Actions{action::StartTimer{Timer::IdleHold, config_.idle_hold}};
                        },
                        [&](const event::AutomaticStartDampedPassive&) {
                          if (stopped_) return Actions{};
                          passive_ = true;
                          return Actions{action::StartTimer{Timer::IdleHold, config_.idle_hold}};
                        },
                        [&](const event::IdleHoldTimerExpires&) {  // Event 13
                          return stopped_ ? Actions{} : start(passive_);
                        },
                        [&](const event::ManualStop&) {  // Event 2: no connection to end, but none is to come
                          stopped_ = true;
                          return Actions{action::StopTimer{Timer::IdleHold}};
                        },
                        [&](const event::AutomaticStop&) {  // Event 8
                          return Actions{action::StopTimer{Timer::IdleHold}};
                        },
                        [&](const auto&) { return Actions{}; },
                    },
                    event);
}

Actions Fsm::in_connect(const Event& event) {
  return std::visit(
      overloaded{
          [&](const event::ManualStop& stop) { return stop_manually(stop); },  // Event 2
          [&](const event::ConnectRetryTimerExpires&) {                        // Event 9
            delay_open_running_ = false;
            return Actions{action::CloseConnection{}, action::StopTimer{Timer::DelayOpen},
                           action::StartTimer{Timer::ConnectRetry, config_.connect_retry}, action::Dial{}};
          },
          [&](const event::DelayOpenTimerExpires&) {  // Event 12
            return delay_open_running_ ? send_open() : Actions{};
          },
          [&](const event::TcpConnectionValid&) { return Actions{}; },              // Event 14
          [&](const event::TcpConnectionInvalid&) { return Actions{}; },            // Event 15
          [&](const event::TcpConnectionAcked&) { return send_open(); },            // Event 16
          [&](const event::TcpConnectionConfirmed&) { return send_open(); },        // Event 17
          [&](const event::TcpConnectionFails&) { return wait_for_connection(); },  // Event 18
          [&](const event::OpenReceived& open) {                                    // Event 20
            return delay_open_running_ ? confirm_open(open) : to_idle(std::nullopt);
          },
          [&](const event::HeaderError& error) { return to_idle(error.reply); },          // Event 21
          [&](const event::OpenError& error) { return to_idle(error.reply); },            // Event 22
          [&](const event::NotificationVersionError&) { return to_idle(std::nullopt); },  // Event 24
          [&](const StartEvent auto&) { return Actions{}; },
          [&](const auto&) { return to_idle(std::nullopt); },  // Events 8, 10, 11, 13, 19, 23, 25-28
      },
      event);
}

Actions Fsm::in_active(const Event& event) {
  return std::visit(
      overloaded{
          [&](const event::ManualStop& stop) { return stop_manually(stop); },  // Event 2
          [&](const event::ConnectRetryTimerExpires&) {                        // Event 9
            if (passive_ || delay_open_running_) return Actions{};
            state_ = State::Connect;
            return Actions{action::StartTimer{Timer::ConnectRetry, config_.connect_retry}, action::Dial{}};
          },
          [&](const event::DelayOpenTimerExpires&) {  // Event 12
            return delay_open_running_ ? send_open() : Actions{};
          },
          [&](const event::TcpConnectionValid&) { return Actions{}; },        // Event 14
          [&](const event::TcpConnectionInvalid&) { return Actions{}; },      // Event 15
          [&](const event::TcpConnectionAcked&) { return send_open(); },      // Event 16
          [&](const event::TcpConnectionConfirmed&) { return send_open(); },  // Event 17
          [&](const event::TcpConnectionFails&) {                             // Event 18
            auto actions = wait_for_connection();
            ++connect_retry_counter_;
            return actions;
          },
          [&](const event::OpenReceived& open) {  // Event 20
            return delay_open_running_ ? confirm_open(open) : to_idle(std::nullopt);
          },
          [&](const event::HeaderError& error) { return to_idle(error.reply); },  // Event 21
          [&](const event::OpenError& error) { return to_idle(error.reply); },    // Event 22
          // Event 23. A peer whose OPEN came while ours was still delayed is told why it is turned away.
          [&](const event::OpenCollisionDump&) {
            return delay_open_running_ ? to_idle(Notification{ErrorCode::Cease, kCeaseCollision, {}})
                                       : to_idle(std::nullopt);
          },
          [&](const event::NotificationVersionError&) { return to_idle(std::nullopt); },  // Event 24
          [&](const StartEvent auto&) { return Actions{}; },
          [&](const auto&) { return to_idle(std::nullopt); },  // Events 8, 10, 11, 13, 19, 25-28
      },
      event);
}

Actions Fsm::in_open_sent(const Event& event) {
  return std::visit(
      overloaded{
          [&](const event::ManualStop& stop) { return stop_manually(stop); },     // Event 2
          [&](const event::AutomaticStop& stop) { return to_idle(stop.cease); },  // Event 8
          [&](const event::HoldTimerExpires&) {                                   // Event 10
            return to_idle(Notification{ErrorCode::HoldTimerExpired, 0, {}});
          },
          [&](const OtherConnectionEvent auto&) {
            return Actions{};
          },  // Events 14-17: Peer tracks the other connection
          [&](const event::TcpConnectionFails&) { return wait_for_connection(); },  // Event 18
          [&](const event::OpenReceived& open) { return confirm_open(open); },      // Event 19
          [&](const event::HeaderError& error) { return to_idle(error.reply); },    // Event 21
          [&](const event::OpenError& error) { return to_idle(error.reply); },      // Event 22
          [&](const event::OpenCollisionDump&) {                                    // Event 23
            return to_idle(Notification{ErrorCode::Cease, kCeaseCollision, {}});
          },
          [&](const event::NotificationVersionError&) { return to_idle(std::nullopt); },  // Event 24
          [&](const event::NotificationReceived&) { return to_idle(std::nullopt); },      // Event 25
          [&](const event::SendHoldTimerExpires&) {
            return to_idle(Notification{ErrorCode::SendHoldTimerExpired, 0, {}});
          },
          [&](const StartEvent auto&) { return Actions{}; },
          [&](const auto&) { return unexpected(kFsmInOpenSent, event); },  // Events 9, 11-13, 20, 26-28
      },
      event);
}

Actions Fsm::in_open_confirm(const Event& event) {
  return std::visit(
      overloaded{
          [&](const event::ManualStop& stop) { return stop_manually(stop); },     // Event 2
          [&](const event::AutomaticStop& stop) { return to_idle(stop.cease); },  // Event 8
          [&](const event::HoldTimerExpires&) {                                   // Event 10
            return to_idle(Notification{ErrorCode::HoldTimerExpired, 0, {}});
          },
          [&](const event::KeepaliveTimerExpires&) {  // Event 11
            return Actions{action::SendKeepalive{},
                           action::StartTimer{Timer::Keepalive, keepalive_interval()}};
          },
          [&](const OtherConnectionEvent auto&) {
            return Actions{};
          },  // Events 14-17: Peer tracks the other connection
          [&](const event::TcpConnectionFails&) { return to_idle(std::nullopt); },  // Event 18
          [&](const event::OpenReceived&) {  // Event 19: a second OPEN on one connection; RFC 6608 §3
            return unexpected(kFsmInOpenConfirm, event);
          },
          [&](const event::HeaderError& error) { return to_idle(error.reply); },  // Event 21
          [&](const event::OpenError& error) { return to_idle(error.reply); },    // Event 22
          [&](const event::OpenCollisionDump&) {                                  // Event 23
            return to_idle(Notification{ErrorCode::Cease, kCeaseCollision, {}});
          },
          [&](const event::NotificationVersionError&) { return to_idle(std::nullopt); },  // Event 24
          [&](const event::NotificationReceived&) { return to_idle(std::nullopt); },      // Event 25
          [&](const event::KeepaliveReceived&) {                                          // Event 26
            state_ = State::Established;
            return restart_hold_timer({action::SessionEstablished{}});
          },
          [&](const event::SendHoldTimerExpires&) {
            return to_idle(Notification{ErrorCode::SendHoldTimerExpired, 0, {}});
          },
          [&](const StartEvent auto&) { return Actions{}; },
          [&](const auto&) { return unexpected(kFsmInOpenConfirm, event); },  // Events 9, 12, 13, 20, 27, 28
      },
      event);
}

namespace {

// What restart_hold_timer would make of it, in one allocation: this is every UPDATE's.
Actions deliver_update(std::chrono::seconds hold_time) {
  if (hold_time == 0s) return {action::DeliverUpdate{}};
  return {action::DeliverUpdate{}, action::StartTimer{Timer::Hold, hold_time}};
}

}  // namespace

Actions Fsm::in_established(const Event& event) {
  return std::visit(
      overloaded{
          [&](const event::UpdateReceived&) {  // Event 27; the commonest, so it stands first
            return deliver_update(negotiated_hold_time_);
          },
          [&](const event::KeepaliveReceived&) { return restart_hold_timer({}); },  // Event 26
          // RFC 4271 restarts the hold timer for KEEPALIVE and UPDATE alone (§4.4); a ROUTE-REFRESH came
          // later and says as much about the peer's life.
          [&](const event::RouteRefreshReceived&) { return deliver_update(negotiated_hold_time_); },
          [&](const event::ManualStop& stop) { return stop_manually(stop); },     // Event 2
          [&](const event::AutomaticStop& stop) { return to_idle(stop.cease); },  // Event 8
          [&](const event::HoldTimerExpires&) {                                   // Event 10
            return to_idle(Notification{ErrorCode::HoldTimerExpired, 0, {}});
          },
          [&](const event::KeepaliveTimerExpires&) {  // Event 11
            return Actions{action::SendKeepalive{},
                           action::StartTimer{Timer::Keepalive, keepalive_interval()}};
          },
          [&](const OtherConnectionEvent auto&) {
            return Actions{};
          },  // Events 14-17: Peer tracks the other connection
          [&](const event::TcpConnectionFails&) { return to_idle(std::nullopt); },  // Event 18
          [&](const event::OpenReceived&) {
            return unexpected(kFsmInEstablished, event);
          },                                                                      // Event 19, RFC 6608
          [&](const event::HeaderError& error) { return to_idle(error.reply); },  // Event 21
          [&](const event::OpenError&) { return unexpected(kFsmInEstablished, event); },  // Event 22
          [&](const event::OpenCollisionDump&) {                                          // Event 23
            return to_idle(Notification{ErrorCode::Cease, kCeaseCollision, {}});
          },
          [&](const event::NotificationVersionError&) { return to_idle(std::nullopt); },  // Event 24
          [&](const event::NotificationReceived&) { return to_idle(std::nullopt); },      // Event 25
          [&](const event::UpdateError& error) { return to_idle(error.reply); },          // Event 28
          [&](const event::SendHoldTimerExpires&) {                                       // RFC 9687 §4.2
            return to_idle(Notification{ErrorCode::SendHoldTimerExpired, 0, {}});
          },
          [&](const StartEvent auto&) { return Actions{}; },
          [&](const auto&) { return unexpected(kFsmInEstablished, event); },  // Events 9, 12, 13, 20
      },
      event);
}

Actions Fsm::start(bool passive) {
  stopped_ = false;
  passive_ = passive;
  Actions actions{action::StopTimer{Timer::IdleHold}};
  if (passive) {
    state_ = State::Active;
    actions.insert(actions.end(), {action::Listen{}});
  } else {
    state_ = State::Connect;
    actions.insert(
        actions.end(),
        {action::Listen{}, action::StartTimer{Timer::ConnectRetry, config_.connect_retry}, action::Dial{}});
  }
  return actions;
}

// A connection is there: Events 12, 16 and 17 in Connect and Active.
Actions Fsm::send_open() {
  if (config_.delay_open > 0ms && !delay_open_running_) {
    delay_open_running_ = true;
    return {action::StopTimer{Timer::ConnectRetry}, action::StartTimer{Timer::DelayOpen, config_.delay_open}};
  }
  delay_open_running_ = false;
  state_ = State::OpenSent;
  return {action::StopTimer{Timer::ConnectRetry}, action::SendOpen{},
          action::StartTimer{Timer::Hold, config_.open_hold_time}};
}

// Events 19 and 20: the OPEN is acceptable.
Actions Fsm::confirm_open(const event::OpenReceived& open) {
  negotiated_hold_time_ = std::min(config_.hold_time, std::chrono::seconds(open.hold_time));
  Actions actions{action::StopTimer{Timer::ConnectRetry}};
  if (delay_open_running_) {  // Event 20: ours was still held back
    delay_open_running_ = false;
    actions.insert(actions.end(), {action::StopTimer{Timer::DelayOpen}, action::SendOpen{}});
  }
  actions.push_back(action::SendKeepalive{});
  state_ = State::OpenConfirm;
  if (negotiated_hold_time_ == 0s) {  // RFC 4271 §4.4: no KEEPALIVEs, nothing expires
    actions.push_back(action::StopTimer{Timer::Hold});
    actions.push_back(action::StopTimer{Timer::Keepalive});
    return actions;
  }
  actions.push_back(action::StartTimer{Timer::Keepalive, keepalive_interval()});
  return restart_hold_timer(std::move(actions));
}

Actions Fsm::restart_hold_timer(Actions actions) const {
  if (negotiated_hold_time_ > 0s) actions.push_back(action::StartTimer{Timer::Hold, negotiated_hold_time_});
  return actions;
}

// Event 18 before an OPEN has come: the connection is lost, but the peer may still come, or be dialled again.
// From Connect without DelayOpen RFC 4271 §8.2.2 would go to Idle instead, from where an automatic start
// leads back here; staying in Active, as speakers in the field do, keeps ConnectRetryTimer the one pause
// between two dials.
Actions Fsm::wait_for_connection() {
  state_ = State::Active;
  delay_open_running_ = false;
  Actions actions{action::CloseConnection{}, action::StopTimer{Timer::DelayOpen},
                  action::StopTimer{Timer::Hold}, action::Listen{}};
  if (!passive_) actions.push_back(action::StartTimer{Timer::ConnectRetry, config_.connect_retry});
  return actions;
}

Actions Fsm::stop_manually(const event::ManualStop& stop) {
  std::optional<Notification> cease;
  if (state_ >= State::OpenSent)
    cease = Notification{ErrorCode::Cease, kCeaseShutdown, shutdown_data(stop.text)};
  auto actions = to_idle(std::move(cease));
  connect_retry_counter_ = 0;
  stopped_ = true;
  return actions;
}

// Ends whatever there is, with a NOTIFICATION where the peer is owed one.
Actions Fsm::to_idle(std::optional<Notification> farewell) {
  Actions actions;
  if (state_ == State::Established) actions.push_back(action::SessionDown{});
  if (farewell) actions.push_back(action::SendNotification{*std::move(farewell)});
  actions.push_back(action::CloseConnection{});
  for (const Timer timer :
       {Timer::ConnectRetry, Timer::Hold, Timer::Keepalive, Timer::DelayOpen, Timer::SendHold})
    actions.push_back(action::StopTimer{timer});
  ++connect_retry_counter_;
  delay_open_running_ = false;
  negotiated_hold_time_ = 0s;
  state_ = State::Idle;
  return actions;
}

// RFC 4271 §6.6 with the subcodes and the data of RFC 6608 §4.
Actions Fsm::unexpected(std::uint8_t fsm_subcode, const Event& event) {
  std::vector<std::uint8_t> data;
  if (const auto type = message_type_of(event)) data.push_back(static_cast<std::uint8_t>(*type));
  return to_idle(Notification{ErrorCode::FiniteStateMachine, fsm_subcode, std::move(data)});
}

}  // namespace bgp
