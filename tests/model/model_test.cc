// What holds in every state that two peers can get into, whatever is lost, refused, restarted or late: no
// deadlock, never two Established sessions, Idle silent, and the session comes up once the wire stays good.
#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/model/explorer.h"

using namespace std::chrono_literals;

namespace {

// Few and commensurable durations: the fewer there are, the more states are one state.
bgp::PeerConfig peer(std::uint32_t local_as, std::uint32_t peer_as, unsigned id) {
  bgp::PeerConfig config;
  config.session.local_as = local_as;
  config.session.peer_as = peer_as;
  config.session.identifier = net::Ipv4Address::of(10, 0, 0, id);
  config.session.fsm.hold_time = 3s;
  config.session.fsm.open_hold_time = 3s;
  config.session.fsm.connect_retry = 1s;
  config.first_idle_hold = config.last_idle_hold = 1s;
  return config;
}

model::PairConfig with_passive_right() {
  model::PairConfig pair{peer(65001, 65002, 1), peer(65002, 65001, 2)};
  pair[1].passive = true;
  return pair;
}

model::PairConfig without_hold_time() {
  model::PairConfig pair{peer(65001, 65002, 1), peer(65002, 65001, 2)};
  for (auto& side : pair) side.session.fsm.hold_time = 0s;
  return pair;
}

using Kind = model::Step::Kind;
const std::vector<Kind> kWires{Kind::Refuse, Kind::Break};
const std::vector<Kind> kClocks{Kind::Jump};
const std::vector<Kind> kOperators{Kind::LinkDown, Kind::Reset};
const std::vector<Kind> kAll{Kind::Refuse, Kind::Break,    Kind::Restart, Kind::Jump,
                             Kind::Stop,   Kind::LinkDown, Kind::Reset};

// Sanitizers and debug builds go through a smaller part of it.
unsigned faults(unsigned number) {
  const char* text = std::getenv("MODEL_FAULTS");
  return text == nullptr ? number : std::min(number, static_cast<unsigned>(std::atoi(text)));
}

}  // namespace

TEST_CASE("two peers come together from wherever they are", "[model]") {
  const model::PairConfig external{peer(65001, 65002, 1), peer(65002, 65001, 2)};
  const model::PairConfig internal{peer(65001, 65001, 2), peer(65001, 65001, 1)};
  const model::PairConfig one_identifier{peer(65001, 65002, 1), peer(65002, 65001, 1)};
  struct Row {
    const char* what;
    model::PairConfig pair;
    model::Bounds bounds;
  };
  const Row rows[] = {
      {"external, both dial", external, {1, kAll}},
      {"external, connections refused and lost", external, {2, kWires}},
      {"external, routers restarted", external, {2, {Kind::Restart}}},
      {"external, clocks apart", external, {2, kClocks}},
      {"external, operators at work", external, {2, kOperators}},
      {"internal", internal, {1, kAll}},
      {"one identifier, two ASes", one_identifier, {1, kAll}},
      {"the right one never dials", with_passive_right(), {3, kAll}},
      // Nothing but a reset tells an end that the other one has died, so nobody dies without a word here.
      {"without hold time", without_hold_time(), {2, kWires}},
  };
  std::size_t states = 0;
  for (const Row& row : rows) {
    INFO(row.what);
    const model::Bounds bounds{faults(row.bounds.faults), row.bounds.kinds};
    const auto found = model::explore(row.pair, bounds);
    std::cout << fmt::format("model: {}, at most {} faults: {} states, {} steps, {} settled, deepest {}\n",
                             row.what, bounds.faults, found.states, found.steps, found.settled, found.deepest)
              << std::flush;
    states += found.states;
    CHECK(found.violation == "");
    CHECK(found.deadlock == "");
    CHECK(found.livelock == "");
    CHECK(found.circle == "");
    CHECK(found.settled > 0);
  }
  std::cout << fmt::format("model: {} states in all\n", states);
}

// RFC 4271 §4.4: with a hold time of 0 nothing is said and nothing expires. That the explorer finds this is
// also what shows that it would find such a thing elsewhere.
TEST_CASE("without hold time nobody notices a peer that died without a word", "[model]") {
  const auto found = model::explore(without_hold_time(), {1, {Kind::Restart}});
  CHECK(found.violation == "");
  CHECK(found.livelock.find("restart") != std::string::npos);
}
