// What a chain of so many routers needs of the machine, and what the machine has: read and reckoned, nothing
// is tried or built. `doctor` shows it; a run that cannot succeed ends with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app {

// What is left for us. Unknown is without limit.
struct Machine {
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;
  std::uint64_t open_files = kNoLimit;      // of one process
  std::uint64_t threads = kNoLimit;         // kernel, control group, and user where one is limited
  std::uint64_t process_ids = kNoLimit;     // a thread takes one, too
  std::uint64_t net_namespaces = kNoLimit;  // of this user
  std::uint64_t memory = kNoLimit;          // octets, ours and the kernel's for us, swap included
};

// May this process lift its own hard limits on files and threads? Root in a container may not.
bool may_raise_limits();

// `root` stands before /proc and /sys; control groups of both versions. Before a private /sys is mounted.
Machine this_machine(bool raises_limits, const std::string& root = "");

struct Requirement {
  std::string what;
  std::uint64_t need = 0, have = 0;
  std::string detail;  // "109 needed, 192731 there"
  std::string advice;  // what to do where it is not met
  bool met() const { return have >= need; }
};
std::vector<Requirement> requirements(std::uint64_t routers, const Machine& machine);

// The first that is not met, as a sentence.
std::optional<std::string> too_little(std::uint64_t routers, const Machine& machine);

}  // namespace app
