// The report at convergence: figures, their text for people, their JSON for programs. All times are
// milliseconds since the process started.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace app {

struct Report {
  bool rootless = false;
  std::uint32_t hops = 0;
  std::size_t routers = 0, sessions = 0, routes = 0, routes_failed = 0;
  // Left to speakers that are not ours, and our sessions with them: no part of what is judged.
  std::size_t foreign_routers = 0, foreign_sessions = 0, foreign_sessions_wanted = 0;
  std::string first_router, middle_router, last_router, target;
  double namespaces_ms = 0, links_ms = 0, listening_ms = 0, sessions_ms = 0, routes_ms = 0, converged_ms = 0;
  double detected_ms = 0;                    // when the control thread knew it
  std::size_t rss_bytes = 0, pss_bytes = 0;  // of the process
  double cpu_seconds = 0;                    // user and system, of the process so far
};

std::string report_text(const Report& report);
std::string report_json(const Report& report);  // "schema": "chainrouter.report/1"
std::string report_csv(const Report& report);   // names, and a row

struct Memory {
  std::size_t rss_bytes = 0, pss_bytes = 0;
};
Memory own_memory();  // from /proc/self/smaps_rollup
double own_cpu_seconds();

}  // namespace app
