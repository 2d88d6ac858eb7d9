// Messages are found in a stream whatever pieces it comes in: octets that have come are never judged
// differently once more have come, and no frame reaches beyond them.
#include "bgp/codec.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t max = bgp::max_octets(fuzz::agreed_from(data[0]));
  const net::Bytes whole(data + 1, size - 1);
  const auto all = bgp::next_frame(whole, max);
  for (std::size_t length = 0; length <= std::min<std::size_t>(whole.size(), 64); ++length) {
    const auto some = bgp::next_frame(whole.first(length), max);
    if (!some) {
      fuzz::require(!all && all.error() == some.error(), "an error that goes away");
      break;
    }
    if (!*some) continue;
    fuzz::require(all && *all && (*all)->octets() == (*some)->octets(), "a frame that changes");
    break;
  }
  for (net::Bytes rest = whole;;) {
    const auto frame = bgp::next_frame(rest, max);
    if (!frame) {
      fuzz::require(frame.error().code == bgp::ErrorCode::MessageHeader, "a header error of another kind");
      break;
    }
    if (!*frame) {
      fuzz::require(rest.size() < max, "a whole message waits");
      break;
    }
    fuzz::require((*frame)->octets() <= rest.size() && (*frame)->octets() <= max, "a frame too long");
    rest = rest.subspan((*frame)->octets());
  }
  return 0;
}
