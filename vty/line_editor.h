// One line being typed: characters and keys in, echo out. Knows the history of its connection, but no
// command, prompt or telnet option.
//
// Keys: Backspace/^H, ^D and Delete, ^U (line), ^W (word), ^K (to the end), ←/^B, →/^F, Home/^A, End/^E,
// ↑/^P and ↓/^N (history), ^C, ^Z, Tab, ?.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace vty {

class LineEditor {
 public:
  static constexpr std::size_t kMaxLine = 1024;  // beyond it a key gives a bell and is ignored
  static constexpr std::size_t kMaxHistory = 20;

  enum class Event : std::uint8_t {
    Line,        // line() has it
    TooLong,     // a line that lost characters; it is gone
    Interrupt,   // ^C: the line is gone
    EndOfInput,  // ^D on an empty line
    End,         // ^Z: the line is gone
    Help,        // ?
    Complete,    // Tab
    Redisplay,   // ^R
  };

  // A typed character. Echo goes to `out` if `echo`; the newline of a finished line always.
  std::optional<Event> on_byte(std::uint8_t byte, bool echo, std::string& out);

  const std::string& line() const { return finished_; }  // after Event::Line, until the next
  std::string_view before_cursor() const { return std::string_view(line_).substr(0, cursor_); }
  // As if `text` had been typed.
  void insert(std::string_view text, bool echo, std::string& out);
  // The whole line, and the cursor to its place: after a prompt.
  void redraw(std::string& out) const;

 private:
  enum class Escape : std::uint8_t { None, Started, Sequence };

  std::optional<Event> on_control(std::uint8_t byte, std::string& echo);
  std::optional<Event> on_escape(std::uint8_t byte, std::string& echo);
  Event finish();
  Event give_up(Event event);  // with the line in hand
  void erase(std::size_t from, std::size_t to, std::string& echo);
  void move_to(std::size_t at, std::string& echo);
  void replace(std::string text, std::string& echo);
  void recall(bool older, std::string& echo);

  std::string finished_;
  std::string line_;
  std::size_t cursor_ = 0;
  bool lost_ = false;  // characters, because there was no room
  Escape escape_ = Escape::None;
  unsigned escape_number_ = 0;
  std::deque<std::string> history_;  // oldest first
  std::size_t recalled_ = 0;         // steps back from the line in hand; 0: it itself
  std::string draft_;                // the line in hand while an older one is shown
};

}  // namespace vty
