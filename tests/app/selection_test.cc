// Which routers are meant, in all the ways to say so, and the sentence that nonsense gets.
#include "app/selection.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace {

std::vector<std::string> names(const std::string& prefix, int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(fmt::format("{}{}", prefix, i));
  return all;
}

// The routers, then a star where several were asked for; or the complaint.
std::string selected(const std::string& words, const std::string& prefix = "ROUTER_") {
  const auto selection = app::select_routers(words, prefix, names(prefix, 13));
  if (!selection) return selection.error();
  return fmt::format("{}{}", fmt::join(selection->routers, " "), selection->several ? " *" : "");
}

}  // namespace

TEST_CASE("routers are named in several ways", "[selection]") {
  struct Row {
    const char* words;
    const char* routers;
  };
  const Row rows[] = {
      {"ROUTER_5", "ROUTER_5"},
      {"r5", "ROUTER_5"},
      {"R12", "ROUTER_12"},
      {"0", "ROUTER_0"},
      {"3-5", "ROUTER_3 ROUTER_4 ROUTER_5 *"},
      {"r3-r5", "ROUTER_3 ROUTER_4 ROUTER_5 *"},
      {"ROUTER_3-ROUTER_5", "ROUTER_3 ROUTER_4 ROUTER_5 *"},
      {"5-3", "ROUTER_3 ROUTER_4 ROUTER_5 *"},
      {"7-7", "ROUTER_7 *"},
      {"9,r1,2-3", "ROUTER_9 ROUTER_1 ROUTER_2 ROUTER_3 *"},
      {"1,1,0-2", "ROUTER_1 ROUTER_0 ROUTER_2 *"},
      {"13", "there is no router 13"},
      {"10-13", "there is no router 10-13"},
      {"r", "there is no router r"},
      {"", "name routers like"},
      {"1,", "name routers like"},
      {",", "name routers like"},
      {"1,,2", "name routers like"},
      {"ROUTER_5O", "did you mean ROUTER_5?"},
      {"05", "there is no router 05"},
      {"-1", "there is no router -1"},
      {"18446744073709551617", "there is no router 18446744073709551617; they are ROUTER_0 to ROUTER_12"},
  };
  for (const Row& row : rows) {
    INFO(row.words);
    CHECK_THAT(selected(row.words), Catch::StartsWith(row.routers) || Catch::EndsWith(row.routers));
  }
  CHECK(app::select_routers("all", "ROUTER_", names("ROUTER_", 13))->routers == names("ROUTER_", 13));
}

TEST_CASE("a prefix may look like a range, a number or an r", "[selection]") {
  CHECK(selected("A-1-3", "A-1-") == "A-1-3");
  CHECK(selected("A-1-3-A-1-4", "A-1-") == "A-1-3 A-1-4 *");
  CHECK(selected("3-4", "A-1-") == "A-1-3 A-1-4 *");
  CHECK(selected("r5", "r") == "r5");
  CHECK(selected("5", "r") == "r5");
  CHECK(app::select_routers("all", "blue", std::vector<std::string>{"blue"})->routers ==
        std::vector<std::string>{"blue"});
  CHECK(app::select_routers("green", "blue", std::vector<std::string>{"blue"}).error() ==
        "there is no router green");
}
