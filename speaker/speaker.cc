#include "speaker/speaker.h"

#include <algorithm>
#include <utility>

#include "speaker/roles.h"

namespace speaker {

using bgp::Instant;

Speaker::Speaker(const SpeakerConfig& config, Transport& transport, Fib& fib, RouterActivity& activity,
                 Instant now)
    : config_(config),
      transport_(transport),
      fib_(fib),
      activity_(activity),
      epoch_(now),
      now_(now),
      latest_(now),
      jitter_(config.seed),
      ipv4_(
          config.as, config.neighbors.size(),
          [this](const net::IpAddress& next_hop) { return interface_towards(next_hop); }, config.router_id),
      journal_(activity.events),
      memory_ceiling_(config.memory_limit) {
  bgp::PeerOwner& owner = *this;
  for (std::size_t i = 0; i < config_.neighbors.size(); ++i)
    neighbors_.emplace_back(config_.neighbors[i], owner, jitter_, static_cast<std::uint16_t>(i), now);
  const bool wants_ipv6 = std::ranges::any_of(config_.neighbors, [](const NeighborConfig& neighbor) {
    return neighbor.peer.session.capabilities.ipv6_unicast;
  });
  if (wants_ipv6) ipv6_tables();
}

FamilyTables<net::Ipv6Prefix>& Speaker::ipv6_tables() {
  if (!ipv6_)
    ipv6_ = std::make_unique<FamilyTables<net::Ipv6Prefix>>(
        config_.as, config_.neighbors.size(),
        [this](const net::IpAddress& next_hop) { return interface_towards(next_hop); }, config_.router_id);
  ipv6_->rib.put_down_to(journal_.cause());
  return *ipv6_;
}

// --- The way of an UPDATE ---

// Its octets come in here; Session cuts the frames and decodes them (bgp/codec), Fsm says that it may be
// taken, and update() below puts its routes into the Adj-RIB-In. What follows stands in settle().
void Speaker::received(ConnectionId connection, net::Bytes bytes, Instant now) {
  begin_input(now);
  bgp::Session* session = session_of(connection);
  if (session == nullptr) return;
  session->on_bytes(bytes, now);
  settle();
}

void Speaker::update(bgp::Peer& peer, bgp::Session& session, bgp::Update&& update) {
  Neighbor& neighbor = neighbors_[peer.index()];
  ++neighbor.unsettled;
  note_update(neighbor, session, update);
  worked_ = true;
  if (!update.faults.empty()) {
    neighbor.update_faults += update.faults.size();
    neighbor.last_update_fault = update.faults.back().what;
  }
  if (frozen_) return;
  const std::size_t bytes_before = rib_bytes();
  if (update.is_end_of_rib()) {
    const auto family = update.mp_unreach ? update.mp_unreach->family : bgp::kIpv4Unicast;
    (family == bgp::kIpv6Unicast ? neighbor.ipv6_end_of_rib_received : neighbor.end_of_rib_received) = true;
    end_stale(neighbor, family, Stale::Cause::Restart);
    return;
  }
  mark_on_import(config_.neighbors[peer.index()], update.attributes);
  if (!update.withdrawn.empty()) ipv4_.rib.withdraw(peer.index(), update.withdrawn);
  if (update.mp_unreach) {
    ipv4_.rib.withdraw(peer.index(), update.mp_unreach->ipv4);
    if (ipv6_) ipv6_->rib.withdraw(peer.index(), update.mp_unreach->ipv6);
  }
  if (!update.announced.empty())
    ipv4_.rib.learn(peer.index(), update.announced, update.attributes, age_now());
  if (update.mp_reach) {
    update.attributes.next_hop = update.mp_reach->next_hop;
    update.attributes.link_local_next_hop = update.mp_reach->link_local;
    if (!update.mp_reach->ipv4.empty())  // RFC 4760 §3: IPv4 may come this way, too
      ipv4_.rib.learn(peer.index(), update.mp_reach->ipv4, update.attributes, age_now());
    if (ipv6_ && !update.mp_reach->ipv6.empty())
      ipv6_->rib.learn(peer.index(), update.mp_reach->ipv6, update.attributes, age_now());
  }
  check_prefix_limit(neighbor);
  check_memory_limit(neighbor, bytes_before);
}

// After each input, downwards: decide, kernel, commit, neighbours, and only then say so.
void Speaker::settle() {
  for (Neighbor& neighbor : neighbors_) {
    neighbor.peer.settle(now_);
    if (journal_.on() || !taps_.empty()) note_state(neighbor, nullptr, neighbor.peer.state());
    expire_stale(neighbor);
  }
  while (!frozen_ && (decide(ipv4_) || (ipv6_ && decide(*ipv6_)))) {
  }
  flush();  // UPDATEs, and what else waits to be said
  publish();
}

// False: there is nothing to decide, or the kernel is to answer first.
template <class Prefix>
bool Speaker::decide(FamilyTables<Prefix>& tables) {
  if (!tables.rib.has_marked() || kernel_at_work()) return false;
  tables.outstanding = tables.rib.decide(std::move(tables.outstanding));  // which routes win
  if (tables.outstanding.empty()) return true;
  if (journal_.on()) tables.decided = transport_.now();
  const auto errors = fib_.apply(std::span(std::as_const(tables.outstanding)));  // the kernel's table first
  if (!errors) return false;  // its answer comes as fib_done()
  commit(tables, *errors);    // what holds now, marked for the neighbours
  return true;
}

template <class Prefix>
void Speaker::commit(FamilyTables<Prefix>& tables, std::span<const int> errors) {
  worked_ = true;
  const Instant answered = look_at_clock();
  just_committed_ = true;
  activity_.last_route.store(answered.time_since_epoch().count(), std::memory_order_relaxed);
  note_routes(tables, errors, answered);
  const auto left_behind = tables.rib.commit(tables.outstanding, errors);
  if (!taps_.empty()) tell_taps_of_routes<Prefix>(tables.outstanding, answered);
  tables.answered();
  // A replacement failed and its predecessor still stands in the kernel: it must go. Whether it could is all
  // the same, for nothing is announced about it.
  if (!left_behind.empty()) tables.clearing = !fib_.apply(std::span(left_behind));
}

void Speaker::fib_done(std::span<const int> errors, Instant now) {
  begin_input(now);
  if (ipv6_ && ipv6_->kernel_at_work())
    take_answer(*ipv6_, errors);
  else
    take_answer(ipv4_, errors);
  settle();
}

template <class Prefix>
void Speaker::take_answer(FamilyTables<Prefix>& tables, std::span<const int> errors) {
  if (std::exchange(tables.clearing, false))
    worked_ = true;
  else
    commit(tables, errors);
}

void Speaker::flush() {
  for (Neighbor& neighbor : neighbors_) {
    for (std::uint16_t slot = 0; slot < bgp::Peer::kSlots; ++slot) {
      if (!neighbor.peer.has_session(slot)) continue;
      const bgp::Session& session = neighbor.peer.session(slot);
      if (!session.connected()) continue;
      const bool updates =
          session.state() == bgp::State::Established && (neighbor.step_released || release(neighbor));
      if (session.has_control() || updates)
        transport_.output_ready({neighbor.peer.index(), slot, session.generation()});
    }
  }
}

bool Speaker::has_updates(const Neighbor& neighbor) const {
  return ipv4_.rib.has_updates(neighbor.peer.index()) ||
         (ipv6_ && ipv6_->rib.has_updates(neighbor.peer.index()));
}

// Has this neighbour news to hear, and may it hear them now?
bool Speaker::release(Neighbor& neighbor) {
  if (frozen_ || !has_updates(neighbor)) return false;
  if ((gate_closed_ || speed_ < 1) && holds_back(neighbor)) return false;
  const Instant release = neighbor.mrai.release_at(now_);
  if (release <= now_) return true;
  if (std::exchange(neighbor.noted_hold, release) != release)
    journal_.held(neighbor.peer.index(), release, neighbor.news, now_);
  return false;
}

bool Speaker::take_output(ConnectionId connection, std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t before = out.size();
  const bool more = pull_output(connection, room, out);
  if (!taps_.empty()) tell_taps_of_output(connection, net::Bytes(out).subspan(before));
  return more;
}

bool Speaker::pull_output(ConnectionId connection, std::size_t room, std::vector<std::uint8_t>& out) {
  bgp::Session* session = session_of(connection);
  Neighbor& neighbor = neighbors_[connection.peer];
  if (session == nullptr) {
    // Closing: the last words are all that is left.
    bgp::Session& closing = neighbor.peer.session(connection.slot);
    if (closing.generation() == connection.generation) closing.take_control(out);
    return false;
  }
  const std::size_t before = out.size();
  session->take_control(out);
  const std::size_t used = out.size() - before;
  if (session->state() != bgp::State::Established) return false;
  if (used >= room) return true;
  if (neighbor.step_released) {
    take_step(neighbor, *session, room - used, out);
    return true;
  }
  if (!release(neighbor)) return false;
  const rib::Written written = take_updates(neighbor, room - used, out);
  session->count_sent(written.updates, written.refresh_marks, now_);
  if (written.updates > 0) sent_updates(neighbor, *session, written);
  return has_updates(neighbor);
}

rib::Written Speaker::take_updates(Neighbor& neighbor, std::size_t room, std::vector<std::uint8_t>& out) {
  const rib::PeerIndex peer = neighbor.peer.index();
  const std::size_t before = out.size();
  rib::Written written = ipv4_.rib.take_updates(peer, room, out);
  if (const std::size_t taken = out.size() - before; ipv6_ && taken < room) {
    const rib::Written more = ipv6_->rib.take_updates(peer, room - taken, out);
    written = {written.updates + more.updates, written.refresh_marks + more.refresh_marks};
  }
  // What the socket's room cuts in two is one advertisement all the same: the interval begins with its end.
  if (has_updates(neighbor)) return written;
  neighbor.paced_until.reset();
  if (written.updates == 0)
    neighbor.mrai.nothing_to_send();
  else
    neighbor.mrai.sent(now_);
  return written;
}

void Speaker::sent_updates(Neighbor& neighbor, const bgp::Session& session, rib::Written written) {
  worked_ = true;
  if (!std::exchange(just_committed_, false)) look_at_clock();
  note_sent(neighbor, session, written.updates);
  // Before the octets leave: see activity.h.
  activity_.peers[neighbor.peer.index()].sent.fetch_add(written.updates, std::memory_order_seq_cst);
}

std::size_t Speaker::kernel_count(rib::KernelState state) const {
  return ipv4_.rib.kernel_count(state) + (ipv6_ ? ipv6_->rib.kernel_count(state) : 0);
}

// What others may know of our work. Everything that this input caused has been done, or is in `busy`.
void Speaker::publish() {
  // Before `settled`: who finds the sessions balanced must find the instant of the last work, too, though
  // this thread be stopped between the two. Never twice the same, though the lab's clock may stand.
  if (std::exchange(worked_, false)) {
    const std::int64_t last = activity_.last_work.load(std::memory_order_relaxed);
    const std::int64_t at = std::max(latest_.time_since_epoch().count(), last + 1);
    activity_.last_work.store(at, std::memory_order_seq_cst);
  }
  bool busy = !started_ || ipv4_.at_work() || (ipv6_ && ipv6_->at_work());
  bool held_back = false;
  std::uint32_t sessions = 0;
  for (Neighbor& neighbor : neighbors_) {
    PeerActivity& shared = activity_.peers[neighbor.peer.index()];
    const bgp::Session* session = neighbor.peer.established_session();
    const std::uint64_t connection = session == nullptr ? 0 : neighbor.connection_keys[session->slot()];
    if (connection != 0) ++sessions;
    if (has_updates(neighbor)) (gate_closed_ ? held_back : busy) = true;
    busy |= !neighbor.step.empty();
    shared.wanted.store(neighbor.peer.wanted(), std::memory_order_seq_cst);
    if (neighbor.unsettled > 0)
      shared.settled.fetch_add(std::exchange(neighbor.unsettled, 0), std::memory_order_seq_cst);
    if (std::exchange(neighbor.published_connection, connection) != connection)
      shared.connection.store(connection, std::memory_order_seq_cst);
  }
  activity_.sessions.store(sessions, std::memory_order_relaxed);
  activity_.routes.store(static_cast<std::uint32_t>(kernel_count(rib::KernelState::Installed)),
                         std::memory_order_relaxed);
  activity_.failed.store(static_cast<std::uint32_t>(kernel_count(rib::KernelState::Failed)),
                         std::memory_order_relaxed);
  lower_memory_ceiling(busy || held_back);
  const Busy what = busy ? Busy::Yes : held_back ? Busy::HeldBack : Busy::No;
  activity_.busy.store(frozen_ ? Busy::No : what, std::memory_order_seq_cst);
  if (!expectations_.empty()) meet_expectations();
}

// --- Sessions ---

void Speaker::start(Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::Start, now));
  started_ = worked_ = true;
  check_networks();
  for (Neighbor& neighbor : neighbors_)
    if (!config_.neighbors[neighbor.peer.index()].shut_down) neighbor.peer.start(now);
  settle();
}

namespace {

// Both ends of a connection know the port that the dialling end was given, and which end that was.
std::uint64_t connection_key(std::uint16_t dialling_port, bool dialler_has_higher_id) {
  return std::uint64_t{dialling_port} << 1 | (dialler_has_higher_id ? 1 : 0);
}

}  // namespace

void Speaker::established(bgp::Peer& peer, bgp::Session& session) {
  worked_ = true;
  Neighbor& neighbor = neighbors_[peer.index()];
  const bool ours_is_higher = config_.router_id > session.remote_id();
  neighbor.connection_keys[session.slot()] = connection_key(
      session.dialled() ? neighbor.local_ports[session.slot()] : neighbor.remote_ports[session.slot()],
      session.dialled() == ours_is_higher);
  neighbor.end_of_rib_received = neighbor.ipv6_end_of_rib_received = false;
  neighbor.told = neighbor.heard = 0;
  note_state(neighbor, &session, bgp::State::Established);
  activity_.last_session.store(now_.time_since_epoch().count(), std::memory_order_relaxed);
  neighbor.mrai.reset();
  forget_motion(neighbor);
  neighbor.unsettled = 0;
  PeerActivity& shared = activity_.peers[peer.index()];
  shared.sent.store(0, std::memory_order_seq_cst);
  shared.settled.store(0, std::memory_order_seq_cst);
  confirm_stale(neighbor, session);
  rib::ImportPolicy import_policy = config_.neighbors[peer.index()].import_policy;
  apply_role(config_.neighbors[peer.index()], import_policy);
  const auto join = [&](auto& rib, bool ipv6) {
    rib.peer_up(peer.index(), {.in = import_policy, .out = export_policy(neighbor, ipv6)}, session.agreed(),
                session.remote_id(), peer.config().address);
  };
  if (session.agreed().ipv4_unicast) join(ipv4_.rib, false);
  if (session.agreed().ipv6_unicast && ipv6_) join(ipv6_->rib, true);
}

void Speaker::down(bgp::Peer& peer, bgp::Session& session) {
  worked_ = true;
  Neighbor& neighbor = neighbors_[peer.index()];
  note_state(neighbor, &session, bgp::State::Idle);
  neighbor.published_connection = 0;
  neighbor.unsettled = 0;
  neighbor.mrai.reset();
  forget_motion(neighbor);
  activity_.busy.store(Busy::Yes, std::memory_order_seq_cst);  // until what this causes has been done
  activity_.peers[peer.index()].connection.store(0, std::memory_order_seq_cst);
  if (!frozen_) lose_routes(neighbor, session);
}

bgp::Session* Speaker::session_of(ConnectionId connection) {
  bgp::Session& session = neighbors_[connection.peer].peer.session(connection.slot);
  return session.connected() && session.generation() == connection.generation ? &session : nullptr;
}

void Speaker::tick(Instant now) {
  begin_input(now);
  for (Neighbor& neighbor : neighbors_) neighbor.peer.on_deadlines(now);
  settle();
}

std::optional<Instant> Speaker::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](std::optional<Instant> deadline) {
    if (deadline && (!next || *deadline < *next)) next = deadline;
  };
  for (const Neighbor& neighbor : neighbors_) {
    consider(neighbor.peer.next_deadline());
    for (const auto& [family, stale] : neighbor.stale) consider(stale.until);
    if (neighbor.peer.state() != bgp::State::Established || !has_updates(neighbor)) continue;
    consider(neighbor.mrai.held_until(now_));
    if (neighbor.paced_until > now_) consider(neighbor.paced_until);
  }
  return next;
}

}  // namespace speaker
