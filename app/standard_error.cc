#include "app/standard_error.h"

#include <algorithm>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

namespace app {

namespace {

// A pipe that poll(2) calls writable takes at least so many octets; O_NONBLOCK would be shared with whoever
// else has it open.
constexpr std::size_t kTakenAtOnce = PIPE_BUF;

bool written(std::string_view text) {
  while (!text.empty()) {
    pollfd error{STDERR_FILENO, POLLOUT, 0};
    if (poll(&error, 1, 0) != 1) return false;
    const ssize_t count = write(STDERR_FILENO, text.data(), std::min(text.size(), kTakenAtOnce));
    if (count <= 0) return true;  // nobody will ever read it: tell() says no more, either
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

void tell_if_read(std::string_view lines) {
  thread_local long left_out = 0;
  if (left_out > 0 &&
      written(fmt::format("(nobody read on: {} line{} left out)\n", left_out, left_out == 1 ? "" : "s")))
    left_out = 0;
  if (left_out > 0 || !written(lines)) left_out += std::max<long>(1, std::ranges::count(lines, '\n'));
}

}  // namespace app
