// The command lines of the larger subcommands, each a class of its own: what CLI11 is told of it, and what
// becomes of its words.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.h"

namespace app {

// A subcommand whose help ends with examples.
CLI::App& add_command(CLI::App& cli, const char* name, const char* what, const std::string& examples);

// `speak` with its options, which may also stand in a file.
class SpeakCommandLine {
 public:
  SpeakCommandLine(CLI::App& cli, std::string& format);

  bool chosen() const { return app_.parsed(); }
  Command command(Format format) const;
  // Puts the words of a `--config` file in its place. Returns a sentence when that cannot be done.
  static std::string read_file(std::vector<std::string>& words);

 private:
  SpeakWords words_;
  std::string file_;
  CLI::App& app_;
};

// refresh, clear, shutdown and enable: a router, and one of its neighbours.
class NeighborCommandLine {
 public:
  explicit NeighborCommandLine(CLI::App& cli);

  bool chosen() const;
  Command command() const;

 private:
  std::string router_, neighbor_;
  std::vector<std::string> text_;
  std::vector<std::pair<request::Neighbor::Verb, CLI::App*>> apps_;
};

// link, session and router: which one, and down or up.
class OutageCommandLine {
 public:
  explicit OutageCommandLine(CLI::App& cli);

  bool chosen() const;
  Command command() const;

 private:
  std::string which_, state_;
  std::vector<std::pair<scenario::Thing, CLI::App*>> apps_;
};

// events, why and watch (event_command_line.cc).
class EventCommandLine {
 public:
  EventCommandLine(CLI::App& cli, std::string& format);

  bool chosen() const { return events_.parsed() || why_.parsed() || watch_.parsed(); }
  Command command(Format format) const;

 private:
  std::vector<std::string> routers_;
  std::string router_, prefix_, mrai_;
  bool follow_ = false, once_ = false;
  CLI::App &events_, &why_, &watch_;
};

// pause, step, resume, speed and snapshot (motion_command_line.cc).
class MotionCommandLine {
 public:
  explicit MotionCommandLine(CLI::App& cli);

  bool chosen() const;
  Command command() const;

 private:
  Command snapshot() const;

  std::string router_, speed_, what_, format_ = "table";
  std::vector<std::string> files_;
  std::vector<std::pair<request::Motion::Verb, CLI::App*>> apps_;
  CLI::App& snapshot_;
};

// show: a line of the vty, or a table, of one router or several.
class ShowCommandLine {
 public:
  explicit ShowCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string routers_, neighbor_, format_ = "table";
  std::vector<std::string> words_;
  CLI::App& app_;
};

// wait: for what, where, and for how long at most.
class WaitCommandLine {
 public:
  explicit WaitCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::vector<std::string> words_;
  std::string timeout_;
  CLI::App& app_;
};

class CheckCommandLine {
 public:
  explicit CheckCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string what_, routers_ = "all", format_ = "table";
  CLI::App& app_;
};

class TopCommandLine {
 public:
  explicit TopCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string routers_ = "all", sort_ = "cpu", interval_ = "1", format_ = "table";
  bool once_ = false;
  CLI::App& app_;
};

class MetricsCommandLine {
 public:
  explicit MetricsCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string router_, compat_;
  CLI::App& app_;
};

// The whole of a word as a number; nothing: it is none.
template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The --format that every command has which prints data; `of_what` ends with a colon or "as", and a blank.
void add_format(CLI::App& app, std::string& word, const std::string& of_what = "");
// "table" (or "text"), "json" or "csv". The error is a sentence.
net::Result<Format, std::string> table_format(const std::string& word);
// Seconds from `least` to a day, of an option.
net::Result<std::chrono::milliseconds, std::string> seconds_of(const std::string& option,
                                                               const std::string& word, double least = 0.001);

class DecodeCommandLine {
 public:
  explicit DecodeCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string file_, format_ = "table", as_width_, family_, max_size_ = "1024";
  CLI::App& app_;
};

}  // namespace app
