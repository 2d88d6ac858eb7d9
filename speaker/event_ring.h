// A router's events in memory, and the second of the two places where threads share any (the other is
// speaker/activity.h): one writer, the router's thread, and any number of readers, each with a cursor of its
// own. The writer takes no lock, makes no system call, waits for nobody and does not even know whether
// anybody reads; when the ring is full the oldest record gives way, and a reader that came too late is told
// how many it has missed.
//
// A record is copied word by word. Before the writer touches a place it says in `begun_` which record it
// writes there, and afterwards in `published_` that it stands. Its words are stored with release and loaded
// with acquire, so whoever has seen a word of a later record also sees that it was begun, and throws away
// what it has copied (Boehm, "Can seqlocks get along with programming language memory models?", 2012). On
// x86-64 all of that is plain moves.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "speaker/event.h"

namespace speaker {

class EventRing {
 public:
  // `capacity` is rounded up to a power of two; 0: nothing is written down. The memory is taken from the
  // system as records are first written.
  explicit EventRing(std::size_t capacity)
      : capacity_(capacity == 0 ? 0 : std::bit_ceil(capacity)),
        words_(capacity == 0 ? nullptr : std::make_unique_for_overwrite<Word[]>(capacity_ * kWords)) {}

  bool on() const { return capacity_ != 0; }
  std::size_t capacity() const { return capacity_; }

  // On the router's thread, where on(). The number of the event.
  EventNumber write(const Event& event) {
    const auto words = std::bit_cast<Record>(event);
    begun_.store(++last_, std::memory_order_relaxed);
    Word* const place = place_of(last_);
    for (std::size_t i = 0; i < kWords; ++i)
      std::atomic_ref(place[i]).store(words[i], std::memory_order_release);
    published_.store(last_, std::memory_order_release);
    return static_cast<EventNumber>(last_);
  }

  struct Cursor {
    std::uint64_t last = 0;  // the number of the event read last
    std::uint64_t lost = 0;  // how many were overwritten before they were read
  };
  // On any thread: appends what has come after the cursor, at most `most`, and moves it. The event at
  // events[before + i] has the number cursor.last - (appended - 1 - i).
  void read(Cursor& cursor, std::size_t most, std::vector<Event>& events) const {
    const std::uint64_t published = published_.load(std::memory_order_acquire);
    cursor.last = std::min(cursor.last, published);
    skip_to(cursor, published > capacity_ ? published - capacity_ : 0);
    const std::size_t before = events.size();
    const std::uint64_t end = std::min(published, cursor.last + most);
    for (std::uint64_t number = cursor.last + 1; number <= end; ++number) {
      Record words;
      Word* const place = place_of(number);
      for (std::size_t i = 0; i < kWords; ++i)
        words[i] = std::atomic_ref(place[i]).load(std::memory_order_acquire);
      events.push_back(std::bit_cast<Event>(words));
    }
    // What the writer has come upon meanwhile may be half a record.
    const std::uint64_t begun = begun_.load(std::memory_order_relaxed);
    const std::uint64_t overwritten = begun > capacity_ ? begun - capacity_ : 0;
    const std::uint64_t torn = overwritten > cursor.last ? std::min(overwritten, end) - cursor.last : 0;
    const auto first = events.begin() + static_cast<std::ptrdiff_t>(before);
    events.erase(first, first + static_cast<std::ptrdiff_t>(torn));
    cursor.lost += torn;
    cursor.last = end;
  }

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t kWords = sizeof(Event) / sizeof(Word);
  using Record = std::array<Word, kWords>;

  Word* place_of(std::uint64_t number) const { return words_.get() + (number & (capacity_ - 1)) * kWords; }
  static void skip_to(Cursor& cursor, std::uint64_t oldest) {
    if (cursor.last >= oldest) return;
    cursor.lost += oldest - cursor.last;
    cursor.last = oldest;
  }

  std::size_t capacity_;
  std::unique_ptr<Word[]> words_;
  std::uint64_t last_ = 0;  // the writer's own
  std::atomic<std::uint64_t> begun_{0}, published_{0};
};

}  // namespace speaker
