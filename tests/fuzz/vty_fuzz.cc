// Arbitrary octets into a vty: never a crash, output bounded, no control octets of the client's sent back
// raw.
#include <cstdlib>

#include "vty/terminal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "172.31.0.0/24 shown 65536 times\n";
  vty::Terminal terminal(
      {"ROUTER_50", "fuzz", 1050}, [&](const vty::ShowCommand&) { return lines; },
      [](const vty::ChangeCommand&) { return std::string("changed\n"); }, [] { return true; });
  std::size_t at = 0;
  while (at < size && !terminal.wants_close()) {
    const std::size_t piece = std::min<std::size_t>(size - at, 1 + data[at] % 61);
    const std::size_t taken = terminal.feed({data + at, piece});
    const std::size_t output = terminal.take_output().size();
    if (output > vty::Terminal::kOutputHighWater + 65536) std::abort();
    if (taken == 0 && output == 0) std::abort();  // stuck
    at += taken;
  }
  return 0;
}
