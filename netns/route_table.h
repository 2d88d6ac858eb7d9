// Our routes in a namespace's main table: `proto bgp`, metric 20, next hop and device. Knows no BGP.
#pragma once

#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "net/prefix.h"
#include "netns/netlink.h"

namespace netns {

// Metric 0 would make NLM_F_REPLACE overwrite the connected route, or an administrator's, on the same prefix.
inline constexpr std::uint32_t kRouteMetric = 20;

struct RouteChange {
  enum class Kind : std::uint8_t {
    Install,  // there is none of ours on this prefix; EEXIST if somebody else's is there at our metric
    Replace,  // there is one of ours: swap it without a gap
    Remove,   // names protocol, metric, next hop: never another's route. Gone already (ESRCH) is success.
  };
  Kind kind = Kind::Install;
  net::Ipv4Prefix prefix;
  net::Ipv4Address next_hop;
  std::uint32_t interface = 0;  // index
  friend bool operator==(const RouteChange&, const RouteChange&) = default;
};

struct InstalledRoute {
  net::Ipv4Prefix prefix;
  net::Ipv4Address next_hop;
  std::uint32_t interface = 0;
  std::uint8_t protocol = 0;
  std::uint32_t metric = 0;
  std::uint8_t type = 0;   // RTN_UNICAST, RTN_LOCAL, …
  bool link_down = false;  // RTNH_F_LINKDOWN or RTNH_F_DEAD
  friend auto operator<=>(const InstalledRoute&, const InstalledRoute&) = default;
};

// Lives in the namespace of the thread that made it.
class RouteTable {
 public:
  RouteTable() = default;

  // Applies the changes in order, batched. Return: one error_code a change. When it returns, the kernel has
  // done the work and acknowledged it.
  std::vector<std::error_code> apply(std::span<const RouteChange> changes);
  // The main table's IPv4 routes of every protocol.
  std::vector<InstalledRoute> dump();

 private:
  NetlinkSocket socket_;
  NetlinkBatch batch_;
};

}  // namespace netns
