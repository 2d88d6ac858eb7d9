// chainrouter top: two readings of every router make a table; on a terminal a new one takes its place with
// each interval, as many rows as there is room for.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <poll.h>
#include <set>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/standard_streams.h"

namespace app {

using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kHint = "q ends it; sorted by c CPU, m memory, s messages, u queue";

class Readings {
 public:
  explicit Readings(const std::string& routers) : chosen_(choose_routers(routers)) {
    wanted_.insert(chosen_.selection.routers.begin(), chosen_.selection.routers.end());
    take();
  }

  void take() {
    before_ = std::exchange(now_, {});
    const auto reply = ask(chosen_.lab, request::Loads{});
    for (const auto& row : reply.at("loads"))
      if (auto load = show::load_from(row); load && wanted_.contains(load->router))
        now_.push_back(*std::move(load));
  }
  std::vector<show::LoadRate> rates(show::LoadOrder order) const {
    return show::load_rates(before_, now_, order);
  }

 private:
  Chosen chosen_;
  std::set<std::string> wanted_;
  std::vector<show::Load> before_, now_;
};

// The terminal for as long as this lives: its other screen, no cursor, keys as they are typed.
class Screen {
 public:
  Screen() {
    if (tcgetattr(STDIN_FILENO, &before_) == 0) {
      termios keys = before_;
      keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      has_keys_ = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
    }
    fmt::print("\x1b[?1049h\x1b[?25l");
  }
  ~Screen() {
    std::fputs("\x1b[?25h\x1b[?1049l", stdout);
    flush_output();
    if (has_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  bool has_keys() const { return has_keys_; }

  // As much of the text as there is room for, over what was there.
  static void draw(const std::vector<show::LoadRate>& rates) {
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    const std::size_t rows = known ? size.ws_row : 24, columns = known ? size.ws_col : 80;
    const char* no_color = std::getenv("NO_COLOR");
    const bool emphasis = no_color == nullptr || *no_color == '\0';
    // Above the rows the names of columns and the sum, below them the hint.
    std::string text = show::load_text(rates, rows > 3 ? rows - 3 : 0, emphasis) + kHint;
    std::string out = "\x1b[H";
    std::size_t lines = 0;
    for (std::string_view rest = text; lines < rows && !rest.empty(); ++lines) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (lines > 0) out += "\r\n";
      out += cut(line, columns);
      out += "\x1b[K";
    }
    fmt::print("{}\x1b[J", out);
    flush_output();
  }

 private:
  // Escape sequences take no room.
  static std::string cut(std::string_view line, std::size_t columns) {
    std::string text;
    std::size_t width = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\x1b') {
        const auto end = line.find('m', i);
        text += line.substr(i, end - i + 1);
        i = end;
      } else if (width < columns) {
        text += line[i];
        ++width;
      }
    }
    return text;
  }

  termios before_{};
  bool has_keys_ = false;
};

// Signals as something that can be waited for beside keys.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) sigaddset(&wanted, signal);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    descriptor_ = signalfd(-1, &wanted, SFD_CLOEXEC);
  }
  ~Signals() { close(descriptor_); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  int take() const {
    signalfd_siginfo info{};
    return read(descriptor_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  int descriptor_ = -1;
};

int run_live(const TopCommand& command) {
  Readings readings(command.routers);
  show::LoadOrder order = command.order;
  const Signals signals;
  const Screen screen;
  pollfd events[] = {{signals.descriptor(), POLLIN, 0}, {screen.has_keys() ? STDIN_FILENO : -1, POLLIN, 0}};
  auto next = Clock::now() + command.interval;
  while (true) {
    Screen::draw(readings.rates(order));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    if (left <= 0 || poll(events, std::size(events), static_cast<int>(left)) == 0) {
      readings.take();
      next = Clock::now() + command.interval;
      continue;
    }
    if (events[0].revents != 0 && signals.take() != SIGWINCH) return kOk;
    if (events[1].revents == 0) continue;
    char key = 'q';  // also what the end of the input means
    if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q') return kOk;
    constexpr std::string_view kKeys = "cmsu";  // in the order of show::LoadOrder
    if (const auto place = kKeys.find(key); place != std::string_view::npos)
      order = static_cast<show::LoadOrder>(place);
  }
}

bool on_a_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

int run(const TopCommand& command) {
  if (!command.once && command.format == Format::Text && on_a_terminal()) return run_live(command);
  Readings readings(command.routers);
  poll(nullptr, 0, static_cast<int>(command.interval.count()));  // a rate takes time
  readings.take();
  const auto rates = readings.rates(command.order);
  fmt::print("{}", command.format == Format::Json  ? show::load_json(rates)
                   : command.format == Format::Csv ? show::load_csv(rates)
                                                   : show::load_text(rates, rates.size()));
  return kOk;
}

}  // namespace app
