// What a speaker shows of itself (speaker/view.h), put together from its peers and RIBs.
#include <algorithm>

#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;
using std::chrono::milliseconds;

namespace {

MessageCounters counters_of(const bgp::SessionCounters& counters) {
  return {counters.opens, counters.notifications, counters.updates, counters.keepalives,
          counters.route_refreshes};
}

std::optional<milliseconds> age(std::optional<Instant> since, Instant now) {
  if (!since) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(now - *since);
}

}  // namespace

PeerView Speaker::peer_view(const Neighbor& neighbor, Instant now) const {
  const bgp::Peer& peer = neighbor.peer;
  const bgp::PeerConfig& config = peer.config();
  const bgp::Session& session = peer.foremost();
  const auto& fsm = session.fsm();
  PeerView view;
  view.address = config.address;
  view.description = config_.neighbors[peer.index()].description;
  view.local_address = config.local_address;
  view.local_as = config_.as;
  view.remote_as = config.session.peer_as;
  view.local_id = config_.router_id;
  view.remote_id = session.remote_id();
  view.state = session.state();
  view.admin_down = peer.admin_down();
  view.internal = config.session.internal();
  view.up_for = age(peer.established_at(), now);
  view.down_for = age(peer.dropped_at(), now);
  view.last_read = age(session.last_read(), now);
  view.last_write = age(session.last_write(), now);
  view.configured_hold_time = config.session.fsm.hold_time;
  view.configured_keepalive = config.session.fsm.hold_time / 3;
  const bool negotiated = session.state() >= bgp::State::OpenConfirm;
  view.hold_time = negotiated ? fsm.negotiated_hold_time() : view.configured_hold_time;
  view.keepalive = negotiated ? fsm.keepalive_interval() : view.configured_keepalive;
  view.connect_retry = config.session.fsm.connect_retry;
  view.min_route_advertisement_interval = neighbor.mrai.interval();
  view.sent = counters_of(peer.sent());
  view.received = counters_of(peer.received());
  view.out_queue = has_updates(neighbor) ? 1 : 0;
  view.prefixes_received = ipv4_.rib.accepted(peer.index());
  view.prefixes_sent = ipv4_.rib.advertised(peer.index());
  view.connections_established = peer.connections_established();
  view.connections_dropped = peer.connections_dropped();
  view.last_reset = peer.last_reset();
  view.end_of_rib_sent = ipv4_.rib.end_of_rib_sent(peer.index());
  view.end_of_rib_received = neighbor.end_of_rib_received;
  view.error_sent = peer.error_sent();
  view.error_received = peer.error_received();
  view.update_faults = neighbor.update_faults;
  view.last_update_fault = neighbor.last_update_fault;
  const bool established = session.state() == bgp::State::Established;
  const auto family_view = [&](const auto& rib, bool end_of_rib_received) {
    return FamilyView{.received = rib.received(peer.index()),
                      .accepted = rib.accepted(peer.index()),
                      .sent = rib.advertised(peer.index()),
                      .end_of_rib_sent = rib.end_of_rib_sent(peer.index()),
                      .end_of_rib_received = end_of_rib_received,
                      .next_hop = rib.export_policy(peer.index()).local_address};
  };
  if (established && session.agreed().ipv4_unicast)
    view.ipv4 = family_view(ipv4_.rib, neighbor.end_of_rib_received);
  if (established && session.agreed().ipv6_unicast && ipv6_)
    view.ipv6 = family_view(ipv6_->rib, neighbor.ipv6_end_of_rib_received);
  if (session.connected()) {
    view.open_sent = session.open_sent();
    view.open_received = session.open_received();
    if (view.open_received) view.hostname = bgp::hostname_of(*view.open_received);
    view.local_port = neighbor.local_ports[session.slot()];
    view.remote_port = neighbor.remote_ports[session.slot()];
  }
  return view;
}

RouterView Speaker::view(Instant now) const {
  RouterView view;
  view.name = config_.name;
  view.router_id = config_.router_id;
  view.as = config_.as;
  view.table_version = ipv4_.rib.version();
  view.rib_entries = ipv4_.rib.table().size();
  view.rib_bytes = rib_bytes();
  view.memory_limit = config_.memory_limit;
  for_each_family([&](const auto& tables) { view.attribute_bytes += tables.rib.attributes().bytes(); });
  if (ipv6_) {
    view.ipv6_entries = ipv6_->rib.table().size();
    view.ipv6_bytes = ipv6_->rib.bytes();
  }
  view.octets_waiting = transport_.octets_waiting();
  view.kernel_installed = kernel_count(rib::KernelState::Installed);
  view.kernel_pending = kernel_count(rib::KernelState::Pending);
  view.kernel_failed = kernel_count(rib::KernelState::Failed);
  for (const Neighbor& neighbor : neighbors_) {
    view.peers.push_back(peer_view(neighbor, now));
    view.peer_bytes += sizeof neighbor;
    for (std::uint16_t slot = 0; slot < bgp::Peer::kSlots; ++slot)
      if (neighbor.peer.has_session(slot))
        view.peer_bytes += sizeof(bgp::Session) + neighbor.peer.session(slot).buffered_octets();
  }
  return view;
}

RouteView Speaker::route_view(std::uint32_t number, Instant now) const {
  const auto& table = ipv4_.rib.table();
  const auto& entry = table[number];
  RouteView view;
  view.prefix = entry.prefix;
  view.version = entry.version;
  view.kernel = entry.kernel;
  view.kernel_errno = entry.kernel_errno;

  std::vector<rib::Candidate> routes;
  std::vector<std::uint8_t> usable;
  ipv4_.rib.candidates(number, routes, usable);
  const rib::Selection selection = rib::select_best(routes);
  for (std::uint8_t slot = 0; slot < table.slots_per_entry(); ++slot) {
    const auto& place = table.slot(number, slot);
    if (place.in == rib::kNoAttributes) continue;
    if (slot != rib::Rib::kLocal) {
      // Of what policy rejects, only the Adj-RIB-In tells.
      const auto reason = ipv4_.rib.reject_reason(static_cast<rib::PeerIndex>(slot - 1), number);
      if (reason != rib::RejectReason::None && reason != rib::RejectReason::NextHopUnreachable) continue;
    }
    PathView path;
    path.attributes = ipv4_.rib.attributes()[place.in];
    path.local = slot == rib::Rib::kLocal;
    path.age = age_of(place.received_at, now);
    const auto candidate = std::ranges::find(usable, slot);
    path.valid = candidate != usable.end();
    path.best = path.valid && static_cast<std::size_t>(candidate - usable.begin()) == selection.best;
    if (path.best) path.reason = selection.decided_by;
    if (!path.local) {
      const Neighbor& neighbor = neighbors_[slot - 1u];
      const bgp::Session& session = neighbor.peer.foremost();
      path.internal = neighbor.peer.config().session.internal();
      path.peer_address = neighbor.peer.config().address;
      path.peer_id = session.remote_id();
      if (session.open_received()) path.peer_hostname = bgp::hostname_of(*session.open_received());
    }
    view.paths.push_back(std::move(path));
  }
  std::ranges::stable_partition(view.paths, [](const PathView& path) { return path.best; });

  for (std::size_t peer = 0; peer < neighbors_.size(); ++peer) {
    if (table.slot(number, peer + 1).out == rib::kNoAttributes) continue;
    const bgp::Session& session = neighbors_[peer].peer.foremost();
    view.advertised_to.push_back(neighbors_[peer].peer.config().address);
    view.advertised_to_hostnames.push_back(
        session.open_received() ? bgp::hostname_of(*session.open_received()) : std::string());
  }
  return view;
}

std::vector<RouteView> Speaker::routes(Instant now) const {
  std::vector<RouteView> views;
  views.reserve(ipv4_.rib.table().size());
  ipv4_.rib.table().for_each([&](std::uint32_t number) {
    RouteView view = route_view(number, now);
    if (!view.paths.empty()) views.push_back(std::move(view));
  });
  std::ranges::sort(views, {}, &RouteView::prefix);
  return views;
}

std::optional<RouteView> Speaker::route(net::Ipv4Prefix prefix, Instant now) const {
  const auto number = ipv4_.rib.table().find(prefix);
  if (number == rib::Rib::PrefixTable::kNone) return std::nullopt;
  RouteView view = route_view(number, now);
  if (view.paths.empty()) return std::nullopt;
  return view;
}

std::optional<RouteView> Speaker::longest_match(net::Ipv4Address address, Instant now) const {
  for (unsigned length = net::Ipv4Address::kBits + 1; length-- > 0;)
    if (auto found = route(net::Ipv4Prefix(address, length), now)) return found;
  return std::nullopt;
}

}  // namespace speaker
