// The gate of a paused lab, a step of it and the pace of a slow one, at one speaker whose neighbours the test
// plays.
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

// 0 and 1 are up, and have heard all there was to hear.
World two_neighbors(speaker::MraiConfig mrai = {}) {
  return World(2, [mrai](unsigned, speaker::NeighborConfig& neighbor) { neighbor.mrai = mrai; });
}

}  // namespace

TEST_CASE("a closed gate holds UPDATEs back and nothing else", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.speaker().close_gate(world.clock);
  world.announce(0, "198.18.0.0/16");
  CHECK(world.has_route("198.18.0.0/16"));  // decided, installed, shown
  CHECK(world.words(1).empty());
  CHECK(world.busy() == speaker::Busy::HeldBack);
  world.say(0, bgp::Keepalive{});
  world.speaker().request_refresh(1, world.clock);
  CHECK(world.words(1) == "REFRESH");
  world.pass(31s);  // KEEPALIVEs go on, no hold timer runs out
  CHECK(world.speaker().is_established(0));
  CHECK(world.words(1).empty());
  world.speaker().open_gate(1, world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16");
  CHECK(world.busy() == speaker::Busy::No);
}

TEST_CASE("behind a closed gate a session comes up and End-of-RIB waits", "[motion]") {
  World world = two_neighbors();
  world.speaker().close_gate(world.clock);
  world.establish(0);
  world.announce(0, "198.18.0.0/16");
  world.establish(1);
  CHECK(world.speaker().is_established(1));
  CHECK(world.words(1).empty());
  const auto released = world.speaker().prepare_step(world.clock);
  CHECK(released.routes == 1);
  CHECK(world.words(1).empty());  // not before all routers have prepared theirs
  CHECK(world.busy() == speaker::Busy::Yes);
  world.speaker().release_step(world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16 EoR");
  CHECK(world.words(0) == "EoR");
  CHECK(world.busy() == speaker::Busy::No);
}

TEST_CASE("a step releases what waited when it began, MRAI or not", "[motion]") {
  const auto mode = GENERATE(speaker::MraiMode::Quagga, speaker::MraiMode::Rfc);
  World world = two_neighbors({30s, mode});
  world.establish(0);
  world.establish(1);
  world.pass(60s);
  world.hear(0);
  world.hear(1);
  world.speaker().close_gate(world.clock);
  world.announce(0, "198.18.0.0/16");
  world.announce(0, "198.19.0.0/16");
  auto released = world.speaker().prepare_step(world.clock);
  CHECK(released.updates == 1);  // both have the same attributes
  CHECK(released.routes == 2);
  world.announce(0, "203.0.113.0/24");  // comes in the midst of the step: belongs to the next one
  world.speaker().release_step(world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16+198.19.0.0/16");
  CHECK(world.words(1).empty());
  CHECK(world.busy() == speaker::Busy::HeldBack);
  released = world.speaker().prepare_step(world.clock);
  world.speaker().release_step(world.clock);
  CHECK(released.routes == 1);
  CHECK(world.words(1) == "UPDATE+203.0.113.0/24");
  CHECK(world.busy() == speaker::Busy::No);
  released = world.speaker().prepare_step(world.clock);
  CHECK(released.updates == 0);
  CHECK(released.routes == 0);
}

TEST_CASE("a step is handed out in whole messages, however little room there is", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.speaker().close_gate(world.clock);
  for (unsigned i = 0; i < 40; ++i) {
    bgp::Update update = World::route(0, fmt::format("198.18.{}.0/24", i));
    update.attributes.med = i;
    world.say(0, update);
  }
  const auto released = world.speaker().prepare_step(world.clock);
  CHECK(released.updates == 40);
  world.speaker().release_step(world.clock);
  std::size_t heard = 0, pieces = 0;
  while (true) {
    const auto words = world.hear(1, 200);
    if (words.empty()) break;
    ++pieces;
    heard += words.size();
  }
  CHECK(heard == 40);
  CHECK(pieces > 5);
  CHECK(world.activity().peers[1].sent == 40 + 1);  // and End-of-RIB, before
}

TEST_CASE("a session that falls takes its part of a step with it", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.speaker().close_gate(world.clock);
  world.announce(0, "198.18.0.0/16");
  world.speaker().prepare_step(world.clock);
  world.lose(1);
  world.speaker().release_step(world.clock);
  world.establish(1);
  CHECK(world.words(1).empty());
  world.speaker().prepare_step(world.clock);
  world.speaker().release_step(world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16 EoR");
}

TEST_CASE("an open gate lets the rest of a step go first", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.speaker().close_gate(world.clock);
  world.announce(0, "198.18.0.0/16");
  world.speaker().prepare_step(world.clock);  // and nobody releases it
  bgp::Update withdrawal;
  withdrawal.withdrawn = {prefix("198.18.0.0/16")};
  world.say(0, withdrawal);
  world.speaker().open_gate(1, world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16");  // a transport pulls until there is no more
  CHECK(world.words(1) == "UPDATE-198.18.0.0/16");
}

TEST_CASE("the end is told through a closed gate", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.speaker().close_gate(world.clock);
  world.announce(0, "198.18.0.0/16");
  world.speaker().freeze(world.clock);
  world.speaker().stop(world.clock);
  CHECK(world.words(1) == "NOTIFICATION 6/2");
}

TEST_CASE("a slow lab's news waits as long as the work took, in lab time", "[motion]") {
  World world = two_neighbors();
  world.establish(0);
  world.establish(1);
  world.hear(1);
  world.speaker().open_gate(0.01, world.clock);
  world.work_takes = 500ns;  // as a clock at a hundredth of the speed shows 50 us
  world.announce(0, "198.18.0.0/16");
  CHECK(world.has_route("198.18.0.0/16"));
  CHECK(world.words(1).empty());
  CHECK(world.busy() == speaker::Busy::Yes);
  const Instant due = world.clock + 50us;
  REQUIRE(world.speaker().next_deadline());
  CHECK(*world.speaker().next_deadline() == due);
  world.work_takes = 0ns;
  world.clock = due - 1ns;
  world.speaker().tick(world.clock);
  CHECK(world.words(1).empty());
  world.clock = due;
  world.speaker().tick(world.clock);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16");
  CHECK(world.busy() == speaker::Busy::No);
}

TEST_CASE("another advertisement interval holds for a while", "[motion]") {
  World world = two_neighbors({});
  world.establish(0);
  world.establish(1);
  world.hear(1);
  world.speaker().set_mrai(3000ms, world.clock);
  CHECK(world.speaker().view(world.clock).peers[1].min_route_advertisement_interval == 3000ms);
  world.announce(0, "198.18.0.0/16");
  CHECK(world.words(1).empty());
  world.pass(3s);
  CHECK(world.words(1) == "UPDATE+198.18.0.0/16");
  world.announce(0, "198.19.0.0/16");
  CHECK(world.words(1).empty());
  world.speaker().set_mrai(std::nullopt, world.clock);  // what it held goes at once
  CHECK(world.words(1) == "UPDATE+198.19.0.0/16");
  CHECK(world.speaker().view(world.clock).peers[1].min_route_advertisement_interval == 0ms);
}
