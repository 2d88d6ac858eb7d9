// Our routes in a namespace's main tables of IPv4 and IPv6: `proto bgp`, metric, next hop and device. Knows
// no BGP.
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
// IPv6's connected routes have metric 256, an administrator's 1024: with less, a route on the prefix of a
// shared subnet would draw the traffic among its own hosts to the next hop.
inline constexpr std::uint32_t kIpv6RouteMetric = 1024 + kRouteMetric;

struct RouteChange {
  enum class Kind : std::uint8_t {
    Install,  // there is none of ours on this prefix; EEXIST if somebody else's is there at our metric
    Replace,  // there is one of ours: swap it without a gap
    Remove,   // names protocol, metric, next hop: never another's route. Gone already (ESRCH) is success.
  };
  Kind kind = Kind::Install;
  net::IpPrefix prefix;
  net::IpAddress next_hop;      // of the prefix's family
  std::uint32_t interface = 0;  // index
  friend bool operator==(const RouteChange&, const RouteChange&) = default;
};

struct InstalledRoute {
  net::IpPrefix prefix;
  net::IpAddress next_hop;  // 0.0.0.0 or ::, where there is none
  std::uint32_t interface = 0;
  std::uint8_t protocol = 0;
  std::uint32_t metric = 0;
  std::uint8_t type = 0;   // RTN_UNICAST, RTN_LOCAL, …
  bool link_down = false;  // RTNH_F_LINKDOWN or RTNH_F_DEAD
  friend auto operator<=>(const InstalledRoute&, const InstalledRoute&) = default;
};

// The port of every RouteTable's socket, so that its changes can be told from others' (the second one of a
// namespace gets another port, and is taken for somebody else).
inline constexpr std::uint32_t kRoutePort = 0x42475034;  // "BGP4"

// The multicast groups (RTMGRP_*) in which routes are told of.
std::uint32_t route_groups();

// Do these messages tell of a nexthop object that another process than the one with this port made, changed
// or removed?
bool others_changed_nexthops(std::span<const std::uint8_t> messages, std::uint32_t port);

// A route of the main table that came, or went (also: was replaced).
struct RouteNotice {
  InstalledRoute route;
  bool removed = false;
  std::uint32_t port = 0;  // of who asked for it: mostly its process number; 0: the kernel itself
};
// What messages tell of routes.
std::vector<RouteNotice> route_notices(std::span<const std::uint8_t> messages);

// How IPv4 routes name their next hop (ADR 21). As an object of the kernel's an install takes a quarter less
// time; but the objects' numbers, from kFirstNexthop up, must be ours alone in the namespace.
enum class Nexthops : std::uint8_t { InEachRoute, Objects };
inline constexpr std::uint32_t kFirstNexthop = 17'900;

// Lives in the namespace of the thread that made it.
class RouteTable {
 public:
  explicit RouteTable(Nexthops nexthops = Nexthops::InEachRoute)
      : socket_(0, kRoutePort), nexthops_(nexthops) {}
  std::uint32_t port() const { return socket_.port(); }
  // For other questions to the same namespace's kernel, where no descriptor may be left for one more socket.
  NetlinkSocket& socket() { return socket_; }

  // Applies the changes in order, batched. Return: one error_code a change. When it returns, the kernel has
  // done the work and acknowledged it.
  std::vector<std::error_code> apply(std::span<const RouteChange> changes);
  std::error_code apply_one(const RouteChange& change);
  // The main table's routes of every protocol, of one family.
  std::vector<InstalledRoute> dump() { return dump_family(false); }
  std::vector<InstalledRoute> dump_ipv6() { return dump_family(true); }
  // Somebody else changed nexthop objects: ours are made anew before they are named again.
  void forget_nexthops();
  // Removes what has our protocol and metric, of both families: a killed predecessor's.
  void remove_ours();

 private:
  struct Nexthop {
    net::Ipv4Address gateway;
    std::uint32_t interface = 0;
    bool there = false;  // as far as we know: the kernel takes it away with its device
  };

  std::vector<std::error_code> attempt(std::span<const RouteChange> changes);
  void try_again(std::span<const RouteChange> changes, std::vector<std::error_code>& results);
  void add_request(const RouteChange& change);
  void add_nexthop(const Nexthop& nexthop, std::uint32_t number);
  std::size_t place_of_nexthop(const RouteChange& change);
  std::vector<InstalledRoute> dump_family(bool ipv6);

  NetlinkSocket socket_;
  NetlinkBatch batch_;
  Nexthops nexthops_;
  std::vector<Nexthop> objects_;  // the first has the number kFirstNexthop
  struct Making {
    std::size_t request, place;
  };
  std::vector<Making> making_;  // which requests of the batch make which of objects_
};

}  // namespace netns
