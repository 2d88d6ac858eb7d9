// AS_PATH over its four-octet wire form. Owns the counting rules of the decision process and the prepend
// rule; does not know how paths are checked or how two-octet peers see them (attribute_table.cc,
// as_trans.cc). RFC 4271 §5.1.2 and §9.1.2.2 a, RFC 5065 §5.3.
#include "bgp/as_path.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bgp {

namespace {

constexpr std::size_t kMaxSegmentNumbers = 255;  // the count is one octet

void append_number(std::vector<std::uint8_t>& wire, std::uint32_t as) { net::ByteWriter(wire).u32(as); }

void append_numbers(std::vector<std::uint8_t>& wire, AsPath::SegmentType type,
                    std::span<const std::uint32_t> numbers) {
  wire.push_back(static_cast<std::uint8_t>(type));
  wire.push_back(static_cast<std::uint8_t>(numbers.size()));
  for (const std::uint32_t as : numbers) append_number(wire, as);
}

}  // namespace

std::uint32_t AsPath::Segment::operator[](std::size_t index) const {
  return net::ByteReader(octets.subspan(4 * index)).u32().value_or(0);
}

bool AsPath::Segment::contains(std::uint32_t as) const {
  const std::array<std::uint8_t, 4> sought{static_cast<std::uint8_t>(as >> 24),
                                           static_cast<std::uint8_t>(as >> 16),
                                           static_cast<std::uint8_t>(as >> 8), static_cast<std::uint8_t>(as)};
  for (net::Bytes rest = octets; rest.size() >= sought.size(); rest = rest.subspan(sought.size()))
    if (std::memcmp(rest.data(), sought.data(), sought.size()) == 0) return true;
  return false;
}

AsPath::AsPath(std::span<const std::uint32_t> sequence) {
  std::vector<std::uint8_t> numbers;
  numbers.reserve(4 * sequence.size());
  for (const std::uint32_t as : sequence) append_number(numbers, as);
  *this = plain_sequence(numbers);
}

AsPath AsPath::plain_sequence(net::Bytes numbers) {
  constexpr std::size_t kFull = 4 * kMaxSegmentNumbers;
  AsPath path;
  path.length_ = static_cast<std::uint32_t>(numbers.size() / 4);
  path.wire_.reserve(room_for(numbers.size() + 2 * (numbers.size() / kFull + 1)));
  // The leading segment is the short one, so that a path built at once equals one built by prepending.
  std::size_t leading = numbers.size() % kFull;
  if (leading == 0) leading = std::min(numbers.size(), kFull);
  while (!numbers.empty()) {
    path.wire_.push_back(static_cast<std::uint8_t>(SegmentType::Sequence));
    path.wire_.push_back(static_cast<std::uint8_t>(leading / 4));
    path.wire_.insert(path.wire_.end(), numbers.begin(),
                      numbers.begin() + static_cast<std::ptrdiff_t>(leading));
    numbers = numbers.subspan(leading);
    leading = kFull;
  }
  return path;
}

AsPath AsPath::from_wire(std::vector<std::uint8_t> wire) {
  AsPath path;
  path.wire_ = std::move(wire);
  path.recount();
  return path;
}

void AsPath::recount() {
  length_ = 0;
  for_each_segment([this](const Segment& segment) {
    if (segment.type == SegmentType::Sequence) length_ += static_cast<std::uint32_t>(segment.size());
    if (segment.type == SegmentType::Set) ++length_;
  });
}

std::uint32_t AsPath::first_as() const {
  net::ByteReader reader(wire_);
  if (reader.u8() != static_cast<std::uint8_t>(SegmentType::Sequence)) return 0;
  reader.u8();
  return reader.u32().value_or(0);
}

std::uint32_t AsPath::origin_as() const {
  std::uint32_t origin = 0;
  for_each_segment([&origin](const Segment& segment) {
    origin = segment.type == SegmentType::Sequence ? segment[segment.size() - 1] : 0;
  });
  return origin;
}

bool AsPath::contains(std::uint32_t as) const {
  bool found = false;
  for_each_segment([&](const Segment& segment) { found = found || segment.contains(as); });
  return found;
}

bool AsPath::is_plain_sequence() const {
  bool plain = true, first = true;
  for_each_segment([&](const Segment& segment) {
    plain = plain && segment.type == SegmentType::Sequence &&
            (segment.size() == kMaxSegmentNumbers || (first && segment.size() > 0));
    first = false;
  });
  return plain;
}

bool AsPath::has(SegmentType type) const {
  bool found = false;
  for_each_segment([&](const Segment& segment) { found |= segment.type == type; });
  return found;
}

std::vector<std::uint32_t> AsPath::numbers() const {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(wire_.size() / 4);
  for_each_segment([&numbers](const Segment& segment) {
    for (std::size_t i = 0; i < segment.size(); ++i) numbers.push_back(segment[i]);
  });
  return numbers;
}

void AsPath::append_segment(SegmentType type, std::span<const std::uint32_t> numbers) {
  while (!numbers.empty()) {
    const auto count = std::min(numbers.size(), kMaxSegmentNumbers);
    append_numbers(wire_, type, numbers.first(count));
    numbers = numbers.subspan(count);
  }
  recount();
}

void AsPath::prepend(std::uint32_t as) {
  const bool joins = !wire_.empty() && wire_[0] == static_cast<std::uint8_t>(SegmentType::Sequence) &&
                     wire_[1] < kMaxSegmentNumbers;
  const std::size_t more = joins ? 4 : 6;
  wire_.reserve(room_for(wire_.size() + more));
  wire_.insert(wire_.begin(), more, 0);
  const std::uint8_t count = joins ? static_cast<std::uint8_t>(wire_[5] + 1) : std::uint8_t{1};
  wire_[0] = static_cast<std::uint8_t>(SegmentType::Sequence);
  wire_[1] = count;
  for (std::size_t i = 0; i < 4; ++i) wire_[2 + i] = static_cast<std::uint8_t>(as >> (24 - 8 * i));
  ++length_;
}

AsPath AsPath::prepended(std::uint32_t as) const {
  AsPath path;
  path.wire_.reserve(room_for(wire_.size() + 6));
  path.wire_ = wire_;
  path.length_ = length_;
  path.prepend(as);
  return path;
}

std::string AsPath::to_string() const {
  std::string text;
  for_each_segment([&text](const Segment& segment) {
    const auto [open, separator, close] = [&]() -> std::array<std::string_view, 3> {
      switch (segment.type) {
        case SegmentType::Set: return {"{", ",", "}"};
        case SegmentType::ConfedSequence: return {"(", " ", ")"};
        case SegmentType::ConfedSet: return {"[", ",", "]"};
        case SegmentType::Sequence: break;
      }
      return {"", " ", ""};
    }();
    if (!text.empty()) text += ' ';
    text += open;
    for (std::size_t i = 0; i < segment.size(); ++i)
      fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? "" : separator, segment[i]);
    text += close;
  });
  return text;
}

}  // namespace bgp
