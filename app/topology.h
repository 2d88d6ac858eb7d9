// The network as pure values: who is where, with which addresses and AS numbers. Makes nothing real.
//
// The plan of a chain of N links, routers ROUTER_0 … ROUTER_N:
//   link i joins ROUTER_(i-1), which holds .2, and ROUTER_i, which holds .1, in subnet(i);
//   subnet(i) is 172.31.i.0/24 up to 255, then 10.x.y.0/24 with x·256 + y = i - 256: 65,791 links in all;
//   subnet(0) and subnet(N+1) are stubs on the loopbacks of the two ends;
//   ROUTER_0 is AS 100, ROUTER_i the number written "10" and then i.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/tcp_options.h"
#include "net/prefix.h"
#include "netns/chain_builder.h"
#include "netns/route_table.h"
#include "speaker/quiescence.h"
#include "speaker/speaker.h"

namespace app {

inline constexpr std::uint32_t kMaxHops = 65'790;
// IP's TTL has 8 bits: N hops cross N-1 routers, and 254 is the most that a packet survives.
inline constexpr std::uint32_t kMaxHopsForPackets = 255;

// Enough for what the 101 routers of a hundred hops do until they have converged (docs/adr/0016).
inline constexpr std::size_t kEventsKept = 512;
inline constexpr std::size_t kMostEvents = 1024 * 1024;

struct ChainOptions {
  std::uint32_t hops = 100;
  std::string name_prefix = "ROUTER_";
  net::Ipv4Address target = net::Ipv4Address::of(198, 51, 100, 1);
  bool answer_any = false;  // ROUTER_0 answers for every address
  bool rfc_timers = false;  // RFC 4271's timers instead of the lab's
  speaker::MraiConfig mrai;
  std::string md5_key, ao_key;               // of all sessions; empty: none
  std::optional<std::size_t> router_memory;  // octets that the routes of each may take
  std::uint64_t seed = 1;
  netns::Nexthops nexthops = netns::Nexthops::Objects;
  std::size_t events = kEventsKept;  // of each router; 0: none
  // Routers, by number, ascending, whose place in the chain is left to a BGP speaker that is not ours.
  std::vector<std::uint32_t> foreign;
};

net::Ipv4Prefix subnet(std::uint32_t link);
std::uint32_t as_number(std::uint32_t router);
net::Ipv4Address router_id(std::uint32_t router);

struct RouterPlan {
  std::string name;
  netns::NodePlan node;
  speaker::SpeakerConfig speaker;
  TcpOptions tcp;
  std::size_t events = 0;  // that are kept; 0: none
  // Objects only where the namespace is ours: their numbers must be.
  netns::Nexthops nexthops = netns::Nexthops::InEachRoute;
  bool outlived_by_namespace = false;  // so our routes have to be removed at the end
  bool routes_were_left = false;       // a predecessor was killed there
  // It is told of its interfaces by Router::hear(); otherwise it listens itself.
  bool hears_from_lab = false;
  // Index of the peer towards the left and right neighbour in speaker.neighbors; -1: none there.
  int left_peer = -1, right_peer = -1;
  // It gets its namespace, links and addresses, and no speaker: somebody else's is started there by hand.
  bool foreign = false;
  std::vector<std::uint32_t> foreign_peers;  // indices of the neighbours that are foreign
};

std::vector<RouterPlan> chain(const ChainOptions& options);

// The sessions whose both ends are ours; a router is named by its place among those that are not foreign.
std::vector<speaker::SessionEnds> own_sessions(const std::vector<RouterPlan>& chain);

// Which router of the plan holds an address, if one does.
std::string owner_of(net::Ipv4Address address, const ChainOptions& options);

// A sentence that says what is wrong with the options, or an empty string.
std::string check(const ChainOptions& options);

// A table of routers, AS numbers and addresses for `--plan`.
std::string plan_table(const ChainOptions& options);
std::string plan_json(const ChainOptions& options);
std::string plan_csv(const ChainOptions& options);

}  // namespace app
