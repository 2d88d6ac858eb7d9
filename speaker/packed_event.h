// An event in 16 octets instead of 40, which nearly all of a router's are: a route's or an UPDATE's, of IPv4,
// of one of a router's first neighbours, soon after the event before. It holds what is left when what can be
// known from elsewhere is left out: the time as the distance from an instant that the ring keeps for several
// events, the cause as how many events ago it was. What does not fit stands elsewhere as it is, and a word
// says where. Knows no ring.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "speaker/event.h"

namespace speaker {

class PackedEvent {
 public:
  using Words = std::array<std::uint64_t, 2>;

  explicit PackedEvent(const Words& words) : words_(words) {}
  // `number`: the event's own; `anchor`: no later than it. Nothing: it does not fit.
  static std::optional<PackedEvent> of(const Event& event, std::uint64_t number, std::int64_t anchor);
  static PackedEvent elsewhere(std::uint32_t place) { return PackedEvent(Words{kElsewhere, place}); }

  const Words& words() const { return words_; }
  bool is_elsewhere() const { return (words_[0] & kElsewhere) != 0; }
  std::uint32_t place() const { return static_cast<std::uint32_t>(words_[1]); }
  // Precondition: it is not elsewhere. Of octets that make no sense, an event that makes none.
  Event event(std::uint64_t number, std::int64_t anchor) const;

 private:
  static constexpr std::uint64_t kElsewhere = 1;

  Words words_;
};

}  // namespace speaker
