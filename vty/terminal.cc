#include "vty/terminal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace vty {

namespace {

constexpr std::string_view kHelp =
    "Type ? at any point of a line, also in the middle of a word, to see what may stand there, and Tab to\n"
    "complete a word. Words may be shortened as long as only one command begins like that: `sh ip bgp sum`.\n"
    "`json` after a command that shows something gives the same for programs. `list` names every command.\n";

// What is said of a line that is no command: FRR's message, and ours where it can help.
std::string complaint(const std::string& message, std::string_view line, Mode mode) {
  const auto meant = nearest_command(line, mode);
  return meant.empty() || meant == line ? message : message + fmt::format("% Did you mean `{}`?\n", meant);
}

std::string_view common_beginning(std::string_view a, std::string_view b) {
  return a.substr(0, static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin()));
}

}  // namespace

Terminal::Terminal(Host host, Show show) : host_(std::move(host)), show_(std::move(show)) {
  print(fmt::format("\nHello, this is chainrouter (version {}).\nRouter {}; ? for help.\n\n\n", host_.version,
                    host_.name));
  output_ += Telnet::offers();
  prompt();
}

std::size_t Terminal::feed(std::span<const std::uint8_t> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && output_.size() < kOutputHighWater && !wants_close_) {
    const auto typed = telnet_.on_byte(bytes[taken++], output_);
    if (!typed) continue;
    if (const auto event = editor_.on_byte(*typed, telnet_.echo(), output_)) on_event(*event);
  }
  return wants_close_ ? bytes.size() : taken;
}

std::string Terminal::take_output() { return std::exchange(output_, {}); }

void Terminal::on_event(LineEditor::Event event) {
  using enum LineEditor::Event;
  switch (event) {
    case Line: run(editor_.line()); break;
    case TooLong:
      print("% Command is too long.\n");
      prompt();
      break;
    case Interrupt: prompt(); break;
    case EndOfInput:
      print("\n");
      wants_close_ = true;
      break;
    case Help: help(); break;
    case Complete: complete(); break;
    case Redisplay:
      print("\n");
      prompt_again();
      break;
  }
}

void Terminal::run(const std::string& line) {
  const auto parsed = parse(line, mode_);
  if (!parsed) {
    print(complaint(parsed.error(), line, mode_));
    prompt();
    return;
  }
  std::visit(net::overloaded{
                 [](const command::Nothing&) {},
                 [&](const ShowCommand& command) { print(show_(command)); },
                 [&](const command::Help&) { print(kHelp); },
                 [&](const command::List&) {
                   for (const auto& command : commands(mode_)) print(fmt::format("    {}\n", command));
                 },
                 [&](const command::Exit&) { wants_close_ = true; },
                 [&](const command::TerminalLength& length) { length_ = length.lines; },
                 [&](const command::Enable&) { mode_ = Mode::Enable; },
                 [&](const command::Disable&) { mode_ = Mode::View; },
                 [](const command::End&) {},
             },
             *parsed);
  if (!wants_close_) prompt();
}

void Terminal::help() {
  print("\n");
  const auto words = candidates(editor_.before_cursor(), mode_);
  if (words.empty()) print("% There is no matched command.\n");
  std::size_t width = 0;
  for (const auto& candidate : words) width = std::max(width, candidate.word.size());
  for (const auto& candidate : words)
    print(fmt::format("  {:<{}}  {}\n", candidate.word, width, candidate.help));
  prompt_again();
}

void Terminal::complete() {
  auto words = candidates(editor_.before_cursor(), mode_);
  std::erase_if(words, [](const Candidate& candidate) { return !candidate.keyword; });
  if (words.empty()) {
    if (telnet_.echo()) output_ += '\a';
    return;
  }
  const auto before = editor_.before_cursor();
  const auto typed = before.size() - (before.find_last_of(' ') + 1);
  std::string_view common = words.front().word;
  for (const auto& candidate : words) common = common_beginning(common, candidate.word);
  const bool only = words.size() == 1;
  if (only || common.size() > typed) {
    editor_.insert(std::string(common.substr(typed)) + (only ? " " : ""), telnet_.echo(), output_);
    return;
  }
  std::string list = "\n";
  for (const auto& candidate : words) fmt::format_to(std::back_inserter(list), "{:<10} ", candidate.word);
  print(list + '\n');
  prompt_again();
}

void Terminal::prompt() {
  output_ += host_.name;
  output_ += mode_ == Mode::Enable ? "# " : "> ";
}

void Terminal::prompt_again() {
  prompt();
  editor_.redraw(output_);
}

void Terminal::print(std::string_view text) {
  for (const char c : text) {
    if (c == '\n') output_ += '\r';
    output_ += c;
  }
}

Answer run_once(std::string_view line, const Show& show) {
  constexpr std::string_view kShow = "show", kBlanks = " \t";
  const auto from = std::min(line.find_first_not_of(kBlanks), line.size());
  const auto first = line.substr(from, line.find_first_of(kBlanks, from) - from);
  const bool has_show = !first.empty() && kShow.starts_with(first);
  const std::string whole = has_show ? std::string(line) : fmt::format("show {}", line.substr(from));
  const auto parsed = parse(whole, Mode::View);
  if (!parsed) return {complaint(parsed.error(), whole, Mode::View), false};
  const auto* command = std::get_if<ShowCommand>(&*parsed);
  if (command == nullptr) return {fmt::format("% [BGP] Unknown command: {}\n", whole), false};
  return {show(*command), true};
}

}  // namespace vty
