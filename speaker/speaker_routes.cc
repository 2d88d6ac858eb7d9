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

template <class Prefix>
void append_prefixes(const FamilyTables<Prefix>& tables, const std::optional<net::IpPrefix>& after,
                     std::size_t limit, std::vector<net::IpPrefix>& prefixes) {
  const auto& table = tables.rib.table();
  std::vector<Prefix> found;
  table.for_each([&](std::uint32_t number) {
    if (!after || *after < net::IpPrefix(table[number].prefix)) found.push_back(table[number].prefix);
  });
  if (found.size() > limit) {
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(limit);
    std::ranges::nth_element(found, end);
    found.erase(end, found.end());
  }
  std::ranges::sort(found);
  prefixes.insert(prefixes.end(), found.begin(), found.end());
}

}  // namespace

std::vector<net::IpPrefix> Speaker::prefixes(const std::optional<net::IpPrefix>& after,
                                             std::size_t limit) const {
  std::vector<net::IpPrefix> prefixes;
  for_each_family(
      [&](const auto& tables) { append_prefixes(tables, after, limit - prefixes.size(), prefixes); });
  return prefixes;
}

// Everything that was received and not withdrawn, whatever policy says of it.
std::vector<AdjRoute> Speaker::adj_in(std::optional<net::IpAddress> neighbor, Instant now,
                                      Prefixes of) const {
  std::vector<AdjRoute> routes;
  for_each_entry(of, [&](const auto& tables, std::uint32_t number) {
    for (std::size_t peer = 0; peer < neighbors_.size(); ++peer) {
      const auto& address = neighbors_[peer].peer.config().address;
      const auto& place = tables.rib.table().slot(number, peer + 1);
      if (place.in == rib::kNoAttributes || (neighbor && address != *neighbor)) continue;
      routes.push_back({.neighbor = address,
                        .prefix = tables.rib.table()[number].prefix,
                        .attributes = tables.rib.attributes()[place.in],
                        .age = age_of(place.received_at, now),
                        .rejected = tables.rib.reject_reason(static_cast<rib::PeerIndex>(peer), number),
                        .stale = place.stale != 0});
    }
  });
  return routes;
}

// What the decision process chooses from, as it sees it.
std::vector<AdjRoute> Speaker::adj_in_post(std::optional<net::IpAddress> neighbor, Instant now,
                                           Prefixes of) const {
  auto routes = adj_in(neighbor, now, of);
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

std::vector<AdjRoute> Speaker::adj_out(std::optional<net::IpAddress> neighbor, Prefixes of) const {
  std::vector<AdjRoute> routes;
  for_each_entry(of, [&](const auto& tables, std::uint32_t number) {
    for (const Neighbor& one : neighbors_) {
      const auto& address = one.peer.config().address;
      if (neighbor && address != *neighbor) continue;
      if (auto attributes = tables.rib.advertised_attributes(one.peer.index(), number))
        routes.push_back({.neighbor = address,
                          .prefix = tables.rib.table()[number].prefix,
                          .attributes = std::move(*attributes),
                          .age = std::nullopt});
    }
  });
  return routes;
}

template <class Prefix>
void Speaker::append_loc(const FamilyTables<Prefix>& tables, std::uint32_t number, Instant now,
                         std::vector<LocRoute>& routes) const {
  using Rib = rib::BasicRib<Prefix>;
  const auto& table = tables.rib.table();
  std::vector<rib::Candidate> candidates;
  std::vector<std::uint8_t> slots;
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
    route.interface = active ? entry.interface : interface_towards(route.attributes.next_hop);
  }
  routes.push_back(std::move(route));
}

std::vector<LocRoute> Speaker::loc_routes(Instant now, Prefixes of) const {
  std::vector<LocRoute> routes;
  for_each_entry(of,
                 [&](const auto& tables, std::uint32_t number) { append_loc(tables, number, now, routes); });
  return routes;
}

}  // namespace speaker
