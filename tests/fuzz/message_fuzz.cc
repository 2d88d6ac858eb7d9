// Framing and decoding of arbitrary octets: never a crash; what decodes without faults encodes to octets that
// decode to the same value. The first octet chooses what the session agreed on.
#include "bgp/codec.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto agreed = fuzz::agreed_from(data[0]);
  net::Bytes bytes(data + 1, size - 1);
  while (true) {
    const auto frame = bgp::next_frame(bytes, bgp::max_octets(agreed));
    if (!frame || !*frame) return 0;
    const auto message = bgp::decode(**frame, agreed);
    bytes = bytes.subspan((*frame)->octets());
    if (!message) continue;
    const auto* update = std::get_if<bgp::Update>(&*message);
    // Two-octet sessions send AS4_PATH where none came; faults are not sent again.
    if (update != nullptr && (!update->faults.empty() || !agreed.four_octet_as)) continue;
    std::vector<std::uint8_t> octets;
    bgp::encode(*message, agreed, octets);
    const auto again = bgp::next_frame(octets, bgp::kMaxExtendedOctets);
    if (!again || !*again || octets.size() > bgp::max_octets(agreed)) continue;
    const auto same = bgp::decode(**again, agreed);
    fuzz::require(same && *same == *message, "what was written reads differently");
  }
}
