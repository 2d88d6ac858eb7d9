// Prometheus' text: each metric once, with its samples together and its labels escaped; frr_exporter's names.
#include "show/metrics.h"

#include <map>
#include <set>
#include <sstream>

#include "tests/show/views.h"

namespace {

std::vector<show::Figures> figures() {
  show::Figures a{views::router_a(), {}, std::chrono::milliseconds(1500)};
  a.view.attribute_bytes = 920;
  a.view.kernel_installed = 5;
  a.view.octets_waiting = 42;
  a.view.peers[0].ipv4 = speaker::FamilyView{.received = 3, .accepted = 2, .sent = 6};
  show::Figures odd{views::chain_router(0), {}, {}};
  odd.view.as = 4200000000;
  odd.view.name = "a \"b\"\\c\nd";
  odd.view.ipv6_entries = 4;
  odd.view.ipv6_bytes = 1000;
  return {a, odd};
}

// The families in order, each with its lines; REQUIREs that none comes twice and that HELP and TYPE go
// before.
std::map<std::string, std::vector<std::string>> families(const std::string& text) {
  std::map<std::string, std::vector<std::string>> all;
  std::istringstream lines(text);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      name = line.substr(7, line.find(' ', 7) - 7);
      INFO(line);
      REQUIRE_FALSE(all.contains(name));
      all[name];
      REQUIRE(std::getline(lines, line));
      REQUIRE(line.starts_with("# TYPE " + name + " "));
      continue;
    }
    REQUIRE(line.substr(0, line.find_first_of("{ ")) == name);
    all[name].push_back(line);
  }
  for (const auto& [family, samples] : all) {
    INFO(family);
    std::set<std::string> labels;
    for (const auto& sample : samples) CHECK(labels.insert(sample.substr(0, sample.rfind(' '))).second);
  }
  return all;
}

}  // namespace

TEST_CASE("our own names", "[metrics]") {
  auto all = families(show::metrics_text({"1.2", 2.5, 4096}, figures()));
  using Lines = std::vector<std::string>;
  CHECK(all["chainrouter_build_info"] == Lines{"chainrouter_build_info{version=\"1.2\"} 1"});
  CHECK(all["chainrouter_process_cpu_seconds_total"] == Lines{"chainrouter_process_cpu_seconds_total 2.5"});
  CHECK(all["chainrouter_router_cpu_seconds_total"][0] ==
        "chainrouter_router_cpu_seconds_total{router=\"ROUTER_A\"} 1.5");
  CHECK(all["chainrouter_router_cpu_seconds_total"][1] ==
        "chainrouter_router_cpu_seconds_total{router=\"a \\\"b\\\"\\\\c\\nd\"} 0");
  CHECK(all["chainrouter_router_memory_bytes"][0] ==
        "chainrouter_router_memory_bytes{router=\"ROUTER_A\",kind=\"tables\"} 1000");
  CHECK(all["chainrouter_router_queue_bytes"][0] == "chainrouter_router_queue_bytes{router=\"ROUTER_A\"} 42");
  CHECK(all["chainrouter_router_kernel_routes"][0] ==
        "chainrouter_router_kernel_routes{router=\"ROUTER_A\",state=\"installed\"} 5");
  CHECK(all["chainrouter_router_prefixes"].size() == 3);  // one of them speaks IPv6
  CHECK(all["chainrouter_neighbor_up"].size() == 6);
  CHECK(all["chainrouter_neighbor_up"][0] ==
        "chainrouter_neighbor_up{router=\"ROUTER_A\",neighbor=\"10.99.0.2\",remote_as=\"101\"} 1");
  CHECK(all["chainrouter_neighbor_admin_down"][3].ends_with(" 1"));
  CHECK(all["chainrouter_neighbor_uptime_seconds"][0].ends_with(" 16"));
  CHECK(all["chainrouter_neighbor_messages_sent_total"].size() == 6 * 5);
  CHECK(all["chainrouter_neighbor_prefixes_accepted"] ==
        Lines{"chainrouter_neighbor_prefixes_accepted{router=\"ROUTER_A\",neighbor=\"10.99.0.2\",remote_as="
              "\"101\","
              "family=\"ipv4\"} 2"});
}

TEST_CASE("frr_exporter's names and labels", "[metrics]") {
  auto all = families(show::frr_metrics_text(figures()));
  const std::set<std::string> names{"frr_bgp_rib_count_total",
                                    "frr_bgp_rib_memory_bytes",
                                    "frr_bgp_peers_count_total",
                                    "frr_bgp_peers_memory_bytes",
                                    "frr_bgp_peer_groups_count_total",
                                    "frr_bgp_peer_groups_memory_bytes",
                                    "frr_bgp_peer_message_received_total",
                                    "frr_bgp_peer_message_sent_total",
                                    "frr_bgp_peer_prefixes_received_count_total",
                                    "frr_bgp_peer_prefixes_advertised_count_total",
                                    "frr_bgp_peer_state",
                                    "frr_bgp_peer_uptime_seconds"};
  std::set<std::string> is;
  for (const auto& [name, samples] : all) is.insert(name);
  CHECK(is == names);
  const std::string router = "{vrf=\"default\",afi=\"ipv4\",safi=\"unicast\",local_as=\"100\"";
  CHECK(all["frr_bgp_rib_count_total"][0] == "frr_bgp_rib_count_total" + router + "} 10");
  CHECK(all["frr_bgp_peers_count_total"][0] == "frr_bgp_peers_count_total" + router + "} 5");
  const std::string peer = router + ",peer=\"10.99.0.2\",peer_as=\"101\"} ";
  CHECK(all["frr_bgp_peer_state"][0] == "frr_bgp_peer_state" + peer + "1");
  CHECK(all["frr_bgp_peer_state"][3].ends_with("peer_as=\"4200000107\"} 2"));
  CHECK(all["frr_bgp_peer_state"][2].ends_with("} 0"));
  CHECK(all["frr_bgp_peer_message_sent_total"][0] == "frr_bgp_peer_message_sent_total" + peer + "6");
  CHECK(all["frr_bgp_peer_prefixes_advertised_count_total"][0] ==
        "frr_bgp_peer_prefixes_advertised_count_total" + peer + "6");
}
