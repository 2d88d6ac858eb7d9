#include "show/running_config.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace show {

namespace {

using std::chrono::seconds;

std::string_view role_word(bgp::Role role) {
  switch (role) {
    case bgp::Role::Provider: return "provider";
    case bgp::Role::RouteServer: return "rs-server";
    case bgp::Role::RouteServerClient: return "rs-client";
    case bgp::Role::Customer: return "customer";
    case bgp::Role::Peer: return "peer";
  }
  return "";
}

bool has_ipv6_network(const speaker::SpeakerConfig& config) {
  return std::ranges::any_of(config.networks,
                             [](const auto& network) { return !net::is_ipv4(network.prefix); });
}

void neighbor(std::string& out, const speaker::NeighborConfig& neighbor) {
  const auto to = std::back_inserter(out);
  const auto& session = neighbor.peer.session;
  const std::string who = fmt::format(" neighbor {}", neighbor.peer.address.to_string());
  fmt::format_to(to, "{} remote-as {}\n", who, session.peer_as);
  if (!neighbor.description.empty()) fmt::format_to(to, "{} description {}\n", who, neighbor.description);
  if (neighbor.shut_down)
    fmt::format_to(to, "{} shutdown{}{}\n", who, neighbor.shutdown_message.empty() ? "" : " message ",
                   neighbor.shutdown_message);
  if (session.capabilities.role)
    fmt::format_to(to, "{} local-role {}\n", who, role_word(*session.capabilities.role));
  if (neighbor.peer.passive) fmt::format_to(to, "{} passive\n", who);
  fmt::format_to(to, "{} advertisement-interval {}\n", who,
                 std::chrono::ceil<seconds>(neighbor.mrai.interval).count());
  fmt::format_to(to, "{} timers {} {}\n", who, (session.fsm.hold_time / 3).count(),
                 session.fsm.hold_time.count());
  fmt::format_to(to, "{} timers connect {}\n", who,
                 std::chrono::ceil<seconds>(session.fsm.connect_retry).count());
}

void family(std::string& out, const speaker::SpeakerConfig& config, bool ipv6) {
  const auto to = std::back_inserter(out);
  std::string lines;
  auto networks = config.networks;
  std::ranges::sort(networks, {}, &speaker::NetworkConfig::prefix);
  for (const auto& network : networks)
    if (net::is_ipv4(network.prefix) != ipv6)
      lines += fmt::format("  network {}\n", net::to_string(network.prefix));
  for (const auto& neighbor : config.neighbors) {
    const auto& capabilities = neighbor.peer.session.capabilities;
    const bool active = ipv6 ? capabilities.ipv6_unicast : capabilities.ipv4_unicast;
    const std::string who = fmt::format("neighbor {}", neighbor.peer.address.to_string());
    if (active == ipv6) lines += fmt::format("  {}{} activate\n", ipv6 ? "" : "no ", who);
    if (!active) continue;
    lines += fmt::format("  {} soft-reconfiguration inbound\n", who);  // the Adj-RIB-In is always kept
    if (neighbor.next_hop_self) lines += fmt::format("  {} next-hop-self\n", who);
    if (neighbor.max_prefixes) lines += fmt::format("  {} maximum-prefix {}\n", who, *neighbor.max_prefixes);
  }
  if (!lines.empty())
    fmt::format_to(to, " !\n address-family {} unicast\n{} exit-address-family\n", ipv6 ? "ipv6" : "ipv4",
                   lines);
}

}  // namespace

std::string running_config(const speaker::SpeakerConfig& config, std::string_view version) {
  std::string out = fmt::format(
      "\nCurrent configuration:\n!\n! chainrouter {}\n!\nhostname {}\n!\nrouter bgp {}\n bgp router-id {}\n",
      version, config.name, config.as, config.router_id.to_string());
  // FRR's defaults are RFC 8212's, and that a network must be there to be announced.
  const bool policies = std::ranges::any_of(config.neighbors, &speaker::NeighborConfig::deny_export);
  if (!policies) out += " no bgp ebgp-requires-policy\n";
  if (std::ranges::any_of(config.networks, &speaker::NetworkConfig::unconditional))
    out += " no bgp network import-check\n";
  for (const auto& one : config.neighbors) neighbor(out, one);
  family(out, config, false);
  if (has_ipv6_network(config) || std::ranges::any_of(config.neighbors, [](const auto& one) {
        return one.peer.session.capabilities.ipv6_unicast;
      }))
    family(out, config, true);
  return out + "exit\n!\nend\n";
}

}  // namespace show
