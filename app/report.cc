#include "app/report.h"

#include <fstream>
#include <sstream>
#include <sys/resource.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/csv.h"

namespace app {

namespace {

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

}  // namespace

std::string report_text(const Report& report) {
  std::string text;
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("  {:<22}{}\n", what, value);
  };
  text += fmt::format("{} converged {:.1f} ms after the process started\n\n",
                      report.hops == 1 ? "1 hop" : fmt::format("{} hops", report.hops), report.converged_ms);
  line("routers", fmt::format("{}  ({} to {})", report.routers, report.first_router, report.last_router));
  line("BGP sessions", fmt::format("{}", report.sessions));
  if (report.foreign_routers > 0)
    line("foreign routers", fmt::format("{}  ({} of {} sessions with them are up)", report.foreign_routers,
                                        report.foreign_sessions, report.foreign_sessions_wanted));
  line("routes in the kernel", report.routes_failed == 0 ? fmt::format("{}", report.routes)
                                                         : fmt::format("{}  ({} REFUSED by the kernel)",
                                                                       report.routes, report.routes_failed));
  text += "\n  phase ended at                ms\n";
  const auto phase = [&](const char* what, double ms) {
    text += fmt::format("    {:<22}{:>10.1f}\n", what, ms);
  };
  phase("namespaces", report.namespaces_ms);
  phase("links", report.links_ms);
  phase("listening", report.listening_ms);
  phase("sessions", report.sessions_ms);
  phase("routes", report.routes_ms);
  phase("converged", report.converged_ms);
  const double routers = static_cast<double>(report.routers);
  text += '\n';
  line("memory (PSS)", fmt::format("{:.1f} MiB, {:.0f} KiB a router", mebibytes(report.pss_bytes),
                                   static_cast<double>(report.pss_bytes) / 1024.0 / routers));
  line("memory (RSS)", fmt::format("{:.1f} MiB", mebibytes(report.rss_bytes)));
  line("CPU", fmt::format("{:.2f} s", report.cpu_seconds));
  text += fmt::format(
      "\nNow try:\n"
      "  chainrouter trace                                    every hop from {} to {}\n"
      "  chainrouter show {} \"ip bgp summary\"\n",
      report.last_router, report.target, report.middle_router);
  // Without root the host's ip knows nothing of the routers, but the one in the lab's shell does.
  if (report.rootless) text += "  chainrouter shell                                    and in it:\n";
  text += fmt::format(
      "  ip netns exec {} telnet 127.0.0.1 2605\n"
      "  ip netns exec {} ping -c 3 {}\n",
      report.middle_router, report.last_router, report.target);
  return text;
}

std::string report_json(const Report& report) {
  nlohmann::ordered_json json{{"schema", "chainrouter.report/1"},
                              {"rootless", report.rootless},
                              {"hops", report.hops},
                              {"routers", report.routers},
                              {"sessions", report.sessions},
                              {"routes", report.routes},
                              {"routesFailed", report.routes_failed},
                              {"target", report.target},
                              {"milliseconds",
                               {{"namespaces", report.namespaces_ms},
                                {"links", report.links_ms},
                                {"listening", report.listening_ms},
                                {"sessions", report.sessions_ms},
                                {"routes", report.routes_ms},
                                {"converged", report.converged_ms},
                                {"detected", report.detected_ms}}},
                              {"memory", {{"rssBytes", report.rss_bytes}, {"pssBytes", report.pss_bytes}}},
                              {"cpuSeconds", report.cpu_seconds}};
  if (report.foreign_routers > 0)
    json["foreign"] = {{"routers", report.foreign_routers},
                       {"sessions", report.foreign_sessions},
                       {"sessionsWanted", report.foreign_sessions_wanted}};
  return json.dump(2) + "\n";
}

std::string report_csv(const Report& report) {
  const auto milliseconds = [](double value) { return fmt::format("{:.3f}", value); };
  const std::string values[] = {
      std::to_string(report.hops),          std::to_string(report.routers),
      std::to_string(report.sessions),      std::to_string(report.routes),
      std::to_string(report.routes_failed), std::to_string(report.foreign_routers),
      milliseconds(report.namespaces_ms),   milliseconds(report.links_ms),
      milliseconds(report.listening_ms),    milliseconds(report.sessions_ms),
      milliseconds(report.routes_ms),       milliseconds(report.converged_ms),
      milliseconds(report.detected_ms),     std::to_string(report.rss_bytes),
      std::to_string(report.pss_bytes),     fmt::format("{:.3f}", report.cpu_seconds),
      report.rootless ? "true" : "false"};
  return "hops,routers,sessions,routes,routes_failed,foreign_routers,namespaces_ms,links_ms,listening_ms,"
         "sessions_ms,routes_ms,converged_ms,detected_ms,rss_bytes,pss_bytes,cpu_seconds,rootless\n" +
         show::csv_line(values);
}

Memory own_memory() {
  Memory memory;
  std::ifstream file("/proc/self/smaps_rollup");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name;
    std::size_t kibibytes = 0;
    fields >> name >> kibibytes;
    if (name == "Rss:") memory.rss_bytes = kibibytes * 1024;
    if (name == "Pss:") memory.pss_bytes = kibibytes * 1024;
  }
  return memory;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace app
