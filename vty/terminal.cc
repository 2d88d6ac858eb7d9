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
    "`json` after a command that shows something gives the same for programs, `| include REGEX` the lines\n"
    "that fit (also `exclude`, `begin`, `count`). `list` names every command of a mode; `enable` opens "
    "those\n"
    "that change the router.\n";

// What is said of a line that is no command: FRR's message, and ours where it can help.
std::string complaint(const std::string& message, std::string_view line, Mode mode) {
  const auto meant = nearest_command(line, mode);
  return meant.empty() || meant == line ? message : message + fmt::format("% Did you mean `{}`?\n", meant);
}

std::string_view common_beginning(std::string_view a, std::string_view b) {
  return a.substr(0, static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin()));
}

std::string_view prompt_of(Mode mode) {
  switch (mode) {
    case Mode::View: return "> ";
    case Mode::Enable: return "# ";
    case Mode::Config: return "(config)# ";
    case Mode::Router: return "(config-router)# ";
    case Mode::Ipv4Family:
    case Mode::Ipv6Family: return "(config-router-af)# ";
  }
  return "";
}

// A command that prints may be followed by a filter; in all others a bar is a character.
struct Understood {
  Command command;
  std::optional<Filter> filter;
};
net::Result<Understood, std::string> understand(std::string_view line, Mode mode) {
  const auto bar = line.find('|');
  const auto command = parse(line.substr(0, bar), mode);
  const bool prints = command && (std::holds_alternative<ShowCommand>(*command) ||
                                  std::holds_alternative<command::List>(*command));
  if (bar == std::string_view::npos || (command && !prints)) {
    auto whole = parse(line, mode);
    if (!whole) return std::unexpected(complaint(whole.error(), line, mode));
    return Understood{*std::move(whole), std::nullopt};
  }
  auto piped = split_filter(line);
  if (!piped) return std::unexpected(std::move(piped.error()));
  if (!command) return std::unexpected(complaint(command.error(), piped->command, mode));
  return Understood{*command, std::move(piped->filter)};
}

}  // namespace

Terminal::Terminal(Host host, Show show, Change change, std::function<bool()> may_change)
    : host_(std::move(host)),
      show_(std::move(show)),
      change_(std::move(change)),
      may_change_(std::move(may_change)) {
  print(fmt::format("\nHello, this is chainrouter (version {}).\nRouter {}; ? for help.\n\n\n", host_.version,
                    host_.name));
  output_ += Telnet::offers();
  prompt();
}

std::size_t Terminal::feed(std::span<const std::uint8_t> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && output_.size() < kOutputHighWater && !wants_close_) {
    if (const auto typed = telnet_.on_byte(bytes[taken++], output_)) on_key(*typed);
  }
  return wants_close_ ? bytes.size() : taken;
}

std::string Terminal::take_output() { return std::exchange(output_, {}); }

void Terminal::on_key(std::uint8_t key) {
  if (pager_.waits()) {
    if (key != kRedisplay) pager_.on_key(key, screen(), output_);
    if (!pager_.waits()) prompt();
  } else if (const auto event = editor_.on_byte(key, telnet_.echo(), output_)) {
    on_event(*event);
  }
}

void Terminal::on_event(LineEditor::Event event) {
  using enum LineEditor::Event;
  switch (event) {
    case Line: run(editor_.line()); break;
    case TooLong:
      print("% Command is too long.\n");
      prompt();
      break;
    case Interrupt:
    case End:
      if (configures(mode_)) mode_ = Mode::Enable;
      prompt();
      break;
    case EndOfInput:
      print("\n");
      leave();
      if (!wants_close_) prompt();
      break;
    case Help: help(); break;
    case Complete: complete(); break;
    case Redisplay:
      print("\n");
      prompt_again();
      break;
  }
}

// A command of the mode above is understood, too, and leads there: a configuration can be pasted as it is
// shown.
void Terminal::run(std::string_view line) {
  auto understood = understand(line, mode_);
  for (auto above = mode_above(mode_); !understood && above && configures(*above); above = mode_above(*above))
    if (auto there = understand(line, *above)) {
      understood = std::move(there);
      mode_ = *above;
    }
  if (understood)
    obey(understood->command, understood->filter);
  else
    print(understood.error());
  if (!wants_close_ && !pager_.waits()) prompt();
}

void Terminal::obey(const Command& command, const std::optional<Filter>& filter) {
  const auto shown = [&](std::string text) {
    pager_.show(filter ? filtered(*filter, text) : std::move(text), screen(), output_);
  };
  std::visit(net::overloaded{
                 [](const command::Nothing&) {},
                 [&](const ShowCommand& what) { shown(show_(what)); },
                 [&](const ChangeCommand& what) { print(change_(what)); },
                 [&](const command::Help&) { print(kHelp); },
                 [&](const command::List&) {
                   std::string all;
                   for (const auto& one : commands(mode_)) all += fmt::format("    {}\n", one);
                   shown(std::move(all));
                 },
                 [&](const command::Exit&) { leave(); },
                 [&](const command::TerminalLength& length) { length_ = length.lines; },
                 [&](const command::Enable&) { enable(); },
                 [&](const command::Disable&) { mode_ = Mode::View; },
                 [&](const command::End&) {
                   if (configures(mode_)) mode_ = Mode::Enable;
                 },
                 [&](const command::ConfigureTerminal&) { mode_ = Mode::Config; },
                 [&](const command::RouterBgp& router) {
                   if (router.as.value_or(host_.as) == host_.as)
                     mode_ = Mode::Router;
                   else
                     print(fmt::format("BGP is already running; AS is {}\n", host_.as));
                 },
                 [&](const command::AddressFamily& family) {
                   mode_ = family.ipv6 ? Mode::Ipv6Family : Mode::Ipv4Family;
                 },
                 [&](const command::ExitAddressFamily&) { mode_ = Mode::Router; },
             },
             command);
}

void Terminal::leave() {
  if (const auto above = mode_above(mode_))
    mode_ = *above;
  else
    wants_close_ = true;
}

void Terminal::enable() {
  if (mode_ == Mode::Enable || may_change_())
    mode_ = Mode::Enable;
  else
    print("% Only root and the user who runs this router may change it; you may look.\n");
}

// Only somebody who sees echo and has told us the size of a window sits in front of one: a script that was
// made to wait for a key would wait forever.
Screen Terminal::screen() const {
  const auto window = telnet_.window();
  if (!telnet_.echo() || !window || window->rows == 0) return {};
  return {length_.value_or(window->rows), window->columns};
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
  const auto typed = before.size() - (before.find_last_of(" |") + 1);
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
  output_ += prompt_of(mode_);
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
  const auto understood = understand(whole, Mode::Enable);
  if (!understood) return {understood.error(), false};
  const auto* command = std::get_if<ShowCommand>(&understood->command);
  if (command == nullptr) return {fmt::format("% [BGP] Unknown command: {}\n", whole), false};
  std::string text = show(*command);
  return {understood->filter ? filtered(*understood->filter, text) : std::move(text), true};
}

}  // namespace vty
