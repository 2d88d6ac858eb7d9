// Which places of a pool are nobody's: whoever keeps things by number takes one here, and gives it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rib {

class FreePlaces {
 public:
  // The number of a place in `pool`: the one that was given back last, as it was left, or a new one at the
  // end.
  template <class Pool>
  std::uint32_t take(Pool& pool) {
    if (numbers_.empty()) {
      pool.emplace_back();
      return static_cast<std::uint32_t>(pool.size() - 1);
    }
    const std::uint32_t number = numbers_.back();
    numbers_.pop_back();
    return number;
  }
  void give_back(std::uint32_t number) { numbers_.push_back(number); }
  std::size_t size() const { return numbers_.size(); }

 private:
  std::vector<std::uint32_t> numbers_;
};

}  // namespace rib
