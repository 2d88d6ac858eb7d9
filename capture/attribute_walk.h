// Internal to capture/: path attributes one by one, as octets. Says nothing about what is in them.
#pragma once

#include "bgp/attribute_table.h"
#include "net/bytes.h"

namespace capture {

struct RawAttribute {
  std::uint8_t flags = 0, code = 0;
  net::Bytes value;
  net::Bytes whole;  // flags, code, length, value
};

// Calls `take` for each whole attribute. Return: what is left where the octets end inside one.
template <class Take>
net::Bytes for_each_attribute(net::Bytes attributes, const Take& take) {
  net::ByteReader reader(attributes);
  while (!reader.empty()) {
    const net::Bytes start = reader.rest();
    const auto flags = reader.u8();
    const auto code = reader.u8();
    const auto length =
        (*flags & bgp::kFlagExtendedLength) != 0 ? reader.u16() : std::optional<std::uint16_t>(reader.u8());
    const auto value = length ? reader.take(*length) : std::nullopt;
    if (!value) return start;
    take(RawAttribute{*flags, *code, *value, start.first(start.size() - reader.remaining())});
  }
  return {};
}

}  // namespace capture
