// The table of `top`: rates of two readings, order, widths; JSON there and back.
#include "show/load.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

show::Load load(const std::string& router, std::chrono::nanoseconds at) {
  show::Load one;
  one.router = router;
  one.at = at;
  one.cpu = 100ms;
  one.table_bytes = 47 * 1024;
  one.attribute_bytes = 900;
  one.session_bytes = 8816;
  one.received = 100;
  one.sent = 200;
  one.sessions = 2;
  one.sessions_configured = 2;
  one.routes = 102;
  return one;
}

std::string order_of(const std::vector<show::LoadRate>& rates) {
  std::string text;
  for (const auto& rate : rates) text += rate.load.router + " ";
  return text;
}

}  // namespace

TEST_CASE("rates are those between two readings of each router", "[load]") {
  auto later = load("A", 3s);
  later.cpu += 500ms;
  later.received += 20;
  later.sent += 10;
  const auto rates = show::load_rates({load("A", 1s)}, {later, load("new", 3s)}, show::LoadOrder::Cpu);
  REQUIRE(rates.size() == 2);
  CHECK(rates[0].cpu_percent == Approx(25));
  CHECK(rates[0].received == Approx(10));
  CHECK(rates[0].sent == Approx(5));
  CHECK((rates[1].cpu_percent == 0 && rates[1].received == 0));
  CHECK(show::load_rates({later}, {later}, show::LoadOrder::Cpu)[0].cpu_percent == 0);  // no time has passed
}

TEST_CASE("the largest comes first, equal ones in the order of the chain", "[load]") {
  std::vector<show::Load> now{load("A", 2s), load("B", 2s), load("C", 2s), load("D", 2s)};
  const std::vector<show::Load> before{load("A", 1s), load("B", 1s), load("C", 1s), load("D", 1s)};
  now[1].cpu += 1ms;
  now[2].table_bytes += 1;
  now[3].octets_waiting = 7;
  now[0].sent += 5;
  const auto sorted = [&](const char* word) {
    return order_of(show::load_rates(before, now, show::load_order(word).value()));
  };
  CHECK(sorted("cpu") == "B A C D ");
  CHECK(sorted("memory") == "C A B D ");
  CHECK(sorted("messages") == "A B C D ");
  CHECK(sorted("queue") == "D A B C ");
  CHECK_FALSE(show::load_order("name"));
}

TEST_CASE("the table fits 80 columns, whatever the numbers", "[load]") {
  auto one = load("ROUTER_1000", 2s);
  CHECK(show::load_text(show::load_rates({load("ROUTER_1000", 1s)}, {one}, show::LoadOrder::Cpu), 10) ==
        "Router       CPU %   CPU s Tables Attrs Peers Queue   In/s  Out/s     Up  Routes\n"
        "all 1          0.0    0.10    47K   900  8.6K     0      0      0    2/2     102\n"
        "ROUTER_1000    0.0    0.10    47K   900  8.6K     0      0      0    2/2     102\n");
  one.cpu = 1000s;
  one.table_bytes = 1'048'575;
  one.attribute_bytes = 999 * 1024 * 1024;
  one.session_bytes = 5ull << 40;
  one.octets_waiting = 10'189;
  one.received = 1'000'000;
  one.routes = 1'000'000;
  const std::vector<show::Load> many(1001, one);
  const auto text =
      show::load_text(show::load_rates({load("ROUTER_1000", 1s)}, many, show::LoadOrder::Cpu), 3);
  CHECK(std::ranges::count(text, '\n') == 5);
  CHECK(text.find(" 1.0M ") != std::string::npos);
  CHECK(text.find(" 999M ") != std::string::npos);
  CHECK(text.find(" 5.0T ") != std::string::npos);
  const auto row = text.substr(text.find("ROUTER_1000"));
  CHECK(row.find('\n') <= 90);
}

TEST_CASE("a load is its JSON, and nonsense is none", "[load]") {
  const auto json = show::to_json(load("A", 2s));
  const auto back = show::load_from(json);
  REQUIRE(back);
  CHECK(show::to_json(*back) == json);
  for (const auto& [key, value] : json.items()) {
    auto broken = json;
    broken[key] = nlohmann::ordered_json::array();
    CHECK_FALSE(show::load_from(broken));
    broken.erase(key);
    CHECK_FALSE(show::load_from(broken));
  }
  CHECK_FALSE(show::load_from(nlohmann::ordered_json::array()));
}

TEST_CASE("JSON and CSV have a row a router", "[load]") {
  const auto rates = show::load_rates({}, {load("A,B", 1s), load("C", 1s)}, show::LoadOrder::Cpu);
  CHECK(nlohmann::json::parse(show::load_json(rates))["routers"].size() == 2);
  CHECK(nlohmann::json::parse(show::load_json({}))["routers"].empty());
  const auto csv = show::load_csv(rates);
  CHECK(std::ranges::count(csv, '\n') == 3);
  CHECK(csv.find("\n\"A,B\",0.000,0.100000,48128,900,8816,0,0.000,0.000,100,200,2,2,102\n") !=
        std::string::npos);
}
