#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "show/event_words.h"
#include "show/events.h"

namespace show {

using speaker::EventId;
using speaker::History;

namespace {

// Early is blue, late is red: a ramp of xterm's 256 colours that is readable on black and on white.
constexpr std::array<int, 8> kRamp{27, 33, 37, 35, 70, 172, 202, 160};
constexpr std::size_t kMargin = 13;  // left of the picture

struct Dot {
  char sign = ' ';
  std::size_t age = 0;  // place in the ramp
};

char sign_of(const speaker::Event& route) {
  if (route.step() == rib::DecisionStep::None) return 'x';
  return route.prefix.error != 0 ? '!' : 'o';
}

class Picture {
 public:
  Picture(std::size_t columns, std::size_t rows) : columns_(columns), dots_(columns * rows) {}

  // What came last to a place is what is seen there.
  void put(std::size_t column, std::size_t row, Dot dot) { dots_[row * columns_ + column] = dot; }

  std::string line(std::size_t row, bool color) const {
    std::string text;
    bool colored = false;
    for (std::size_t column = 0; column < columns_; ++column) {
      const Dot& dot = dots_[row * columns_ + column];
      if (color && dot.sign != ' ') {
        text += fmt::format("\x1b[38;5;{}m{}", kRamp[dot.age], dot.sign);
        colored = true;
        continue;
      }
      if (std::exchange(colored, false)) text += "\x1b[0m";
      text += dot.sign;
    }
    if (colored) text += "\x1b[0m";
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

 private:
  std::size_t columns_;
  std::vector<Dot> dots_;
};

// Every so many routers their number, as wide as there is room.
std::string axis(std::size_t routers, std::size_t columns) {
  std::string text(columns, ' ');
  const std::size_t step = std::max<std::size_t>(1, (routers + 8) / 10);
  for (std::size_t router = 0; router < routers; router += step) {
    const std::string number = std::to_string(router);
    const std::size_t at = router * columns / routers;
    if (at + number.size() <= columns) text.replace(at, number.size(), number);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string wave_text(const History& history, const net::IpPrefix& prefix, const Screen& screen) {
  const std::string name = net::to_string(prefix);
  const auto wave = history.last_wave(prefix);
  if (!wave) return fmt::format("nothing is known of {}\n", name);
  const std::size_t routers = history.size();
  const std::size_t rows = std::max<std::size_t>(screen.rows, 8) - 6;
  const std::size_t columns = std::min(std::max<std::size_t>(screen.columns, kMargin + 10) - kMargin - 2,
                                       std::max<std::size_t>(routers, 10));
  const auto at = [&](EventId route) { return history.find(route)->at; };
  const std::int64_t first = at(wave->routes.front()), last = at(wave->routes.back());
  const std::int64_t span = std::max<std::int64_t>(1, last - first);
  Picture picture(columns, rows);
  std::vector<bool> reached(routers);
  for (const EventId route : wave->routes) {
    const auto late = static_cast<double>(at(route) - first) / static_cast<double>(span);
    const auto place = [&](std::size_t places) {
      return std::min(places - 1, static_cast<std::size_t>(late * static_cast<double>(places)));
    };
    reached[route.router] = true;
    picture.put(route.router * columns / routers, place(rows),
                {sign_of(*history.find(route)), place(kRamp.size())});
  }
  const auto since = [&](std::int64_t ns) {
    return milliseconds(std::chrono::nanoseconds(ns - wave->began));
  };
  std::string text = fmt::format("{} through {} of {} routers in {:.3f} ms\n", name,
                                 std::ranges::count(reached, true), routers, since(last));
  text += fmt::format("since {}: {}\n", history.router(wave->root.router).name,
                      event_words(history, wave->root, wave->began));
  for (std::size_t row = 0; row < rows; ++row) {
    const auto time = first + span * static_cast<std::int64_t>(row) / static_cast<std::int64_t>(rows);
    text += fmt::format("{:>9.3f} ms |{}\n", since(time), picture.line(row, screen.color));
  }
  text +=
      fmt::format("{:>13}+{}\n{:>13} {}\n", "", std::string(columns, '-'), "router", axis(routers, columns));
  return text + fmt::format("{:>13} o has it, x lost it, ! refused by the kernel\n", "");
}

}  // namespace show
