// A table of prefixes: dense entries, an open-addressed index over them, and beside each entry a fixed number
// of slots (one a source of routes). Entries are numbered; numbers and references stay valid until the entry
// is erased. Keyed by one address family, so that IPv4 does not pay for IPv6's longer keys.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "net/prefix.h"

namespace rib {

template <class Prefix, class Entry, class Slot>  // Entry has a member `Prefix prefix`
class Table {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  explicit Table(std::size_t slots_per_entry) : stride_(slots_per_entry), index_(16, kNone) {}

  std::uint32_t find(const Prefix& prefix) const {
    for (std::size_t at = home(prefix);; at = next(at)) {
      if (index_[at] == kNone) return kNone;
      if (entries_[index_[at]].prefix == prefix) return index_[at];
    }
  }

  // The entry of this prefix, made if it was not there.
  std::uint32_t obtain(const Prefix& prefix) {
    if ((size_ + 1) * 4 > index_.size() * 3) grow();
    std::size_t at = home(prefix);
    for (; index_[at] != kNone; at = next(at))
      if (entries_[index_[at]].prefix == prefix) return index_[at];
    std::uint32_t number;
    if (free_.empty()) {
      number = static_cast<std::uint32_t>(entries_.size());
      entries_.emplace_back();
      slots_.resize(slots_.size() + stride_);
    } else {
      number = free_.back();
      free_.pop_back();
      entries_[number] = Entry{};
      for (std::size_t slot = 0; slot < stride_; ++slot) this->slot(number, slot) = Slot{};
    }
    entries_[number].prefix = prefix;
    live_.resize(entries_.size());
    live_[number] = true;
    index_[at] = number;
    ++size_;
    return number;
  }

  // Precondition: it is there. Closes the gap by moving later entries of the probe chain back.
  void erase(std::uint32_t number) {
    std::size_t hole = home(entries_[number].prefix);
    while (index_[hole] != number) hole = next(hole);
    for (std::size_t at = next(hole); index_[at] != kNone; at = next(at)) {
      const std::size_t wanted = home(entries_[index_[at]].prefix);
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      index_[hole] = index_[at];
      hole = at;
    }
    index_[hole] = kNone;
    live_[number] = false;
    free_.push_back(number);
    --size_;
  }

  Entry& operator[](std::uint32_t number) { return entries_[number]; }
  const Entry& operator[](std::uint32_t number) const { return entries_[number]; }
  Slot& slot(std::uint32_t number, std::size_t slot) { return slots_[number * stride_ + slot]; }
  const Slot& slot(std::uint32_t number, std::size_t slot) const { return slots_[number * stride_ + slot]; }
  std::size_t slots_per_entry() const { return stride_; }
  std::size_t size() const { return size_; }

  template <class Function>  // called with each entry's number, in the order of numbers
  void for_each(Function&& function) const {
    for (std::uint32_t number = 0; number < entries_.size(); ++number)
      if (live_[number]) function(number);
  }

  std::size_t bytes() const {
    return entries_.size() * sizeof(Entry) + slots_.size() * sizeof(Slot) +
           index_.size() * sizeof(std::uint32_t) + live_.size() / 8 +
           free_.capacity() * sizeof(std::uint32_t);
  }

 private:
  std::size_t mask() const { return index_.size() - 1; }
  std::size_t home(const Prefix& prefix) const { return hash_of(prefix) & mask(); }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }

  void grow() {
    index_.assign(index_.size() * 2, kNone);
    for (std::uint32_t number = 0; number < entries_.size(); ++number) {
      if (!live_[number]) continue;
      std::size_t at = home(entries_[number].prefix);
      while (index_[at] != kNone) at = next(at);
      index_[at] = number;
    }
  }

  std::size_t stride_;
  std::size_t size_ = 0;
  std::deque<Entry> entries_;
  std::deque<Slot> slots_;
  std::vector<bool> live_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> index_;  // power of two; at most three quarters full
};

}  // namespace rib
