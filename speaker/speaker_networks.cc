// What a speaker knows of its interfaces, and what follows from them: which next hops can be reached (RFC
// 4271 §5.1.3), which address of ours a neighbour is given as next hop (RFC 2545 §3), and which networks are
// originated.
#include <algorithm>

#include "speaker/roles.h"
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

void Speaker::set_connected(std::vector<ConnectedPrefix> connected, Instant now) {
  begin_input(now);
  if (connected == connected_) return;
  worked_ = true;
  activity_.busy.store(Busy::Yes, std::memory_order_seq_cst);
  std::vector<Instant> since;
  for (const ConnectedPrefix& one : connected) {
    const auto before = std::ranges::find(connected_, one);
    since.push_back(before == connected_.end()
                        ? now
                        : connected_since_[static_cast<std::size_t>(before - connected_.begin())]);
  }
  connected_since_ = std::move(since);
  connected_ = std::move(connected);
  bool about_a_neighbor = false;
  for (Neighbor& neighbor : neighbors_) {
    const bool usable = link_usable(config_.neighbors[neighbor.peer.index()]);
    if (usable == neighbor.peer.link_usable()) continue;
    about_a_neighbor = true;
    because_of(journal_.link(usable, neighbor.peer.index(), now));
    neighbor.peer.set_link_usable(usable, now);
  }
  if (!about_a_neighbor) because_of(journal_.link(true, kNoPeer, now));
  ipv4_.rib.resolve_next_hops();
  if (ipv6_) ipv6_->rib.resolve_next_hops();
  check_export_policies();
  check_networks();
  settle();
}

std::vector<ConnectedView> Speaker::connected_views(Instant now) const {
  std::vector<ConnectedView> views;
  views.reserve(connected_.size());
  for (std::size_t i = 0; i < connected_.size(); ++i)
    views.push_back(
        {connected_[i], std::chrono::duration_cast<std::chrono::milliseconds>(now - connected_since_[i])});
  return views;
}

std::size_t Speaker::kernel_changed(std::span<const KernelRoute> routes, Instant now) {
  begin_input(now);
  if (frozen_) return 0;
  std::size_t lost = 0;
  const auto look = [&](auto& rib, const auto& prefix, const KernelRoute& route) {
    using Route = typename std::remove_reference_t<decltype(rib)>::KernelRoute;
    const auto there = route.next_hop ? std::optional(Route{*route.next_hop, route.interface}) : std::nullopt;
    if (!rib.kernel_has(prefix, there)) return;
    ++lost;
    if (!journal_.on()) return;
    because_of(journal_.trigger(Trigger::KernelChanged, now, kNoPeer, route.prefix));
    rib.kernel_has(prefix, there);  // said once more, with its cause
  };
  for (const KernelRoute& route : routes) {
    if (const auto* ipv4 = std::get_if<net::Ipv4Prefix>(&route.prefix))
      look(ipv4_.rib, *ipv4, route);
    else if (ipv6_)
      look(ipv6_->rib, std::get<net::Ipv6Prefix>(route.prefix), route);
  }
  if (lost > 0) settle();
  return lost;
}

std::size_t Speaker::kernel_has_only(std::vector<KernelRoute> routes, Instant now) {
  std::ranges::sort(routes, {}, &KernelRoute::prefix);
  std::vector<KernelRoute> missing;
  for_each_family([&](const auto& tables) {
    const auto& table = tables.rib.table();
    table.for_each([&](std::uint32_t number) {
      const net::IpPrefix prefix = table[number].prefix;
      if (!std::ranges::binary_search(routes, prefix, {}, &KernelRoute::prefix))
        missing.push_back({prefix, std::nullopt});
    });
  });
  routes.insert(routes.end(), missing.begin(), missing.end());
  return kernel_changed(routes, now);
}

bool Speaker::link_usable(const NeighborConfig& neighbor) const {
  const net::IpAddress& address = neighbor.peer.address;
  if (interface_towards(address) != 0) return true;
  if (neighbor.directly_connected) return false;
  return std::ranges::none_of(connected_, [&](const ConnectedPrefix& subnet) {
    return net::contains(subnet.prefix, address) && !subnet.usable;
  });
}

namespace {

// May such an address be a neighbour, or a next hop? Link-local ones mean nothing without their link, and a
// next hop that is nothing else cannot be passed on (RFC 2545 §3).
bool is_global_unicast(const net::IpAddress& address) {
  if (address.is_ipv4()) {
    const net::Ipv4Address v4 = address.ipv4();
    return !v4.is_this_network() && !v4.is_loopback() && !v4.is_multicast() && !v4.is_class_e();
  }
  const net::Ipv6Address v6 = address.ipv6();
  return !v6.is_unspecified() && !v6.is_loopback() && !v6.is_multicast() && !v6.is_link_local();
}

}  // namespace

// RFC 4271 §5.1.3 and §6.3: a next hop must be on a usable connected subnet and must not be ourselves.
std::uint32_t Speaker::interface_towards(const net::IpAddress& next_hop) const {
  if (!is_global_unicast(next_hop)) return 0;
  const ConnectedPrefix* found = nullptr;
  for (const ConnectedPrefix& subnet : connected_) {
    if (subnet.local == next_hop) return 0;
    if (!subnet.usable || !net::contains(subnet.prefix, next_hop)) continue;
    if (found == nullptr || net::length_of(subnet.prefix) > net::length_of(found->prefix)) found = &subnet;
  }
  return found == nullptr ? 0 : found->interface;
}

bool Speaker::has_connected(const net::IpPrefix& prefix) const {
  return std::ranges::any_of(
      connected_, [&](const ConnectedPrefix& subnet) { return subnet.usable && subnet.prefix == prefix; });
}

// --- Next hops that are ours ---

// Over a session of the family it is our end of it; else the address that the interface towards the peer has
// of this family, if it has one.
rib::ExportPolicy Speaker::export_policy(const Neighbor& neighbor, bool ipv6) const {
  const bgp::PeerConfig& peer = neighbor.peer.config();
  const NeighborConfig& config = config_.neighbors[neighbor.peer.index()];
  rib::ExportPolicy policy{.external = !peer.session.internal(),
                           .deny_all = config.deny_export,
                           .next_hop_self = config.next_hop_self,
                           .local_as = config_.as};
  apply_role(config, policy);
  if (peer.local_address.is_ipv6() == ipv6) policy.local_address = peer.local_address;
  if (!ipv6 && policy.local_address) return policy;  // the chain's case: nothing is left to be found
  const std::uint32_t interface = interface_towards(peer.address);
  for (const ConnectedPrefix& subnet : connected_) {
    if (interface == 0 || subnet.interface != interface || !subnet.usable || subnet.local.is_ipv6() != ipv6)
      continue;
    if (subnet.local.is_link_local()) {
      if (!policy.link_local) policy.link_local = subnet.local.ipv6();
    } else if (!policy.local_address) {
      policy.local_address = subnet.local;
    }
  }
  if (!policy.local_address) policy.link_local.reset();
  return policy;
}

// An address came or went while the session stayed: one that had to wait for duplicate address detection,
// say.
void Speaker::check_export_policies() {
  const auto check = [this](auto& rib, const Neighbor& neighbor, bool ipv6) {
    const rib::PeerIndex index = neighbor.peer.index();
    if (!rib.is_up(index)) return;
    const auto policy = export_policy(neighbor, ipv6);
    if (policy != rib.export_policy(index)) rib.set_export_policy(index, policy);
  };
  for (const Neighbor& neighbor : neighbors_) {
    check(ipv4_.rib, neighbor, false);
    if (ipv6_) check(ipv6_->rib, neighbor, true);
  }
}

// --- Networks ---

namespace {

// Of a `network` statement: ORIGIN IGP, an empty path, MULTI_EXIT_DISC 0 as Quagga has it. A next hop of the
// family stands for ourselves.
bgp::PathAttributes originated_attributes(bool ipv6) {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  if (ipv6) attributes.next_hop = net::Ipv6Address{};
  attributes.med = 0;
  return attributes;
}

}  // namespace

void Speaker::check_networks() {
  if (!started_ || frozen_) return;
  for (const NetworkConfig& network : config_.networks) {
    if (network.unconditional || has_connected(network.prefix))
      originate(network.prefix);
    else
      retract(network.prefix);
  }
}

void Speaker::originate(const net::IpPrefix& prefix) {
  if (const auto* v4 = std::get_if<net::Ipv4Prefix>(&prefix))
    ipv4_.rib.originate(*v4, originated_attributes(false), age_now());
  else
    ipv6_tables().rib.originate(std::get<net::Ipv6Prefix>(prefix), originated_attributes(true), age_now());
}

void Speaker::retract(const net::IpPrefix& prefix) {
  if (const auto* v4 = std::get_if<net::Ipv4Prefix>(&prefix))
    ipv4_.rib.retract(*v4);
  else if (ipv6_)
    ipv6_->rib.retract(std::get<net::Ipv6Prefix>(prefix));
}

void Speaker::announce(const net::IpPrefix& prefix, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::Announce, now, kNoPeer, prefix));
  worked_ = true;
  activity_.busy.store(Busy::Yes, std::memory_order_seq_cst);
  std::erase_if(config_.networks, [&](const NetworkConfig& network) { return network.prefix == prefix; });
  config_.networks.push_back({prefix, true});
  check_networks();
  settle();
}

void Speaker::withdraw(const net::IpPrefix& prefix, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::Withdraw, now, kNoPeer, prefix));
  worked_ = true;
  activity_.busy.store(Busy::Yes, std::memory_order_seq_cst);
  std::erase_if(config_.networks, [&](const NetworkConfig& network) { return network.prefix == prefix; });
  retract(prefix);
  settle();
}

}  // namespace speaker
