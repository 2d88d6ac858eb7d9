// The sending half of Rib: what each neighbour has been told, what it is still to hear, and the UPDATEs that
// say it (RFC 4271 §9.2). Pulled by the session when its socket has room, grouped by attributes: changes that
// come faster than a neighbour reads melt into one.
#include <algorithm>

#include "rib/rib.h"

namespace rib {

void Rib::peer_up(PeerIndex index, const ExportPolicy& policy, const bgp::Agreed& agreed,
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

void Rib::peer_down(PeerIndex index) {
  Peer& peer = peers_[index];
  const auto slot = static_cast<std::uint8_t>(index + 1);
  peer.up = false;
  peer.queue.clear();
  peer.sending.clear();
  peer.sent_of_sending = 0;
  peer.encoded_id = kNoAttributes;
  table_.for_each([&](std::uint32_t number) {
    set_out(index, number, kNoAttributes);
    table_.slot(number, slot).queued = table_.slot(number, slot).repeat = 0;
    put(number, slot, kNoAttributes, {});
    erase_if_unused(number);
  });
}

void Rib::resend(PeerIndex index) {
  if (!peers_[index].up) return;
  table_.for_each([&](std::uint32_t number) {
    // What the peer knows stays known: should the route change before it is repeated, that is owed, too.
    Slot& slot = table_.slot(number, index + 1u);
    if (slot.out == kNoAttributes) return;
    slot.repeat = 1;
    if (slot.queued == 0) peers_[index].queue.push_back(number);
    slot.queued = 1;
  });
  peers_[index].end_of_rib_due = true;
}

void Rib::queue_for_peers(std::uint32_t number) {
  for (PeerIndex peer = 0; peer < peers_.size(); ++peer)
    if (peers_[peer].up) queue(peer, number);
}

void Rib::queue(PeerIndex index, std::uint32_t number) {
  Slot& slot = table_.slot(number, index + 1u);
  if (slot.queued != 0 || target(peers_[index], index, table_[number]) == slot.out) return;
  slot.queued = 1;
  peers_[index].queue.push_back(number);
}

// What this peer is to know of a prefix now; not what it was told.
AttributeId Rib::target(const Peer& peer, PeerIndex index, const Entry& entry) const {
  if (entry.active_slot == kNobody || entry.active_slot == index + 1) return kNoAttributes;
  const RouteSource source{.local = entry.active_slot == kLocal, .internal = is_internal(entry.active_slot)};
  return may_export(store_[entry.active], source, peer.policy) ? entry.active : kNoAttributes;
}

void Rib::set_out(PeerIndex index, std::uint32_t number, AttributeId attributes) {
  Slot& slot = table_.slot(number, index + 1u);
  if (slot.out == attributes) return;
  if (slot.out == kNoAttributes) ++peers_[index].advertised;
  if (attributes == kNoAttributes) --peers_[index].advertised;
  store_.retain(attributes);
  store_.release(slot.out);
  slot.out = attributes & 0x3fffffff;
}

bool Rib::has_updates(PeerIndex index) const {
  const Peer& peer = peers_[index];
  return peer.up &&
         (peer.end_of_rib_due || !peer.queue.empty() || peer.sent_of_sending < peer.sending.size());
}

// Withdrawals first (their target is 0), then by attribute set.
void Rib::group_queue(Peer& peer, PeerIndex index) {
  peer.sending.swap(peer.queue);
  peer.queue.clear();
  peer.sent_of_sending = 0;
  std::ranges::stable_sort(peer.sending, {},
                           [&](std::uint32_t number) { return target(peer, index, table_[number]); });
}

net::Bytes Rib::encoded_for(Peer& peer, AttributeId id, const Entry& entry) {
  if (peer.encoded_id != id) {
    const RouteSource source{.local = entry.active_slot == kLocal,
                             .internal = is_internal(entry.active_slot)};
    peer.encoded.clear();
    bgp::encode_attributes(export_attributes(store_[id], source, peer.policy), peer.agreed, true,
                           peer.encoded);
    peer.encoded_id = id;
  }
  return peer.encoded;
}

namespace {

std::size_t count_messages(net::Bytes octets) {
  std::size_t count = 0;
  for (; !octets.empty(); ++count) octets = octets.subspan(std::size_t{octets[16]} << 8 | octets[17]);
  return count;
}

}  // namespace

std::size_t Rib::take_updates(PeerIndex index, std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t before = out.size();
  if (peers_[index].up) write_updates(index, room, out);
  return count_messages(net::Bytes(out).subspan(before));
}

void Rib::write_updates(PeerIndex index, std::size_t room, std::vector<std::uint8_t>& out) {
  Peer& peer = peers_[index];
  const auto slot_number = static_cast<std::uint8_t>(index + 1);
  const std::size_t limit = out.size() + room;
  while (true) {
    if (peer.sent_of_sending == peer.sending.size()) {
      peer.sending.clear();
      peer.sent_of_sending = 0;
      if (peer.queue.empty()) break;
      group_queue(peer, index);
    }
    // A run of prefixes whose news is the same; what turned out to be no news is passed over.
    run_.clear();
    const std::size_t begin = peer.sent_of_sending;
    std::size_t end = begin;
    const AttributeId id = target(peer, index, table_[peer.sending[begin]]);
    for (; end < peer.sending.size() && target(peer, index, table_[peer.sending[end]]) == id; ++end)
      if (is_news(table_.slot(peer.sending[end], slot_number), id))
        run_.push_back(table_[peer.sending[end]].prefix);
    std::size_t told = 0;
    AttributeId told_as = id;
    while (told < run_.size()) {
      const auto rest = std::span(run_).subspan(told);
      const std::size_t free = limit - out.size();
      const std::size_t count =
          told_as == kNoAttributes
              ? bgp::UpdateEncoder::withdraw(rest, peer.agreed, free, out)
              : bgp::UpdateEncoder::announce(encoded_for(peer, id, table_[peer.sending[begin]]), rest,
                                             peer.agreed, free, out);
      if (count == 0) {
        // The socket's room is used up: go on later. Or the shorter prefixes of the run just fitted beside
        // their attributes and the next does not: a run of its own.
        if (free < bgp::max_octets(peer.agreed) || told > 0) break;
        // The attributes alone exceed a message: the route cannot be told (RFC 8654 §4), so it is withdrawn
        // from a peer that knew it with shorter ones.
        told_as = kNoAttributes;
        std::erase_if(run_, [&](const net::Ipv4Prefix& prefix) {
          return table_.slot(table_.find(prefix), slot_number).out == kNoAttributes;
        });
        told = 0;
        continue;
      }
      told += count;
    }
    const bool whole = told >= run_.size();
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
    if (!whole && limit - out.size() < bgp::max_octets(peer.agreed)) break;
  }
  // Ids are used again: what is encoded may mean other attributes by the next call.
  peer.encoded_id = kNoAttributes;
  if (peer.sent_of_sending < peer.sending.size() || !peer.end_of_rib_due) return;
  const std::size_t whole = out.size();
  bgp::encode(bgp::Update{}, peer.agreed, out);  // RFC 4724 §2
  if (out.size() > limit)
    out.resize(whole);
  else
    peer.end_of_rib_due = false;
}

}  // namespace rib
