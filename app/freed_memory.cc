#include "app/freed_memory.h"

#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <string>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/sanitized.h"

// Set by the linker (app/text_order.ld); null where the program is linked in no order of its own.
extern "C" {
[[gnu::weak]] extern const char code_for_later_begin;
[[gnu::weak]] extern const char code_for_later_end;
}

namespace app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kTunables = "GLIBC_TUNABLES";
// Small pieces come and go all the time, and take little; 1.5 % more instructions of a start are spent on the
// others.
constexpr const char* kLimit = "glibc.malloc.tcache_max=128";
// Says that we have begun before, and when: ns of the monotonic clock.
constexpr const char* kBegan = "CHAINROUTER_BEGAN";
// Between the first beginning and the second.
constexpr auto kLongest = std::chrono::seconds(10);
bool began_before = false;

}  // namespace

Clock::time_point when_process_began() {
  const Clock::time_point now = Clock::now();
  const char* const said = std::getenv(kBegan);
  if (said == nullptr) return now;
  const Clock::time_point began(std::chrono::nanoseconds(std::strtoll(said, nullptr, 10)));
  unsetenv(kBegan);
  if (began > now || began < now - kLongest) return now;  // not by us
  began_before = true;
  unsetenv(kTunables);  // nobody whom we start is to be concerned
  return began;
}

void keep_little_freed_memory(char** arguments, Clock::time_point process_start) {
  // Tunables are not for programs whose file gives them privileges; and whoever has set some knows better.
  if (kSanitized || began_before || getauxval(AT_SECURE) != 0 || std::getenv(kTunables) != nullptr) return;
  // By its own name: what it is called in lists of processes is the last part of this.
  std::string program(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", program.data(), program.size());
  if (length <= 0 || static_cast<std::size_t>(length) == program.size()) return;
  program.resize(static_cast<std::size_t>(length));
  setenv(kTunables, kLimit, 1);
  setenv(kBegan, std::to_string(process_start.time_since_epoch().count()).c_str(), 1);
  execv(program.c_str(), arguments);
  unsetenv(kBegan);
  unsetenv(kTunables);
}

// First what lies free in the allocator's arenas, which begin too large to be trimmed as they go. Nobody
// writes to code, so that there is nothing in its pages that is not in the file.
void give_back_memory() {
  malloc_trim(0);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin =
      (reinterpret_cast<std::uintptr_t>(&code_for_later_begin) + page - 1) & ~(page - 1);
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(&code_for_later_end) & ~(page - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // failing is no harm
}

}  // namespace app
