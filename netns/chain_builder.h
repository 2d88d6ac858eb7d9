// Builds a chain of namespaces joined by veth pairs, in batches, without ever touching the caller's own
// namespace. Both ends of a link are born in place, with interface index 2 towards the left neighbour and 3
// towards the right: with equal indices the far end would learn of a lost carrier half a second late.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "net/prefix.h"
#include "netns/namespace.h"

namespace netns {

inline constexpr std::uint32_t kLeftInterfaceIndex = 2;
inline constexpr std::uint32_t kRightInterfaceIndex = 3;
inline constexpr const char* kLeftInterfaceName = "left";
inline constexpr const char* kRightInterfaceName = "right";

using MacAddress = std::array<std::uint8_t, 6>;

// One end of a link: its address, and the other end's for the permanent neighbour entry.
struct LinkEnd {
  net::Ipv4Address address;
  unsigned prefix_length = 24;
  net::Ipv4Address neighbor;
  friend bool operator==(const LinkEnd&, const LinkEnd&) = default;
};

struct LoopbackAddress {
  net::Ipv4Address address;
  unsigned prefix_length = 32;
};

struct NodePlan {
  bool has_left = false, has_right = false;  // a link to the node before, after
  LinkEnd left, right;
  std::vector<LoopbackAddress> loopback;  // beside 127.0.0.1/8
  bool answer_any = false;                // a `local` route for 0.0.0.0/0 on lo
};

// A MAC address that says where it belongs: locally administered, then the node's number and the side.
MacAddress mac_address(std::uint32_t node, bool left_side);

enum class BuildPhase { Namespaces, Links };
// Called from a building thread after each namespace or link, by one at a time; return false to stop
// building.
using BuildProgress = std::function<bool(BuildPhase, std::size_t done, std::size_t total)>;

// Building is in two parts, between which the namespaces can be entered and sockets opened in them. Each
// works on threads of its own and throws std::system_error whose text names the step and the node.

// The namespaces in order, with their settings; empty: stopped.
std::vector<Namespace> make_namespaces(const std::vector<NodePlan>& plan, const BuildProgress& progress);
// Links, addresses, routes. False: stopped. What has been made goes with the namespaces.
bool connect_chain(const std::vector<NodePlan>& plan, std::span<const Namespace> namespaces,
                   const BuildProgress& progress);
// Both; empty: stopped. Then, and when it throws, nothing remains.
std::vector<Namespace> build_chain(const std::vector<NodePlan>& plan, const BuildProgress& progress);

// Sets again what the kernel forgets when the link was set down: the permanent neighbour entry. Call inside
// the node's namespace. An error: the link is down again, or gone (what is known of it is always a little
// old).
std::error_code restore_neighbor(std::uint32_t interface, net::Ipv4Address neighbor, const MacAddress& mac);

}  // namespace netns
