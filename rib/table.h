// A table of prefixes: dense entries, an index over them, and beside each entry a fixed number
// of slots (one a source of routes). Entries are numbered; numbers and references stay valid until the entry
// is erased. Keyed by one address family, so that IPv4 does not pay for IPv6's longer keys.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "net/prefix.h"
#include "rib/hash_index.h"

namespace rib {

template <class Prefix, class Entry, class Slot>  // Entry has a member `Prefix prefix`
class Table {
 public:
  static constexpr std::uint32_t kNone = HashIndex::kNone;

  explicit Table(std::size_t slots_per_entry) : stride_(slots_per_entry) {}

  std::uint32_t find(const Prefix& prefix) const {
    return index_.find(hash_of(prefix),
                       [&](std::uint32_t number) { return entries_[number].prefix == prefix; });
  }

  // The entry of this prefix, made if it was not there.
  std::uint32_t obtain(const Prefix& prefix) {
    if (const std::uint32_t known = find(prefix); known != kNone) return known;
    std::uint32_t number;
    if (free_.empty()) {
      number = static_cast<std::uint32_t>(entries_.size());
      entries_.emplace_back();
      slots_.resize(slots_.size() + stride_);
      live_.push_back(true);
    } else {
      number = free_.back();
      free_.pop_back();
      entries_[number] = Entry{};
      for (std::size_t slot = 0; slot < stride_; ++slot) this->slot(number, slot) = Slot{};
    }
    entries_[number].prefix = prefix;
    live_[number] = true;
    index_.insert(number, hash_of_entry());
    return number;
  }

  // Precondition: it is there.
  void erase(std::uint32_t number) {
    index_.erase(number, hash_of_entry());
    live_[number] = false;
    free_.push_back(number);
  }

  Entry& operator[](std::uint32_t number) { return entries_[number]; }
  const Entry& operator[](std::uint32_t number) const { return entries_[number]; }
  Slot& slot(std::uint32_t number, std::size_t slot) { return slots_[number * stride_ + slot]; }
  const Slot& slot(std::uint32_t number, std::size_t slot) const { return slots_[number * stride_ + slot]; }
  std::size_t slots_per_entry() const { return stride_; }
  std::size_t size() const { return index_.size(); }

  template <class Function>  // called with each entry's number, in the order of numbers
  void for_each(Function&& function) const {
    for (std::uint32_t number = 0; number < entries_.size(); ++number)
      if (live_[number]) function(number);
  }

  // What the entries take that are there, and the index over them. Room that others have left is not counted:
  // the next ones take it.
  std::size_t bytes() const { return size() * (sizeof(Entry) + stride_ * sizeof(Slot)) + index_.bytes(); }

 private:
  auto hash_of_entry() const {
    return [this](std::uint32_t number) { return hash_of(entries_[number].prefix); };
  }

  std::size_t stride_;
  std::deque<Entry> entries_;
  std::deque<Slot> slots_;
  std::vector<bool> live_;
  std::vector<std::uint32_t> free_;
  HashIndex index_;
};

}  // namespace rib
