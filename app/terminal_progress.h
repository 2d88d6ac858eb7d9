// Progress for people, on stderr. On a terminal one line a phase, rewritten in place and never scrolling;
// else one plain line when a phase ends, without escape codes.
#pragma once

#include <chrono>

#include "app/lab.h"

namespace app {

class TerminalProgress {
 public:
  explicit TerminalProgress(bool quiet);
  void show(const Progress& progress);
  // The last state of each line; the cursor stays below.
  void end(const Progress& progress);

 private:
  void draw(const Progress& progress);
  void draw_plain(const Progress& progress);

  bool quiet_, terminal_;
  bool drawn_ = false, ended_ = false;
  int plain_lines_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace app
