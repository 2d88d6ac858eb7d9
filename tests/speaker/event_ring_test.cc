// The ring of events: what is read is what was written, in order, and what was missed is counted; with two
// threads, too, which is what the thread sanitizer looks at.
#include "speaker/event_ring.h"

#include <thread>

#include <catch2/catch.hpp>

using speaker::Event;
using speaker::EventKind;
using speaker::EventRing;

namespace {

// An event all of whose words say which one it is: half of one record beside half of another shows.
Event event_of(std::uint64_t number) {
  Event event;
  event.at = static_cast<std::int64_t>(number);
  event.cause = static_cast<std::uint32_t>(number);
  event.kind = EventKind::Held;
  event.hold = {.until = static_cast<std::int64_t>(number), .unused = {number, number}};
  return event;
}

bool is_whole(const Event& event, std::uint64_t number) {
  const auto signed_number = static_cast<std::int64_t>(number);
  return event.at == signed_number && event.cause == static_cast<std::uint32_t>(number) &&
         event.kind == EventKind::Held && event.hold.until == signed_number &&
         event.hold.unused[0] == number && event.hold.unused[1] == number;
}

}  // namespace

TEST_CASE("a ring that is off keeps nothing", "[events]") {
  const EventRing ring(0);
  CHECK_FALSE(ring.on());
  CHECK(EventRing(5).capacity() == 8);
}

TEST_CASE("events are read in order, in pieces, once", "[events]") {
  EventRing ring(8);
  for (std::uint64_t number = 1; number <= 7; ++number) CHECK(ring.write(event_of(number)) == number);
  EventRing::Cursor cursor;
  std::vector<Event> events;
  ring.read(cursor, 3, events);
  CHECK(cursor.last == 3);
  ring.read(cursor, 100, events);
  CHECK(cursor.last == 7);
  CHECK(cursor.lost == 0);
  REQUIRE(events.size() == 7);
  for (std::uint64_t number = 1; number <= 7; ++number) CHECK(is_whole(events[number - 1], number));
  ring.read(cursor, 100, events);
  CHECK(events.size() == 7);
}

TEST_CASE("who comes late is told how many events are gone", "[events]") {
  EventRing ring(8);
  EventRing::Cursor early;
  std::vector<Event> events;
  for (std::uint64_t number = 1; number <= 2; ++number) ring.write(event_of(number));
  ring.read(early, 100, events);
  for (std::uint64_t number = 3; number <= 20; ++number) ring.write(event_of(number));
  events.clear();
  ring.read(early, 100, events);
  CHECK(early.lost == 10);  // 3 to 12
  REQUIRE(events.size() == 8);
  CHECK(is_whole(events.front(), 13));
  CHECK(is_whole(events.back(), 20));

  EventRing::Cursor beyond{.last = 1000};  // of another life of the lab
  events.clear();
  ring.read(beyond, 100, events);
  CHECK(events.empty());
  CHECK(beyond.last == 20);
}

TEST_CASE("a reader beside a writer sees whole events, and every one is read or counted", "[events]") {
  constexpr std::uint64_t kEvents = 200'000;
  EventRing ring(64);
  std::thread writer([&] {
    for (std::uint64_t number = 1; number <= kEvents; ++number) ring.write(event_of(number));
  });
  EventRing::Cursor cursor;
  std::vector<Event> events;
  std::uint64_t read = 0, torn = 0;
  while (cursor.last < kEvents) {
    events.clear();
    ring.read(cursor, 1000, events);
    const std::uint64_t first = cursor.last + 1 - events.size();
    for (std::size_t i = 0; i < events.size(); ++i)
      if (!is_whole(events[i], first + i)) ++torn;
    read += events.size();
    if (events.empty()) std::this_thread::yield();
  }
  writer.join();
  CHECK(torn == 0);
  CHECK(read > 0);
  CHECK(read + cursor.lost == kEvents);
}
