// A run as one HTML page to keep or to send: no script, nothing from elsewhere, light or dark as its reader
// likes it, readable on a phone. Of values alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "show/load.h"
#include "speaker/history.h"

namespace show {

struct RunPage {
  std::string version = {}, machine = {}, command_line = {}, taken_at = {};  // for people
  std::uint32_t hops = 0;
  std::string target = {};
  // Of a lab that has converged: when each phase ended, in milliseconds since the process began; the last
  // one is when it had converged.
  std::vector<std::pair<std::string, double>> phases = {};
  std::uint64_t routes_failed = 0;
  double pss_mib = 0, cpu_seconds = 0;          // when it had converged
  std::vector<Load> loads = {};                 // of each router, in order
  std::vector<std::uint64_t> events_lost = {};  // of each router in the history
};

// `history`: null where the lab keeps no events. `began`: of the lab, ns of the monotonic clock. `prefix`:
// the one whose last wave is shown.
std::string run_page(const RunPage& run, const speaker::History* history, std::int64_t began,
                     const net::IpPrefix& prefix);

}  // namespace show
