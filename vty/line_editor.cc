#include "vty/line_editor.h"

#include <algorithm>

#include "vty/telnet.h"

namespace vty {

namespace {

constexpr char kBell = '\a';
constexpr std::uint8_t kEscape = 0x1b;

constexpr std::uint8_t control(char letter) { return static_cast<std::uint8_t>(letter - '@'); }

void back(std::string& echo, std::size_t columns) { echo.append(columns, '\b'); }

}  // namespace

std::optional<LineEditor::Event> LineEditor::on_byte(std::uint8_t byte, bool echo, std::string& out) {
  std::string unseen;
  std::string& seen = echo ? out : unseen;
  // A control character ends an unfinished escape sequence and counts for itself.
  if (byte < ' ' || byte == kErase) {
    escape_ = Escape::None;
    if (byte != kNewline && byte != kInterrupt && byte != control('Z')) return on_control(byte, seen);
    out += "\r\n";
    if (byte == kNewline) return finish();
    return give_up(byte == kInterrupt ? Event::Interrupt : Event::End);
  }
  if (escape_ != Escape::None) return on_escape(byte, seen);
  if (byte == '?') return Event::Help;
  if (byte < 0x7f) insert(std::string_view(reinterpret_cast<const char*>(&byte), 1), echo, out);
  return std::nullopt;
}

std::optional<LineEditor::Event> LineEditor::on_control(std::uint8_t byte, std::string& echo) {
  switch (byte) {
    case kEscape: escape_ = Escape::Started; break;
    case '\t': return Event::Complete;
    case kRedisplay: return Event::Redisplay;
    case control('H'):
    case kErase:
      if (cursor_ > 0) erase(cursor_ - 1, cursor_, echo);
      break;
    case control('D'):
      if (line_.empty()) return Event::EndOfInput;
      erase(cursor_, std::min(cursor_ + 1, line_.size()), echo);
      break;
    case control('U'): replace("", echo); break;
    case control('W'): {
      auto from = cursor_;
      while (from > 0 && line_[from - 1] == ' ') --from;
      while (from > 0 && line_[from - 1] != ' ') --from;
      erase(from, cursor_, echo);
      break;
    }
    case control('K'): erase(cursor_, line_.size(), echo); break;
    case control('A'): move_to(0, echo); break;
    case control('E'): move_to(line_.size(), echo); break;
    case control('B'): move_to(cursor_ - (cursor_ > 0 ? 1 : 0), echo); break;
    case control('F'): move_to(std::min(cursor_ + 1, line_.size()), echo); break;
    case control('P'): recall(true, echo); break;
    case control('N'): recall(false, echo); break;
    default: break;
  }
  return std::nullopt;
}

std::optional<LineEditor::Event> LineEditor::on_escape(std::uint8_t byte, std::string& echo) {
  if (escape_ == Escape::Started) {
    escape_ = byte == '[' || byte == 'O' ? Escape::Sequence : Escape::None;
    escape_number_ = 0;
    return std::nullopt;
  }
  if (byte >= '0' && byte <= '9') escape_number_ = std::min(escape_number_ * 10 + (byte - '0'), 99u);
  if (byte < '@') return std::nullopt;
  escape_ = Escape::None;
  switch (byte) {
    case 'A': recall(true, echo); break;
    case 'B': recall(false, echo); break;
    case 'C': return on_control(control('F'), echo);
    case 'D': return on_control(control('B'), echo);
    case 'H': move_to(0, echo); break;
    case 'F': move_to(line_.size(), echo); break;
    case '~':
      if (escape_number_ == 3) erase(cursor_, std::min(cursor_ + 1, line_.size()), echo);
      if (escape_number_ == 1 || escape_number_ == 7) move_to(0, echo);
      if (escape_number_ == 4 || escape_number_ == 8) move_to(line_.size(), echo);
      break;
    default: break;
  }
  return std::nullopt;
}

LineEditor::Event LineEditor::finish() {
  if (lost_) return give_up(Event::TooLong);
  finished_ = line_;
  if (line_.find_first_not_of(' ') != std::string::npos && (history_.empty() || history_.back() != line_))
    history_.push_back(line_);
  if (history_.size() > kMaxHistory) history_.pop_front();
  return give_up(Event::Line);
}

LineEditor::Event LineEditor::give_up(Event event) {
  line_.clear();
  draft_.clear();
  cursor_ = recalled_ = 0;
  lost_ = false;
  return event;
}

void LineEditor::insert(std::string_view text, bool echo, std::string& out) {
  if (line_.size() + text.size() > kMaxLine) {
    lost_ = true;
    if (echo) out += kBell;
    return;
  }
  line_.insert(cursor_, text);
  cursor_ += text.size();
  if (!echo) return;
  out.append(text).append(line_, cursor_);
  back(out, line_.size() - cursor_);
}

void LineEditor::redraw(std::string& out) const {
  out += line_;
  back(out, line_.size() - cursor_);
}

// Takes characters out; the cursor, which is at `from` or `to`, ends at `from`.
void LineEditor::erase(std::size_t from, std::size_t to, std::string& echo) {
  if (from == to) return;
  back(echo, cursor_ - from);
  line_.erase(from, to - from);
  cursor_ = from;
  lost_ = false;  // whoever takes something back has seen the bell
  echo.append(line_, from);
  echo.append(to - from, ' ');
  back(echo, line_.size() - from + (to - from));
}

void LineEditor::move_to(std::size_t at, std::string& echo) {
  if (at < cursor_)
    back(echo, cursor_ - at);
  else
    echo.append(line_, cursor_, at - cursor_);
  cursor_ = at;
}

void LineEditor::replace(std::string text, std::string& echo) {
  back(echo, cursor_);
  const std::size_t old = line_.size();
  line_ = std::move(text);
  cursor_ = line_.size();
  lost_ = false;
  echo += line_;
  if (old <= cursor_) return;
  echo.append(old - cursor_, ' ');
  back(echo, old - cursor_);
}

void LineEditor::recall(bool older, std::string& echo) {
  if (older ? recalled_ == history_.size() : recalled_ == 0) return;
  if (recalled_ == 0) draft_ = line_;
  recalled_ = older ? recalled_ + 1 : recalled_ - 1;
  replace(recalled_ == 0 ? draft_ : history_[history_.size() - recalled_], echo);
}

}  // namespace vty
