// The command line of a lab, which has no command's name: `chainrouter --hops 100`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.h"

namespace app {

class RunCommandLine {
 public:
  explicit RunCommandLine(CLI::App& cli);

  Command command() const;

  // Of words that are a lab's options and nothing else. Every start of a lab waits for this, twice; to set up
  // all other commands first takes three times as long. Nothing: something else may be meant, or nothing that
  // makes sense.
  static std::optional<Command> alone(std::vector<std::string> words);

 private:
  // As CLI11 hands it over; each is checked, with a sentence of its own.
  struct Raw {
    std::string events = std::to_string(kEventsKept);
    std::string hops = "100", target = "198.51.100.1", mrai = "0", mrai_mode = "quagga", profile = "lab";
    std::string md5, ao, foreign, timeout, scenario, record, router_memory,
        seed = "1", name_prefix = "ROUTER_", format = "table", nexthops = "object", rootless = "auto";
    std::string web, metrics_compat;
    bool exit_when_converged = false, plan = false, no_pin = false, simulate = false;
  } raw_;
  const CLI::Option* web_ = nullptr;
};

}  // namespace app
