// Bounds-checked reading and appending of big-endian octets: the only way this project touches wire bytes.
// A reader never reads past its span: each read says whether it could be done.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace net {

using Bytes = std::span<const std::uint8_t>;

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  std::size_t remaining() const { return rest_.size(); }
  bool empty() const { return rest_.empty(); }
  Bytes rest() const { return rest_; }

  std::optional<std::uint8_t> u8() {
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::optional<std::uint16_t> u16() {
    const auto octets = take(2);
    if (!octets) return std::nullopt;
    return static_cast<std::uint16_t>((*octets)[0] << 8 | (*octets)[1]);
  }
  std::optional<std::uint32_t> u32() {
    const auto octets = take(4);
    if (!octets) return std::nullopt;
    return std::uint32_t{(*octets)[0]} << 24 | std::uint32_t{(*octets)[1]} << 16 |
           std::uint32_t{(*octets)[2]} << 8 | (*octets)[3];
  }
  // The next `count` octets, or nothing (and no movement) when there are fewer.
  std::optional<Bytes> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  // A reader over the next `count` octets: nested length fields cannot read beyond their own end.
  std::optional<ByteReader> sub(std::size_t count) {
    const auto taken = take(count);
    if (!taken) return std::nullopt;
    return ByteReader(*taken);
  }

 private:
  Bytes rest_;
};

// Appends to a vector that the caller owns and may reuse.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) {
    out_.push_back(static_cast<std::uint8_t>(value >> 8));
    out_.push_back(static_cast<std::uint8_t>(value));
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void bytes(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  std::size_t position() const { return out_.size(); }
  // Reserves a two-octet length, to be filled in by patch_u16 once what it counts has been written.
  std::size_t reserve_u16() {
    const std::size_t at = position();
    u16(0);
    return at;
  }
  void patch_u8(std::size_t at, std::size_t value) { out_[at] = static_cast<std::uint8_t>(value); }
  void patch_u16(std::size_t at, std::size_t value) {
    out_[at] = static_cast<std::uint8_t>(value >> 8);
    out_[at + 1] = static_cast<std::uint8_t>(value);
  }

 private:
  std::vector<std::uint8_t>& out_;
};

}  // namespace net
