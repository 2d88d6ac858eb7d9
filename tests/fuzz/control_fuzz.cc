// Arbitrary octets as a request on the control socket: never a crash; a request that is taken can be asked
// again in its own words and means the same, and a refusal is a sentence.
#include <nlohmann/json.hpp>

#include "app/request.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = app::parse_request(nlohmann::ordered_json::parse(text, nullptr, false));
  if (!request) {
    fuzz::require(!request.error().empty(), "refused without a sentence");
    return 0;
  }
  const auto asked = app::to_json(*request);
  const auto again = app::parse_request(asked);
  fuzz::require(again.has_value(), "our own request is refused");
  fuzz::require(app::to_json(*again) == asked, "our own request means something else");
  return 0;
}
