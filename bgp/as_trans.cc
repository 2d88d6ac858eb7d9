// RFC 6793 §4.2.2 and §4.2.3. See the header.
#include "bgp/as_trans.h"

#include <algorithm>
#include <utility>

namespace bgp {

namespace {

using SegmentType = AsPath::SegmentType;

bool is_confederation(SegmentType type) {
  return type == SegmentType::ConfedSequence || type == SegmentType::ConfedSet;
}

void append(std::vector<std::uint8_t>& wire, SegmentType type, net::Bytes octets) {
  if (octets.empty()) return;
  wire.push_back(static_cast<std::uint8_t>(type));
  wire.push_back(static_cast<std::uint8_t>(octets.size() / 4));
  wire.insert(wire.end(), octets.begin(), octets.end());
}

}  // namespace

bool needs_as4_path(const AsPath& path) {
  bool needed = false;
  path.for_each_segment([&needed](const AsPath::Segment& segment) {
    if (is_confederation(segment.type)) return;
    for (std::size_t i = 0; !needed && i < segment.size(); ++i) needed = !is_mappable(segment[i]);
  });
  return needed;
}

AsPath without_confederation(const AsPath& path) {
  std::vector<std::uint8_t> wire;
  path.for_each_segment([&wire](const AsPath::Segment& segment) {
    if (!is_confederation(segment.type)) append(wire, segment.type, segment.octets);
  });
  return AsPath::from_wire(std::move(wire));
}

AsPath merge_as4_path(const AsPath& as_path, const AsPath& as4_path) {
  if (as4_path.length() > as_path.length()) return as_path;
  std::size_t missing = as_path.length() - as4_path.length();
  std::vector<std::uint8_t> wire;
  std::size_t last_sequence = 0;  // where the sequence at the end of `wire` starts
  bool ends_in_sequence = false;
  bool taking = true;
  as_path.for_each_segment([&](const AsPath::Segment& segment) {
    if (!taking) return;
    const std::size_t at = wire.size();
    if (is_confederation(segment.type)) {
      append(wire, segment.type, segment.octets);  // leading, or next to what was taken
      ends_in_sequence = false;
    } else if (segment.type == SegmentType::Set) {  // counts one
      taking = missing > 0;
      if (!taking) return;
      append(wire, segment.type, segment.octets);
      ends_in_sequence = false;
      --missing;
    } else {
      const std::size_t taken = std::min(missing, segment.size());
      taking = taken == segment.size();
      if (taken == 0) return;
      append(wire, segment.type, segment.octets.first(4 * taken));
      last_sequence = at;
      ends_in_sequence = true;
      missing -= taken;
    }
  });
  bool first = true;
  as4_path.for_each_segment([&](const AsPath::Segment& segment) {
    // A sequence that was cut apart is one again, where it fits the count's octet.
    if (std::exchange(first, false) && ends_in_sequence && segment.type == SegmentType::Sequence &&
        wire[last_sequence + 1] + segment.size() <= 0xff) {
      wire[last_sequence + 1] = static_cast<std::uint8_t>(wire[last_sequence + 1] + segment.size());
      wire.insert(wire.end(), segment.octets.begin(), segment.octets.end());
    } else {
      append(wire, segment.type, segment.octets);
    }
  });
  return AsPath::from_wire(std::move(wire));
}

}  // namespace bgp
