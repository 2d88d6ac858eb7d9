// The RIBs of both families as values (speaker/route_records.h).
#include <algorithm>

#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;
using std::chrono::milliseconds;

milliseconds Speaker::age_of(rib::Seconds received_at, Instant now) const {
  const auto since_start = std::chrono::duration_cast<milliseconds>(now - epoch_);
  return std::max(milliseconds{0}, since_start - std::chrono::duration_cast<milliseconds>(received_at));
}

namespace {

template <class Route>
void sort_by_prefix(std::vector<Route>& routes) {
  std::ranges::stable_sort(routes, {}, &Route::prefix);
}

}  // namespace

template <class Prefix>
void Speaker::append_adj_in(const FamilyTables<Prefix>& tables, std::size_t peer, Instant now,
                            std::vector<AdjRoute>& routes) const {
  const auto& table = tables.rib.table();
  table.for_each([&](std::uint32_t number) {
    const auto& place = table.slot(number, peer + 1);
    if (place.in == rib::kNoAttributes) return;
    routes.push_back({.neighbor = neighbors_[peer].peer.config().address,
                      .prefix = table[number].prefix,
                      .attributes = tables.rib.attributes()[place.in],
                      .age = age_of(place.received_at, now),
                      .rejected = tables.rib.reject_reason(static_cast<rib::PeerIndex>(peer), number),
                      .stale = place.stale != 0});
  });
}

// Everything that was received and not withdrawn, whatever policy says of it.
std::vector<AdjRoute> Speaker::adj_in(std::optional<net::IpAddress> neighbor, Instant now) const {
  std::vector<AdjRoute> routes;
  for (std::size_t peer = 0; peer < neighbors_.size(); ++peer) {
    if (neighbor && neighbors_[peer].peer.config().address != *neighbor) continue;
    for_each_family([&](const auto& tables) { append_adj_in(tables, peer, now, routes); });
  }
  sort_by_prefix(routes);
  return routes;
}

// What the decision process chooses from, as it sees it.
std::vector<AdjRoute> Speaker::adj_in_post(std::optional<net::IpAddress> neighbor, Instant now) const {
  auto routes = adj_in(neighbor, now);
  std::erase_if(routes, [](const AdjRoute& route) { return route.rejected != rib::RejectReason::None; });
  for (AdjRoute& route : routes) {
    const auto config = std::ranges::find(
        config_.neighbors, route.neighbor,
        [](const NeighborConfig& one) -> const auto& { return one.peer.address; });
    route.attributes = rib::import_attributes(std::move(route.attributes), config->import_policy,
                                              config->peer.session.internal());
  }
  return routes;
}

std::vector<AdjRoute> Speaker::adj_out(std::optional<net::IpAddress> neighbor) const {
  std::vector<AdjRoute> routes;
  for (const Neighbor& one : neighbors_) {
    const auto& address = one.peer.config().address;
    if (neighbor && address != *neighbor) continue;
    for_each_family([&](const auto& tables) {
      tables.rib.table().for_each([&](std::uint32_t number) {
        if (auto attributes = tables.rib.advertised_attributes(one.peer.index(), number))
          routes.push_back({.neighbor = address,
                            .prefix = tables.rib.table()[number].prefix,
                            .attributes = std::move(*attributes),
                            .age = std::nullopt});
      });
    });
  }
  sort_by_prefix(routes);
  return routes;
}

template <class Prefix>
void Speaker::append_loc(const FamilyTables<Prefix>& tables, Instant now,
                         std::vector<LocRoute>& routes) const {
  using Rib = rib::BasicRib<Prefix>;
  const auto& table = tables.rib.table();
  std::vector<rib::Candidate> candidates;
  std::vector<std::uint8_t> slots;
  table.for_each([&](std::uint32_t number) {
    const auto& entry = table[number];
    tables.rib.candidates(number, candidates, slots);
    const rib::Selection selection = rib::select_best(candidates);
    const std::uint8_t best = slots.empty() ? Rib::kNobody : slots[selection.best];
    // One that the kernel has refused, or not yet taken, is shown with that.
    const bool active = entry.active_slot != Rib::kNobody;
    const std::uint8_t slot = active ? entry.active_slot : best;
    if (slot == Rib::kNobody) return;
    const auto& place = table.slot(number, slot);
    LocRoute route{.prefix = entry.prefix,
                   .neighbor = std::nullopt,
                   .attributes = tables.rib.attributes()[active ? entry.active : place.in],
                   .reason = slot == best ? selection.decided_by : rib::DecisionStep::None,
                   .age = age_of(place.received_at, now),
                   .kernel = entry.kernel,
                   .kernel_errno = entry.kernel_errno};
    if (slot != Rib::kLocal) {
      route.neighbor = neighbors_[slot - 1u].peer.config().address;
      route.interface = interface_towards(route.attributes.next_hop);
    }
    routes.push_back(std::move(route));
  });
}

std::vector<LocRoute> Speaker::loc_routes(Instant now) const {
  std::vector<LocRoute> routes;
  for_each_family([&](const auto& tables) { append_loc(tables, now, routes); });
  sort_by_prefix(routes);
  return routes;
}

}  // namespace speaker
