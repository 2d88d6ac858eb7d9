// Where packets would go, by the forwarding tables of all routers at one instant: followed hop by hop with
// the longest matching prefix, as the kernel does. Names what is wrong: loops, and routers where packets die
// though others send them there. Pure: the tables are handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/prefix.h"

namespace show {

struct ForwardingRoute {
  net::IpPrefix prefix;
  std::optional<net::IpAddress> next_hop;  // nothing: the subnet is here
  std::uint32_t metric = 0;
  bool usable = true;  // a unicast route whose link is up
};

struct ForwardingRouter {
  struct Subnet {
    net::IpPrefix prefix;
    net::IpAddress address;  // the router's own in it
    bool usable = true;
  };
  std::string name;
  std::vector<Subnet> subnets;
  std::vector<net::IpPrefix> origins;  // what it originates: packets for it have arrived
  std::vector<ForwardingRoute> routes;
};

struct ForwardingFault {
  enum class Kind : std::uint8_t { Loop, BlackHole };
  Kind kind = Kind::Loop;
  net::IpPrefix prefix;  // packets for it, followed by one address in it
  net::IpAddress address;
  std::vector<std::uint32_t> routers;  // of a loop, in the order of its packets; of a black hole, where it is
  std::size_t from = 0;                // of how many routers the packets go wrong there
  friend bool operator==(const ForwardingFault&, const ForwardingFault&) = default;
};

// For every prefix that a router has a route to or originates. `target`: the address that is followed of the
// default route; of others it is the first host's. Ascending by prefix; a fault's routers are indices.
std::vector<ForwardingFault> forwarding_faults(std::span<const ForwardingRouter> routers,
                                               net::Ipv4Address target);

// "loop: ROUTER_3 -> ROUTER_4 -> ROUTER_3 for 203.0.113.1 …", without an end of line.
std::string to_sentence(const ForwardingFault& fault, std::span<const ForwardingRouter> routers);

}  // namespace show
