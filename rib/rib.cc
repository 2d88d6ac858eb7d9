#include "rib/rib.h"

#include <algorithm>
#include <utility>

namespace rib {

namespace {

constexpr std::size_t kKeptMarks = 64;

}  // namespace

template <class Prefix>
BasicRib<Prefix>::BasicRib(std::uint32_t local_as, std::size_t peers, AttributeStore::Resolver resolver,
                           net::Ipv4Address router_id)
    : store_(local_as, std::move(resolver), router_id), table_(peers + 1), peers_(peers) {}

template <class Prefix>
void BasicRib<Prefix>::learn(PeerIndex peer, std::span<const Prefix> prefixes,
                             const bgp::PathAttributes& attributes, Seconds now) {
  const AttributeId id = store_.intern(attributes);
  for (const auto& prefix : prefixes)
    put(table_.obtain(prefix), static_cast<std::uint8_t>(peer + 1), id, now);
  store_.release(id);
}

template <class Prefix>
void BasicRib<Prefix>::withdraw(PeerIndex peer, std::span<const Prefix> prefixes) {
  for (const auto& prefix : prefixes) {
    const auto number = table_.find(prefix);
    if (number != PrefixTable::kNone) put(number, static_cast<std::uint8_t>(peer + 1), kNoAttributes, {});
  }
}

template <class Prefix>
void BasicRib<Prefix>::originate(Prefix prefix, const bgp::PathAttributes& attributes, Seconds now) {
  const AttributeId id = store_.intern(attributes);
  put(table_.obtain(prefix), kLocal, id, now);
  store_.release(id);
}

template <class Prefix>
void BasicRib<Prefix>::retract(Prefix prefix) {
  const auto number = table_.find(prefix);
  if (number != PrefixTable::kNone) put(number, kLocal, kNoAttributes, {});
}

// The Adj-RIB-In: a route takes the place of its predecessor from the same source (RFC 4271 §3.1).
template <class Prefix>
void BasicRib<Prefix>::put(std::uint32_t number, std::uint8_t slot, AttributeId attributes, Seconds now) {
  Slot& place = table_.slot(number, slot);
  place.stale = 0;
  if (place.in == attributes) return;
  if (slot != kLocal) {
    Peer& peer = peers_[slot - 1u];
    if (place.in != kNoAttributes) {
      --peer.received;
      if (judge_in(slot, place.in) == RejectReason::None) --peer.accepted;
    }
    if (attributes != kNoAttributes) {
      ++peer.received;
      if (judge_in(slot, attributes) == RejectReason::None) ++peer.accepted;
    }
  }
  store_.retain(attributes);
  store_.release(place.in);
  place.in = attributes & 0x7fffffff;
  place.received_at = now;
  mark(number);
}

template <class Prefix>
void BasicRib<Prefix>::mark_stale(PeerIndex peer) {
  table_.for_each([&](std::uint32_t number) {
    Slot& place = table_.slot(number, peer + 1u);
    place.stale = place.in != kNoAttributes;
  });
}

template <class Prefix>
void BasicRib<Prefix>::sweep_stale(PeerIndex peer) {
  const auto slot = static_cast<std::uint8_t>(peer + 1);
  table_.for_each([&](std::uint32_t number) {
    if (table_.slot(number, slot).stale != 0) put(number, slot, kNoAttributes, {});
  });
}

template <class Prefix>
void BasicRib<Prefix>::mark(std::uint32_t number) {
  if (table_[number].marked) {
    if (cause_ == 0) return;
    marked_again_ = true;
  }
  table_[number].marked = true;
  marked_.push_back({number, cause_});
}

// One mark an entry, the last one: what was put there before it has had no effect.
template <class Prefix>
void BasicRib<Prefix>::keep_last_marks() {
  auto kept = marked_.end();
  for (auto mark = marked_.end(); mark != marked_.begin();) {
    Entry& entry = table_[(--mark)->entry];
    if (!entry.marked) continue;
    entry.marked = false;
    *--kept = *mark;
  }
  marked_.erase(marked_.begin(), kept);
}

template <class Prefix>
void BasicRib<Prefix>::resolve_next_hops() {
  if (!store_.resolve_again()) return;
  table_.for_each([&](std::uint32_t number) { mark(number); });
}

template <class Prefix>
bool BasicRib<Prefix>::kernel_has(const Prefix& prefix, const std::optional<KernelRoute>& route) {
  const auto number = table_.find(prefix);
  if (number == PrefixTable::kNone) return false;
  Entry& entry = table_[number];
  if (entry.kernel != KernelState::Installed) return false;
  if (route && route->next_hop == store_.next_hop(entry.active) && route->interface == entry.interface)
    return false;
  entry.lost = true;
  mark(number);
  return true;
}

template <class Prefix>
void BasicRib<Prefix>::candidates(std::uint32_t number, std::vector<Candidate>& routes,
                                  std::vector<std::uint8_t>& slots) const {
  routes.clear();
  slots.clear();
  for (std::uint8_t slot = 0; slot < table_.slots_per_entry(); ++slot) {
    const AttributeId id = table_.slot(number, slot).in;
    if (id == kNoAttributes) continue;
    if (slot == kLocal) {
      routes.push_back({.merits = store_.merits(id), .local = true});
    } else {
      // RFC 4271 §9.1.2: no route through ourselves, none whose next hop cannot be reached (§9.1.2.1).
      if (store_.interface(id) == 0 || judge_in(slot, id) != RejectReason::None) continue;
      const Peer& peer = peers_[slot - 1u];
      routes.push_back({.merits = store_.merits(id),
                        .external = peer.policy.out.external,
                        .shuts_down = shuts_down(slot, id),
                        .router_id = peer.router_id,
                        .peer_address = peer.address});
    }
    slots.push_back(slot);
  }
}

template <class Prefix>
RejectReason BasicRib<Prefix>::reject_reason(PeerIndex peer, std::uint32_t number) const {
  const auto slot = static_cast<std::uint8_t>(peer + 1);
  const AttributeId id = table_.slot(number, slot).in;
  const RejectReason reason = judge_in(slot, id);
  if (reason != RejectReason::None || store_.interface(id) != 0) return reason;
  return RejectReason::NextHopUnreachable;
}

template <class Prefix>
auto BasicRib<Prefix>::decide(std::vector<Decision> decisions) -> std::vector<Decision> {
  if (std::exchange(marked_again_, false)) keep_last_marks();
  decisions.clear();
  decisions.reserve(marked_.size());
  for (const auto [number, cause] : marked_) {
    Entry& entry = table_[number];
    entry.marked = false;
    const bool lost = entry.lost;
    entry.lost = false;
    candidates(number, routes_, slots_);
    Decision decision{.entry = number, .prefix = entry.prefix, .cause = cause};
    const Selection selection = select_best(routes_);
    decision.slot = routes_.empty() ? kNobody : slots_[selection.best];
    decision.step = selection.decided_by;
    decision.attributes = decision.slot == kNobody ? kNoAttributes : table_.slot(number, decision.slot).in;
    const bool learnt = decision.slot != kNobody && decision.slot != kLocal;
    const std::uint32_t interface = learnt ? store_.interface(decision.attributes) : 0;
    if (decision.slot == entry.active_slot && decision.attributes == entry.active &&
        (!learnt || (interface == entry.interface && !lost))) {
      // A route that the kernel refused and that is no longer wanted has not failed any more.
      if (!learnt && entry.kernel == KernelState::Failed) set_kernel(entry, KernelState::NotWanted);
      erase_if_unused(number);
      continue;
    }
    const bool installed = entry.kernel == KernelState::Installed;
    if (learnt) {
      const auto& next_hop = store_.next_hop(decision.attributes);
      decision.next_hop = next_hop;
      decision.interface = interface;
      if (!installed)
        decision.kernel = Decision::Kernel::Install;
      else if (lost || next_hop != store_.next_hop(entry.active) || interface != entry.interface)
        decision.kernel = Decision::Kernel::Replace;
      if (decision.kernel != Decision::Kernel::Nothing) set_kernel(entry, KernelState::Pending);
    } else if (installed) {
      decision.kernel = Decision::Kernel::Remove;
      decision.next_hop = store_.next_hop(entry.active);
      decision.interface = entry.interface;
      set_kernel(entry, KernelState::Pending);
    }
    store_.retain(decision.attributes);
    decisions.push_back(decision);
  }
  marked_.clear();
  if (marked_.capacity() > kKeptMarks) marked_ = std::vector<Mark>();  // a whole table's worth
  return decisions;
}

template <class Prefix>
auto BasicRib<Prefix>::commit(std::span<const Decision> decisions, std::span<const int> errors)
    -> std::vector<Decision> {
  std::vector<Decision> left_behind;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const Decision& decision = decisions[i];
    Entry& entry = table_[decision.entry];
    const bool learnt = decision.slot != kNobody && decision.slot != kLocal;
    if (learnt && errors[i] != 0) {
      // A route that the kernel does not take is not announced (RFC 4271 §9.1.2.1's resolvability, in the
      // end).
      if (decision.kernel == Decision::Kernel::Replace)
        left_behind.push_back({.entry = decision.entry,
                               .kernel = Decision::Kernel::Remove,
                               .prefix = decision.prefix,
                               .next_hop = store_.next_hop(entry.active),
                               .interface = entry.interface,
                               .slot = kNobody});
      set_kernel(entry, KernelState::Failed, errors[i]);
      activate(decision.entry, kNobody, kNoAttributes);
    } else {
      set_kernel(entry, learnt ? KernelState::Installed : KernelState::NotWanted);
      entry.interface =
          learnt ? (decision.kernel == Decision::Kernel::Nothing ? entry.interface : decision.interface) : 0;
      activate(decision.entry, decision.slot, decision.attributes);
    }
    store_.release(decision.attributes);
    erase_if_unused(decision.entry);
  }
  return left_behind;
}

template <class Prefix>
void BasicRib<Prefix>::activate(std::uint32_t number, std::uint8_t slot, AttributeId attributes) {
  Entry& entry = table_[number];
  loc_rib_routes_ += (slot != kNobody);
  loc_rib_routes_ -= (entry.active_slot != kNobody);
  store_.retain(attributes);
  store_.release(std::exchange(entry.active, attributes));
  entry.active_slot = slot;
  entry.version = ++version_;
  queue_for_peers(number);
}

template <class Prefix>
void BasicRib<Prefix>::set_kernel(Entry& entry, KernelState state, int error) {
  const auto count = [&](KernelState counted) -> std::size_t& {
    return kernel_counts_[static_cast<std::size_t>(counted)];
  };
  if (entry.kernel != KernelState::NotWanted) --count(entry.kernel);
  if (state != KernelState::NotWanted) ++count(state);
  entry.kernel = state;
  entry.kernel_errno = static_cast<std::uint8_t>(error);
}

template <class Prefix>
void BasicRib<Prefix>::erase_if_unused(std::uint32_t number) {
  const Entry& entry = table_[number];
  if (entry.marked || entry.active_slot != kNobody || entry.kernel == KernelState::Pending) return;
  for (std::size_t slot = 0; slot < table_.slots_per_entry(); ++slot) {
    const Slot& place = table_.slot(number, slot);
    if (place.in != kNoAttributes || place.out != kNoAttributes || place.queued != 0) return;
  }
  set_kernel(table_[number], KernelState::NotWanted);
  table_.erase(number);
}

template class BasicRib<net::Ipv4Prefix>;
template class BasicRib<net::Ipv6Prefix>;

}  // namespace rib
