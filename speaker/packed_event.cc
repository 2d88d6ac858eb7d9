#include "speaker/packed_event.h"

#include <cstring>

namespace speaker {

namespace {

// The first word, from its lowest bit: elsewhere or not, and what each kind has; together 64 bits.
constexpr unsigned kFlagBits = 1, kKindBits = 3, kPeerBits = 6, kTimeBits = 32;
// Of a route: the cause, and what becomes of the prefix that is in the second word.
constexpr unsigned kCauseBits = 10, kLengthBits = 6, kChangeBits = 2, kStepBits = 4;
// Of an UPDATE that was received: it has no cause here, and is one.
constexpr unsigned kPrefixesBits = 11;
// Of those that were sent, beside the cause.
constexpr unsigned kUpdatesBits = 12;
constexpr unsigned kHeadBits = kFlagBits + kKindBits + kPeerBits + kTimeBits;
static_assert(kHeadBits + kCauseBits + kLengthBits + kChangeBits + kStepBits == 64);
static_assert(kHeadBits + 2 * kPrefixesBits == 64 && kHeadBits + kCauseBits + kUpdatesBits == 64);

constexpr std::uint64_t kNoPeerPacked = (1u << kPeerBits) - 1;

class Writer {
 public:
  void put(std::uint64_t value, unsigned bits) {
    fits_ = fits_ && value >> bits == 0;
    word_ |= value << used_;
    used_ += bits;
  }
  bool fits() const { return fits_; }
  std::uint64_t word() const { return word_; }

 private:
  std::uint64_t word_ = 0;
  unsigned used_ = kFlagBits;
  bool fits_ = true;
};

class Reader {
 public:
  explicit Reader(std::uint64_t word) : word_(word >> kFlagBits) {}
  std::uint32_t take(unsigned bits) {
    const std::uint64_t value = word_ & ((std::uint64_t{1} << bits) - 1);
    word_ >>= bits;
    return static_cast<std::uint32_t>(value);
  }

 private:
  std::uint64_t word_;
};

std::uint64_t both(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; }

// 0: none.
std::uint64_t distance(const Event& event, std::uint64_t number) {
  return event.cause == 0 ? 0 : static_cast<EventNumber>(number) - event.cause;
}

EventNumber cause(std::uint32_t distance, std::uint64_t number) {
  return distance == 0 ? 0 : static_cast<EventNumber>(number) - distance;
}

}  // namespace

std::optional<PackedEvent> PackedEvent::of(const Event& event, std::uint64_t number, std::int64_t anchor) {
  Writer head;
  head.put(static_cast<std::uint64_t>(event.kind), kKindBits);
  head.put(event.peer == kNoPeer ? kNoPeerPacked : event.peer, kPeerBits);
  head.put(static_cast<std::uint64_t>(event.at - anchor), kTimeBits);
  if (event.peer == kNoPeerPacked) return std::nullopt;
  switch (event.kind) {
    case EventKind::Route: {
      const auto& [prefix, kernel, error, took] = event.prefix;
      if (prefix.ipv6 || error != 0) return std::nullopt;
      std::uint32_t address = 0;
      std::memcpy(&address, prefix.address.data(), sizeof address);
      head.put(distance(event, number), kCauseBits);
      head.put(prefix.length, kLengthBits);
      head.put(static_cast<std::uint64_t>(kernel), kChangeBits);
      head.put(event.detail, kStepBits);
      if (!head.fits()) return std::nullopt;
      return PackedEvent(Words{head.word(), both(address, took)});
    }
    case EventKind::Received: {
      const Event::OfUpdates& update = event.updates;
      if (event.cause != 0 || event.detail != 0 || update.count != 1) return std::nullopt;
      head.put(update.announced, kPrefixesBits);
      head.put(update.withdrawn, kPrefixesBits);
      if (!head.fits()) return std::nullopt;
      return PackedEvent(Words{head.word(), both(update.connection, update.first)});
    }
    case EventKind::Sent: {
      const Event::OfUpdates& updates = event.updates;
      if (event.detail != 0 || updates.announced != 0 || updates.withdrawn != 0) return std::nullopt;
      head.put(distance(event, number), kCauseBits);
      head.put(updates.count, kUpdatesBits);
      if (!head.fits()) return std::nullopt;
      return PackedEvent(Words{head.word(), both(updates.connection, updates.first)});
    }
    default: return std::nullopt;  // rare ones
  }
}

Event PackedEvent::event(std::uint64_t number, std::int64_t anchor) const {
  Reader head(words_[0]);
  const auto low = static_cast<std::uint32_t>(words_[1]), high = static_cast<std::uint32_t>(words_[1] >> 32);
  Event event;
  event.kind = static_cast<EventKind>(head.take(kKindBits));
  const std::uint32_t peer = head.take(kPeerBits);
  event.peer = peer == kNoPeerPacked ? kNoPeer : static_cast<std::uint16_t>(peer);
  event.at = anchor + head.take(kTimeBits);
  switch (event.kind) {
    case EventKind::Route: {
      event.cause = cause(head.take(kCauseBits), number);
      const auto length = static_cast<std::uint8_t>(head.take(kLengthBits));
      event.prefix.prefix = {.length = length};
      std::memcpy(event.prefix.prefix.address.data(), &low, sizeof low);
      event.prefix.kernel = static_cast<rib::KernelChange>(head.take(kChangeBits));
      event.prefix.took = high;
      event.detail = static_cast<std::uint8_t>(head.take(kStepBits));
      break;
    }
    case EventKind::Received: {
      const std::uint32_t announced = head.take(kPrefixesBits), withdrawn = head.take(kPrefixesBits);
      event.updates = {
          .connection = low, .first = high, .count = 1, .announced = announced, .withdrawn = withdrawn};
      break;
    }
    case EventKind::Sent: {
      event.cause = cause(head.take(kCauseBits), number);
      event.updates = {.connection = low, .first = high, .count = head.take(kUpdatesBits)};
      break;
    }
    default: break;
  }
  return event;
}

}  // namespace speaker
