// The sending half of Rib: what each neighbour has been told, what it is still to hear, and the UPDATEs that
// say it (RFC 4271 §9.2). Pulled by the session when its socket has room, grouped by attributes: changes that
// come faster than a neighbour reads melt into one.
#include <algorithm>
#include <optional>
#include <vector>

#include "rib/rib.h"

namespace rib {

template <class Prefix>
void BasicRib<Prefix>::peer_up(PeerIndex index, const Policy& policy, const bgp::Agreed& agreed,
                               net::Ipv4Address router_id, net::IpAddress address) {
  Peer& peer = peers_[index];
  peer.up = true;
  peer.end_of_rib_due = true;
  peer.policy = policy;
  peer.agreed = agreed;
  peer.router_id = router_id;
  peer.address = address;
  table_.for_each([&](std::uint32_t number) {
    if (table_[number].active_slot != kNobody) queue(index, number);
  });
}

template <class Prefix>
void BasicRib<Prefix>::peer_down(PeerIndex index, bool keeps_routes) {
  Peer& peer = peers_[index];
  const auto slot = static_cast<std::uint8_t>(index + 1);
  peer.up = false;
  peer.queue.clear();
  peer.sending.clear();
  peer.sent_of_sending = 0;
  peer.encoded_id = kNoAttributes;
  peer.refresh = Refresh::None;
  table_.for_each([&](std::uint32_t number) {
    set_out(index, number, kNoAttributes);
    Slot& place = table_.slot(number, slot);
    place.queued = place.repeat = 0;
    if (!keeps_routes || place.stale != 0)
      put(number, slot, kNoAttributes, {});
    else
      place.stale = place.in != kNoAttributes;
    erase_if_unused(number);
  });
}

template <class Prefix>
void BasicRib<Prefix>::resend(PeerIndex index) {
  Peer& peer = peers_[index];
  if (!peer.up) return;
  if (peer.agreed.enhanced_refresh) {
    const bool running = peer.refresh == Refresh::Running || peer.refresh == Refresh::RunningAndRequested;
    peer.refresh = running ? Refresh::RunningAndRequested : Refresh::Requested;
    return;
  }
  queue_known(index);
  peer.end_of_rib_due = true;
}

template <class Prefix>
void BasicRib<Prefix>::set_export_policy(PeerIndex index, const ExportPolicy& policy) {
  peers_[index].policy.out = policy;
  queue_known(index);
  table_.for_each([&](std::uint32_t number) {
    if (table_[number].active_slot != kNobody) queue(index, number);
  });
}

template <class Prefix>
void BasicRib<Prefix>::queue_known(PeerIndex index) {
  table_.for_each([&](std::uint32_t number) {
    // What the peer knows stays known: should the route change before it is repeated, that is owed, too.
    Slot& slot = table_.slot(number, index + 1u);
    if (slot.out == kNoAttributes) return;
    slot.repeat = 1;
    if (slot.queued == 0) peers_[index].queue.push_back(number);
    slot.queued = 1;
  });
}

template <class Prefix>
void BasicRib<Prefix>::queue_for_peers(std::uint32_t number) {
  for (PeerIndex peer = 0; peer < peers_.size(); ++peer)
    if (peers_[peer].up) queue(peer, number);
}

template <class Prefix>
void BasicRib<Prefix>::queue(PeerIndex index, std::uint32_t number) {
  Slot& slot = table_.slot(number, index + 1u);
  if (slot.queued != 0 || target(peers_[index], index, table_[number]) == slot.out) return;
  slot.queued = 1;
  peers_[index].queue.push_back(number);
}

// What this peer is to know of a prefix now; not what it was told.
template <class Prefix>
AttributeId BasicRib<Prefix>::target(const Peer& peer, PeerIndex index, const Entry& entry) const {
  if (entry.active_slot == kNobody || entry.active_slot == index + 1) return kNoAttributes;
  return may_export(store_.traits(entry.active), source_of(entry), peer.policy.out) ? entry.active
                                                                                    : kNoAttributes;
}

// Of the route in the Loc-RIB. Precondition: there is one.
template <class Prefix>
RouteSource BasicRib<Prefix>::source_of(const Entry& entry) const {
  if (entry.active_slot == kLocal) return {.local = true};
  return {.internal = !peers_[entry.active_slot - 1u].policy.out.external,
          .shuts_down = shuts_down(entry.active_slot, entry.active)};
}

template <class Prefix>
void BasicRib<Prefix>::set_out(PeerIndex index, std::uint32_t number, AttributeId attributes) {
  Slot& slot = table_.slot(number, index + 1u);
  if (slot.out == attributes) return;
  if (slot.out == kNoAttributes) ++peers_[index].advertised;
  if (attributes == kNoAttributes) --peers_[index].advertised;
  store_.retain(attributes);
  store_.release(slot.out);
  slot.out = attributes & 0x3fffffff;
}

template <class Prefix>
bool BasicRib<Prefix>::has_updates(PeerIndex index) const {
  const Peer& peer = peers_[index];
  return peer.up && (peer.end_of_rib_due || peer.refresh != Refresh::None || !peer.queue.empty() ||
                     peer.sent_of_sending < peer.sending.size());
}

// Withdrawals first (their target is 0), then by attribute set.
template <class Prefix>
void BasicRib<Prefix>::group_queue(Peer& peer, PeerIndex index) {
  peer.sending.swap(peer.queue);
  peer.queue.clear();
  peer.sent_of_sending = 0;
  if (peer.sending.size() == 1) return;
  // The target of each is found out once. Of the same target, what changed first comes first.
  std::vector<std::uint64_t> order;
  order.reserve(peer.sending.size());
  for (const std::uint32_t number : peer.sending)
    order.push_back(std::uint64_t{target(peer, index, table_[number])} << 32 | order.size());
  std::ranges::sort(order);
  std::vector<std::uint32_t> grouped;
  grouped.reserve(order.size());
  for (const std::uint64_t one : order) grouped.push_back(peer.sending[one & 0xffffffff]);
  peer.sending.swap(grouped);
}

template <class Prefix>
void BasicRib<Prefix>::encode(Peer& peer, AttributeId id, const RouteSource& source) {
  if (peer.encoded_id == id && peer.encoded_source == source) return;
  const bgp::PathAttributes attributes = export_attributes(store_[id], source, peer.policy.out);
  peer.encoded.clear();
  bgp::encode_attributes(attributes, peer.agreed, kIsIpv4, peer.encoded);
  if constexpr (!kIsIpv4) peer.next_hop = {attributes.next_hop.ipv6(), attributes.link_local_next_hop};
  peer.encoded_id = id;
  peer.encoded_source = source;
}

// Writes prefixes whose news is the same; `source` is of the route, where it is one. Returns how many.
template <class Prefix>
std::size_t BasicRib<Prefix>::write(Peer& peer, AttributeId id, const RouteSource& source,
                                    std::span<const Prefix> prefixes, std::size_t room,
                                    std::vector<std::uint8_t>& out) {
  if (id == kNoAttributes) return bgp::UpdateEncoder::withdraw(prefixes, peer.agreed, room, out);
  encode(peer, id, source);
  if constexpr (kIsIpv4)
    return bgp::UpdateEncoder::announce(peer.encoded, prefixes, peer.agreed, room, out);
  else
    return bgp::UpdateEncoder::announce(peer.encoded, peer.next_hop, prefixes, peer.agreed, room, out);
}

template <class Prefix>
std::optional<bgp::PathAttributes> BasicRib<Prefix>::advertised_attributes(PeerIndex peer,
                                                                           std::uint32_t number) const {
  const AttributeId id = table_.slot(number, peer + 1u).out;
  if (id == kNoAttributes) return std::nullopt;
  // A route that has left the Loc-RIB since, and whose withdrawal waits, was local if we originate it still.
  const Entry& entry = table_[number];
  const RouteSource source =
      id == entry.active ? source_of(entry) : RouteSource{.local = id == table_.slot(number, kLocal).in};
  return export_attributes(store_[id], source, peers_[peer].policy.out);
}

namespace {

Written count_messages(net::Bytes octets) {
  Written count;
  for (; !octets.empty(); octets = octets.subspan(std::size_t{octets[16]} << 8 | octets[17]))
    ++(octets[18] == static_cast<std::uint8_t>(bgp::MessageType::Update) ? count.updates
                                                                         : count.refresh_marks);
  return count;
}

// Appends the message if it fits below `limit`.
bool append(const bgp::Message& message, const bgp::Agreed& agreed, std::size_t limit,
            std::vector<std::uint8_t>& out) {
  const std::size_t before = out.size();
  bgp::encode(message, agreed, out);
  if (out.size() <= limit) return true;
  out.resize(before);
  return false;
}

}  // namespace

template <class Prefix>
Written BasicRib<Prefix>::take_updates(PeerIndex index, std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t before = out.size();
  if (peers_[index].up) write_updates(index, before + room, out);
  // Ids are used again: what is encoded may mean other attributes by the next call.
  peers_[index].encoded_id = kNoAttributes;
  return count_messages(net::Bytes(out).subspan(before));
}

// Routes, and behind them what marks their end: End-of-RIB (RFC 4724 §2), which comes before the first
// refresh begins (RFC 7313 §4), then BoRR, everything again, EoRR.
template <class Prefix>
void BasicRib<Prefix>::write_updates(PeerIndex index, std::size_t limit, std::vector<std::uint8_t>& out) {
  Peer& peer = peers_[index];
  constexpr bgp::Family kFamily = kIsIpv4 ? bgp::kIpv4Unicast : bgp::kIpv6Unicast;
  while (write_routes(index, limit, out)) {
    if (peer.end_of_rib_due) {
      bgp::Update end_of_rib;
      if constexpr (!kIsIpv4) end_of_rib.mp_unreach.emplace();
      if (!append(end_of_rib, peer.agreed, limit, out)) return;
      peer.end_of_rib_due = false;
    }
    if (peer.refresh == Refresh::None) return;
    const bool begins = peer.refresh == Refresh::Requested;
    const bgp::RouteRefresh mark{kFamily, begins ? bgp::kRefreshBegin : bgp::kRefreshEnd};
    if (!append(mark, peer.agreed, limit, out)) return;
    if (begins) queue_known(index);
    peer.refresh = begins                                         ? Refresh::Running
                   : peer.refresh == Refresh::RunningAndRequested ? Refresh::Requested
                                                                  : Refresh::None;
  }
}

// True: all that waited is written.
template <class Prefix>
bool BasicRib<Prefix>::write_routes(PeerIndex index, std::size_t limit, std::vector<std::uint8_t>& out) {
  Peer& peer = peers_[index];
  const auto slot_number = static_cast<std::uint8_t>(index + 1);
  std::optional<AttributeId> next;  // the target of the run that comes next, where that is known
  while (true) {
    if (peer.sent_of_sending == peer.sending.size()) {
      peer.sending.clear();
      peer.sent_of_sending = 0;
      if (peer.queue.empty()) return true;
      group_queue(peer, index);
    }
    // A run of prefixes whose news is the same; what turned out to be no news is passed over.
    run_.clear();
    const std::size_t begin = peer.sent_of_sending;
    std::size_t end = begin;
    const Entry& first = table_[peer.sending[begin]];
    const AttributeId id = next ? *next : target(peer, index, first);
    next.reset();
    const RouteSource source = id == kNoAttributes ? RouteSource{} : source_of(first);
    for (; end < peer.sending.size(); ++end) {
      const Entry& entry = table_[peer.sending[end]];
      if (end != begin) {
        const AttributeId its = target(peer, index, entry);
        // One set of attributes may come from several sources, and is told otherwise then.
        if (its != id ||
            (id != kNoAttributes && entry.active_slot != first.active_slot && source_of(entry) != source)) {
          next = its;
          break;
        }
      }
      if (is_news(table_.slot(peer.sending[end], slot_number), id)) run_.push_back(entry.prefix);
    }
    std::size_t told = 0;
    AttributeId told_as = id;
    while (told < run_.size()) {
      const auto rest = std::span(run_).subspan(told);
      const std::size_t free = limit - out.size();
      const std::size_t count = write(peer, told_as, source, rest, free, out);
      if (count == 0) {
        // The socket's room is used up: go on later. Or the shorter prefixes of the run just fitted beside
        // their attributes and the next does not: a run of its own.
        if (free < bgp::max_octets(peer.agreed) || told > 0) break;
        // The attributes alone exceed a message: the route cannot be told (RFC 8654 §4), so it is withdrawn
        // from a peer that knew it with shorter ones.
        told_as = kNoAttributes;
        std::erase_if(run_, [&](const Prefix& prefix) {
          return table_.slot(table_.find(prefix), slot_number).out == kNoAttributes;
        });
        told = 0;
        continue;
      }
      told += count;
    }
    const bool whole = told >= run_.size();
    if (!whole) next.reset();
    // Everything up to the first prefix that did not fit is settled.
    std::size_t passed = 0;
    while (peer.sent_of_sending < end) {
      const auto number = peer.sending[peer.sent_of_sending];
      Slot& slot = table_.slot(number, slot_number);
      if (!whole && is_news(slot, told_as) && passed++ == told) break;
      slot.queued = slot.repeat = 0;
      set_out(index, number, told_as);
      ++peer.sent_of_sending;
      erase_if_unused(number);
    }
    if (!whole && limit - out.size() < bgp::max_octets(peer.agreed)) return false;
  }
}

// What others call: the class itself is instantiated in rib.cc, which sees the other half of it.
template void BasicRib<net::Ipv4Prefix>::peer_up(PeerIndex, const Policy&, const bgp::Agreed&,
                                                 net::Ipv4Address, net::IpAddress);
template void BasicRib<net::Ipv4Prefix>::peer_down(PeerIndex, bool);
template void BasicRib<net::Ipv4Prefix>::resend(PeerIndex);
template void BasicRib<net::Ipv4Prefix>::set_export_policy(PeerIndex, const ExportPolicy&);
template void BasicRib<net::Ipv4Prefix>::queue_for_peers(std::uint32_t);
template bool BasicRib<net::Ipv4Prefix>::has_updates(PeerIndex) const;
template Written BasicRib<net::Ipv4Prefix>::take_updates(PeerIndex, std::size_t, std::vector<std::uint8_t>&);
template std::optional<bgp::PathAttributes> BasicRib<net::Ipv4Prefix>::advertised_attributes(
    PeerIndex, std::uint32_t) const;
template void BasicRib<net::Ipv6Prefix>::peer_up(PeerIndex, const Policy&, const bgp::Agreed&,
                                                 net::Ipv4Address, net::IpAddress);
template void BasicRib<net::Ipv6Prefix>::peer_down(PeerIndex, bool);
template void BasicRib<net::Ipv6Prefix>::resend(PeerIndex);
template void BasicRib<net::Ipv6Prefix>::set_export_policy(PeerIndex, const ExportPolicy&);
template void BasicRib<net::Ipv6Prefix>::queue_for_peers(std::uint32_t);
template bool BasicRib<net::Ipv6Prefix>::has_updates(PeerIndex) const;
template Written BasicRib<net::Ipv6Prefix>::take_updates(PeerIndex, std::size_t, std::vector<std::uint8_t>&);
template std::optional<bgp::PathAttributes> BasicRib<net::Ipv6Prefix>::advertised_attributes(
    PeerIndex, std::uint32_t) const;

}  // namespace rib
