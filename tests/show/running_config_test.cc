#include "show/running_config.h"

#include <catch2/catch.hpp>

#include "tests/show/views.h"

using namespace std::chrono_literals;

namespace {

speaker::SpeakerConfig router_50() {
  speaker::SpeakerConfig config;
  config.name = "ROUTER_50";
  config.as = 1050;
  config.router_id = *net::Ipv4Address::parse("172.31.50.1");
  speaker::NeighborConfig neighbor;
  neighbor.peer.address = *net::Ipv4Address::parse("172.31.50.2");
  neighbor.peer.session.local_as = 1050;
  neighbor.peer.session.peer_as = 1049;
  neighbor.peer.session.fsm.hold_time = 9s;
  neighbor.peer.session.fsm.connect_retry = 1s;
  config.neighbors.push_back(neighbor);
  config.networks = {{*net::parse_ip_prefix("172.31.50.0/24")}, {*net::parse_ip_prefix("172.31.51.0/24")}};
  return config;
}

bool has(const speaker::SpeakerConfig& config, const std::string& lines) {
  return show::running_config(config, "1.2.3").find(lines) != std::string::npos;
}

}  // namespace

TEST_CASE("a router of the chain, in FRR's words") {
  CHECK(show::running_config(router_50(), "1.2.3") ==
        "\nCurrent configuration:\n!\n! chainrouter 1.2.3\n!\nhostname ROUTER_50\n!\n"
        "router bgp 1050\n"
        " bgp router-id 172.31.50.1\n"
        " no bgp ebgp-requires-policy\n"
        " neighbor 172.31.50.2 remote-as 1049\n"
        " neighbor 172.31.50.2 advertisement-interval 0\n"
        " neighbor 172.31.50.2 timers 3 9\n"
        " neighbor 172.31.50.2 timers connect 1\n"
        " !\n"
        " address-family ipv4 unicast\n"
        "  network 172.31.50.0/24\n"
        "  network 172.31.51.0/24\n"
        "  neighbor 172.31.50.2 soft-reconfiguration inbound\n"
        " exit-address-family\n"
        "exit\n!\nend\n");
}

TEST_CASE("each option has its line") {
  auto config = router_50();
  auto& neighbor = config.neighbors.front();
  const auto now_has = [&](const std::string& lines) {
    INFO(show::running_config(config, "1.2.3"));
    CHECK(has(config, lines));
  };
  neighbor.shut_down = true;
  now_has("\n neighbor 172.31.50.2 shutdown\n");
  neighbor.shutdown_message = "good bye";
  now_has("\n neighbor 172.31.50.2 shutdown message good bye\n");
  neighbor.description = "to the left";
  now_has("\n neighbor 172.31.50.2 description to the left\n");
  neighbor.peer.passive = true;
  now_has("\n neighbor 172.31.50.2 passive\n");
  neighbor.peer.session.capabilities.role = bgp::Role::Customer;
  now_has("\n neighbor 172.31.50.2 local-role customer\n");
  neighbor.max_prefixes = 7;
  now_has("\n  neighbor 172.31.50.2 maximum-prefix 7\n");
  neighbor.next_hop_self = true;
  now_has("\n  neighbor 172.31.50.2 next-hop-self\n");
  neighbor.deny_export = true;
  CHECK_FALSE(has(config, "ebgp-requires-policy"));
  config.networks.push_back({*net::parse_ip_prefix("203.0.113.0/24"), true});
  now_has("\n no bgp network import-check\n");
  neighbor.peer.session.capabilities.ipv4_unicast = false;
  neighbor.peer.session.capabilities.ipv6_unicast = true;
  now_has("\n  no neighbor 172.31.50.2 activate\n");
  now_has("\n address-family ipv6 unicast\n  neighbor 172.31.50.2 activate\n");
  config.networks.push_back({*net::parse_ip_prefix("2001:db8::/32"), true});
  now_has("\n address-family ipv6 unicast\n  network 2001:db8::/32\n");
}
