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
//
// Most events take 16 octets (speaker/packed_event.h). Two more rings go with that of the records: anchors,
// one for every few events, and whole events, for those that cannot be packed. What stands in one of them is
// written over only for an event that is as far behind its own as the ring is long: what protects a record
// protects these, too.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "speaker/event.h"
#include "speaker/packed_event.h"

namespace speaker {

class EventRing {
 public:
  // `capacity` is rounded up to a power of two; 0: nothing is written down. The memory is taken from the
  // system as records are first written.
  explicit EventRing(std::size_t capacity)
      : capacity_(capacity == 0 ? 0 : std::bit_ceil(capacity)),
        records_(room<Word>(capacity_ * kWords)),
        anchors_(room<Word>(capacity_ == 0 ? 0 : anchor_count())),
        whole_(capacity_ == 0 ? 0 : (capacity_ + kChunk - 1) / kChunk) {}
  ~EventRing() {
    for (const auto& chunk : whole_) delete[] chunk.load(std::memory_order_relaxed);
  }
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  bool on() const { return capacity_ != 0; }
  std::size_t capacity() const { return capacity_; }

  // On the router's thread, where on(). The number of the event.
  EventNumber write(const Event& event) {
    begun_.store(++last_, std::memory_order_relaxed);
    std::atomic_ref anchor(*anchor_of(last_));
    if (last_ == 1 || last_ % kAnchored == 0)
      anchor.store(static_cast<Word>(event.at), std::memory_order_release);
    const auto from = static_cast<std::int64_t>(anchor.load(std::memory_order_relaxed));
    const auto packed = PackedEvent::of(event, last_, from);
    store(place_of(last_), (packed ? *packed : PackedEvent::elsewhere(write_whole(event))).words());
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
    for (std::uint64_t number = cursor.last + 1; number <= end; ++number) events.push_back(event(number));
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
  static constexpr std::size_t kWords = 2, kWholeWords = sizeof(Event) / sizeof(Word);
  static constexpr std::uint64_t kAnchored = 16;  // events an anchor
  static constexpr std::size_t kChunk = 16;       // whole events: few routers have many
  using Whole = std::array<Word, kWholeWords>;

  template <class Type>
  static std::unique_ptr<Type[]> room(std::size_t count) {
    return count == 0 ? nullptr : std::make_unique_for_overwrite<Type[]>(count);
  }
  template <std::size_t count>
  static void store(Word* place, const std::array<Word, count>& words) {
    for (std::size_t i = 0; i < count; ++i)
      std::atomic_ref(place[i]).store(words[i], std::memory_order_release);
  }
  template <std::size_t count>
  static std::array<Word, count> load(Word* place) {
    std::array<Word, count> words;
    for (std::size_t i = 0; i < count; ++i)
      words[i] = std::atomic_ref(place[i]).load(std::memory_order_acquire);
    return words;
  }

  Word* place_of(std::uint64_t number) const { return records_.get() + (number & (capacity_ - 1)) * kWords; }
  // Of as many events as there are in the ring, the first and the last need not be whole rounds.
  std::size_t anchor_count() const { return capacity_ / kAnchored + 2; }
  Word* anchor_of(std::uint64_t number) const { return anchors_.get() + number / kAnchored % anchor_count(); }
  // The place of it.
  std::uint32_t write_whole(const Event& event) {
    const auto place = static_cast<std::uint32_t>(whole_events_++ & (capacity_ - 1));
    auto& chunk = whole_[place / kChunk];
    if (chunk.load(std::memory_order_relaxed) == nullptr)
      chunk.store(new Word[kChunk * kWholeWords], std::memory_order_release);
    store(chunk.load(std::memory_order_relaxed) + place % kChunk * kWholeWords, std::bit_cast<Whole>(event));
    return place;
  }
  Event event(std::uint64_t number) const {
    const PackedEvent packed(load<kWords>(place_of(number)));
    if (!packed.is_elsewhere()) {
      const Word anchor = std::atomic_ref(*anchor_of(number)).load(std::memory_order_acquire);
      return packed.event(number, static_cast<std::int64_t>(anchor));
    }
    // Half a record may name any place.
    const std::size_t place = packed.place() & (capacity_ - 1);
    Word* const chunk = whole_[place / kChunk].load(std::memory_order_acquire);
    return chunk == nullptr ? Event{}
                            : std::bit_cast<Event>(load<kWholeWords>(chunk + place % kChunk * kWholeWords));
  }
  static void skip_to(Cursor& cursor, std::uint64_t oldest) {
    if (cursor.last >= oldest) return;
    cursor.lost += oldest - cursor.last;
    cursor.last = oldest;
  }

  std::size_t capacity_;
  std::unique_ptr<Word[]> records_, anchors_;
  std::vector<std::atomic<Word*>> whole_;      // chunks, taken as they are needed
  std::uint64_t last_ = 0, whole_events_ = 0;  // the writer's own
  std::atomic<std::uint64_t> begun_{0}, published_{0};
};

}  // namespace speaker
