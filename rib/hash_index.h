// Numbers of things found by what the things are: open addressing over 32-bit numbers, four octets a place.
// The things stand elsewhere and their owner tells their hashes; this only finds them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace rib {

class HashIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // The number for which `is_sought` holds, of those with this hash; kNone: there is none.
  template <class IsSought>
  std::uint32_t find(std::uint64_t hash, const IsSought& is_sought) const {
    for (std::size_t at = hash & mask();; at = next(at))
      if (places_[at] == kNone || is_sought(places_[at])) return places_[at];
  }

  // Precondition: it is not there. `hash_of` tells the hash of any number that is.
  template <class HashOf>
  void insert(std::uint32_t number, const HashOf& hash_of) {
    if ((size_ + 1) * 4 > places_.size() * 3) {
      std::vector<std::uint32_t> before(places_.size() * 2, kNone);
      before.swap(places_);
      for (const std::uint32_t one : before)
        if (one != kNone) place(one, hash_of(one));
    }
    place(number, hash_of(number));
    ++size_;
  }

  // Precondition: it is there. Closes the gap by moving later numbers of the probe chain back.
  template <class HashOf>
  void erase(std::uint32_t number, const HashOf& hash_of) {
    std::size_t hole = hash_of(number) & mask();
    while (places_[hole] != number) hole = next(hole);
    for (std::size_t at = next(hole); places_[at] != kNone; at = next(at)) {
      const std::size_t wanted = hash_of(places_[at]) & mask();
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = kNone;
    --size_;
  }

  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const std::uint32_t number : places_)
      if (number != kNone) visit(number);
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return places_.capacity() * sizeof(std::uint32_t); }

 private:
  std::size_t mask() const { return places_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  void place(std::uint32_t number, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (places_[at] != kNone) at = next(at);
    places_[at] = number;
  }

  std::vector<std::uint32_t> places_ = std::vector<std::uint32_t>(16, kNone);  // a power of two
  std::size_t size_ = 0;
};

}  // namespace rib
