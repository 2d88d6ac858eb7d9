// The command lines of what writes files about a running lab (app/command_lines.h): record, mrt, capture,
// report.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "app/options.h"

namespace app {

class RecordCommandLine {
 public:
  explicit RecordCommandLine(CLI::App& cli);

  bool chosen() const { return record_.parsed() || mrt_.parsed() || capture_.parsed() || report_.parsed(); }
  Command command() const;

 private:
  Command bmp() const;
  Command capture() const;
  std::optional<UsageError> read_duration(std::optional<std::chrono::milliseconds>& out) const;

  std::string what_, file_, routers_ = "all", duration_;
  std::string links_ = "all", port_;
  bool sent_ = false, bgp_ = false;
  CLI::App &record_, &mrt_, &capture_, &report_;
};

}  // namespace app
