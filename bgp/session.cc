#include "bgp/session.h"

#include <algorithm>
#include <utility>

#include "bgp/graceful_restart.h"
#include "bgp/update_codec.h"
#include "net/result.h"

namespace bgp {

using namespace std::chrono_literals;
using net::overloaded;

std::uint64_t Jitter::next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::chrono::nanoseconds Jitter::shorten(std::chrono::nanoseconds duration, std::chrono::nanoseconds most) {
  if (most.count() <= 0 || !shortens_) return duration;
  return duration - std::chrono::nanoseconds(next() % static_cast<std::uint64_t>(most.count()));
}

namespace {

constexpr std::size_t kKeptOctets = 512;

// Of a message that has begun, so far as is known: of its header, before its length is.
std::size_t missing_octets(net::Bytes begun) {
  if (begun.size() < kHeaderOctets) return kHeaderOctets - begun.size();
  return (std::size_t{begun[16]} << 8 | begun[17]) - begun.size();
}

}  // namespace

Session::Session(const SessionConfig& config, SessionOwner& owner, Jitter& jitter, std::uint16_t slot,
                 bool dialled)
    : config_(config), owner_(owner), jitter_(jitter), fsm_(config.fsm), slot_(slot), dialled_(dialled) {}

void Session::handle(Event event, Instant now) {
  now_ = now;
  raise(std::move(event));
  drain();
}

// Events raised while one is handled wait here, so that an owner may, say, dump a session from within its own
// callback without the state machine running inside itself.
void Session::drain() {
  if (draining_) return;
  draining_ = true;
  while (handled_ < events_.size()) {
    const Event event = std::move(events_[handled_++]);
    run(event);
  }
  events_.clear();
  handled_ = 0;
  draining_ = false;
}

void Session::run(const Event& event) {
  const State before = fsm_.state();
  if (std::holds_alternative<event::TcpConnectionConfirmed>(event)) begin_connection();
  const Actions actions = fsm_.handle(event);
  if (fsm_.state() == State::Idle && before != State::Idle) {
    end_event_ = event_name(event);
    farewell_.reset();
    for (const Action& action : actions)
      if (const auto* said = std::get_if<action::SendNotification>(&action)) farewell_ = said->notification;
  }
  for (const Action& action : actions) perform(action);
}

void Session::perform(const Action& action) {
  std::visit(
      overloaded{
          [&](const action::Dial&) {
            begin_connection();
            owner_.dial(*this);
          },
          [](const action::Listen&) {},  // one listener serves all peers of a router, always
          [&](const action::CloseConnection&) {
            inbox_.clear();
            in_hand_.reset();
            if (std::exchange(connected_, false)) owner_.close(*this);
          },
          [&](const action::SendOpen&) {
            open_sent_ = make_open();
            send(*open_sent_, sent_.opens);
          },
          [&](const action::SendKeepalive&) { send(Keepalive{}, sent_.keepalives); },
          [&](const action::SendNotification& farewell) {
            notification_sent_ = farewell.notification;
            send(farewell.notification, sent_.notifications);
          },
          [&](const action::StartTimer& start) { start_timer(start.timer, start.duration); },
          [&](const action::StopTimer& stop) { deadlines_[static_cast<std::size_t>(stop.timer)].reset(); },
          [&](const action::SessionEstablished&) { owner_.established(*this); },
          [&](const action::SessionDown&) { owner_.down(*this); },
          [&](const action::DeliverUpdate&) {
            if (auto* update = std::get_if<Update>(in_hand_.get()))
              owner_.update(*this, std::move(*update));
            else if (const auto* refresh = std::get_if<RouteRefresh>(in_hand_.get()))
              owner_.route_refresh(*this, *refresh);
          },
      },
      action);
}

void Session::begin_connection() {
  connected_ = true;
  ++generation_;
  inbox_.clear();
  control_.clear();
  agreed_ = Agreed{.internal = config_.internal()};
  open_sent_.reset();
  open_received_.reset();
  notification_sent_.reset();
  notification_received_.reset();
}

void Session::on_bytes(net::Bytes bytes, Instant now) {
  now_ = now;
  last_read_ = now;
  if (!connected_) return;
  // Frames point into what they were read from, so the inbox must not move while one is handled; a close
  // clears it only logically (clear keeps the storage), and the generation tells that the rest belongs to
  // nobody.
  const std::uint32_t generation = generation_;
  bool over = false;
  // How long the message was; 0: it is not whole yet, or all is over.
  const auto handle_next = [&](net::Bytes from) -> std::size_t {
    auto frame = next_frame(from, max_octets(agreed_));
    if (frame && !*frame) return 0;
    if (frame)
      receive(**frame);
    else
      handle(event::HeaderError{std::move(frame.error())}, now);
    over = !frame || !connected_ || generation != generation_;
    return over ? 0 : (*frame)->octets();
  };
  // Of a message that came in part only the rest is copied; what follows it is handled where it stands.
  while (!inbox_.empty() && !bytes.empty()) {
    const net::Bytes part = bytes.first(std::min(bytes.size(), missing_octets(inbox_)));
    inbox_.insert(inbox_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (handle_next(inbox_) > 0) inbox_.clear();
    if (over) return;
  }
  if (!inbox_.empty()) return;
  while (!bytes.empty()) {
    const std::size_t handled = handle_next(bytes);
    if (handled == 0) break;
    bytes = bytes.subspan(handled);
  }
  if (over) return;
  inbox_.assign(bytes.begin(), bytes.end());
  // What a long message took is not kept for the next one.
  if (inbox_.empty() && inbox_.capacity() > kKeptOctets) inbox_ = std::vector<std::uint8_t>();
}

void Session::receive(const Frame& frame) {
  if (overheard_) owner_.overhear(*this, {frame.body.data() - kHeaderOctets, frame.octets()});
  if (frame.type == MessageType::Update) return receive_update(frame);
  auto message = decode(frame, agreed_);
  if (!message) {
    if (frame.type == MessageType::Open)
      handle(event::OpenError{std::move(message.error())}, now_);
    else
      handle(event::UpdateError{std::move(message.error())}, now_);
    return;
  }
  std::visit(overloaded{
                 [&](Open& open) {
                   ++received_.opens;
                   receive_open(open);
                 },
                 [](Update&) {},  // above
                 [&](Notification& notification) {
                   ++received_.notifications;
                   notification_received_ = notification;
                   if (notification.code == ErrorCode::OpenMessage &&
                       notification.subcode == kOpenUnsupportedVersion)
                     handle(event::NotificationVersionError{}, now_);
                   else
                     handle(event::NotificationReceived{}, now_);
                 },
                 [&](Keepalive&) {
                   ++received_.keepalives;
                   handle(event::KeepaliveReceived{}, now_);
                 },
                 [&](RouteRefresh& refresh) {
                   ++received_.route_refreshes;
                   in_hand() = refresh;
                   handle(event::RouteRefreshReceived{}, now_);
                 },
             },
             *message);
}

// Decoded where it is looked at: it is the commonest message, and a large one.
void Session::receive_update(const Frame& frame) {
  if (auto* last = std::get_if<Update>(&in_hand()))
    last->clear();
  else
    in_hand().emplace<Update>();
  Update& update = std::get<Update>(*in_hand_);
  if (auto reply = decode_update(frame.body, agreed_, update)) {
    handle(event::UpdateError{*std::move(reply)}, now_);
    return;
  }
  ++received_.updates;
  handle(event::UpdateReceived{}, now_);
}

Message& Session::in_hand() {
  if (!in_hand_) in_hand_ = std::make_unique<Message>();
  return *in_hand_;
}

void Session::receive_open(const Open& open) {
  if (state() != State::OpenSent && !timer_running(Timer::DelayOpen)) {  // out of place: RFC 6608
    handle(event::OpenReceived{open.hold_time}, now_);
    return;
  }
  if (auto objection = objection_to(open)) {
    handle(event::OpenError{*std::move(objection)}, now_);
    return;
  }
  open_received_ = open;
  agreed_ = agree(make_open(), open);
  agreed_.internal = config_.internal();
  if (owner_.admit(*this))
    handle(event::OpenReceived{open.hold_time}, now_);
  else
    handle(event::OpenCollisionDump{}, now_);
}

// RFC 4271 §6.2 beyond what the octets alone tell: is this the peer that we expect?
std::optional<Notification> Session::objection_to(const Open& open) const {
  if (claimed_as(open) != config_.peer_as) return Notification{ErrorCode::OpenMessage, kOpenBadPeerAs, {}};
  // RFC 6286 §2.2: equal identifiers are an error only inside one AS.
  if (config_.internal() && open.identifier == config_.identifier)
    return Notification{ErrorCode::OpenMessage, kOpenBadIdentifier, {}};
  if (!config_.internal() && !roles_fit(config_.capabilities.role, open))  // RFC 9234 §4.2
    return Notification{ErrorCode::OpenMessage, kOpenRoleMismatch, {}};
  // The one capability that we require: a family in common, for without one there is nothing to talk about.
  const Open ours = make_open();
  const Agreed agreed = agree(ours, open);
  if (!agreed.ipv4_unicast && !agreed.ipv6_unicast)
    return Notification{ErrorCode::OpenMessage, kOpenUnsupportedCapability, families_in_octets(ours)};
  return std::nullopt;
}

Open Session::make_open() const {
  const auto local_as = config_.local_as;
  LocalCapabilities capabilities = config_.capabilities;
  if (config_.internal()) capabilities.role.reset();  // RFC 9234 §4.1
  return Open{.version = 4,
              .my_as = static_cast<std::uint16_t>(local_as > 0xffff ? kAsTrans : local_as),
              .hold_time = static_cast<std::uint16_t>(config_.fsm.hold_time.count()),
              .identifier = config_.identifier,
              .capabilities = make_capabilities(capabilities, local_as)};
}

void Session::send(const Message& message, std::uint64_t& count) {
  if (!connected_) return;  // an error that the owner reports, not the wire: there is nobody to tell
  encode(message, agreed_, control_);
  last_write_ = now_;
  ++count;
}

bool Session::send_route_refresh(Family family) {
  if (state() != State::Established || !agreed_.covers(family) ||
      !has_capability(*open_received_, CapabilityCode::RouteRefresh))
    return false;
  send(RouteRefresh{family, kRefreshRequest}, sent_.route_refreshes);
  return true;
}

void Session::take_control(std::vector<std::uint8_t>& out) {
  out.insert(out.end(), control_.begin(), control_.end());
  control_.clear();
}

void Session::count_sent(std::uint64_t updates, std::uint64_t route_refreshes, Instant now) {
  sent_.updates += updates;
  sent_.route_refreshes += route_refreshes;
  if (updates + route_refreshes > 0) last_write_ = now;
}

// RFC 4271 §10: ConnectRetry and Keepalive are shortened by up to a quarter. A KEEPALIVE's quarter is used in
// two ways: from its beginning on the message goes with any occasion (on_occasion), and the timer itself
// expires in the second half. In a chain at rest the first KEEPALIVE wakes a neighbour, whose own are due,
// too, and so on along the chain: two wake-ups a router and round instead of four. Marching in step, which
// jitter is to prevent, is what is wanted of 19 octets.
void Session::start_timer(Timer timer, std::chrono::milliseconds duration) {
  std::chrono::nanoseconds after = duration;
  if (timer == Timer::ConnectRetry) after = jitter_.shorten(duration);
  if (timer == Timer::Keepalive) {
    after = jitter_.shorten(duration, duration / 8);
    keepalive_from_ = now_ + duration * 3 / 4;
  }
  deadlines_[static_cast<std::size_t>(timer)] = now_ + after;
}

std::string Session::end_text() const {
  if (farewell_) return "Sent NOTIFICATION " + farewell_->describe_with_text();
  if (notification_received_) return "Received NOTIFICATION " + notification_received_->describe_with_text();
  if (end_event_ == event_name(event::TcpConnectionFails{})) return "Connection lost";
  return std::string(end_event_);
}

bool Session::routes_outlive() const {
  const auto ours = open_sent_ ? graceful_restart_of(*open_sent_) : std::nullopt;
  const auto theirs = open_received_ ? graceful_restart_of(*open_received_) : std::nullopt;
  if (!ours || !theirs) return false;
  if (end_event_ == event_name(event::TcpConnectionFails{})) return true;
  if (!ours->graceful_notification || !theirs->graceful_notification) return false;
  // Who runs out of resources may keep the routes of others, not those that take the resources.
  if (farewell_ && farewell_->code == ErrorCode::Cease && farewell_->subcode == kCeaseOutOfResources)
    return false;
  if (farewell_) return !ends_routes(*farewell_);
  return notification_received_ && !ends_routes(*notification_received_);
}

std::optional<Instant> Session::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& deadline : deadlines_)
    if (deadline && (!next || *deadline < *next)) next = deadline;
  return next;
}

void Session::on_deadlines(Instant now) {
  // Hold before Keepalive: a peer that is dead need not be told that we live.
  static constexpr std::array<std::pair<Timer, Event (*)()>, kTimerCount> kExpiries{{
      {Timer::SendHold, [] { return Event{event::SendHoldTimerExpires{}}; }},
      {Timer::Hold, [] { return Event{event::HoldTimerExpires{}}; }},
      {Timer::Keepalive, [] { return Event{event::KeepaliveTimerExpires{}}; }},
      {Timer::DelayOpen, [] { return Event{event::DelayOpenTimerExpires{}}; }},
      {Timer::ConnectRetry, [] { return Event{event::ConnectRetryTimerExpires{}}; }},
      {Timer::IdleHold, [] { return Event{event::IdleHoldTimerExpires{}}; }},
  }};
  for (const auto& [timer, expiry] : kExpiries) {
    auto& deadline = deadlines_[static_cast<std::size_t>(timer)];
    if (!deadline || *deadline > now) continue;
    deadline.reset();
    handle(expiry(), now);
  }
}

void Session::on_occasion(Instant now) {
  auto& deadline = deadlines_[static_cast<std::size_t>(Timer::Keepalive)];
  if (!deadline || keepalive_from_ > now || !jitter_.shortens()) return;
  deadline.reset();
  handle(event::KeepaliveTimerExpires{}, now);
}

void Session::on_write_blocked(Instant now) {
  if (state() != State::Established || timer_running(Timer::SendHold)) return;
  now_ = now;
  const auto configured = config_.fsm.send_hold_time;
  start_timer(Timer::SendHold,
              configured > 0s ? configured : std::max(8min + 0s, 2 * fsm_.negotiated_hold_time()));
}

void Session::on_write_progress(Instant now) {
  now_ = now;
  deadlines_[static_cast<std::size_t>(Timer::SendHold)].reset();
}

}  // namespace bgp
