// The value of one path attribute through its row of the table: never a crash; a value that is refused leaves
// nothing behind; one that is taken is written as octets that read as the same.
#include "bgp/attribute_table.h"
#include "tests/fuzz/input.h"

namespace {

struct Read {
  bgp::Update update;
  bgp::AttributeSink sink;
  const char* fault;
  Read(const bgp::AttributeRow& row, net::Bytes value, const bgp::Agreed& agreed)
      : sink{agreed, update, {}, {}, false, nullptr}, fault(row.decode(value, sink)) {}
};

std::vector<std::uint8_t> written(const bgp::AttributeRow& row, const Read& read, const bgp::Agreed& agreed) {
  std::vector<std::uint8_t> octets;
  net::ByteWriter writer(octets);
  if (read.update.mp_reach)
    bgp::encode_mp_reach(*read.update.mp_reach, writer);
  else if (read.update.mp_unreach)
    bgp::encode_mp_unreach(*read.update.mp_unreach, writer);
  else if (row.encode != nullptr)
    fuzz::require(row.encode(read.update.attributes, {agreed, true}, writer), "taken, and not written");
  return octets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto agreed = fuzz::agreed_from(data[0]);
  const auto table = bgp::attribute_table();
  const bgp::AttributeRow* row = bgp::find_attribute(data[1]);
  if (row == nullptr) row = &table[data[1] % table.size()];
  const Read first(*row, {data + 2, size - 2}, agreed);
  if (first.fault != nullptr) {
    fuzz::require(first.update.attributes == bgp::PathAttributes{} && !first.update.mp_reach &&
                      !first.update.mp_unreach && !first.sink.as4_path && !first.sink.as4_aggregator,
                  "a refused value leaves something behind");
    return 0;
  }
  // AS4_* are made from what they are merged into, not from themselves; an ignored family is not kept.
  if (row->scope == bgp::AttributeScope::TwoOctetPeer) return 0;
  if (row->encode == nullptr && !first.update.mp_reach && !first.update.mp_unreach) return 0;
  const auto octets = written(*row, first, agreed);
  const Read second(*row, octets, agreed);
  fuzz::require(second.fault == nullptr, "what was written is refused");
  fuzz::require(second.update == first.update, "what was written reads differently");
  fuzz::require(written(*row, second, agreed) == octets, "the same value is written in two ways");
  return 0;
}
