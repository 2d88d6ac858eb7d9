#include "vty/pager.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "vty/telnet.h"

namespace vty {

namespace {

constexpr std::string_view kMore = " --More-- ";
constexpr std::uint8_t kEscapeKey = 0x1b, kEndOfInputKey = 0x04;

std::size_t rows_of(std::size_t length, std::size_t columns) {
  return columns == 0 || length == 0 ? 1 : (length + columns - 1) / columns;
}

}  // namespace

void Pager::show(std::string text, Screen screen, std::string& out) {
  text_ = std::move(text);
  shown_ = 0;
  escape_ = Escape::None;
  advance(screen.rows, screen, out);
}

// One row is for " --More-- ". The first line is shown however many rows it takes.
void Pager::advance(std::size_t rows, Screen screen, std::string& out) {
  const std::size_t room = rows > 1 ? rows - 1 : 1;
  for (std::size_t used = 0; shown_ < text_.size();) {
    const auto end = std::min(text_.find('\n', shown_), text_.size());
    const std::size_t taken = rows_of(end - shown_, screen.columns);
    if (screen.rows > 0 && used > 0 && used + taken > room) {
      out += kMore;
      return;
    }
    used += taken;
    out.append(text_, shown_, end - shown_).append("\r\n");
    shown_ = end + 1;
  }
  drop();
}

void Pager::on_key(std::uint8_t key, Screen screen, std::string& out) {
  // Arrow keys and the like come as ESC [ … letter; a control character ends an unfinished one.
  if (key < ' ') escape_ = Escape::None;
  if (escape_ == Escape::Started) {
    escape_ = key == '[' || key == 'O' ? Escape::Sequence : Escape::None;
    return;
  }
  bool one_line = key == kNewline || key == 'j';
  if (escape_ == Escape::Sequence) {
    if (key < '@') return;
    escape_ = Escape::None;
    if (key != 'B' && key != '~') return;
    one_line = key == 'B';
  } else if (key == kEscapeKey) {
    escape_ = Escape::Started;
    return;
  }
  out.append("\r").append(kMore.size(), ' ').append("\r");
  if (key == 'q' || key == 'Q' || key == kInterrupt || key == kEndOfInputKey)
    drop();
  else
    advance(one_line ? 2 : screen.rows, screen, out);
}

void Pager::drop() {
  text_ = std::string();
  shown_ = 0;
}

}  // namespace vty
