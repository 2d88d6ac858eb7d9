// Text byte for byte as FRR prints it for the same routers; what FRR prints of things that we do not have is
// listed here and taken out of its text first.
#include "show/text.h"

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "tests/show/views.h"

using namespace views;

namespace {

// Versions depend on the order in which routes came.
std::string without_versions(const std::string& text) {
  return std::regex_replace(text, std::regex(R"((table entry for .*, version )\d+)"), "$1N");
}

std::string without_times(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\b\d\d:\d\d:\d\d\b)"), "HH:MM:SS");
}

// Lines of `show ip bgp neighbors` that we leave out: roles (RFC 9234), conditional advertisement, add-path,
// graceful restart but for its capability and End-of-RIB, update groups, IPv6 next hops, hops limits,
// threads.
std::string neighbors_that_we_have(const std::string& frr_text) {
  static const std::regex kLeftOut(
      "  (Local|Remote) Role: .*|  Configured conditional .*|    AddPath:|      IPv4 Unicast: RX .*"
      "|    Long-lived .*|      Address families by peer:"
      "|      Remote Restart timer .*|        none|    (Local|Remote) GR Mode.*|    [RN] bit: .*|    Timers:"
      "|      (Configured|Received) Restart Time.*|    IPv4 Unicast:|      F bit.*|      End-of-RIB .*"
      "|      Timers:|        Configured Stale .*|  Update (group|source) .*|  Not part of any update group"
      "|  Packet Queue .*|  (External|Internal) BGP neighbor may be .*|Nexthop (global|local): .*"
      "|BGP connection: .*|Estimated round .*|Read thread.*|Next connect timer .*");
  std::istringstream in(frr_text);
  std::string out;
  for (std::string line; std::getline(in, line);)
    if (!std::regex_match(line, kLeftOut)) out += line + '\n';
  // Ours is RFC 2918's capability only.
  out = std::regex_replace(out, std::regex("old & new"), "new");
  // FRR heads its graceful restart block also when there is nothing of ours under it.
  return std::regex_replace(out, std::regex("  Graceful restart information:\n  Message"), "  Message");
}

// A neighbor without a NEXT_HOP line: FRR prints it where `next-hop-self` is configured, we for every eBGP
// neighbor.
std::string without_next_hop_self(const std::string& text) {
  return std::regex_replace(text, std::regex("  NEXT_HOP is always this router\n"), "");
}

speaker::RouterView router_50() {
  auto router = chain_router(50);
  auto &left = router.peers[0], &right = router.peers[1];
  left.sent = left.received = {2, 0, 102, 3, 0};
  right.sent = right.received = {1, 0, 102, 2, 0};
  left.up_for = seconds{118};
  right.up_for = seconds{119};
  left.connections_established = 2;
  left.connections_dropped = 1;
  return router;
}

}  // namespace

TEST_CASE("show ip bgp summary is FRR's, octet for octet") {
  CHECK(show::summary_text(router_50()) == frr("ROUTER_50.show-ip-bgp-summary.txt"));

  auto router_0 = chain_router(0);
  router_0.peers[0].received = {1, 0, 102, 1, 0};
  router_0.peers[0].sent = {1, 0, 103, 1, 0};
  router_0.peers[0].up_for = seconds{43};
  CHECK(show::summary_text(router_0) == frr("ROUTER_0.show-ip-bgp-summary.txt"));

  CHECK(show::summary_text(router_a()) == frr("ROUTER_A.show-ip-bgp-summary.txt"));
}

TEST_CASE("summary: a neighbor that was up shows since when it is down, a long address moves the columns") {
  auto router = chain_router(50);
  router.peers.resize(1);
  auto& peer = router.peers[0];
  peer.address = *net::IpAddress::parse("2001:db8:1111:2222::1");
  peer.state = bgp::State::OpenConfirm;
  peer.up_for.reset();
  peer.down_for = std::chrono::hours{26};
  peer.in_queue = 12;
  peer.out_queue = 34;
  const auto text = show::summary_text(router);
  CHECK(text.find("Neighbor              V         AS") != std::string::npos);
  CHECK(text.find("2001:db8:1111:2222::1 4       1049         0         0        0   12   34 1d02h00m  "
                  "OpenConfirm      103 N/A\n") != std::string::npos);
}

TEST_CASE("summary of a router without neighbors") {
  auto router = chain_router(0);
  router.peers.clear();
  CHECK(show::summary_text(router) ==
        "\nIPv4 Unicast Summary (VRF default):\n% No BGP neighbors found in VRF default\n");
}

TEST_CASE("show ip bgp is FRR's, octet for octet") {
  CHECK(show::routes_text(chain_router(50), chain_routes(50)) == frr("ROUTER_50.show-ip-bgp.txt"));
  CHECK(show::routes_text(chain_router(0), chain_routes(0)) == frr("ROUTER_0.show-ip-bgp.txt"));
  CHECK(show::routes_text(router_a(), routes_a()) == frr("ROUTER_A.show-ip-bgp.txt"));
  CHECK(show::routes_text(chain_router(0), {}) == "No BGP prefixes displayed, 0 exist\n");
}

TEST_CASE("show ip bgp: a prefix that fills its column, a path that may not be used, a refusing kernel") {
  auto route = find(routes_a(), "198.51.100.0/24");
  route.prefix = *net::Ipv4Prefix::parse("192.168.100.10/32");
  route.kernel = rib::KernelState::Failed;
  route.kernel_errno = ENETUNREACH;
  route.paths[0].valid = false;
  const auto text = show::routes_text(router_a(), {route});
  CHECK(text.find("\n   192.168.100.10/32\n                    10.99.0.2                5             0 101 "
                  "65001 65002 ?\nr>i                 10.99.0.3                0    100      0 i\n") !=
        std::string::npos);
}

TEST_CASE("show ip bgp A.B.C.D/M is FRR's, octet for octet") {
  const auto now = clock_at(1795492100);
  const auto a = routes_a();
  const auto check = [&](const std::string& prefix, const std::string& file) {
    INFO(file);
    CHECK(show::route_text(router_a(), &find(a, prefix), now) == frr(file));
  };
  check("192.0.2.0/24", "ROUTER_A.show-ip-bgp-192-0-2-0-24.txt");
  check("198.51.100.0/24", "ROUTER_A.show-ip-bgp-198-51-100-0-24.txt");
  check("203.0.113.64/26", "ROUTER_A.show-ip-bgp-203-0-113-65.txt");
  check("10.0.0.0/8", "ROUTER_A.show-ip-bgp-10-0-0-0-8.txt");

  // 1795487148 is when both came to ROUTER_50, 1795487143 when 172.31.7.0/24 came to ROUTER_0.
  const auto of_50 = chain_routes(50), of_0 = chain_routes(0);
  CHECK(show::route_text(chain_router(50), &find(of_50, "0.0.0.0/0"), clock_at(1795487148)) ==
        frr("ROUTER_50.show-ip-bgp-0-0-0-0-0.txt"));
  CHECK(without_versions(
            show::route_text(chain_router(50), &find(of_50, "172.31.7.0/24"), clock_at(1795487148))) ==
        without_versions(frr("ROUTER_50.show-ip-bgp-172-31-7-0-24.txt")));
  CHECK(without_versions(
            show::route_text(chain_router(0), &find(of_0, "172.31.7.0/24"), clock_at(1795487143))) ==
        without_versions(frr("ROUTER_0.show-ip-bgp-172-31-7-0-24.txt")));
  CHECK(show::route_text(chain_router(50), nullptr, now) == frr("ROUTER_50.show-ip-bgp-203-0-113-0-24.txt"));
}

TEST_CASE("show ip bgp A.B.C.D/M: all that a path may carry, and what the kernel said") {
  auto route = find(routes_a(), "192.0.2.0/24");
  auto& path = route.paths[0];
  path.attributes.extended_communities = {{0, 2, 0, 100, 0, 0, 0, 1},
                                          {1, 3, 10, 0, 0, 9, 0, 7},
                                          {2, 2, 0, 1, 0, 0, 0, 5},
                                          {0x43, 9, 0, 0, 0, 0, 0, 1}};
  path.attributes.originator_id = net::Ipv4Address::of(1, 1, 1, 1);
  path.attributes.cluster_list = {net::Ipv4Address::of(2, 2, 2, 2), net::Ipv4Address::of(3, 3, 3, 3)};
  path.attributes.only_to_customer = 65000;
  path.valid = false;
  route.paths[1].best = false;
  route.advertised_to.clear();
  const auto text = show::route_text(router_a(), &route, clock_at(1795492100));
  CHECK(
      text.starts_with("BGP routing table entry for 192.0.2.0/24, version 1\n"
                       "Paths: (2 available, no best path)\n  Not advertised to any peer\n"));
  CHECK(text.find("    10.99.0.2 (inaccessible) from 10.99.0.2 (10.0.0.2)\n"
                  "      Origin incomplete, metric 5, external, otc 65000\n"
                  "      Community: 101:1 no-export\n"
                  "      Extended Community: RT:100:1 SoO:10.0.0.9:7 RT:65536:5 UNK:0x4309000000000001\n"
                  "      Large Community: 101:2:3\n"
                  "      Originator: 1.1.1.1, Cluster list: 2.2.2.2 3.3.3.3 \n"
                  "      Last update: ") != std::string::npos);

  route = find(routes_a(), "198.51.100.0/24");
  route.kernel = rib::KernelState::Failed;
  route.kernel_errno = EEXIST;
  CHECK(show::route_text(router_a(), &route, clock_at(0))
            .find("      Not in the kernel's table: the kernel refused it: File exists\n") !=
        std::string::npos);
  route.kernel = rib::KernelState::Pending;
  CHECK(show::route_text(router_a(), &route, clock_at(0)).find("waiting for the kernel") !=
        std::string::npos);
  route.kernel = rib::KernelState::Installed;
  CHECK(show::route_text(router_a(), &route, clock_at(0)).find("kernel") == std::string::npos);
}

TEST_CASE("show ip bgp neighbors is FRR's but for what we do not have") {
  auto router = router_50();
  auto &left = router.peers[0], &right = router.peers[1];
  left.sent.keepalives = left.received.keepalives = 4;
  right.sent.keepalives = right.received.keepalives = 3;
  left.up_for = seconds{154};
  right.up_for = seconds{155};
  left.last_read = left.last_write = seconds{34};
  right.last_read = right.last_write = seconds{35};
  left.down_for = seconds{155};
  left.last_reset = "Peer closed the session";
  right.down_for = seconds{157};
  right.last_reset = "Waiting for peer OPEN";
  left.local_port = 39486;
  right.local_port = 58542;
  left.remote_port = right.remote_port = 179;
  CHECK(show::neighbors_text(router) == neighbors_that_we_have(frr("ROUTER_50.show-ip-bgp-neighbors.txt")));

  auto a = router_a();
  for (auto& peer : a.peers)
    if (peer.last_reset.starts_with("No AFI")) peer.down_for = seconds{22};
  a.peers[0].last_write = a.peers[1].last_write = seconds{19};
  a.peers[0].local_port = 38621;
  a.peers[0].remote_port = a.peers[1].local_port = 179;
  a.peers[1].remote_port = 38267;
  CHECK(without_times(without_next_hop_self(show::neighbors_text(a))) ==
        without_times(neighbors_that_we_have(frr("ROUTER_A.show-ip-bgp-neighbors.txt"))));
}

TEST_CASE("neighbors: one, none, one that never was up, one with other capabilities") {
  auto router = router_50();
  const auto all = show::neighbors_text(router);
  const auto right = show::neighbor_text(router, router.peers[1].address);
  CHECK(right.starts_with("BGP neighbor is 172.31.51.1, remote AS 1051, local AS 1050, external link\n"));
  CHECK(all.ends_with(right));
  CHECK(show::neighbor_text(router, *net::IpAddress::parse("10.99.0.9")) ==
        frr("ROUTER_A.show-ip-bgp-neighbors-10-99-0-9.txt"));

  auto& peer = router.peers[0];
  CHECK(all.find("  Last reset never\n") != std::string::npos);
  peer.open_received->capabilities = {
      {static_cast<std::uint8_t>(bgp::CapabilityCode::GracefulRestart), {0, 120}},
      {static_cast<std::uint8_t>(bgp::CapabilityCode::EnhancedRouteRefresh), {}}};
  peer.min_route_advertisement_interval = milliseconds{2500};
  const auto text = show::neighbor_text(router, peer.address);
  CHECK(text.find("  Neighbor capabilities:\n"
                  "    4 Byte AS: advertised\n"
                  "    Extended Message: advertised\n"
                  "    Route refresh: advertised\n"
                  "    Enhanced Route Refresh: advertised and received\n"
                  "    Address Family IPv4 Unicast: advertised\n"
                  "    Hostname Capability: advertised (name: ROUTER_50,domain name: n/a) not received\n"
                  "    Graceful Restart Capability: advertised and received\n") != std::string::npos);
  CHECK(text.find("between advertisement runs is 3 seconds\n") != std::string::npos);
}

TEST_CASE("show version is our own") {
  CHECK(show::version_text("ROUTER_50", "1.2.3").starts_with("chainrouter 1.2.3 (ROUTER_50).\n"));
}
