// What is packed is what was written, and what does not fit says so.
#include "speaker/packed_event.h"

#include <cstring>

#include <catch2/catch.hpp>

#include "speaker/event_ring.h"

using speaker::Event;
using speaker::EventKind;
using speaker::EventPrefix;
using speaker::EventRing;
using speaker::PackedEvent;

namespace {

constexpr std::uint64_t kNumber = 70'000;
constexpr std::int64_t kAnchor = 1'000'000'000'000'000;

bool equal(const Event& a, const Event& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

Event route() {
  Event event;
  event.at = kAnchor + 17;
  event.cause = kNumber - 3;
  event.peer = 1;
  event.kind = EventKind::Route;
  event.detail = static_cast<std::uint8_t>(rib::DecisionStep::PeerAddress);
  event.prefix = {.prefix = EventPrefix::of(*net::Ipv4Prefix::parse("203.0.113.254/32")),
                  .kernel = rib::KernelChange::Remove,
                  .took = 0xffffffff};
  return event;
}

Event updates(EventKind kind) {
  Event event;
  event.at = kAnchor + 0xffffffff;
  event.peer = 62;
  event.kind = kind;
  event.updates = {.connection = 0xffffffff, .first = 0xfffffffe, .count = 1};
  return event;
}

// Comes out of the record, or says that it must be kept elsewhere; never as another.
bool fits(const Event& event) {
  const auto packed = PackedEvent::of(event, kNumber, kAnchor);
  if (!packed) return false;
  CHECK_FALSE(packed->is_elsewhere());
  CHECK(equal(PackedEvent(packed->words()).event(kNumber, kAnchor), event));
  return true;
}

template <class Change>
Event changed(Event event, const Change& change) {
  change(event);
  return event;
}

}  // namespace

TEST_CASE("a route of IPv4 is packed", "[events]") {
  CHECK(fits(route()));
  CHECK(fits(changed(route(), [](Event& event) { event.cause = 0; })));
  CHECK(fits(changed(route(), [](Event& event) { event.peer = speaker::kNoPeer; })));
  CHECK(fits(changed(route(), [](Event& event) { event.prefix.prefix = {}; })));
  CHECK(fits(changed(route(), [](Event& event) { event.cause = kNumber - 1023; })));
}

TEST_CASE("UPDATEs are packed", "[events]") {
  CHECK(fits(updates(EventKind::Received)));
  CHECK(fits(changed(updates(EventKind::Received),
                     [](Event& event) { event.updates.announced = event.updates.withdrawn = 2047; })));
  CHECK(fits(updates(EventKind::Sent)));
  CHECK(fits(changed(updates(EventKind::Sent), [](Event& event) {
    event.cause = kNumber - 1;
    event.updates.count = 4095;
  })));
}

TEST_CASE("what does not fit is not packed", "[events]") {
  for (const auto change : std::initializer_list<void (*)(Event&)>{
           [](Event& event) { event.peer = 63; }, [](Event& event) { event.peer = 64; },
           [](Event& event) { event.at = kAnchor + 0x100000000; },
           [](Event& event) { event.at = kAnchor - 1; }, [](Event& event) { event.cause = kNumber - 1024; },
           [](Event& event) { event.cause = kNumber + 1; }, [](Event& event) { event.detail = 16; },
           [](Event& event) { event.prefix.error = 1; },
           [](Event& event) {
             event.prefix.prefix = EventPrefix::of(*net::Ipv6Prefix::parse("2001:db8::/32"));
           },
           [](Event& event) { event.kind = EventKind::Trigger; },
           [](Event& event) { event.kind = EventKind::Held; }})
    CHECK_FALSE(fits(changed(route(), change)));
  for (const auto change : std::initializer_list<void (*)(Event&)>{
           [](Event& event) { event.cause = 1; }, [](Event& event) { event.detail = 1; },
           [](Event& event) { event.updates.count = 2; },
           [](Event& event) { event.updates.announced = 2048; },
           [](Event& event) { event.updates.withdrawn = 2048; },
           [](Event& event) { event.kind = EventKind::Session; },
           [](Event& event) { event.kind = EventKind::Link; }})
    CHECK_FALSE(fits(changed(updates(EventKind::Received), change)));
  for (const auto change : std::initializer_list<void (*)(Event&)>{
           [](Event& event) { event.detail = 1; }, [](Event& event) { event.updates.count = 4096; },
           [](Event& event) { event.updates.announced = 1; },
           [](Event& event) { event.updates.withdrawn = 1; }})
    CHECK_FALSE(fits(changed(updates(EventKind::Sent), change)));
}

TEST_CASE("a ring keeps packed events and others beside one another", "[events]") {
  EventRing ring(32);
  std::vector<Event> written;
  for (std::uint64_t number = 1; number <= 200; ++number) {
    Event event = number % 3 == 0 ? updates(EventKind::Received) : route();
    if (number % 7 == 0) event.kind = EventKind::Held;
    if (event.kind == EventKind::Route) event.cause = static_cast<std::uint32_t>(number / 2);
    event.at = kAnchor + static_cast<std::int64_t>(number * (number % 5 == 0 ? 4'000'000'000 : 1));
    if (!written.empty()) event.at = std::max(event.at, written.back().at);
    written.push_back(event);
    ring.write(event);
  }
  EventRing::Cursor cursor;
  std::vector<Event> events;
  ring.read(cursor, 1000, events);
  CHECK(cursor.lost == 200 - 32);
  REQUIRE(events.size() == 32);
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(equal(events[i], written[200 - 32 + i]));
}
