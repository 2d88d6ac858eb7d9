// A long answer, a screen at a time: " --More-- " and the key that says what next. Only for somebody who sits
// in front of a screen whose size is known; whoever has the pager decides that. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace vty {

struct Screen {
  std::size_t rows = 0, columns = 0;  // no rows: nothing is ever held back; no columns: no line is too wide
};

class Pager {
 public:
  // Shows the first screen. Lines of `text` end in "\n", on the screen in "\r\n".
  void show(std::string text, Screen screen, std::string& out);
  // Is there more, and does the next key belong to the pager?
  bool waits() const { return !text_.empty(); }
  // Space and any other key: a screen more; Enter, j, ↓: a line; q, ^C, ^D: no more.
  void on_key(std::uint8_t key, Screen screen, std::string& out);

 private:
  enum class Escape : std::uint8_t { None, Started, Sequence };

  void advance(std::size_t rows, Screen screen, std::string& out);
  void drop();

  std::string text_;  // empty: all was shown
  std::size_t shown_ = 0;
  Escape escape_ = Escape::None;
};

}  // namespace vty
