// A router's recorder holds so much and no more; what it gives away is whole records with true stamps.
#include "app/message_recorder.h"

#include <catch2/catch.hpp>

#include "capture/read.h"
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;
using app::MessageRecorder;

namespace {

constexpr std::chrono::seconds kWall{1'764'000'000};

std::vector<capture::Entry> entries_of(const std::vector<std::uint8_t>& records) {
  std::vector<capture::Entry> entries;
  const auto fault = capture::read(capture::Container::Mrt, records, {},
                                   [&entries](const capture::Entry& entry) { entries.push_back(entry); });
  CHECK_FALSE(fault);
  return entries;
}

}  // namespace

TEST_CASE("what a router hears is written down with the wall clock's time", "[recorder]") {
  World world(1, [](unsigned, auto&) {});
  const auto recorder =
      std::make_shared<MessageRecorder>(MessageRecorder::Also{}, kWall, std::size_t{1} << 20);
  world.speaker().add_tap(recorder);
  world.establish(0);
  world.pass(1500us);
  world.announce(0, "10.10.0.0/16");
  const auto taken = recorder->take();
  CHECK(taken.dropped == 0);
  const auto entries = entries_of(taken.records);
  REQUIRE(entries.size() >= 4);  // states, OPEN, KEEPALIVE, UPDATE
  const auto& last = entries.back();
  const auto& update = std::get<bgp::Update>(std::get<capture::Decoded>(last.what).message);
  CHECK(update.announced == std::vector{prefix("10.10.0.0/16")});
  CHECK(last.place.at ==
        capture::Time(kWall + std::chrono::floor<std::chrono::microseconds>(world.clock.time_since_epoch())));
  CHECK(last.place.peer_as == World::as_of(0));
  CHECK(last.place.local_as == kLocalAs);
  CHECK(recorder->take().records.empty());
}

TEST_CASE("what does not fit is counted, and there is room again afterwards", "[recorder]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  constexpr std::size_t kMost = 1000;
  const auto recorder = std::make_shared<MessageRecorder>(MessageRecorder::Also{.sent = true}, kWall, kMost);
  world.speaker().add_tap(recorder);
  for (int i = 0; i < 100; ++i) world.announce(0, fmt::format("10.{}.0.0/16", i));
  const auto taken = recorder->take();
  CHECK(taken.records.size() <= kMost);
  const auto kept = entries_of(taken.records).size();
  CHECK(kept > 0);
  CHECK(kept + taken.dropped == 100);
  world.announce(0, "10.100.0.0/16");
  const auto again = recorder->take();
  CHECK(again.dropped == 0);
  CHECK(entries_of(again.records).size() == 1);
}

TEST_CASE("the Loc-RIB is written as what a neighbour of the router's own AS would hear", "[recorder]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  const auto recorder =
      std::make_shared<MessageRecorder>(MessageRecorder::Also{.loc_rib = true}, kWall, std::size_t{1} << 20);
  world.speaker().add_tap(recorder);
  const auto last_update = [&recorder] {
    const auto entries = entries_of(recorder->take().records);
    REQUIRE(entries.size() == 2);  // what was heard, and what came of it
    CHECK(entries[1].place.peer == net::IpAddress(net::Ipv4Address{}));
    CHECK(entries[1].place.peer_as == kLocalAs);
    return std::get<bgp::Update>(std::get<capture::Decoded>(entries[1].what).message);
  };
  world.announce(0, "10.10.0.0/16");
  const bgp::Update announced = last_update();
  CHECK(announced.announced == std::vector{prefix("10.10.0.0/16")});
  CHECK(announced.attributes == World::route(0, "10.10.0.0/16").attributes);
  bgp::Update withdrawal;
  withdrawal.withdrawn = {prefix("10.10.0.0/16")};
  world.say(0, withdrawal);
  const bgp::Update withdrawn = last_update();
  CHECK(withdrawn.withdrawn == std::vector{prefix("10.10.0.0/16")});
  CHECK(withdrawn.announced.empty());
}
