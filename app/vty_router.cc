// What a vty's commands mean for the router on whose thread it is: where their values come from, and what
// they do.
#include <algorithm>
#include <chrono>
#include <linux/rtnetlink.h>

#include <fmt/format.h>

#include "app/vty_server.h"
#include "netns/route_table.h"

namespace app {

namespace {

// FRR's, which tell whose route is taken where several have one.
constexpr std::uint32_t kExternalDistance = 20, kInternalDistance = 200;

show::IpRoute::State shown_state(rib::KernelState state) {
  switch (state) {
    case rib::KernelState::Installed: return show::IpRoute::State::Installed;
    case rib::KernelState::Failed: return show::IpRoute::State::Rejected;
    case rib::KernelState::Pending:
    case rib::KernelState::NotWanted: break;
  }
  return show::IpRoute::State::Queued;
}

}  // namespace

speaker::RouterView VtyServer::router() const { return speaker_.view(speaker_.present()); }
std::vector<speaker::RouteView> VtyServer::routes() const { return speaker_.routes(speaker_.present()); }
std::optional<speaker::RouteView> VtyServer::route(net::Ipv4Prefix prefix) const {
  return speaker_.route(prefix, speaker_.present());
}
std::optional<speaker::RouteView> VtyServer::longest_match(net::Ipv4Address address) const {
  return speaker_.longest_match(address, speaker_.present());
}
std::vector<speaker::AdjRoute> VtyServer::adj_in(const net::IpAddress& neighbor) const {
  return speaker_.adj_in(neighbor, speaker_.present());
}
std::vector<speaker::AdjRoute> VtyServer::adj_out(const net::IpAddress& neighbor) const {
  return speaker_.adj_out(neighbor);
}
const speaker::SpeakerConfig& VtyServer::config() const { return speaker_.config(); }
show::Clock VtyServer::clock() const { return {std::chrono::system_clock::now()}; }

std::string VtyServer::interface_name(std::uint32_t index) const {
  if (!interfaces_) return {};
  const auto found = std::ranges::find(interfaces_->interfaces(), index, &netns::Interface::index);
  return found == interfaces_->interfaces().end() ? std::string() : found->name;
}

// Subnets and BGP's routes as the speaker knows them, with their ages; all others as they are in the kernel.
std::vector<show::IpRoute> VtyServer::ip_routes(bool ipv6) const {
  using Source = show::IpRoute::Source;
  const auto wanted = [ipv6](const net::IpPrefix& prefix) { return net::is_ipv4(prefix) != ipv6; };
  std::vector<show::IpRoute> routes;
  for (const auto& [subnet, age] : speaker_.connected_views(speaker_.present()))
    if (wanted(subnet.prefix) && subnet.usable)
      routes.push_back({.prefix = subnet.prefix,
                        .source = Source::Connected,
                        .next_hop = std::nullopt,
                        .interface = subnet.interface,
                        .interface_name = interface_name(subnet.interface),
                        .age = age});
  for (const auto& route : speaker_.loc_routes(speaker_.present())) {
    if (!wanted(route.prefix) || !route.neighbor) continue;
    const auto neighbor = speaker_.neighbor_at(*route.neighbor);
    const bool internal = neighbor && config().neighbors[*neighbor].peer.session.internal();
    routes.push_back({.prefix = route.prefix,
                      .source = Source::Bgp,
                      .state = shown_state(route.kernel),
                      .distance = internal ? kInternalDistance : kExternalDistance,
                      .metric = route.attributes.med.value_or(0),
                      .next_hop = route.attributes.next_hop,
                      .interface = route.interface,
                      .interface_name = interface_name(route.interface),
                      .age = route.age});
  }
  const auto ours = ipv6 ? netns::kIpv6RouteMetric : netns::kRouteMetric;
  netns::RouteTable table;
  for (const auto& route : ipv6 ? table.dump_ipv6() : table.dump()) {
    if (route.protocol == RTPROT_BGP && route.metric == ours) continue;
    if (route.protocol == RTPROT_KERNEL || route.type != RTN_UNICAST) continue;
    routes.push_back(
        {.prefix = route.prefix,
         .source = Source::Kernel,
         .metric = route.metric,
         .next_hop = route.next_hop.is_unspecified() ? std::nullopt : std::optional(route.next_hop),
         .interface = route.interface,
         .interface_name = interface_name(route.interface),
         .age = std::nullopt});
  }
  return routes;
}

std::string VtyServer::change(const vty::ChangeCommand& command) {
  std::string said = std::visit([this](const auto& one) { return change(one); }, command);
  after_input_();
  return said;
}

std::string VtyServer::change(const vty::command::ClearNeighbors& command) {
  using enum vty::command::ClearNeighbors::How;
  std::vector<std::size_t> neighbors;
  for (std::size_t i = 0; i < config().neighbors.size(); ++i)
    if (!command.neighbor || config().neighbors[i].peer.address == *command.neighbor) neighbors.push_back(i);
  if (neighbors.empty() && command.neighbor)
    return fmt::format("% BGP: Unknown neighbor - \"{}\"\n", command.neighbor->to_string());
  for (const std::size_t neighbor : neighbors) {
    if (command.how == Hard) speaker_.clear(neighbor, speaker_.present());
    if (command.how == Soft || command.how == SoftIn) speaker_.request_refresh(neighbor, speaker_.present());
    if (command.how == Soft || command.how == SoftOut) speaker_.announce_again(neighbor, speaker_.present());
  }
  return {};
}

std::string VtyServer::change(const vty::command::SetNetwork& command) {
  const bool there = std::ranges::find(config().networks, command.prefix, &speaker::NetworkConfig::prefix) !=
                     config().networks.end();
  if (!command.announced && !there) return "% Can't find static route specified\n";
  if (command.announced == there) return {};
  if (command.announced)
    speaker_.announce(command.prefix, speaker_.present());
  else
    speaker_.withdraw(command.prefix, speaker_.present());
  return {};
}

std::string VtyServer::change(const vty::command::SetNeighborShutdown& command) {
  const auto neighbor = speaker_.neighbor_at(command.neighbor);
  if (!neighbor) return "% Specify remote-as or peer-group commands first\n";
  if (command.down)
    speaker_.shut_down(*neighbor, command.message, speaker_.present());
  else
    speaker_.enable(*neighbor, speaker_.present());
  return {};
}

}  // namespace app
