// AS_PATHs kept by what they share. In a chain each path that a neighbour sends is the beginning of its next
// longer one, so all of them are lengths of one: a thousand routers, whose paths are up to a thousand numbers
// long, pay for two long paths each (docs/adr/0014). One pool an attribute store, used on its router's
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "bgp/as_path.h"
#include "rib/free_places.h"
#include "rib/octet_string.h"

namespace rib {

class AsPathPool {
 public:
  // The first `length` numbers of a sequence that other paths may begin with, too.
  struct Path {
    std::uint32_t sequence = 0;  // 0: the empty path
    std::uint32_t length = 0;    // as the decision process counts it
  };

  // The caller owns a reference to the sequence and gives it back with release().
  Path add(const bgp::AsPath& path);
  void release(const Path& path);

  bgp::AsPath operator[](const Path& path) const;
  bool equal(const Path& path, const bgp::AsPath& other) const;
  std::uint32_t first_as(const Path& path) const { return first_as(sequences_[path.sequence]); }

  std::size_t size() const { return sequences_.size() - 1 - free_.size(); }  // sequences
  // What they take; kept as a sum, not found by a walk.
  std::size_t bytes() const { return size() * sizeof(Sequence) + octets_; }

 private:
  struct Sequence {
    OctetString octets;  // four an AS number; of a path that is no plain sequence, its wire form
    std::uint32_t references : 31 = 0;
    std::uint32_t plain : 1 = 1;
  };

  static std::uint32_t first_as(const Sequence& sequence);

  // How many of the path's numbers, from the first, the sequence has, too.
  static std::size_t shared_length(const Sequence& sequence, const bgp::AsPath& path);
  std::uint32_t& latest_of(std::uint32_t first_as) { return latest_[first_as % latest_.size()]; }
  std::uint32_t make(const bgp::AsPath& path);

  std::deque<Sequence> sequences_ = std::deque<Sequence>(1);  // [0] is empty
  FreePlaces free_;
  std::size_t octets_ = 0;  // that the sequences have on the heap
  // The sequence that paths which begin with this AS number are tried with: the one used last. A place is
  // shared by many numbers; being overwritten costs sharing, nothing else.
  std::array<std::uint32_t, 16> latest_{};
};

}  // namespace rib
