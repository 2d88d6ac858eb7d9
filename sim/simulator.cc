#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/simulator_parts.h"

namespace sim {

using speaker::ConnectionId;

Simulator::Simulator(Options options) : options_(options), random_(options.seed) {}
Simulator::~Simulator() = default;

std::size_t Simulator::add_router(speaker::SpeakerConfig config,
                                  std::vector<speaker::ConnectedPrefix> connected) {
  routers_.push_back(
      std::make_unique<Router>(*this, routers_.size(), std::move(config), std::move(connected)));
  return routers_.size() - 1;
}

std::size_t Simulator::add_link(LinkEnd a, LinkEnd b) {
  links_.push_back({a, b, true, false, {}});
  for (const LinkEnd& end : {a, b})
    addresses_[routers_[end.router]->config.neighbors[end.peer].peer.local_address] = {end.router,
                                                                                       links_.size() - 1};
  return links_.size() - 1;
}

void Simulator::start() {
  std::vector<const speaker::RouterActivity*> activities;
  std::vector<speaker::SessionEnds> sessions;
  activities.reserve(routers_.size());
  sessions.reserve(links_.size());
  for (const auto& router : routers_) activities.push_back(&router->activity);
  for (const Link& link : links_)
    sessions.push_back({static_cast<std::uint32_t>(link.a.router), static_cast<std::uint32_t>(link.a.peer),
                        static_cast<std::uint32_t>(link.b.router), static_cast<std::uint32_t>(link.b.peer)});
  detector_.emplace(std::move(activities), std::move(sessions));
  for (const auto& router : routers_) {
    const auto pause = nanoseconds(draw(static_cast<std::uint64_t>(options_.start_spread.count()) + 1));
    schedule(now_ + pause, [this, &router = *router] {
      router.speaker =
          std::make_unique<speaker::Speaker>(router.config, router, router, router.activity, now_);
      router.speaker->set_connected(router.connected, now_);
      router.started = true;
      router.speaker->start(now_);
      after_input(router);
    });
  }
}

speaker::Speaker& Simulator::operator[](std::size_t router) { return *routers_[router]->speaker; }
const speaker::EventRing& Simulator::events_of(std::size_t router) const {
  return routers_[router]->activity.events;
}
const Simulator::Kernel& Simulator::kernel(std::size_t router) const { return routers_[router]->kernel; }
const Simulator::Ipv6Kernel& Simulator::ipv6_kernel(std::size_t router) const {
  return routers_[router]->ipv6_kernel;
}

std::optional<Instant> Simulator::installed_at(std::size_t router, net::Ipv4Prefix prefix) const {
  const auto found = routers_[router]->installed.find(prefix);
  return found == routers_[router]->installed.end() ? std::nullopt : std::optional(found->second);
}

void Simulator::with(std::size_t router, const std::function<void(speaker::Speaker&)>& input) {
  input(*routers_[router]->speaker);
  after_input(*routers_[router]);
  judge();
}

// --- Slow motion ---

bool Simulator::pause(nanoseconds limit) {
  for (std::size_t router = 0; router < routers_.size(); ++router)
    with(router, [this](speaker::Speaker& speaker) { speaker.close_gate(now_); });
  return run_to_stage(limit);
}

std::optional<speaker::Speaker::Released> Simulator::step_on(nanoseconds limit) {
  speaker::Speaker::Released all;
  for (std::size_t router = 0; router < routers_.size(); ++router)
    with(router, [&](speaker::Speaker& speaker) {
      const auto released = speaker.prepare_step(now_);
      all.updates += released.updates;
      all.routes += released.routes;
    });
  for (std::size_t router = 0; router < routers_.size(); ++router)
    with(router, [this](speaker::Speaker& speaker) { speaker.release_step(now_); });
  if (!run_to_stage(limit)) return std::nullopt;
  return all;
}

void Simulator::go_on() {
  for (std::size_t router = 0; router < routers_.size(); ++router)
    with(router, [this](speaker::Speaker& speaker) { speaker.open_gate(1, now_); });
}

bool Simulator::run_to_stage(nanoseconds limit) {
  const Instant end = now_ + limit;
  while (!detector_->check(speaker::Quiescence::Rest::Stage))
    if (!step(end)) return false;
  return true;
}

// --- Time ---

std::uint64_t Simulator::draw(std::uint64_t below) { return below <= 1 ? 0 : random_.next() % below; }

void Simulator::note(std::uint64_t value) { trace_ = (trace_ ^ value) * 1099511628211u; }

bool Simulator::step(Instant limit) {
  if (queue_.empty() || queue_.top().at > limit) return false;
  const Event event = queue_.top();
  queue_.pop();
  now_ = event.at;
  ++events_;
  note(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  event.what();
  judge();
  return true;
}

void Simulator::judge() {
  verdict_ = detector_->check();
  if (verdict_) {
    if (!idle() || Instant(nanoseconds(verdict_->since)) < last_change_ ||
        Instant(nanoseconds(verdict_->since)) > now_ + 1us)  // by 1 ns for each work of an instant
      ++early_verdicts_;
  } else if (check_every_event && idle()) {
    ++late_verdicts_;
  }
}

std::optional<speaker::Quiescence::Quiet> Simulator::run_until_quiet(nanoseconds limit) {
  const Instant end = now_ + limit;
  verdict_ = detector_->check();
  while (!verdict_)
    if (!step(end)) return std::nullopt;
  return verdict_;
}

void Simulator::run_for(nanoseconds duration) {
  const Instant end = now_ + duration;
  while (step(end)) {
  }
  now_ = end;
}

void Simulator::after_input(Router& router) {
  const auto next = router.speaker->next_deadline();
  if (!next || (router.timer && *router.timer <= *next)) return;
  router.timer = std::max(*next, now_);
  schedule(*router.timer, [this, &router, at = *router.timer] {
    if (router.timer != at) return;  // an earlier one was set meanwhile
    router.timer.reset();
    note(0x100 | router.number << 16);
    router.speaker->tick(now_);
    after_input(router);
  });
}

bool Simulator::idle() const {
  if (updates_in_flight_ > 0 || fib_pending_ > 0) return false;
  for (const auto& router : routers_) {
    if (!router->started || router->speaker->rib().has_marked()) return false;
    const rib::Ipv6Rib* ipv6 = router->speaker->ipv6_rib();
    if (ipv6 != nullptr && ipv6->has_marked()) return false;
    for (std::size_t peer = 0; peer < router->config.neighbors.size(); ++peer)
      if (router->speaker->rib().has_updates(static_cast<rib::PeerIndex>(peer)) ||
          (ipv6 != nullptr && ipv6->has_updates(static_cast<rib::PeerIndex>(peer))))
        return false;
    for (const auto& [id, place] : router->connections)
      if (!place.first->sides[place.second].pending.empty()) return false;
  }
  // A session is up when both ends are Established on one connection; a link that is down has none.
  return std::ranges::all_of(links_, [&](const Link& link) {
    const bgp::Peer& a = routers_[link.a.router]->speaker->peer(link.a.peer);
    const bgp::Peer& b = routers_[link.b.router]->speaker->peer(link.b.peer);
    if (!a.wanted() || !b.wanted())
      return a.state() != bgp::State::Established && b.state() != bgp::State::Established;
    if (a.state() != bgp::State::Established || b.state() != bgp::State::Established) return false;
    for (const auto& [id, place] : routers_[link.a.router]->connections) {
      const auto& [connection, side] = place;
      if (id.peer != link.a.peer || !connection->sides[1 - side].attached) continue;
      const ConnectionId other = connection->sides[1 - side].id;
      if (a.session(id.slot).state() == bgp::State::Established &&
          b.session(other.slot).state() == bgp::State::Established)
        return true;
    }
    return false;
  });
}

// --- Links ---

void Simulator::set_usable(std::size_t number, bool usable) {
  Link& link = links_[number];
  link.up = usable;
  for (const LinkEnd& end : {link.a, link.b}) {
    Router& router = *routers_[end.router];
    for (std::size_t i = 0; i < end.prefixes; ++i) router.connected[end.connected + i].usable = usable;
    if (!router.started) continue;
    router.speaker->set_connected(router.connected, now_);
    after_input(router);
  }
}

void Simulator::cut(std::size_t number) {
  note(0x200 | number << 16);
  Link& link = links_[number];
  link.held.clear();
  // Nothing that is on the wire arrives any more. The ends let go as soon as they are told.
  for (const LinkEnd& end : {link.a, link.b})
    for (const auto& [id, place] : routers_[end.router]->connections) {
      Connection& connection = *place.first;
      if (connection.link != number || std::exchange(connection.dead, true)) continue;
      for (const std::size_t side : {0u, 1u}) forget_updates(connection, side);
    }
  set_usable(number, false);
}

void Simulator::heal(std::size_t number) {
  note(0x300 | number << 16);
  set_usable(number, true);
}

void Simulator::stall(std::size_t number) { links_[number].stalled = true; }

void Simulator::resume(std::size_t number) {
  links_[number].stalled = false;
  for (auto& what : std::exchange(links_[number].held, {})) schedule(now_, std::move(what));
}

nanoseconds Simulator::delay_of(std::size_t number, bool from_a) const {
  const Link& link = links_[number];
  for (const auto& [id, place] : routers_[link.a.router]->connections)
    if (id.peer == link.a.peer) return place.first->toward[from_a ? 1 - place.second : place.second].delay;
  return nanoseconds(-1);
}

// --- Forwarding tables ---

template <class Prefix>
std::optional<std::vector<int>> Simulator::Router::apply_all(
    std::span<const rib::BasicDecision<Prefix>> decisions) {
  ++world.acknowledgements_;
  nanoseconds delay{0};
  if (world.options_.fib_delay > 0ns)
    delay = nanoseconds(1 + world.draw(static_cast<std::uint64_t>(world.options_.fib_delay.count())));
  if (world.acknowledgements_ == world.slow_acknowledgement.nth) delay += world.slow_acknowledgement.by;
  if (waits_for_kernel) ++world.early_verdicts_;  // no other apply before the answer, says ports.h
  if (delay == 0ns) {
    std::vector<int> errors;
    for (const auto& decision : decisions) errors.push_back(change_kernel(decision));
    return errors;
  }
  waits_for_kernel = true;
  ++world.fib_pending_;
  world.schedule(world.now_ + delay, [this, batch = std::vector(decisions.begin(), decisions.end())] {
    std::vector<int> errors;
    errors.reserve(batch.size());
    for (const auto& decision : batch) errors.push_back(change_kernel(decision));
    waits_for_kernel = false;
    --world.fib_pending_;
    speaker->fib_done(errors, world.now_);
    world.after_input(*this);
  });
  return std::nullopt;
}

int Simulator::Router::change_kernel(const rib::Decision& decision) {
  using Change = rib::Decision::Kernel;
  if (decision.kernel == Change::Nothing) return 0;
  const int error = world.kernel_error ? world.kernel_error(number, decision) : 0;
  if (error != 0) return error;
  world.last_change_ = world.now_;
  world.note(0x400 | number << 16 | decision.prefix.address().value);
  if (decision.kernel == Change::Remove) {
    installed.erase(decision.prefix);
    return kernel.erase(decision.prefix) == 0 ? ESRCH : 0;
  }
  kernel[decision.prefix] = decision.next_hop;
  installed[decision.prefix] = world.now_;
  return 0;
}

int Simulator::Router::change_kernel(const rib::Ipv6Decision& decision) {
  using Change = rib::Ipv6Decision::Kernel;
  if (decision.kernel == Change::Nothing) return 0;
  world.last_change_ = world.now_;
  world.note(0x500 | number << 16 | decision.prefix.address().bytes[5]);
  if (decision.kernel == Change::Remove) return ipv6_kernel.erase(decision.prefix) == 0 ? ESRCH : 0;
  ipv6_kernel[decision.prefix] = decision.next_hop;
  return 0;
}

template std::optional<std::vector<int>> Simulator::Router::apply_all(std::span<const rib::Decision>);
template std::optional<std::vector<int>> Simulator::Router::apply_all(std::span<const rib::Ipv6Decision>);

}  // namespace sim
