// Arbitrary words on the command line: never a crash; a mistake is one sentence, and what is accepted lies
// within the bounds that the help states. Words are separated by zero octets or line ends.
#include "app/options.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> words{"chainrouter"};
  for (bool inside = false; const std::uint8_t octet : net::Bytes(data, size)) {
    if (octet == 0 || octet == '\n') {
      if (!inside) words.emplace_back();
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    words.back() += static_cast<char>(octet);
  }
  if (words.size() > 64) return 0;
  std::vector<const char*> pointers;
  for (const auto& word : words) pointers.push_back(word.c_str());
  pointers.push_back(nullptr);
  const auto command = app::parse_command_line(static_cast<int>(words.size()), pointers.data());
  if (const auto* error = std::get_if<app::UsageError>(&command))
    fuzz::require(!error->sentence.empty(), "a mistake without a sentence");
  if (const auto* run = std::get_if<app::RunCommand>(&command)) {
    fuzz::require(run->lab.chain.hops >= 1 && run->lab.chain.hops <= app::kMaxHops, "hops");
    fuzz::require(app::check(run->lab.chain).empty(), "a chain that cannot be built");
    fuzz::require(run->lab.timeout > std::chrono::milliseconds(0), "timeout");
  }
  return 0;
}
