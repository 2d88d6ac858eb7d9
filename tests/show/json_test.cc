// JSON octet for octet as FRR prints it where we have all of it; for neighbors, whose keys are partly about
// things that we do not have, key by key and value by value.
#include "show/json.h"

#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "bgp/capabilities.h"
#include "show/json_layout.h"
#include "tests/show/views.h"

using namespace views;
using Json = nlohmann::ordered_json;

namespace {

std::string without_versions(const std::string& text) {
  return std::regex_replace(text, std::regex(R"((/24","version":)\d+)"), "$1N");
}

// "a.b.c" → value, of everything that is no object.
void flatten(const Json& value, const std::string& path, std::map<std::string, Json>& out) {
  if (!value.is_object() || value.empty()) {
    out[path] = value;
    return;
  }
  for (const auto& [key, member] : value.items()) flatten(member, path.empty() ? key : path + '.' + key, out);
}

std::map<std::string, Json> leaves(const Json& value) {
  std::map<std::string, Json> out;
  flatten(value, "", out);
  return out;
}

}  // namespace

TEST_CASE("json layout") {
  CHECK(
      show::json_text(Json::parse(R"({"a":1,"b":{},"c":[],"d":[1,{"e":"x\n"}]})")) ==
      "{\n  \"a\":1,\n  \"b\":{\n  },\n  \"c\":[\n  ],\n  \"d\":[\n    1,\n    {\n      \"e\":\"x\\n\"\n    "
      "}\n  ]\n}");
  CHECK(show::json_line(Json("\xff")) == "\"\xef\xbf\xbd\"");
}

TEST_CASE("show ip bgp summary json is FRR's, octet for octet") {
  auto router = chain_router(50);
  auto &left = router.peers[0], &right = router.peers[1];
  left.sent = left.received = {2, 0, 102, 4, 0};
  right.sent = right.received = {1, 0, 102, 3, 0};
  left.up_for = seconds{126};
  right.up_for = seconds{127};
  left.connections_established = 2;
  left.connections_dropped = 1;
  CHECK(show::summary_json(router, clock_at(1795487271)) == frr("ROUTER_50.show-ip-bgp-summary-json.txt"));

  // Neighbors that are not there, and one shut down. In this capture two are up for a little longer.
  auto a = router_a();
  const auto captured = Json::parse(frr("ROUTER_A.show-ip-bgp-summary-json.txt"));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& peer = captured["ipv4Unicast"]["peers"][a.peers[i].address.to_string()];
    a.peers[i].up_for = milliseconds(peer["peerUptimeMsec"].get<int>());
  }
  const auto& b = captured["ipv4Unicast"]["peers"]["10.99.0.2"];
  const auto now = b["peerUptimeEstablishedEpoch"].get<int>() + b["peerUptimeMsec"].get<int>() / 1000;
  CHECK(show::summary_json(a, clock_at(now)) == frr("ROUTER_A.show-ip-bgp-summary-json.txt"));
}

TEST_CASE("show ip bgp json is FRR's, octet for octet") {
  CHECK(
      without_versions(show::routes_json(chain_router(50), chain_routes(50))) ==
      without_versions(std::regex_replace(frr("ROUTER_50.show-ip-bgp-json.txt"), std::regex("\n\n$"), "\n")));
  CHECK(without_versions(show::routes_json(chain_router(0), chain_routes(0))) ==
        without_versions(frr("ROUTER_0.show-ip-bgp-json.txt")));
  CHECK(show::routes_json(router_a(), routes_a()) == frr("ROUTER_A.show-ip-bgp-json.txt"));
  CHECK(Json::parse(show::routes_json(router_a(), {}))["routes"].empty());

  auto failed = find(routes_a(), "198.51.100.0/24");
  failed.kernel = rib::KernelState::Failed;
  const auto paths = Json::parse(show::routes_json(router_a(), {failed}))["routes"]["198.51.100.0/24"];
  CHECK_FALSE(paths[0].contains("ribFailure"));
  CHECK(paths[1]["ribFailure"] == true);
}

TEST_CASE("show ip bgp A.B.C.D/M json is FRR's, octet for octet") {
  const auto now = clock_at(1795492100);
  const auto a = routes_a();
  const auto check = [&](const std::string& prefix, const std::string& file) {
    INFO(file);
    CHECK(show::route_json(router_a(), &find(a, prefix), now) == frr(file));
  };
  check("192.0.2.0/24", "ROUTER_A.show-ip-bgp-192-0-2-0-24-json.txt");
  check("198.51.100.0/24", "ROUTER_A.show-ip-bgp-198-51-100-0-24-json.txt");
  check("10.0.0.0/8", "ROUTER_A.show-ip-bgp-10-0-0-0-8-json.txt");
  const auto of_50 = chain_routes(50);
  CHECK(show::route_json(chain_router(50), &find(of_50, "0.0.0.0/0"), clock_at(1795487148)) ==
        frr("ROUTER_50.show-ip-bgp-0-0-0-0-0-json.txt"));
  CHECK(show::route_json(chain_router(0), nullptr, now) == frr("ROUTER_0.show-ip-bgp-0-0-0-0-0-json.txt"));
}

TEST_CASE("show ip bgp A.B.C.D/M json: what the kernel did, sets, rarer attributes") {
  auto route = find(routes_a(), "192.0.2.0/24");
  route.paths[0].attributes.as_path.append_segment(bgp::AsPath::SegmentType::Set,
                                                   std::vector<std::uint32_t>{7, 8});
  route.paths[0].attributes.cluster_list = {net::Ipv4Address::of(2, 2, 2, 2)};
  route.paths[0].attributes.originator_id = net::Ipv4Address::of(1, 1, 1, 1);
  route.paths[0].attributes.extended_communities = {{0, 2, 0, 100, 0, 0, 0, 1}};
  const auto paths = [&] { return Json::parse(show::route_json(router_a(), &route, clock_at(0)))["paths"]; };
  CHECK(paths()[0]["aspath"]["segments"][1] == Json::parse(R"({"type":"as-set","list":[7,8]})"));
  CHECK(paths()[0]["clusterList"]["list"][0] == "2.2.2.2");
  CHECK(paths()[0]["originatorId"] == "1.1.1.1");
  CHECK(paths()[0]["extendedCommunity"]["string"] == "RT:100:1");
  CHECK_FALSE(paths()[1].contains("fibInstalled"));
  route.kernel = rib::KernelState::Installed;
  CHECK(paths()[1]["fibInstalled"] == true);
  CHECK_FALSE(paths()[0].contains("fibInstalled"));
  route.kernel = rib::KernelState::Pending;
  CHECK(paths()[1]["fibPending"] == true);
  route.kernel = rib::KernelState::Failed;
  route.kernel_errno = EEXIST;
  CHECK(paths()[1]["fibErrno"] == EEXIST);
}

TEST_CASE("show ip bgp neighbors json: FRR's keys and values but for what we do not have") {
  auto router = chain_router(50);
  auto &left = router.peers[0], &right = router.peers[1];
  left.sent = left.received = {2, 0, 102, 4, 0};
  right.sent = right.received = {1, 0, 102, 3, 0};
  left.up_for = seconds{158};
  right.up_for = seconds{159};
  left.last_read = left.last_write = seconds{38};
  right.last_read = right.last_write = seconds{39};
  left.connections_established = 2;
  left.connections_dropped = 1;
  left.down_for = seconds{159};
  left.last_reset = "Peer closed the session";
  right.down_for = seconds{161};
  right.last_reset = "Waiting for peer OPEN";
  left.local_port = 39486;
  right.local_port = 58542;
  left.remote_port = right.remote_port = 179;
  const auto theirs = Json::parse(frr("ROUTER_50.show-ip-bgp-neighbors-json.txt"));
  const auto ours = Json::parse(show::neighbors_json(router, clock_at(1795487304)));
  // Roles, conditional advertisement, update groups, add-path, graceful restart but for
  // End-of-RIB, IPv6 next hops, hop limits, FRR's own numbers of reasons and its threads.
  const std::set<std::string> kLeftOut{
      "localRole",
      "remoteRole",
      "bgpInUpdateElapsedTimeMsecs",
      "extendedOptionalParametersLength",
      "bgpTimerConfiguredConditionalAdvertisementsSec",
      "lastResetCode",
      "externalBgpNbrMaxHopsAway",
      "nexthopGlobal",
      "nexthopLocal",
      "bgpConnection",
      "estimatedRttInMsecs",
      "readThread",
      "writeThread",
      "neighborCapabilities.addPath.ipv4Unicast.rxAdvertisedAndReceived",
      "neighborCapabilities.longLivedGracefulRestart",
      "neighborCapabilities.longLivedGracefulRestartByPeer",
      "neighborCapabilities.gracefulRestartRemoteTimerMsecs",
      "neighborCapabilities.addressFamiliesByPeer",
      "gracefulRestartInfo.localGrMode",
      "gracefulRestartInfo.remoteGrMode",
      "gracefulRestartInfo.rBit",
      "gracefulRestartInfo.nBit",
      "gracefulRestartInfo.timers.configuredRestartTimer",
      "gracefulRestartInfo.timers.receivedRestartTimer",
      "gracefulRestartInfo.ipv4Unicast.fBit",
      "gracefulRestartInfo.ipv4Unicast.endOfRibStatus.endOfRibSend",
      "gracefulRestartInfo.ipv4Unicast.endOfRibStatus.endOfRibSentAfterUpdate",
      "gracefulRestartInfo.ipv4Unicast.endOfRibStatus.endOfRibRecv",
      "gracefulRestartInfo.ipv4Unicast.timers.stalePathTimer",
      "addressFamilyInfo.ipv4Unicast.updateGroupId",
      "addressFamilyInfo.ipv4Unicast.subGroupId",
      "addressFamilyInfo.ipv4Unicast.packetQueueLength"};

  std::set<std::string> left_out;
  for (const std::string peer : {"172.31.50.2", "172.31.51.1"}) {
    const auto want = leaves(theirs[peer]), have = leaves(ours[peer]);
    INFO(peer);
    for (const auto& [key, value] : want) {
      if (!have.contains(key)) {
        left_out.insert(key);
        continue;
      }
      INFO(key);
      if (key == "neighborCapabilities.routeRefresh")
        CHECK(have.at(key) == "advertisedAndReceivedNew");
      else
        CHECK(have.at(key) == value);
    }
    for (const auto& [key, value] : have) {
      INFO(key);
      CHECK(want.contains(key));
    }
  }
  CHECK(left_out == kLeftOut);
}

TEST_CASE("neighbors json: one, none, one that is not up") {
  const auto router = router_a();
  CHECK(show::neighbor_json(router, *net::IpAddress::parse("10.99.0.9"), clock_at(0)) ==
        frr("ROUTER_A.show-ip-bgp-neighbors-10-99-0-9-json.txt"));
  auto shut = router;
  shut.peers[3].last_reset.clear();
  const auto text = show::neighbor_json(shut, shut.peers[3].address, clock_at(0));
  const auto one = Json::parse(text);
  CHECK(one.size() == 1);
  const auto& peer = one["10.99.0.7"];
  CHECK(peer["adminShutDown"] == true);
  CHECK(peer["bgpState"] == "Idle");
  CHECK(peer["lastReset"] == "never");
  for (const char* key :
       {"bgpTimerUpMsec", "neighborCapabilities", "hostLocal", "hostname", "bgpTimerLastWrite"})
    CHECK_FALSE(peer.contains(key));
  const auto internal = Json::parse(show::neighbors_json(router, clock_at(0)))["10.99.0.3"];
  CHECK(internal["nbrInternalLink"] == true);
  CHECK_FALSE(internal["addressFamilyInfo"]["ipv4Unicast"].contains("routerAlwaysNextHop"));

  auto partial = router;
  partial.peers[0].open_received->capabilities = {
      {static_cast<std::uint8_t>(bgp::CapabilityCode::GracefulRestart), {0, 120}}};
  const auto other =
      Json::parse(show::neighbors_json(partial, clock_at(0)))["10.99.0.2"]["neighborCapabilities"];
  CHECK(other["gracefulRestart"] == "advertisedAndReceived");
  CHECK(other["4byteAs"] == "advertised");
  CHECK(other["multiprotocolExtensions"]["ipv4Unicast"]["advertised"] == true);
  CHECK_FALSE(other["hostName"].contains("rcvHostName"));
}

TEST_CASE("show version json") {
  CHECK(show::version_json("ROUTER_1", "1.2") ==
        "{\n  \"name\":\"chainrouter\",\n  \"version\":\"1.2\",\n  \"router\":\"ROUTER_1\"\n}\n");
}
