#include "rib/as_path_pool.h"

#include <algorithm>
#include <cstring>

namespace rib {

namespace {

constexpr std::size_t kNumberOctets = 4;

bgp::AsPath wire_path(net::Bytes octets) { return bgp::AsPath::from_wire({octets.begin(), octets.end()}); }

}  // namespace

std::size_t AsPathPool::shared_length(const Sequence& sequence, const bgp::AsPath& path) {
  std::size_t shared = 0;
  bool differs = false;
  path.for_each_segment([&](const bgp::AsPath::Segment& segment) {
    if (differs) return;
    const std::size_t left = sequence.octets.size() - shared;
    const net::Bytes own = sequence.octets.view().subspan(shared, std::min(left, segment.octets.size()));
    if (std::memcmp(own.data(), segment.octets.data(), own.size()) == 0) {
      shared += own.size();
      differs = own.size() < segment.octets.size();
    } else {
      const auto [mine, theirs] = std::ranges::mismatch(own, segment.octets);
      shared += static_cast<std::size_t>(mine - own.begin());
      differs = true;
    }
  });
  return shared / kNumberOctets;
}

std::uint32_t AsPathPool::make(const bgp::AsPath& path) {
  const std::uint32_t number = free_.take(sequences_);
  Sequence& sequence = sequences_[number];
  sequence.plain = path.is_plain_sequence();
  if (sequence.plain)
    path.for_each_segment(
        [&](const bgp::AsPath::Segment& segment) { sequence.octets.append(segment.octets); });
  else
    sequence.octets.append(path.wire());
  octets_ += sequence.octets.heap_bytes();
  return number;
}

std::uint32_t AsPathPool::first_as(const Sequence& sequence) {
  const net::Bytes octets = sequence.octets.view();
  if (!sequence.plain) return wire_path(octets).first_as();
  return octets.empty() ? 0 : *net::ByteReader(octets).u32();
}

AsPathPool::Path AsPathPool::add(const bgp::AsPath& path) {
  if (path.empty()) return {};
  const auto length = static_cast<std::uint32_t>(path.length());
  if (!path.is_plain_sequence()) {
    const std::uint32_t made = make(path);
    sequences_[made].references = 1;
    return {made, length};
  }
  std::uint32_t& latest = latest_of(path.first_as());
  Sequence& tried = sequences_[latest];
  const std::size_t shared = latest == 0 ? 0 : shared_length(tried, path);
  if (shared < length) {
    if (latest != 0 && shared * kNumberOctets == tried.octets.size()) {
      // It goes on where the sequence ends.
      std::size_t passed = 0;
      octets_ -= tried.octets.heap_bytes();
      path.for_each_segment([&](const bgp::AsPath::Segment& segment) {
        const std::size_t known = std::min(shared * kNumberOctets - passed, segment.octets.size());
        passed += known;
        tried.octets.append(segment.octets.subspan(known));
      });
      octets_ += tried.octets.heap_bytes();
    } else {
      latest = make(path);
    }
  }
  ++sequences_[latest].references;
  return {latest, length};
}

void AsPathPool::release(const Path& path) {
  if (path.sequence == 0) return;
  Sequence& sequence = sequences_[path.sequence];
  if (--sequence.references > 0) return;
  if (std::uint32_t& latest = latest_of(first_as(sequence)); latest == path.sequence) latest = 0;
  octets_ -= sequence.octets.heap_bytes();
  sequence = {};
  free_.give_back(path.sequence);
}

bgp::AsPath AsPathPool::operator[](const Path& path) const {
  const Sequence& sequence = sequences_[path.sequence];
  if (!sequence.plain) return wire_path(sequence.octets.view());
  return bgp::AsPath::plain_sequence(sequence.octets.view().first(kNumberOctets * path.length));
}

bool AsPathPool::equal(const Path& path, const bgp::AsPath& other) const {
  if (path.length != other.length()) return false;
  const Sequence& sequence = sequences_[path.sequence];
  if (!sequence.plain) return std::ranges::equal(sequence.octets.view(), other.wire());
  return other.is_plain_sequence() && shared_length(sequence, other) == path.length;
}

}  // namespace rib
