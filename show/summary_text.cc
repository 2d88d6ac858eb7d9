#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "show/text.h"

namespace show {

std::string summary_text(const speaker::RouterView& router) {
  std::string out = "\nIPv4 Unicast Summary (VRF default):\n";
  if (router.peers.empty()) return out + "% No BGP neighbors found in VRF default\n";
  const auto to = std::back_inserter(out);
  // Behind what FRR says, and only where there is one.
  const std::string limit =
      router.memory_limit ? fmt::format(" ({} allowed)", memory(*router.memory_limit)) : "";
  fmt::format_to(to,
                 "BGP router identifier {}, local AS number {} vrf-id 0\n"
                 "BGP table version {}\n"
                 "RIB entries {}, using {} of memory{}\n"
                 "Peers {}, using {} of memory\n\n",
                 router.router_id.to_string(), router.as, router.table_version, router.rib_entries,
                 memory(router.rib_bytes), limit, router.peers.size(), memory(router.peer_bytes));

  std::size_t width = 16;
  for (const auto& peer : router.peers) width = std::max(width, peer.address.to_string().size() + 1);
  fmt::format_to(
      to, "{:<{}}V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc\n",
      "Neighbor", width);
  for (const auto& peer : router.peers) {
    // FRR counts table versions by update group and shows 0 for the single neighbor; so do we, who have none.
    fmt::format_to(to, "{:<{}}4 {:>10} {:>9} {:>9} {:>8} {:>4} {:>4} {:>8}", peer.address.to_string(), width,
                   peer.remote_as, peer.received.total(), peer.sent.total(), 0, peer.in_queue, peer.out_queue,
                   uptime(in_state_for(peer)));
    const bool up = peer.state == bgp::State::Established && !peer.admin_down;
    fmt::format_to(to, " {:>12} {:>8} N/A\n", up ? std::to_string(peer.prefixes_received) : state_word(peer),
                   peer.prefixes_sent);
  }
  fmt::format_to(to, "\nTotal number of neighbors {}\n", router.peers.size());
  return out;
}

}  // namespace show
