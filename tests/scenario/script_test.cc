// Scenario files: what is read, and the sentence that each mistake gets.
#include "scenario/script.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace scenario;
using namespace std::chrono_literals;

namespace {

const Place kPlace{.hops = 100, .name_prefix = "ROUTER_"};

net::Result<Script, std::string> read(std::string_view text) {
  return read_script(text, "x.scenario", kPlace);
}

// The only statement of a text.
Statement only(std::string_view text) {
  INFO(text);
  const auto script = read(text);
  INFO((script ? "" : script.error()));
  REQUIRE(script);
  REQUIRE(script->statements.size() == 1);
  return script->statements.front();
}

template <class Kind>
Kind action(std::string_view text) {
  const Statement statement = only(text);
  REQUIRE(std::holds_alternative<Kind>(statement.action));
  return std::get<Kind>(statement.action);
}

}  // namespace

TEST_CASE("each statement is what its words say", "[script]") {
  const auto link = action<Change>("at 5s link 50-51 down");
  CHECK(link.thing == Thing::Link);
  CHECK(link.number == 51);
  CHECK_FALSE(link.up);
  CHECK(action<Change>("link ROUTER_0-ROUTER_1 up").up);
  CHECK(action<Change>("session 9-10 down").thing == Thing::Session);
  CHECK(action<Change>("router 0 down").number == 0);
  CHECK(action<Change>("router ROUTER_100 down").thing == Thing::Router);
  CHECK_FALSE(action<Change>("link random down").number);
  CHECK_FALSE(action<Change>("router random up").number);

  const auto announced = action<Origination>("announce ROUTER_7 203.0.113.0/24");
  CHECK(announced.router == 7);
  CHECK(announced.prefix.to_string() == "203.0.113.0/24");
  CHECK(announced.announce);
  const auto withdrawn = action<Origination>("withdraw random default");
  CHECK_FALSE(withdrawn.router);
  CHECK(withdrawn.prefix == net::Ipv4Prefix());
  CHECK_FALSE(withdrawn.announce);

  action<Heal>("heal");
  action<ExpectTables>("expect tables");
  CHECK(action<ExpectConverged>("expect converged within 2s").within == 2s);
  const auto route = action<ExpectRoute>("expect route ROUTER_73 198.51.100.0/24 absent");
  CHECK(route.router == 73);
  CHECK(route.prefix.to_string() == "198.51.100.0/24");
  CHECK_FALSE(route.present);
  CHECK(action<ExpectRoute>("expect route 73 default present").present);
}

TEST_CASE("times", "[script]") {
  CHECK(only("at 5s heal").at == 5s);
  CHECK(only("at 1.5s heal").at == 1500ms);
  CHECK(only("at 100ms heal").at == 100ms);
  CHECK(only("at 2m heal").at == 2min);
  CHECK(only("at 0s heal").at == 0s);
  CHECK(only("heal").at == 0s);
}

TEST_CASE("remarks, blanks and line ends of other systems", "[script]") {
  const auto script = read("# what this is about\n\n  at 1s\tlink 0-1 down   # cut\r\n\r\nexpect tables");
  REQUIRE(script);
  REQUIRE(script->statements.size() == 2);
  CHECK(script->statements[0].line == 3);
  CHECK(script->statements[0].text == "link 0-1 down");
  CHECK(script->statements[1].line == 5);
  CHECK(read("")->statements.empty());
  CHECK(read("# nothing")->statements.empty());
}

TEST_CASE("a line without a time comes right after the one before it", "[script]") {
  const auto script = read("at 5s link 0-1 down\nexpect tables\nat 3s heal\nexpect tables\n");
  REQUIRE(script);
  const auto& statements = script->statements;
  REQUIRE(statements.size() == 4);
  const std::vector<std::pair<std::size_t, milliseconds>> order{{3, 3s}, {4, 3s}, {1, 5s}, {2, 5s}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(statements[i].line == order[i].first);
    CHECK(statements[i].at == order[i].second);
  }
}

TEST_CASE("repetitions are written out, each in its place", "[script]") {
  const auto script = read("at 1s repeat 3 every 100ms link random down\nexpect tables\nat 1.1s heal\n");
  REQUIRE(script);
  std::vector<std::pair<std::size_t, milliseconds>> order;
  for (const auto& statement : script->statements) order.emplace_back(statement.line, statement.at);
  CHECK(order == std::vector<std::pair<std::size_t, milliseconds>>{
                     {1, 1000ms}, {1, 1100ms}, {3, 1100ms}, {1, 1200ms}, {2, 1200ms}});
}

TEST_CASE("a seed", "[script]") {
  CHECK(read("seed 7")->seed == 7u);
  CHECK_FALSE(read("heal")->seed);
}

TEST_CASE("each mistake gets its file, its line, what is wrong and what to write instead", "[script]") {
  struct Row {
    const char* text;
    const char* said;
  };
  const Row rows[] = {
      {"\n\nflap 1-2", "x.scenario:3: I do not know \"flap\"; write link, session, router,"},
      {"at", "x.scenario:1: at takes a time and what happens then; write at 5s heal"},
      {"at 5s", "at takes a time"},
      {"at 5 heal", "\"5\" is no time; write 100ms, 2s, 1.5s or 3m"},
      {"at s heal", "\"s\" is no time"},
      {"at -5s heal", "\"-5s\" is no time"},
      {"at 5h heal", "\"5h\" is no time"},
      {"at 1.2.3s heal", "\"1.2.3s\" is no time"},
      {"at 99999m heal", "99999m is more than the week"},
      {"link 50-51", "link takes one of them and down or up; write link 0-1 down"},
      {"link 50-51 off", "link takes one of them and down or up"},
      {"link 50-51 down now", "link takes one of them and down or up"},
      {"router down", "router takes one of them and down or up; write router 0 down"},
      {"link 50-52 down", "are not neighbors"},
      {"link 100-101 down", "there is no link 100-101 in a chain of 100 hops; write 0-1 to 99-100"},
      {"link B_5-B_6 down", "\"B_5-B_6\" is no link of this chain; write 5-6"},
      {"router 101 up", "there is no router 101 in a chain of 100 hops; write 0 to 100"},
      {"router B_5 up", "\"B_5\" is no router; write 0 to 100, or ROUTER_0 to ROUTER_100"},
      {"announce 5", "announce takes a router and a prefix; write announce 0 203.0.113.0/24"},
      {"announce 5 203.0.113.1/24", "\"203.0.113.1/24\" is no IPv4 prefix; write one like 203.0.113.0/24"},
      {"withdraw 5 2001:db8::/32", "\"2001:db8::/32\" is no IPv4 prefix"},
      {"withdraw x 203.0.113.0/24", "\"x\" is no router"},
      {"heal 5", "heal stands alone"},
      {"expect", "expect takes converged within TIME, route ROUTER PREFIX present|absent, or tables"},
      {"expect wonders", "expect takes converged"},
      {"expect tables now", "expect takes converged"},
      {"expect converged", "write expect converged within 2s"},
      {"expect converged within", "write expect converged within 2s"},
      {"expect converged within soon", "\"soon\" is no time"},
      {"expect route 5 default", "write expect route ROUTER PREFIX present, or absent"},
      {"expect route 5 default gone", "write expect route ROUTER PREFIX present, or absent"},
      {"expect route 500 default absent", "there is no router 500"},
      {"expect route 5 x absent", "\"x\" is no IPv4 prefix"},
      {"seed", "seed takes a whole number; write seed 7"},
      {"seed -1", "seed takes a whole number"},
      {"seed 1\nseed 2", "x.scenario:2: there is a seed already"},
      {"repeat 0 every 1s heal", "write repeat 10 every 100ms, and then what is to be repeated"},
      {"repeat 5 heal", "write repeat 10 every 100ms"},
      {"repeat 5 every 1s", "write repeat 10 every 100ms"},
      {"repeat 5 every fast heal", "\"fast\" is no time"},
      {"repeat 2 every 1s repeat 2 every 1s heal", "repeat follows a time"},
      {"repeat 1000001 every 1ms heal", "are too many; write at most 1000000"},
      {"repeat 600000 every 1ms heal\nrepeat 600000 every 1ms heal",
       "x.scenario:2: that makes more than 1000000"},
      {"repeat 1000000 every 5m heal", "that lasts longer than the week"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto script = read(row.text);
    REQUIRE_FALSE(script);
    CHECK_THAT(script.error(), Catch::StartsWith("x.scenario:") && Catch::Contains(row.said));
    CHECK(script.error().find('\n') == std::string::npos);
  }
}
