// The byte reader never reads beyond its span; the writer appends and patches.
#include "net/bytes.h"

#include <catch2/catch.hpp>

using namespace net;

TEST_CASE("numbers are read big-endian, each or none") {
  const std::vector<std::uint8_t> octets = {0x01, 0x02, 0x03, 0xff, 0xfe, 0xfd, 0xfc};
  ByteReader reader(octets);
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.remaining() == 4);
  CHECK(reader.u32() == 0xfffefdfc);
  CHECK(reader.empty());
  CHECK_FALSE(reader.u8());
  CHECK_FALSE(reader.u16());
  CHECK_FALSE(reader.u32());
  CHECK(reader.take(0).has_value());
}

TEST_CASE("a read that cannot be done moves nothing") {
  const std::vector<std::uint8_t> octets = {1, 2, 3};
  ByteReader reader(octets);
  CHECK_FALSE(reader.u32());
  CHECK_FALSE(reader.take(4));
  CHECK_FALSE(reader.sub(static_cast<std::size_t>(-1)));
  CHECK(reader.remaining() == 3);
  CHECK(reader.u16() == 0x0102);
  CHECK_FALSE(reader.u16());
  CHECK(reader.u8() == 3);
}

TEST_CASE("a nested reader ends with its part") {
  const std::vector<std::uint8_t> octets = {1, 2, 3, 4};
  ByteReader reader(octets);
  auto part = reader.sub(3);
  REQUIRE(part);
  CHECK(part->u16() == 0x0102);
  CHECK_FALSE(part->u16());
  CHECK(part->rest().data() == octets.data() + 2);
  CHECK(reader.u8() == 4);
}

TEST_CASE("the writer appends to what is there, and patches lengths") {
  std::vector<std::uint8_t> out = {9};
  ByteWriter writer(out);
  writer.u8(1);
  const std::size_t at = writer.reserve_u16();
  CHECK(at == 2);
  writer.u32(0x0a0b0c0d);
  writer.u16(0x0e0f);
  writer.bytes(std::vector<std::uint8_t>{7, 7});
  writer.patch_u16(at, 0x1234);
  writer.patch_u8(1, 0xff);
  CHECK(out == std::vector<std::uint8_t>{9, 0xff, 0x12, 0x34, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 7, 7});
  CHECK(writer.position() == out.size());
}
