// chainrouter report: what a running lab tells of itself, put together as a page by this process.
#include <ctime>
#include <fstream>
#include <iterator>
#include <sys/utsname.h>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/event_log.h"
#include "app/output_file.h"
#include "app/standard_error.h"
#include "show/run_page.h"

namespace app {

namespace {

std::string machine_in_words() {
  utsname name{};
  uname(&name);
  const unsigned processors = std::thread::hardware_concurrency();
  return fmt::format("{} {} {}, {} processor{}", name.sysname, name.release, name.machine, processors,
                     processors == 1 ? "" : "s");
}

// As it would be typed again.
std::string command_line_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid));
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  std::string line;
  for (std::size_t at = 0; at < words.size();) {
    const std::string word = words.substr(at, words.find('\0', at) - at);
    at += word.size() + 1;
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>()#~!") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return line;
}

void take_convergence(const nlohmann::ordered_json& report, show::RunPage& page) {
  if (!report.contains("milliseconds")) return;  // not converged yet
  for (const char* phase : {"namespaces", "links", "listening", "sessions", "routes", "converged"})
    page.phases.emplace_back(phase, report.at("milliseconds").at(phase).get<double>());
  page.routes_failed = report.at("routesFailed").get<std::uint64_t>();
  page.pss_mib = report.at("memory").at("pssBytes").get<double>() / (1024 * 1024);
  page.cpu_seconds = report.at("cpuSeconds").get<double>();
}

}  // namespace

int run(const HtmlReportCommand& command) {
  const LabRecord lab = lab_of(command.router);
  if (lab.kind == LabKind::Speaker)
    throw std::runtime_error("report is about a chain; show and metrics tell what a single speaker does");
  const std::time_t now = std::time(nullptr);
  show::RunPage page{.version = CHAINROUTER_VERSION,
                     .machine = machine_in_words(),
                     .command_line = command_line_of(lab.pid),
                     .taken_at = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(now)),
                     .hops = lab.hops,
                     .target = lab.target};
  const auto convergence = ask(lab, request::Convergence{});
  take_convergence(convergence, page);
  const auto reply = ask(lab, request::Loads{});
  for (const auto& row : reply.at("loads"))
    if (auto load = show::load_from(row)) page.loads.push_back(*std::move(load));
  std::optional<EventReader> events;
  if (convergence.at("keepsEvents").get<bool>()) {
    events.emplace(control_socket_path(lab));
    events->read();
    for (std::uint32_t router = 0; router < events->history().size(); ++router)
      page.events_lost.push_back(events->lost(router));
  }
  const std::string html = show::run_page(page, events ? &events->history() : nullptr,
                                          events ? events->began() : 0, net::Ipv4Prefix());
  outlive_readers();
  OutputFile file(command.file);
  try {
    file.write(html);
  } catch (...) {
    file.discard();
    throw;
  }
  tell("{} routers, {} KiB in {}\n", page.loads.size(), html.size() / 1024, file.name());
  return kOk;
}

}  // namespace app
