// What ends a command that goes on until somebody has had enough: Ctrl-C, a time, or the end of the lab. One
// that knows of it in time can bring its file to a good end.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <sys/types.h>

struct pollfd;

namespace app {

class Interruption {
 public:
  // SIGINT and SIGTERM end no process from here on, but a wait. `after`: it comes by itself then. `lab`: the
  // process whose end it is, too; 0: none.
  Interruption(std::optional<std::chrono::milliseconds> after, pid_t lab);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  enum class Cause { None, Asked, LabEnded };
  // Until one of these, until something can be read from `descriptors`, or for so long at most.
  Cause wait(std::chrono::milliseconds at_most, std::span<pollfd> descriptors = {});

 private:
  std::optional<std::chrono::steady_clock::time_point> end_;
  int signals_ = -1, lab_ = -1;
};

}  // namespace app
