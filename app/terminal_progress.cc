#include "app/terminal_progress.h"

#include <array>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

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
  fmt::print(stderr, "\n");
}

void TerminalProgress::draw(const Progress& progress) {
  std::string text;
  if (std::exchange(drawn_, true)) text += "\x1b[4A";
  for (const Line& line : lines_of(progress)) {
    const std::size_t filled = line.wanted == 0 ? 0 : std::min(kBar, line.done * kBar / line.wanted);
    text += fmt::format("\r\x1b[K  {:<11} [{:<{}}] {:>7} / {}\n", line.name, std::string(filled, '#'), kBar,
                        line.done, line.wanted);
  }
  fmt::print(stderr, "{}", text);
}

void TerminalProgress::draw_plain(const Progress& progress) {
  const auto lines = lines_of(progress);
  while (plain_lines_ < static_cast<int>(lines.size())) {
    const Line& line = lines[static_cast<std::size_t>(plain_lines_)];
    if (line.wanted == 0 || line.done < line.wanted) return;
    fmt::print(stderr, "{}: {}\n", line.name, line.done);
    ++plain_lines_;
  }
}

}  // namespace app
