#include "bgp/peer.h"

#include <algorithm>
#include <utility>

#include "bgp/graceful_restart.h"

namespace bgp {

using namespace std::chrono_literals;

namespace {

// How long a connection beside an Established one is only listened to.
constexpr auto kUnspokenOpen = 2s;

}  // namespace

Peer::Peer(PeerConfig config, PeerOwner& owner, Jitter& jitter, std::uint16_t index)
    : config_(std::move(config)),
      owner_(owner),
      jitter_(jitter),
      index_(index),
      idle_hold_(config_.first_idle_hold) {
  config_.session.fsm.passive = config_.passive;
  make_session(kDiallingSlot);
}

// In the eyes of others it was there before, Idle.
Session& Peer::make_session(std::uint16_t slot) {
  sessions_[slot].reset(new Session(config_.session, *this, jitter_, slot, slot == kDiallingSlot));
  sessions_[slot]->set_overheard(overheard_);
  return *sessions_[slot];
}

void Peer::set_overheard(bool overheard) {
  overheard_ = overheard;
  for (const auto& session : sessions()) session->set_overheard(overheard);
}

void Peer::start(Instant now) {
  now_ = now;
  admin_down_ = false;
  held_down_until_.reset();
  idle_hold_ = config_.first_idle_hold;
  if (link_usable_ && foremost().state() == State::Idle) dialler().handle(event::ManualStart{}, now);
}

void Peer::stop(const std::string& text, Instant now) {
  now_ = now;
  admin_down_ = true;
  for (const auto& session : sessions()) session->handle(event::ManualStop{text}, now);
}

void Peer::reset(Instant now) {
  now_ = now;
  for (const auto& session : sessions())
    if (session->state() >= State::OpenSent)
      session->handle(event::AutomaticStop{{ErrorCode::Cease, kCeaseReset, {}}}, now);
  idle_hold_ = config_.first_idle_hold;
  end_hold_down();
}

void Peer::end_hold_down() {
  if (std::exchange(held_down_until_, std::nullopt) && wanted()) dialler().handle(event::ManualStart{}, now_);
}

void Peer::hold_down(const Notification& cease, std::chrono::seconds pause, Instant now) {
  now_ = now;
  held_down_until_ = now + pause;
  for (const auto& session : sessions()) session->handle(event::AutomaticStop{cease}, now);
}

void Peer::set_link_usable(bool usable, Instant now) {
  now_ = now;
  if (usable == link_usable_) return;
  link_usable_ = usable;
  if (usable) {
    idle_hold_ = config_.first_idle_hold;
    if (wanted() && foremost().state() == State::Idle) dialler().handle(event::ManualStart{}, now);
    return;
  }
  // Nothing can be said over a dead link, so no hold timer need run out (fast external failover).
  for (const auto& session : sessions())
    if (session->state() >= State::OpenSent) session->handle(event::TcpConnectionFails{}, now);
  for (const auto& session : sessions()) session->handle(event::AutomaticStop{}, now);
}

Session* Peer::accept(Instant now) {
  now_ = now;
  if (!wanted()) return nullptr;
  for (std::uint16_t slot = kDiallingSlot + 1; slot < kSlots; ++slot) {
    Session& session = this->session(slot);
    if (session.connected()) continue;
    // Beside an Established session a new connection is going to lose (RFC 4271 §6.8): it is heard, because
    // only its OPEN says so, but not spoken to, so that the peer sees nothing but our Cease.
    session.set_delay_open(established_session() != nullptr ? kUnspokenOpen : 0ms);
    session.handle(event::ManualStartPassive{}, now);
    session.handle(event::TcpConnectionConfirmed{}, now);
    return &session;
  }
  return nullptr;
}

void Peer::connected(Session& session, Instant now) {
  now_ = now;
  // Who is already agreed with on another connection hears no OPEN on this one, and need not choose.
  if (another_has_reached(State::OpenConfirm, session))
    session.handle(event::AutomaticStop{}, now);
  else
    session.handle(event::TcpConnectionAcked{}, now);
}

void Peer::on_deadlines(Instant now) {
  now_ = now;
  if (held_down_until_ && *held_down_until_ <= now) end_hold_down();
  for (const auto& session : sessions()) {
    const auto due = session->next_deadline();
    if (!due || *due > now) continue;
    // While the peer's own connection is being settled, dialling it would only make a collision.
    if (!session->connected() && another_has_reached(State::OpenSent, *session)) {
      session->handle(event::AutomaticStop{}, now);
      continue;
    }
    session->on_deadlines(now);
  }
}

std::optional<Instant> Peer::next_deadline() const {
  std::optional<Instant> next = held_down_until_;
  for (const auto& session : sessions()) {
    const auto due = session->next_deadline();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

bool Peer::another_has_reached(State state, const Session& session) const {
  return std::ranges::any_of(
      sessions(), [&](const auto& other) { return other.get() != &session && other->state() >= state; });
}

void Peer::settle(Instant now) {
  now_ = now;
  // A slot for the peer's connections has no life of its own without one.
  for (std::uint16_t slot = kDiallingSlot + 1; slot < kSlots; ++slot)
    if (has_session(slot) && sessions_[slot]->state() == State::Active && !sessions_[slot]->connected())
      sessions_[slot]->handle(event::AutomaticStop{}, now);
  for (const auto& session : sessions()) session->on_occasion(now);
  if (fallen_ != nullptr) last_reset_ = std::exchange(fallen_, nullptr)->end_text();
  if (!wanted() || foremost().state() != State::Idle || dialler().timer_running(Timer::IdleHold)) return;
  dialler().set_idle_hold(idle_hold_);
  idle_hold_ = std::min(2 * idle_hold_, config_.last_idle_hold);
  if (dialler().fsm().stopped()) {
    dialler().handle(event::ManualStart{}, now);
    return;
  }
  dialler().handle(event::AutomaticStartDamped{}, now);
}

Session* Peer::established_session() {
  for (const auto& session : sessions())
    if (session->state() == State::Established) return session.get();
  return nullptr;
}

const Session& Peer::foremost() const {
  auto made = sessions();
  return **std::ranges::max_element(made, {}, [](const auto& session) { return session->state(); });
}

namespace {

SessionCounters sum(const SessionCounters& a, const SessionCounters& b) {
  return {a.opens + b.opens, a.notifications + b.notifications, a.updates + b.updates,
          a.keepalives + b.keepalives, a.route_refreshes + b.route_refreshes};
}

}  // namespace

SessionCounters Peer::sent() const {
  SessionCounters total;
  for (const auto& session : sessions()) total = sum(total, session->sent());
  return total;
}

SessionCounters Peer::received() const {
  SessionCounters total;
  for (const auto& session : sessions()) total = sum(total, session->received());
  return total;
}

void Peer::dial(Session& session) { owner_.dial(*this, session); }

void Peer::close(Session& session) {
  if (session.notification_sent()) error_sent_ = session.notification_sent();
  if (session.notification_received()) error_received_ = session.notification_received();
  owner_.close(*this, session);
}

namespace {

// RFC 4724 §4.2 and §5: a peer that preserves its routes has restarted, and is here again before we noticed.
bool has_restarted(const Session& before, const Session& now) {
  const auto promised = graceful_restart_of(*before.open_received());
  const auto said = graceful_restart_of(*now.open_received());
  return promised && !promised->families.empty() && said && said->restarting;
}

}  // namespace

// RFC 4271 §6.8. Each end decides for itself, from the same two identifiers. The peer's OPEN has come on this
// connection, so its identifier is known, and one of our own in OpenSent may be looked at as well: the peer
// hears our OPEN there, and will choose alike. Were only OpenConfirm looked at, one end might be Established
// where the other is about to dump, and would dump that one's choice in its turn. On a connection of the
// peer's in OpenSent it has not spoken, and may never: connected() leaves such a one without a word.
bool Peer::admit(Session& session) {
  for (const auto& other : sessions()) {
    const bool ours_beside_theirs = other->dialled() && !session.dialled();
    if (other.get() == &session ||
        other->state() < (ours_beside_theirs ? State::OpenSent : State::OpenConfirm))
      continue;
    if (other->state() == State::Established) {
      if (!has_restarted(*other, session)) return false;
      other->handle(event::TcpConnectionFails{}, now_);
      continue;
    }
    if (other->dialled() == session.dialled()) return false;  // the same end made both: the first one stays
    const auto local = std::pair(config_.session.identifier, config_.session.local_as);
    const auto remote = std::pair(session.remote_id(), config_.session.peer_as);
    const bool ours_stays = local > remote;  // RFC 6286 §2.3: equal identifiers, the larger AS number
    if (session.dialled() != ours_stays) return false;
    other->handle(event::OpenCollisionDump{}, now_);
  }
  return true;
}

void Peer::established(Session& session) {
  established_at_ = now_;
  ++connections_established_;
  idle_hold_ = config_.first_idle_hold;
  for (const auto& other : sessions()) {
    if (other.get() == &session) continue;
    if (other->state() >= State::OpenSent)
      other->handle(event::OpenCollisionDump{}, now_);
    else
      other->handle(event::AutomaticStop{}, now_);
  }
  owner_.established(*this, session);
}

void Peer::down(Session& session) {
  established_at_.reset();
  dropped_at_ = now_;
  ++connections_dropped_;
  fallen_ = &session;  // its last words are not spoken yet
  owner_.down(*this, session);
}

void Peer::update(Session& session, Update&& update) { owner_.update(*this, session, std::move(update)); }

void Peer::route_refresh(Session& session, const RouteRefresh& refresh) {
  owner_.route_refresh(*this, session, refresh);
}

}  // namespace bgp
