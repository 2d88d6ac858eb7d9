// A reader for containers that are written in their writer's byte order: pcap and pcapng.
#pragma once

#include <optional>

#include "net/bytes.h"

namespace capture {

class OrderedReader {
 public:
  OrderedReader(net::Bytes octets, bool little_endian) : reader_(octets), little_endian_(little_endian) {}

  std::size_t remaining() const { return reader_.remaining(); }
  bool empty() const { return reader_.empty(); }
  std::optional<net::Bytes> take(std::size_t count) { return reader_.take(count); }

  std::optional<std::uint16_t> u16() {
    const auto value = reader_.u16();
    if (!value || !little_endian_) return value;
    return static_cast<std::uint16_t>(*value >> 8 | *value << 8);
  }
  std::optional<std::uint32_t> u32() {
    const auto value = reader_.u32();
    if (!value || !little_endian_) return value;
    return __builtin_bswap32(*value);
  }

 private:
  net::ByteReader reader_;
  bool little_endian_;
};

}  // namespace capture
