// Arbitrary octets through decode's front door: recognised, decompressed, read and shown in every format.
// Never a crash; no entry lies outside the input; what comes out is bounded by what goes in. The first octet
// chooses the options, and which container to try where none is recognised.
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "capture/decompress.h"
#include "capture/read.h"
#include "show/decode.h"
#include "show/json_layout.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t kMaxOctets = 1u << 20;
  net::Bytes octets(data + 1, size - 1);
  std::vector<std::uint8_t> plain;
  if (capture::is_compressed(octets)) {
    auto result = capture::decompress(octets, kMaxOctets);
    if (!result) return 0;
    if (result->size() > kMaxOctets) std::abort();
    plain = *std::move(result);
    octets = plain;
  }
  capture::Options options;
  if ((data[0] & 1) != 0) options.four_octet_as = (data[0] & 2) != 0;
  if ((data[0] & 4) != 0) options.ipv6_unicast = (data[0] & 8) != 0;
  const auto container =
      capture::recognise(octets).value_or(static_cast<capture::Container>((data[0] >> 4) % 5));
  std::size_t entries = 0;
  (void)capture::read(container, octets, options, [&](const capture::Entry& entry) {
    ++entries;
    if (show::kind_of(entry).empty()) std::abort();
    const std::string text = show::entry_text(entry) + show::entry_bgpdump(entry);
    for (const char c : text)
      if (static_cast<unsigned char>(c) < ' ' && c != '\n') std::abort();  // a terminal would obey it
    if (nlohmann::json::parse(show::json_line(show::entry_json(entry))).empty()) std::abort();
  });
  if (entries > 2 * octets.size() + 1) std::abort();
  return 0;
}
