// The decision process: a row for each step, in which the better route wins for that reason although every
// later step speaks against it; then sets that no pairwise order could settle, in every order of insertion.
#include "rib/decision.h"

#include <algorithm>
#include <deque>
#include <random>

#include <catch2/catch.hpp>

#include "tests/rib/routes.h"

using namespace rib;
using bgp::Origin;
using bgp::PathAttributes;
using routes::address;

namespace {

struct Route {
  PathAttributes attributes;
  Candidate candidate;
};

// The best by every step, but for its name; tests take from it what they want to be worse.
Route good() {
  Route route;
  route.attributes = routes::learnt({65001, 65002}, "10.0.0.1");
  route.attributes.local_pref = 200;
  route.attributes.med = 5;
  route.candidate = {.external = true,
                     .interior_cost = 10,
                     .router_id = address("1.1.1.1"),
                     .peer_address = address("10.0.0.1")};
  return route;
}

// Worse by every step that comes after local origination.
Route bad() {
  Route route;
  route.attributes = routes::learnt({65001, 65002, 65003}, "10.0.0.2");
  route.attributes.local_pref = 100;
  route.attributes.origin = Origin::Incomplete;
  route.attributes.med = 50;
  route.attributes.cluster_list = {address("9.9.9.9")};
  route.candidate = {.external = false,
                     .interior_cost = 20,
                     .router_id = address("2.2.2.2"),
                     .peer_address = address("10.0.0.2")};
  return route;
}

Selection select(std::span<const Route> routes) {
  std::vector<Candidate> candidates;
  for (const Route& route : routes) {
    candidates.push_back(route.candidate);
    candidates.back().merits = merits_of(route.attributes);
  }
  return select_best(candidates);
}

struct Row {
  DecisionStep step;
  void (*adjust)(Route& winner, Route& loser);  // winner begins as bad(), loser as good()
};

}  // namespace

TEST_CASE("each step decides against all that come after it", "[decision]") {
  const std::vector<Row> rows{
      {DecisionStep::Weight, [](Route& winner, Route&) { winner.candidate.local = true; }},
      {DecisionStep::LocalPref, [](Route& winner, Route&) { winner.attributes.local_pref = 201; }},
      {DecisionStep::LocalPref,
       [](Route& winner, Route& loser) {  // absent is 100
         winner.attributes.local_pref.reset();
         loser.attributes.local_pref = 99;
       }},
      {DecisionStep::LocalPref,
       [](Route& winner, Route& loser) {  // RFC 8326 §4: as low as can be, whatever was sent
         winner.attributes.local_pref = 1;
         loser.candidate.shuts_down = true;
       }},
      {DecisionStep::AsPathLength,
       [](Route& winner, Route& loser) {
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{65001});
       }},
      {DecisionStep::AsPathLength,
       [](Route& winner, Route& loser) {  // a set counts one, whatever it holds
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = bgp::AsPath();
         winner.attributes.as_path.append_segment(bgp::AsPath::SegmentType::Set,
                                                  std::vector<std::uint32_t>{1, 2, 3, 4, 5});
       }},
      {DecisionStep::Origin,
       [](Route& winner, Route& loser) {
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = loser.attributes.as_path;
         winner.attributes.origin = Origin::Egp;
         loser.attributes.origin = Origin::Incomplete;
       }},
      {DecisionStep::Med,
       [](Route& winner, Route& loser) {
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = loser.attributes.as_path;
         winner.attributes.origin = loser.attributes.origin;
         winner.attributes.med = 4;
       }},
      {DecisionStep::Med,
       [](Route& winner, Route& loser) {  // absent is 0, the lowest
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = loser.attributes.as_path;
         winner.attributes.origin = loser.attributes.origin;
         winner.attributes.med.reset();
       }},
      {DecisionStep::External,
       [](Route& winner, Route& loser) {  // MULTI_EXIT_DISC of two neighbouring ASes does not compare
         winner.attributes.local_pref = loser.attributes.local_pref;
         winner.attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{65009, 65002});
         winner.attributes.origin = loser.attributes.origin;
         winner.candidate.external = true;
         loser.candidate.external = false;
       }},
      {DecisionStep::InteriorCost,
       [](Route& winner, Route& loser) {
         winner.attributes = loser.attributes;
         winner.candidate.external = true;
         winner.candidate.interior_cost = 9;
       }},
      {DecisionStep::RouterId,
       [](Route& winner, Route& loser) {
         winner.attributes = loser.attributes;
         winner.candidate = loser.candidate;
         winner.candidate.peer_address = address("99.0.0.1");
         winner.candidate.router_id = address("1.1.1.0");
       }},
      {DecisionStep::RouterId,
       [](Route& winner, Route& loser) {  // unsigned: 200.0.0.1 is above 1.1.1.1
         winner.attributes = loser.attributes;
         winner.candidate = loser.candidate;
         loser.candidate.router_id = address("200.0.0.1");
       }},
      {DecisionStep::RouterId,
       [](Route& winner, Route& loser) {  // RFC 4456: the originator counts, not the reflector
         winner.attributes = loser.attributes;
         winner.candidate = loser.candidate;
         winner.candidate.router_id = address("5.5.5.5");
         winner.attributes.originator_id = address("0.0.0.9");
       }},
      {DecisionStep::ClusterLength,
       [](Route& winner, Route& loser) {
         winner.attributes = loser.attributes;
         winner.candidate = loser.candidate;
         winner.candidate.peer_address = address("99.0.0.1");
         winner.attributes.cluster_list = {address("9.9.9.9")};
         loser.attributes.cluster_list = {address("1.1.1.1"), address("1.1.1.2")};
       }},
      {DecisionStep::PeerAddress,
       [](Route& winner, Route& loser) {
         winner.attributes = loser.attributes;
         winner.candidate = loser.candidate;
         winner.candidate.peer_address = address("9.255.0.1");
       }},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i, to_string(rows[i].step));
    std::vector<Route> pair{bad(), good()};
    rows[i].adjust(pair[0], pair[1]);
    Selection selection = select(pair);
    CHECK(selection.best == 0);
    CHECK(to_string(selection.decided_by) == to_string(rows[i].step));
    std::swap(pair[0], pair[1]);
    selection = select(pair);
    CHECK(selection.best == 1);
    CHECK(to_string(selection.decided_by) == to_string(rows[i].step));
  }
}

TEST_CASE("none and one", "[decision]") {
  CHECK(to_string(DecisionStep::None) == "no route");
  CHECK(to_string(DecisionStep::OnlyRoute) == "only route");
  CHECK(select({}).decided_by == DecisionStep::None);
  const std::vector<Route> one{bad()};
  CHECK(select(one).best == 0);
  CHECK(select(one).decided_by == DecisionStep::OnlyRoute);
}

TEST_CASE("MULTI_EXIT_DISC: every order of insertion gives one answer", "[decision]") {
  // Pairwise, A beats B (identifier), B beats C (identifier), C beats A (MULTI_EXIT_DISC): a circle.
  const auto route = [](std::uint32_t neighbor, std::uint32_t med, unsigned id) {
    Route made = good();
    made.attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{neighbor, 65002});
    made.attributes.med = med;
    made.candidate.router_id = {id};
    made.candidate.peer_address = net::Ipv4Address{id};
    return made;
  };
  const auto settle = [](std::vector<Route> routes) {
    const auto by_id = [](const Route& a, const Route& b) {
      return a.candidate.router_id < b.candidate.router_id;
    };
    std::ranges::sort(routes, by_id);
    std::optional<std::pair<std::uint32_t, DecisionStep>> answer;
    do {
      const Selection selection = select(routes);
      const std::pair got(routes[selection.best].candidate.router_id.value, selection.decided_by);
      if (!answer) answer = got;
      REQUIRE(got == *answer);
    } while (std::next_permutation(routes.begin(), routes.end(), by_id));
    return answer->first;
  };
  CHECK(settle({route(1, 20, 1), route(2, 5, 2), route(1, 10, 3)}) == 2);
  CHECK(settle({route(1, 20, 1), route(1, 10, 3)}) == 3);
  CHECK(settle({route(1, 20, 1), route(2, 5, 2), route(2, 4, 5), route(1, 10, 3), route(3, 0, 9)}) == 3);

  std::mt19937_64 random(12);
  for (int set = 0; set < 60; ++set) {
    std::vector<Route> routes;
    for (unsigned id = 1; id <= 6; ++id) {
      routes.push_back(
          route(static_cast<std::uint32_t>(random() % 3), static_cast<std::uint32_t>(random() % 3), id));
      routes.back().candidate.external = random() % 3 != 0;
      if (random() % 4 == 0) routes.back().attributes.med.reset();
    }
    settle(routes);
  }
}

TEST_CASE("more candidates than fit in place", "[decision]") {
  for (const std::size_t count : {63u, 64u, 65u, 300u}) {
    std::mt19937_64 random(count);
    std::vector<Route> routes(count, good());
    for (std::size_t i = 0; i < count; ++i) {
      routes[i].candidate.router_id = {static_cast<std::uint32_t>(1000 + i)};
      routes[i].attributes.med = i % 2 == 0 ? 7 : 8;
    }
    std::ranges::shuffle(routes, random);
    const Selection selection = select(routes);
    CHECK(routes[selection.best].candidate.router_id.value == 1000);
    CHECK(selection.decided_by == DecisionStep::RouterId);
  }
}

TEST_CASE("as many candidates as are kept in place, and more", "[decision]") {
  for (const std::size_t count : {63u, 64u, 65u, 130u}) {
    INFO(count);
    std::vector<Route> routes(count, good());
    for (std::size_t i = 0; i < count; ++i)
      routes[i].candidate.router_id.value = static_cast<std::uint32_t>(count - i);
    CHECK(select(routes).best == count - 1);
    CHECK(select(routes).decided_by == DecisionStep::RouterId);
    // One has the lowest MULTI_EXIT_DISC.
    for (const std::size_t lowest : {std::size_t{0}, std::size_t{1}, count / 2, count - 1}) {
      auto others = routes;
      others[lowest].attributes.med = 1;
      CHECK(select(others).best == lowest);
      CHECK(select(others).decided_by == DecisionStep::Med);
      // Of another neighbour: then it beats nobody, and nobody beats it.
      others[lowest].attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{65009, 65002});
      CHECK(select(others).best == count - 1);
    }
  }
}
