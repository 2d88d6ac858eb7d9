// AS_PATH (RFC 4271 §4.3 b, §5.1.2; RFC 6793): kept as its own four-octet wire form, one allocation for the
// whole path, so that hashing, comparing and encoding are memory operations.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "net/bytes.h"

namespace bgp {

class AsPath {
 public:
  enum class SegmentType : std::uint8_t { Set = 1, Sequence = 2, ConfedSequence = 3, ConfedSet = 4 };

  struct Segment {
    SegmentType type;
    net::Bytes octets;  // four an AS number
    std::size_t size() const { return octets.size() / 4; }
    std::uint32_t operator[](std::size_t index) const;
    bool contains(std::uint32_t as) const;
  };

  AsPath() = default;
  // A path of AS_SEQUENCEs of at most 255 numbers each.
  explicit AsPath(std::span<const std::uint32_t> sequence);
  // What to reserve for the wire form of a path: one of a few sizes. Paths come in all lengths, each is gone
  // in a moment, and the allocator keeps for each thread some blocks of every size that was ever freed: along
  // a chain of a hundred routers that would be a megabyte.
  static std::size_t room_for(std::size_t octets) { return std::max<std::size_t>(64, std::bit_ceil(octets)); }
  // Precondition: `wire` is well formed with four-octet numbers (the decoder has checked it).
  static AsPath from_wire(std::vector<std::uint8_t> wire);
  // A path of AS_SEQUENCEs from its numbers as they stand on the wire, four octets each.
  static AsPath plain_sequence(net::Bytes numbers);

  net::Bytes wire() const { return wire_; }
  bool empty() const { return wire_.empty(); }
  // For the decision process: a set counts one, confederation segments count nothing (RFC 4271 §9.1.2.2 a,
  // RFC 5065 §5.3).
  std::size_t length() const { return length_; }
  // The AS number of the neighbour that sent it: first of a leading AS_SEQUENCE, or 0.
  std::uint32_t first_as() const;
  // The origin: the last number of a trailing AS_SEQUENCE, or 0.
  std::uint32_t origin_as() const;
  bool contains(std::uint32_t as) const;
  // Is it what plain_sequence() makes of its numbers: AS_SEQUENCEs, all but the first of them full?
  bool is_plain_sequence() const;
  // Is there a segment of this type?
  bool has(SegmentType type) const;
  std::vector<std::uint32_t> numbers() const;  // all of them, left to right, sets included

  void clear() {  // keeps the memory
    wire_.clear();
    length_ = 0;
  }
  // The octets, or rather their memory; nothing is left of the path.
  std::vector<std::uint8_t> take_wire() {
    length_ = 0;
    return std::exchange(wire_, {});
  }

  void append_segment(SegmentType type, std::span<const std::uint32_t> numbers);
  // RFC 4271 §5.1.2 b: prepends to a leading AS_SEQUENCE, or opens a new one where there is none or it is
  // full.
  void prepend(std::uint32_t as);
  AsPath prepended(std::uint32_t as) const;

  // "1049 1048 {3,4} (65001)": sets in braces, confederation sequences in parentheses, as FRR prints them.
  std::string to_string() const;

  template <class Function>
  void for_each_segment(Function&& function) const {
    for (std::size_t at = 0; at + 2 <= wire_.size();) {
      const std::size_t octets = std::size_t{4} * wire_[at + 1];
      function(Segment{static_cast<SegmentType>(wire_[at]), net::Bytes(wire_).subspan(at + 2, octets)});
      at += 2 + octets;
    }
  }

  friend bool operator==(const AsPath& a, const AsPath& b) { return a.wire_ == b.wire_; }

 private:
  void recount();

  std::vector<std::uint8_t> wire_;
  std::uint32_t length_ = 0;
};

}  // namespace bgp
