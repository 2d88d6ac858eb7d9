// Snapshots read back, compared and looked through.
#include "show/snapshot.h"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace show;
using nlohmann::ordered_json;

namespace {

// Two routers; ROUTER_0 originates, ROUTER_1 has learnt.
ordered_json document() {
  return ordered_json::parse(R"({"schema":"chainrouter.snapshot/1","prefix":"ROUTER_","target":"198.51.100.1",
    "atNs":1500,"routers":[
    {"name":"ROUTER_0","as":100,"routerId":"172.31.0.1",
     "addresses":[["172.31.1.0/24","172.31.1.2",3,true]],
     "sessions":[["172.31.1.1",101,"Established",false]],
     "adjIn":[],
     "loc":[["","203.0.113.0/24","0.0.0.0",0,"00000000000000aa"]],
     "adjOut":[["172.31.1.1","203.0.113.0/24","172.31.1.2",1,"00000000000000ab"]],
     "kernel":[["172.31.1.0/24","0.0.0.0",3,2,0,1,false]]},
    {"name":"ROUTER_1","as":101,"routerId":"172.31.1.1",
     "addresses":[["172.31.1.0/24","172.31.1.1",2,true]],
     "sessions":[["172.31.1.2",100,"Established",false]],
     "adjIn":[["172.31.1.2","203.0.113.0/24","172.31.1.2",1,"00000000000000ab"]],
     "loc":[["172.31.1.2","203.0.113.0/24","172.31.1.2",1,"00000000000000ab"]],
     "adjOut":[],
     "kernel":[["172.31.1.0/24","0.0.0.0",2,2,0,1,false],["203.0.113.0/24","172.31.1.2",2,186,20,1,false]]}]})");
}

Snapshot snapshot_of(const ordered_json& json) {
  std::istringstream text(json.dump());
  return read_snapshot(text).value();
}

}  // namespace

TEST_CASE("a snapshot reads back and is equal to itself", "[snapshot]") {
  const Snapshot snapshot = snapshot_of(document());
  CHECK(snapshot.at == 1500);
  REQUIRE(snapshot.routers.size() == 2);
  CHECK(snapshot.routers[1].forwarding.routes.size() == 2);
  CHECK(snapshot.routers[0].forwarding.origins.size() == 1);
  CHECK(changes(snapshot, snapshot).empty());
  CHECK(changes_text({}) == "no difference\n");
  CHECK(forwarding_faults(snapshot).empty());
  CHECK(faults_text({}, snapshot) == "no loop, no black hole\n");
}

TEST_CASE("what has changed is named", "[snapshot]") {
  const Snapshot before = snapshot_of(document());
  ordered_json json = document();
  ordered_json& first = json["routers"][0];
  ordered_json& second = json["routers"][1];
  std::string expected;
  SECTION("a session") {
    second["sessions"][0][2] = "Idle";
    second["sessions"][0][3] = true;
    expected =
        "ROUTER_1 session 172.31.1.2: Established -> Idle (administratively down)\n1 difference at 1 "
        "router\n";
  }
  SECTION("routes that went") {
    first["loc"] = ordered_json::array();
    second["kernel"].erase(1);
    expected =
        "ROUTER_0 loc 203.0.113.0/24: gone: originated here, 0 ASes, attributes 00000000000000aa\n"
        "ROUTER_1 kernel 203.0.113.0/24 metric 20: gone: via 172.31.1.2 on interface 2, protocol 186\n"
        "2 differences at 2 routers\n";
  }
  SECTION("attributes alone") {
    second["adjIn"][0][4] = "00000000000000ac";
    expected =
        "ROUTER_1 adjIn 203.0.113.0/24 from 172.31.1.2: via 172.31.1.2, 1 AS, attributes 00000000000000ab -> "
        "via "
        "172.31.1.2, 1 AS, attributes 00000000000000ac\n1 difference at 1 router\n";
  }
  SECTION("one more of what a neighbour was told") {
    first["adjOut"].push_back({"172.31.1.1", "198.18.0.0/16", "172.31.1.2", 2, "00000000000000ad"});
    expected =
        "ROUTER_0 adjOut 198.18.0.0/16 to 172.31.1.1: new: via 172.31.1.2, 2 ASes, attributes "
        "00000000000000ad\n"
        "1 difference at 1 router\n";
  }
  CHECK(changes_text(changes(before, snapshot_of(json))) == expected);
}

TEST_CASE("a router that is only in one of them", "[snapshot]") {
  const Snapshot both = snapshot_of(document());
  ordered_json json = document();
  json["routers"].erase(1);
  const auto lost = changes(both, snapshot_of(json));
  CHECK(lost.size() == 5);
  for (const auto& change : lost) {
    CHECK(change.router == "ROUTER_1");
    CHECK_FALSE(change.after);
  }
  CHECK(changes(snapshot_of(json), both).size() == 5);
  const std::string csv = changes_csv(lost);
  CHECK(csv.starts_with("router,table,row,before,after\nROUTER_1,session,"));
  CHECK(std::ranges::count(csv, '\n') == 6);
}

TEST_CASE("what is wrong with the forwarding is found in a snapshot", "[snapshot]") {
  ordered_json json = document();
  json["routers"][0]["loc"] = ordered_json::array();
  const Snapshot snapshot = snapshot_of(json);
  const auto faults = forwarding_faults(snapshot);
  CHECK(faults_text(faults, snapshot) ==
        "black hole: ROUTER_0 for 203.0.113.0/24 (203.0.113.1): packets of 1 router die there\n");
  const auto told = ordered_json::parse(faults_json(faults, snapshot));
  CHECK(told["faults"][0]["kind"] == "blackHole");
  CHECK(told["faults"][0]["routers"] == ordered_json{"ROUTER_0"});
  CHECK(faults_csv(faults, snapshot) ==
        "kind,prefix,address,routers,from\nblackHole,203.0.113.0/24,203.0.113.1,ROUTER_0,1\n");
}

TEST_CASE("what is no snapshot gets a sentence", "[snapshot]") {
  std::vector<std::string> texts{"",
                                 "{}",
                                 "[]",
                                 "nonsense",
                                 R"({"schema":"chainrouter.list/1","labs":[]})",
                                 document().dump().substr(0, 700)};
  for (const char* path : {"/routers/0/name", "/routers/0/kernel/0/0", "/routers/1/adjIn/0/4",
                           "/routers/1/addresses", "/atNs"}) {
    ordered_json json = document();
    json[ordered_json::json_pointer(path)] = ordered_json::object();
    texts.push_back(json.dump());
  }
  ordered_json json = document();
  json["routers"][1]["kernel"][1][0] = "203.0.113.0/33";
  texts.push_back(json.dump());
  for (const auto& text : texts) {
    CAPTURE(text);
    std::istringstream stream(text);
    const auto snapshot = read_snapshot(stream);
    REQUIRE_FALSE(snapshot);
    CHECK(snapshot.error().starts_with("it is not a snapshot of chainrouter's"));
  }
}
