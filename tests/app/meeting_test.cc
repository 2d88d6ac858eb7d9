// Threads that meet: all go on together, or all learn that somebody did not come.
#include "app/meeting.h"

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("nobody goes on before the last one has come", "[meeting]") {
  app::Meeting meeting(8);
  std::atomic<int> here = 0, early = 0, met = 0;
  std::vector<std::jthread> guests;
  for (int guest = 0; guest < 8; ++guest)
    guests.emplace_back([&] {
      ++here;
      if (meeting.arrive(60s)) ++met;
      if (here != 8) ++early;
    });
  guests.clear();
  CHECK(met == 8);
  CHECK(early == 0);
}

TEST_CASE("one does not come: nobody waits for ever, and who is late does not wait at all", "[meeting]") {
  app::Meeting meeting(4);
  std::atomic<int> met = 0;
  std::vector<std::jthread> guests;
  for (int guest = 0; guest < 3; ++guest)
    guests.emplace_back([&] {
      if (meeting.arrive(20ms)) ++met;
    });
  guests.clear();
  CHECK(met == 0);
  CHECK_FALSE(meeting.arrive(1h));
}
