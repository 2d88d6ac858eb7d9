// Octets that mostly are few: up to kInPlace of them stand in the object itself, which takes 32; a vector
// would take 24, and 32 more at least on the heap.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "net/bytes.h"

namespace rib {

class OctetString {
 public:
  static constexpr std::size_t kInPlace = 28;

  OctetString() = default;
  OctetString(OctetString&& other) noexcept
      : size_(std::exchange(other.size_, 0)), room_(std::exchange(other.room_, {})) {}
  OctetString& operator=(OctetString&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~OctetString() {
    if (on_heap()) delete[] block().octets;
  }

  net::Bytes view() const { return {on_heap() ? block().octets : room_.data(), size_}; }
  std::size_t size() const { return size_; }
  void append(net::Bytes more) {
    const std::size_t size = size_ + more.size();
    if (size > kInPlace && (!on_heap() || block().capacity < size)) {
      // Paths grow by an AS number at a time, a thousand times: by half, so that few of them are copied
      // often.
      const auto capacity =
          static_cast<std::uint32_t>(on_heap() ? std::max(size, 3 * std::size_t{size_} / 2) : size);
      const Block larger{new std::uint8_t[capacity], capacity};
      std::ranges::copy(view(), larger.octets);
      if (on_heap()) delete[] block().octets;
      std::memcpy(room_.data(), &larger, sizeof larger);
    }
    std::uint8_t* const octets = size > kInPlace ? block().octets : room_.data();
    std::ranges::copy(more, octets + size_);
    size_ = static_cast<std::uint32_t>(size);
  }
  std::size_t heap_bytes() const { return on_heap() ? block().capacity : 0; }

 private:
  struct Block {
    std::uint8_t* octets;
    std::uint32_t capacity;
  };

  bool on_heap() const { return size_ > kInPlace; }
  Block block() const {
    Block block;
    std::memcpy(&block, room_.data(), sizeof block);
    return block;
  }

  std::uint32_t size_ = 0;
  std::array<std::uint8_t, kInPlace> room_{};  // the octets, or a Block where they are more
};
static_assert(sizeof(OctetString) == 32);

}  // namespace rib
