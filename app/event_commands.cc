// chainrouter events, why and watch: what the routers of a lab wrote down, rendered here and not in the lab.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <fmt/format.h>

#include "app/commands.h"
#include "app/event_log.h"
#include "app/standard_error.h"
#include "app/standard_streams.h"
#include "app/written.h"
#include "show/events.h"

namespace app {

using namespace std::chrono_literals;
using speaker::EventId;
using speaker::EventKind;
using speaker::History;

namespace {

constexpr auto kPause = 100ms;  // between two looks: the eye asks for no less

void pause() {
  boost::asio::io_context io;
  boost::asio::steady_timer timer(io, kPause);
  boost::system::error_code interrupted;
  timer.wait(interrupted);
}

std::uint32_t number_of(const History& history, const std::string& router) {
  if (const auto number = history.number_of(router)) return *number;
  throw std::runtime_error(
      fmt::format("{} is not one of our routers: nothing is known of what it does", router));
}

std::string line_of(Format format, const History& history, EventId id, std::int64_t began) {
  switch (format) {
    case Format::Json: return show::event_json(history, id);
    case Format::Csv: return show::event_csv(history, id, began);
    case Format::Text: break;
  }
  return show::event_text(history, id, began);
}

void print_news(const EventReader& reader, const EventReader::News& news, const std::vector<bool>& wanted,
                Format format) {
  const History& history = reader.history();
  std::string text;
  for (std::uint32_t router = 0; router < news.lost.size(); ++router) {
    if (news.lost[router] == 0 || !wanted[router]) continue;
    text += written(format, show::lost_text, show::lost_json, show::lost_csv, history.router(router).name,
                    news.lost[router]);
  }
  for (const EventId id : news.events)
    if (wanted[id.router]) text += line_of(format, history, id, reader.began());
  fmt::print("{}", text);
  flush_output();
}

// The prefix that somebody moved last, else the default route.
net::IpPrefix last_moved(const History& history) {
  net::IpPrefix prefix = net::Ipv4Prefix();
  std::int64_t latest = 0;
  for (std::uint32_t router = 0; router < history.size(); ++router)
    for (const auto& [number, event] : history.events(router)) {
      if (event.kind != EventKind::Trigger || event.at < latest) continue;
      if (event.trigger() != speaker::Trigger::Announce && event.trigger() != speaker::Trigger::Withdraw)
        continue;
      latest = event.at;
      prefix = event.prefix.prefix.value();
    }
  return prefix;
}

show::Screen screen_of(bool terminal) {
  show::Screen screen;
  if (!terminal) return screen;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
    screen = {.columns = size.ws_col, .rows = size.ws_row};
  const char* no_color = std::getenv("NO_COLOR");
  screen.color = no_color == nullptr || *no_color == '\0';
  return screen;
}

}  // namespace

int run(const EventsCommand& command) {
  const LabRecord lab = lab_of(command.routers.empty() ? "" : command.routers.front());
  EventReader reader(control_socket_path(lab));
  EventReader::News news = reader.read();
  std::vector<bool> wanted(reader.history().size(), command.routers.empty());
  for (const std::string& router : command.routers) wanted[number_of(reader.history(), router)] = true;
  if (command.format == Format::Csv) fmt::print("{}", show::events_csv_heading());
  print_news(reader, news, wanted, command.format);
  while (command.follow) {
    pause();
    try {
      news = reader.read();
    } catch (const std::exception&) {
      tell("the lab has ended\n");
      return kOk;
    }
    print_news(reader, news, wanted, command.format);
  }
  return kOk;
}

int run(const WhyCommand& command) {
  EventReader reader(control_socket_path(lab_of(command.router)));
  reader.read();
  const std::uint32_t router = number_of(reader.history(), command.router);
  const auto route = reader.history().last_route(router, command.prefix);
  if (!route) {
    const std::uint64_t lost = reader.lost(router);
    complain(fmt::format("{} knows of no change of {}{}", command.router, net::to_string(command.prefix),
                         lost == 0 ? ""
                                   : fmt::format("; {} of its earlier events are overwritten (start the lab "
                                                 "with a larger --events)",
                                                 lost)));
    return kRuntimeFailure;
  }
  fmt::print(
      "{}", written(command.format, show::why_text, show::why_json, show::why_csv, reader.history(), *route));
  return kOk;
}

namespace {

// Another advertisement interval while this process lives. Asked for again and again, for a lab puts back by
// itself what it was before when nobody does: also after kill -9.
class BorrowedInterval {
 public:
  BorrowedInterval(LabRecord lab, std::optional<std::chrono::milliseconds> interval)
      : lab_(std::move(lab)), interval_(interval) {
    if (!interval_) return;
    signals_.emplace(io_, SIGINT, SIGTERM, SIGHUP);
    signals_->async_wait([this](boost::system::error_code error, int) { interrupted_ = !error; });
    renew();
  }
  ~BorrowedInterval() {
    if (!interval_) return;
    try {
      (void)ask(lab_, request::Interval{std::nullopt, holder()});
    } catch (const std::exception&) {
      // The lab has ended.
    }
  }
  BorrowedInterval(const BorrowedInterval&) = delete;
  BorrowedInterval& operator=(const BorrowedInterval&) = delete;

  void renew() {
    const auto now = std::chrono::steady_clock::now();
    if (!interval_ || now < next_) return;
    (void)ask(lab_, request::Interval{interval_, holder()});
    next_ = now + 1s;
  }
  // True: a signal has come, and this process is to end.
  bool interrupted() {
    io_.poll();
    return interrupted_;
  }

 private:
  static std::uint32_t holder() { return static_cast<std::uint32_t>(getpid()); }

  LabRecord lab_;
  std::optional<std::chrono::milliseconds> interval_;
  std::chrono::steady_clock::time_point next_{};
  boost::asio::io_context io_;
  std::optional<boost::asio::signal_set> signals_;
  bool interrupted_ = false;
};

}  // namespace

int run(const WatchCommand& command) {
  const LabRecord lab = lab_of(command.router);
  EventReader reader(control_socket_path(lab));
  BorrowedInterval interval(lab, command.mrai);
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  std::string shown;
  while (true) {
    try {
      interval.renew();
      reader.read();
    } catch (const std::exception&) {
      if (interval.interrupted()) return kOk;  // in the midst of a question
      if (shown.empty()) throw;
      tell("the lab has ended\n");
      return kOk;
    }
    const auto prefix = command.prefix ? *command.prefix : last_moved(reader.history());
    const std::string text = show::wave_text(reader.history(), prefix, screen_of(terminal));
    if (text != shown) {
      // In place: up as many lines as were written, and clear from there on.
      if (!shown.empty()) fmt::print("\x1b[{}A\x1b[J", std::ranges::count(shown, '\n'));
      fmt::print("{}", text);
      flush_output();
      shown = text;
    }
    // Who asks for another interval wants to see what comes of it.
    if (command.once || (!terminal && !command.mrai) || interval.interrupted()) return kOk;
    pause();
    if (interval.interrupted()) return kOk;
  }
}

}  // namespace app
