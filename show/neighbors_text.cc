#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "show/capabilities.h"
#include "show/text.h"

namespace show {

namespace {

using std::chrono::seconds;

std::string sides(bool advertised, bool received, std::string_view how = "") {
  if (!received) return advertised ? "advertised" : "";
  return fmt::format("{}received{}", advertised ? "advertised and " : "", how);
}

void capabilities(std::string& out, const speaker::PeerView& peer) {
  if (peer.state != bgp::State::Established) return;
  const auto to = std::back_inserter(out);
  out += "  Neighbor capabilities:\n";
  std::string graceful_restart;
  for (const auto& row : capability_rows(peer)) {
    // Graceful restart stands last, after what is not a plain row.
    if (row.json == "gracefulRestart") {
      graceful_restart = sides(row.advertised, row.received);
      continue;
    }
    // RFC 2918's code is FRR's "new" one; the old one is Cisco's of before the RFC.
    fmt::format_to(to, "    {}: {}\n", row.text,
                   sides(row.advertised, row.received, row.json == "routeRefresh" ? "(new)" : ""));
  }
  if (const auto offer = ipv4_unicast_offer(peer); offer.advertised || offer.received)
    fmt::format_to(to, "    Address Family IPv4 Unicast: {}\n", sides(offer.advertised, offer.received));
  const auto host = hostname_offer(peer);
  const auto name = [](std::string_view side, const std::string& hostname) {
    return hostname.empty() ? fmt::format(" not {}", side)
                            : fmt::format(" {} (name: {},domain name: n/a)", side, hostname);
  };
  fmt::format_to(to, "    Hostname Capability:{}{}\n", name("advertised", host.advertised),
                 name("received", host.received));
  if (!graceful_restart.empty())
    fmt::format_to(to, "    Graceful Restart Capability: {}\n", graceful_restart);
  if (peer.end_of_rib_sent || peer.end_of_rib_received) out += "  Graceful restart information:\n";
  if (peer.end_of_rib_sent) out += "    End-of-RIB send: IPv4 Unicast\n";
  if (peer.end_of_rib_received) out += "    End-of-RIB received: IPv4 Unicast\n";
}

void statistics(std::string& out, const speaker::PeerView& peer) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "  Message statistics:\n    Inq depth is {}\n    Outq depth is {}\n", peer.in_queue,
                 peer.out_queue);
  out += "                         Sent       Rcvd\n";
  const auto row = [&](std::string_view what, std::uint64_t sent, std::uint64_t received) {
    fmt::format_to(to, "    {:<14} {:>10} {:>10}\n", what, sent, received);
  };
  row("Opens:", peer.sent.opens, peer.received.opens);
  row("Notifications:", peer.sent.notifications, peer.received.notifications);
  row("Updates:", peer.sent.updates, peer.received.updates);
  row("Keepalives:", peer.sent.keepalives, peer.received.keepalives);
  row("Route Refresh:", peer.sent.route_refreshes, peer.received.route_refreshes);
  row("Capability:", 0, 0);
  row("Total:", peer.sent.total(), peer.received.total());
}

void neighbor(std::string& out, const speaker::PeerView& peer) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "BGP neighbor is {}, remote AS {}, local AS {}, {} link\n", peer.address.to_string(),
                 peer.remote_as, peer.local_as, peer.internal ? "internal" : "external");
  if (!peer.hostname.empty()) fmt::format_to(to, "Hostname: {}\n", peer.hostname);
  if (peer.admin_down) out += " Administratively shut down\n";
  fmt::format_to(to, "  BGP version 4, remote router ID {}, local router ID {}\n", peer.remote_id.to_string(),
                 peer.local_id.to_string());
  fmt::format_to(to, "  BGP state = {}", bgp::to_string(peer.state));
  if (peer.state == bgp::State::Established) fmt::format_to(to, ", up for {:>8}", uptime(peer.up_for));
  fmt::format_to(to,
                 "\n  Last read {}, Last write {}\n"
                 "  Hold time is {} seconds, keepalive interval is {} seconds\n"
                 "  Configured hold time is {} seconds, keepalive interval is {} seconds\n",
                 uptime(peer.last_read), uptime(peer.last_write), peer.hold_time.count(),
                 peer.keepalive.count(), peer.configured_hold_time.count(),
                 peer.configured_keepalive.count());
  capabilities(out, peer);
  statistics(out, peer);
  fmt::format_to(to, "  Minimum time between advertisement runs is {} seconds\n",
                 std::chrono::ceil<seconds>(peer.min_route_advertisement_interval).count());

  out += "\n For address family: IPv4 Unicast\n";
  if (!peer.internal) out += "  NEXT_HOP is always this router\n";
  fmt::format_to(to, "  Community attribute sent to this neighbor(all)\n  {} accepted prefixes\n\n",
                 peer.prefixes_received);

  fmt::format_to(to, "  Connections established {}; dropped {}\n", peer.connections_established,
                 peer.connections_dropped);
  if (peer.last_reset.empty())
    out += "  Last reset never\n";
  else
    fmt::format_to(to, "  Last reset {},  {}\n", uptime(peer.down_for), peer.last_reset);
  if (peer.local_port && peer.remote_port)
    fmt::format_to(
        to, "Local host: {0}, Local port: {1}\nForeign host: {2}, Foreign port: {3}\nNexthop: {0}\n",
        peer.local_address.to_string(), *peer.local_port, peer.address.to_string(), *peer.remote_port);
  fmt::format_to(to, "BGP Connect Retry Timer in Seconds: {}\n\n",
                 std::chrono::ceil<seconds>(peer.connect_retry).count());
}

}  // namespace

std::string neighbors_text(const speaker::RouterView& router) {
  std::string out;
  for (const auto& peer : router.peers) neighbor(out, peer);
  return out + '\n';
}

std::string neighbor_text(const speaker::RouterView& router, const net::IpAddress& address) {
  const auto peer = std::ranges::find(router.peers, address, &speaker::PeerView::address);
  std::string out;
  if (peer == router.peers.end())
    out = "% No such neighbor in this view/vrf\n";
  else
    neighbor(out, *peer);
  return out + '\n';
}

}  // namespace show
