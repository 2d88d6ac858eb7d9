// Requests on the control socket: what is understood, and the sentence that nonsense gets.
#include "app/request.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using nlohmann::ordered_json;
namespace request = app::request;

TEST_CASE("a request is what its JSON says, there and back", "[request]") {
  const app::Request requests[] = {
      request::List{},
      request::Wait{},
      request::Show{"ROUTER_1", "ip bgp summary"},
      request::ShowTable{"r", show::TableKind::Neighbors, std::nullopt},
      request::ShowTable{"r", show::TableKind::AdjInPost, net::IpAddress::parse("2001:db8::1"),
                         show::TableFormat::Text},
      request::ShowTable{"r", show::TableKind::Loc, std::nullopt, show::TableFormat::Csv,
                         net::parse_ip_prefix("10.0.0.0/8"), 512, 11, false},
      request::AwaitRoute{"r", *net::parse_ip_prefix("203.0.113.0/24"), false},
      request::AwaitRoute{"r", *net::parse_ip_prefix("2001:db8::/32"), true},
      request::AwaitSession{"r", *net::IpAddress::parse("10.0.0.2"), false},
      request::CheckFib{"r"},
      request::Loads{},
      request::Metrics{true},
      request::Network{"r", *net::parse_ip_prefix("203.0.113.0/24"), true},
      request::Network{"r", *net::parse_ip_prefix("2001:db8::/32"), false},
      request::Neighbor{"r", request::Neighbor::Verb::Refresh, std::nullopt, ""},
      request::Neighbor{"r", request::Neighbor::Verb::Clear, net::IpAddress::parse("10.0.0.2"), ""},
      request::Neighbor{"r", request::Neighbor::Verb::Shutdown, net::IpAddress::parse("10.0.0.2"), "why"},
      request::Neighbor{"r", request::Neighbor::Verb::Enable, net::IpAddress::parse("10.0.0.2"), ""},
      request::Events{},
      request::Events{{0, 17, 18'446'744'073'709'551'615u}},
      request::Outage{scenario::Thing::Link, 51, false},
      request::Outage{scenario::Thing::Session, 1, true},
      request::Outage{scenario::Thing::Router, 0, false},
      request::Motion{request::Motion::Verb::Pause},
      request::Motion{request::Motion::Verb::Step},
      request::Motion{request::Motion::Verb::Resume},
      request::Motion{request::Motion::Verb::Speed, 0.25},
      request::Snapshot{},
      request::Snapshot{7, 100},
      request::Interval{std::chrono::milliseconds(3000), 4711},
      request::Interval{std::nullopt, 4711},
      request::Record{},
      request::Record{0, {"ROUTER_1", "ROUTER_2"}, true},
      request::Record{3, {}, false, true},
      request::RibDump{"r"},
      request::RibDump{"r", net::parse_ip_prefix("10.0.0.0/8"), 512},
      request::Convergence{},
      request::Sessions{"r"},
  };
  for (const app::Request& asked : requests) {
    const ordered_json document = app::to_json(asked);
    INFO(document.dump());
    const auto understood = app::parse_request(document);
    REQUIRE(understood);
    CHECK(understood->index() == asked.index());
    CHECK(app::to_json(*understood) == document);
  }
}

TEST_CASE("what is not understood is said in a sentence", "[request]") {
  struct Row {
    const char* document;
    const char* said;
  };
  const Row rows[] = {
      {"[]", "a request is one line"},
      {"{}", "a request is one line"},
      {R"({"op":7})", "a request is one line"},
      {R"({"op":"dance"})", "there is no request \"dance\""},
      {R"({"op":"table","table":"fib"})", "there is no table \"fib\""},
      {R"({"op":"table","table":"loc","neighbor":"x"})", "\"x\" is not an address"},
      {R"({"op":"table","table":"loc","after":"10.0.0.1/8"})", "\"10.0.0.1/8\" is not a prefix"},
      {R"({"op":"await-route","router":"r"})", "\"\" is not a prefix"},
      {R"({"op":"await-route","prefix":"10.0.0.0/8","state":"up"})", "present or absent, not \"up\""},
      {R"({"op":"await-session","state":"up"})", "name the neighbor"},
      {R"({"op":"await-session","neighbor":"10.0.0.2","state":7})", "up or down, not \"\""},
      {R"({"op":"announce","router":"r"})", "\"\" is not a prefix"},
      {R"({"op":"announce","router":"r","prefix":"203.0.113.1/24"})", "\"203.0.113.1/24\" is not a prefix"},
      {R"({"op":"withdraw","router":"r","prefix":7})", "\"\" is not a prefix"},
      {R"({"op":"clear","router":"r","neighbor":"10.0.0"})", "\"10.0.0\" is not an address"},
      {R"({"op":"events","after":7})", "\"after\" is a list of numbers"},
      {R"({"op":"events","after":[-1]})", "\"after\" is a list of numbers"},
      {R"({"op":"record","routers":"all"})", "\"routers\" is a list of names"},
      {R"({"op":"record","routers":[7]})", "\"routers\" is a list of names"},
      {R"({"op":"rib-dump","router":"r","after":"x"})", "\"x\" is not a prefix"},
      {R"({"op":"shutdown","router":"r"})", "name the neighbor"},
      {R"({"op":"enable","router":"r"})", "name the neighbor"},
      {R"({"op":"link","state":"down"})", "\"number\" says which one"},
      {R"({"op":"link","number":-1,"state":"down"})", "\"number\" says which one"},
      {R"({"op":"router","number":4294967296,"state":"down"})", "\"number\" says which one"},
      {R"({"op":"session","number":1,"state":"sideways"})", "up or down, not \"sideways\""},
      {R"({"op":"speed"})", "\"speed\" is a number from 0.001 to 1"},
      {R"({"op":"speed","speed":"fast"})", "\"speed\" is a number from 0.001 to 1"},
      {R"({"op":"speed","speed":0})", "\"speed\" is a number from 0.001 to 1"},
      {R"({"op":"speed","speed":1.5})", "\"speed\" is a number from 0.001 to 1"},
      {R"({"op":"speed","speed":-1})", "\"speed\" is a number from 0.001 to 1"},
      {R"({"op":"mrai","milliseconds":-1})", "\"milliseconds\" is a number from 0 to 600000"},
      {R"({"op":"mrai","milliseconds":600001})", "\"milliseconds\" is a number from 0 to 600000"},
      {R"({"op":"mrai","milliseconds":null})", "\"milliseconds\" is a number from 0 to 600000"},
  };
  for (const Row& row : rows) {
    INFO(row.document);
    const auto understood = app::parse_request(ordered_json::parse(row.document));
    REQUIRE_FALSE(understood);
    CHECK_THAT(understood.error(), Catch::Contains(row.said));
  }
}
