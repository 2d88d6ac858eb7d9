// The lab's clock: never back, deadlines that it finds again, one line for all whatever the order of news.
#include "speaker/lab_clock.h"

#include <catch2/catch.hpp>

#include "bgp/session.h"

using namespace std::chrono_literals;
using bgp::Instant;
using speaker::LabClock;

namespace {
const Instant kReal{5000s}, kLab{4000s};
}

TEST_CASE("until told otherwise it is the machine's clock", "[lab_clock]") {
  const LabClock clock;
  for (const Instant at : {Instant{}, Instant{1ns}, kReal}) {
    CHECK(clock.at(at) == at);
    CHECK(clock.when(at) == at);
  }
  CHECK(clock.speed() == 1);
}

TEST_CASE("lab time is a line", "[lab_clock]") {
  struct Row {
    double speed;
    std::chrono::nanoseconds real, lab;
  };
  for (const Row& row : {Row{1, 7s, 7s}, {0.5, 8s, 4s}, {0.1, 10s, 1s}, {0.001, 1s, 1ms}, {0, 1h, 0s}}) {
    CAPTURE(row.speed);
    const LabClock clock(kReal, kLab, row.speed);
    CHECK(clock.at(kReal + row.real) == kLab + row.lab);
    if (row.speed > 0) CHECK(clock.when(kLab + row.lab) == kReal + row.real);
  }
}

TEST_CASE("a deadline is not met before its time, and soon after it", "[lab_clock]") {
  for (const double speed : {1.0, 0.7, 0.3333333, 0.1, 0.0123, 0.001}) {
    const LabClock clock(kReal, kLab, speed);
    for (std::int64_t i = 0; i < 2000; ++i) {
      const Instant deadline = kLab + std::chrono::nanoseconds(i * i * 7919 + i);
      const auto real = clock.when(deadline);
      REQUIRE(real);
      CHECK(clock.at(*real) >= deadline);
      CHECK(clock.at(*real) <= deadline + 100ns);
    }
  }
}

TEST_CASE("a clock that stands has no deadlines, near or far", "[lab_clock]") {
  const LabClock clock(kReal, kLab, 0);
  for (const auto ahead : {-1ns, 0ns, 1ns, std::chrono::nanoseconds(24h)})
    CHECK_FALSE(clock.when(kLab + ahead));
  CHECK(clock.at(kReal + 1000h) == kLab);
}

TEST_CASE("a far deadline of a slow clock is far, not past", "[lab_clock]") {
  const LabClock clock(kReal, kLab, 0.001);
  const auto real = clock.when(kLab + std::chrono::hours(24 * 365));
  REQUIRE(real);
  CHECK(*real > kReal + 24h);
}

TEST_CASE("who hears late of another line waits for it and never goes back", "[lab_clock]") {
  LabClock early, late;
  const LabClock stands(kReal, kReal, 0);
  early.follow(stands, kReal);
  late.follow(stands, kReal + 3ms);  // its own time has gone on for so long
  CHECK(early.at(kReal + 1s) == kReal);
  CHECK(late.at(kReal + 1s) == kReal + 3ms);
  // What all are told next is no earlier than the last of them.
  const LabClock agreed(kReal, kReal + 3ms, 0);
  early.follow(agreed, kReal + 1s);
  late.follow(agreed, kReal + 1s);
  CHECK(early.at(kReal + 2s) == late.at(kReal + 2s));
  const LabClock goes(kReal + 2s, kReal + 3ms, 0.5);
  early.follow(goes, kReal + 2s);
  late.follow(goes, kReal + 2s + 9ms);
  CHECK(early.at(kReal + 3s) == late.at(kReal + 3s));
  CHECK(late.at(kReal + 3s) == kReal + 3ms + 500ms);
}
