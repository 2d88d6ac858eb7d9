#include "app/terminal_progress.h"

#include <array>
#include <cstdlib>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "app/standard_error.h"

namespace app {

namespace {

using namespace std::chrono_literals;

constexpr auto kRedraw = 40ms;
constexpr std::size_t kBar = 30;

struct Line {
  const char* name;
  std::size_t done, wanted;
};

std::array<Line, 4> lines_of(const Progress& progress) {
  // The chain's own arithmetic: N+3 prefixes, of which each router has those that it does not originate
  // itself.
  const std::size_t hops = progress.links_wanted;
  const std::size_t routes = hops * (hops + 1) + hops;
  return {{{"namespaces", progress.namespaces, progress.namespaces_wanted},
           {"links", progress.links, progress.links_wanted},
           {"sessions", progress.sessions, progress.sessions_wanted},
           {"routes", progress.routes, routes}}};
}

// How wide the terminal is now; 80 where it does not say.
std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// A line that fits: one that wrapped would take two rows, and the drawing would scroll.
std::string fitted(const Line& line, std::size_t columns) {
  const auto name = fmt::format("  {:<11}", line.name),
             numbers = fmt::format(" {:>7} / {}", line.done, line.wanted);
  const std::size_t around = name.size() + numbers.size() + 3;  // and the bar's own frame
  const std::size_t bar = columns > around ? std::min(kBar, columns - 1 - around) : 0;
  const std::size_t filled = line.wanted == 0 ? 0 : std::min(bar, line.done * bar / line.wanted);
  const auto frame = bar == 0 ? std::string() : fmt::format(" [{:<{}}]", std::string(filled, '#'), bar);
  return (name + frame + numbers).substr(0, columns - 1);
}

}  // namespace

TerminalProgress::TerminalProgress(bool quiet) : quiet_(quiet) {
  const char* term = std::getenv("TERM");
  terminal_ = isatty(STDERR_FILENO) != 0 && term != nullptr && std::string(term) != "dumb";
}

void TerminalProgress::show(const Progress& progress) {
  if (quiet_ || ended_) return;
  if (!terminal_) {
    draw_plain(progress);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kRedraw) return;
  last_ = now;
  draw(progress);
}

void TerminalProgress::end(const Progress& progress) {
  if (quiet_ || std::exchange(ended_, true)) return;
  if (terminal_)
    draw(progress);
  else
    draw_plain(progress);
  tell_if_read("\n");
}

void TerminalProgress::draw(const Progress& progress) {
  std::string text;
  if (std::exchange(drawn_, true)) text += "\x1b[4A";
  const std::size_t width = columns();
  for (const Line& line : lines_of(progress)) text += "\r\x1b[K" + fitted(line, width) + "\n";
  tell_if_read(std::string_view(text));
}

void TerminalProgress::draw_plain(const Progress& progress) {
  const auto lines = lines_of(progress);
  while (plain_lines_ < static_cast<int>(lines.size())) {
    const Line& line = lines[static_cast<std::size_t>(plain_lines_)];
    if (line.wanted == 0 || line.done < line.wanted) return;
    tell_if_read("{}: {}\n", line.name, line.done);
    ++plain_lines_;
  }
}

}  // namespace app
