// The command lines of the larger subcommands, each a class of its own: what CLI11 is told of it, and what
// becomes of its words.
#pragma once

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
  std::string router_, prefix_;
  bool follow_ = false, once_ = false;
  CLI::App &events_, &why_, &watch_;
};

class DecodeCommandLine {
 public:
  explicit DecodeCommandLine(CLI::App& cli);

  bool chosen() const { return app_.parsed(); }
  Command command() const;

 private:
  std::string file_, format_ = "text", as_width_, family_, max_size_ = "1024";
  CLI::App& app_;
};

}  // namespace app
