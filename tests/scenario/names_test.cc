// What people type for a link or a router.
#include "scenario/names.h"

#include <catch2/catch.hpp>

using namespace scenario;

TEST_CASE("a router is a number, with or without the lab's prefix", "[names]") {
  CHECK(read_router("50") == Name{"", 50});
  CHECK(read_router("0") == Name{"", 0});
  CHECK(read_router("ROUTER_50") == Name{"ROUTER_", 50});
  CHECK(read_router("a-1-b7") == Name{"a-1-b", 7});
  CHECK(read_router("4294967295") == Name{"", 4'294'967'295});
  for (const char* word : {"", "ROUTER_", "fifty", "007", "R_01", "4294967296", "99999999999999999999"}) {
    INFO(word);
    CHECK_FALSE(read_router(word));
  }
}

TEST_CASE("a link is two routers side by side, in either order", "[names]") {
  CHECK(read_link("50-51").value() == Name{"", 51});
  CHECK(read_link("51-50").value() == Name{"", 51});
  CHECK(read_link("0-1").value() == Name{"", 1});
  CHECK(read_link("ROUTER_9-ROUTER_10").value() == Name{"ROUTER_", 10});
  CHECK(read_link("a-b_1-a-b_2").value() == Name{"a-b_", 2});
  CHECK(link_name(51) == "50-51");
}

TEST_CASE("a word that is no link gets a sentence", "[names]") {
  struct Row {
    const char* word;
    const char* said;
  };
  const Row rows[] = {
      {"50-52", "\"50-52\" are not neighbors: a link joins a router and the next one, such as 50-51"},
      {"R_50-R_48",
       "\"R_50-R_48\" are not neighbors: a link joins a router and the next one, such as R_48-R_49"},
      {"50-50", "\"50-50\" are not neighbors: a link joins a router and the next one, such as 50-51"},
      {"50", "\"50\" is not a link like 50-51"},
      {"", "\"\" is not a link like 50-51"},
      {"-", "\"-\" is not a link like 50-51"},
      {"A_50-B_51", "\"A_50-B_51\" is not a link like 50-51"},
      {"50-51-52", "\"50-51-52\" is not a link like 50-51"},
  };
  for (const Row& row : rows) {
    INFO(row.word);
    const auto link = read_link(row.word);
    REQUIRE_FALSE(link);
    CHECK(link.error() == row.said);
  }
}
