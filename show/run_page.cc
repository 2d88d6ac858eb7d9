#include "show/run_page.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "show/event_words.h"
#include "show/events.h"
#include "show/page_plot.h"
#include "show/run_page_style.h"
#include "show/trace_stages.h"

namespace show {

using speaker::EventId;
using speaker::EventKind;
using speaker::History;
using speaker::Trace;
using speaker::TraceHop;

namespace {

constexpr std::size_t kSlowest = 10;

double ms(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

std::string counted(std::uint64_t count, const char* one) {
  return fmt::format("{} {}{}", number_text(static_cast<double>(count)), one, count == 1 ? "" : "s");
}

std::string section(const std::string& title, const std::string& about, const std::string& content) {
  return fmt::format("<section><h2>{}</h2>\n<p>{}</p>\n{}</section>\n", html_text(title), html_text(about),
                     content);
}

class Table {
 public:
  explicit Table(const std::vector<std::string>& names) {
    for (const auto& name : names) head_ += fmt::format("<th scope=\"col\">{}</th>", html_text(name));
  }
  void row(const std::vector<std::string>& cells) {
    body_ += "<tr>";
    for (const auto& cell : cells) body_ += fmt::format("<td>{}</td>", html_text(cell));
    body_ += "</tr>\n";
  }
  std::string html() const {
    return fmt::format(
        "<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>\n", head_,
        body_);
  }

 private:
  std::string head_, body_;
};

// --- What the figures say ---

std::string tile(const std::string& value, const std::string& what, bool bad = false) {
  return fmt::format("<li{}><b>{}</b><span>{}</span></li>", bad ? " class=\"bad\"" : "", html_text(value),
                     html_text(what));
}

std::string header(const RunPage& run) {
  std::uint64_t sessions = 0, configured = 0, routes = 0;
  for (const Load& load : run.loads) {
    sessions += load.sessions;
    configured += load.sessions_configured;
    routes += load.routes;
  }
  const std::string hops = counted(run.hops, "hop");
  std::string html = "<header>\n";
  if (run.phases.empty())
    html += fmt::format("<h1>{}, <b>not converged yet</b></h1>\n", hops);
  else
    html += fmt::format("<h1>{} converged in <b>{} ms</b></h1>\n", hops,
                        number_text(run.phases.back().second, 0.1));
  html +=
      fmt::format("<p>{} to {}, target {}; as it stood on {}</p>\n<p>{}</p>\n</header>\n<ul class=\"tiles\">",
                  html_text(run.loads.empty() ? "" : run.loads.front().router),
                  html_text(run.loads.empty() ? "" : run.loads.back().router), html_text(run.target),
                  html_text(run.taken_at), html_text(run.machine));
  html += tile(number_text(static_cast<double>(run.loads.size())), "routers");
  // Both ends of a session count it.
  const std::size_t pairs = sessions / 2;
  html += sessions == configured
              ? tile(number_text(static_cast<double>(pairs)), "BGP sessions, all up")
              : tile(fmt::format("{} of {}",
                                 number_text(static_cast<double>(sessions) / 2, sessions % 2 ? 0.1 : 1),
                                 number_text(static_cast<double>(configured) / 2)),
                     "BGP sessions up", true);
  html += tile(number_text(static_cast<double>(routes)), "routes in kernel tables");
  if (run.routes_failed > 0)
    html += tile(number_text(static_cast<double>(run.routes_failed)), "routes refused by the kernel", true);
  if (!run.phases.empty()) {
    html += tile(fmt::format("{} MiB", number_text(run.pss_mib, 0.1)), "memory (PSS) when converged");
    html += tile(fmt::format("{} s", number_text(run.cpu_seconds, 0.01)), "CPU until converged");
  }
  return html + "</ul>\n";
}

std::string phases(const RunPage& run) {
  if (run.phases.empty()) return {};
  std::vector<BarPart> parts;
  double before = 0;
  for (const auto& [name, end] : run.phases) {
    if (end > before) parts.push_back({name, end - before});
    before = std::max(before, end);
  }
  Table table({"phase", "ended at (ms)", "took (ms)"});
  before = 0;
  for (const auto& [name, end] : run.phases) {
    table.row({name, number_text(end, 0.1), number_text(std::max(0.0, end - before), 0.1)});
    before = std::max(before, end);
  }
  return section("Phases",
                 "From the start of the process. Sessions and routes overlap: each ends with its last one.",
                 stacked_bar_html(parts, "ms") + table.html());
}

std::string chain_strip(const RunPage& run) {
  std::string html = "<ul class=\"chain\">";
  for (std::size_t i = 0; i < run.loads.size(); ++i) {
    const Load& load = run.loads[i];
    html += fmt::format("<li{} title=\"{}: {} of {} sessions up, {} routes\">{}</li>",
                        load.sessions == load.sessions_configured ? "" : " class=\"down\"",
                        html_text(load.router), load.sessions, load.sessions_configured, load.routes, i);
  }
  return section(
      "The chain",
      "Every router has a link to the one before and the one behind it. Red: not all of its sessions are "
      "up. Point at one to see what it has.",
      html + "</ul>\n");
}

// --- What the events say ---

std::string wave(const History& history, const History::Wave& wave, std::int64_t began,
                 const std::string& name) {
  Plot plot{.summary = fmt::format("When {} came to each router", name),
            .x_label = "router",
            .y_label = "milliseconds since the start of the process",
            .x_max = std::max(1.0, static_cast<double>(history.size() - 1))};
  plot.y_min = ms(history.find(wave.routes.front())->at - began);
  plot.y_max = ms(history.find(wave.routes.back())->at - began);
  for (const EventId route : wave.routes) {
    const auto& event = *history.find(route);
    const double at = ms(event.at - began);
    const char* what = event.step() == rib::DecisionStep::None ? " lost it" : "";
    plot.points.push_back({static_cast<double>(route.router), at,
                           fmt::format("{}{}: {:.3f} ms", history.router(route.router).name, what, at)});
  }
  return section(
      fmt::format("The wave of {}", name),
      fmt::format("Since {}: {}. Each dot is a kernel table that has acknowledged the change; from the "
                  "first to the last it took {:.3f} ms.",
                  history.router(wave.root.router).name, event_words(history, wave.root, wave.began),
                  plot.y_max - plot.y_min),
      plot_html(plot));
}

// Most stages take no time at most hops: a dash keeps the others in sight.
std::string time_cell(double milliseconds) {
  return milliseconds > 0 ? number_text(milliseconds, 0.001) : "–";
}

std::vector<std::string> stage_cells(const TraceHop& hop) {
  std::vector<std::string> cells;
  cells.reserve(std::size(kTraceStages));
  for (const TraceStage& stage : kTraceStages) cells.push_back(time_cell(ms((hop.*stage.time).count())));
  return cells;
}

std::string stages(const History& history, const Trace& trace, const std::string& name) {
  std::vector<BarPart> parts;
  Table summary({"stage", "in all (ms)", "median (ms)", "95 % (ms)", "most (ms)", "at"});
  for (const TraceStage& stage : kTraceStages) {
    std::vector<std::pair<std::int64_t, std::uint32_t>> times;
    times.reserve(trace.hops.size());
    for (const TraceHop& hop : trace.hops) times.push_back({(hop.*stage.time).count(), hop.route.router});
    std::ranges::sort(times);
    const auto at = [&times](double share) {
      return ms(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))].first);
    };
    const double all = ms(std::accumulate(times.begin(), times.end(), std::int64_t{0},
                                          [](std::int64_t sum, const auto& one) { return sum + one.first; }));
    parts.push_back({stage.name, all});
    summary.row({stage.name, time_cell(all), time_cell(at(0.5)), time_cell(at(0.95)), time_cell(at(1)),
                 all > 0 ? history.router(times.back().second).name : "–"});
  }
  std::vector<TraceHop> slowest = trace.hops;
  std::ranges::stable_sort(slowest, std::ranges::greater(), &TraceHop::total);
  slowest.resize(std::min(slowest.size(), kSlowest));
  Table hops({"slowest hops (ms)", "session", "mrai", "write", "receive", "decide", "kernel", "total"});
  for (const TraceHop& hop : slowest) {
    auto cells = stage_cells(hop);
    cells.insert(cells.begin(), history.router(hop.route.router).name);
    cells.push_back(number_text(ms(hop.total().count()), 0.001));
    hops.row(cells);
  }
  return section(
      "Where the time went",
      fmt::format("The way of {} to {}, {} in {:.3f} ms. session: until the sender's session came up; mrai: "
                  "held back; "
                  "write: until it was written; receive: until it was read; decide; kernel: until it was "
                  "acknowledged.",
                  name, history.router(trace.hops.back().route.router).name,
                  counted(trace.hops.size(), "step"), ms(trace.total.count())),
      stacked_bar_html(parts, "ms") + summary.html() + hops.html());
}

std::string sessions(const History& history, std::int64_t began) {
  Plot plot{.summary = "When the sessions of each router came up",
            .x_label = "router",
            .y_label = "milliseconds since the start of the process",
            .x_max = std::max(1.0, static_cast<double>(history.size() - 1)),
            .y_min = 1e300,
            .y_max = 0};
  std::uint64_t falls = 0;
  for (std::uint32_t router = 0; router < history.size(); ++router)
    for (const auto& [number, event] : history.events(router)) {
      if (event.kind != EventKind::Session) continue;
      if (event.session.from == bgp::State::Established) ++falls;
      if (event.session.to != bgp::State::Established) continue;
      const double at = ms(event.at - began);
      plot.y_min = std::min(plot.y_min, at);
      plot.y_max = std::max(plot.y_max, at);
      plot.points.push_back({static_cast<double>(router), at,
                             fmt::format("{} with {}: {:.3f} ms", history.router(router).name,
                                         neighbor_name(history, router, event.peer), at)});
    }
  if (plot.points.empty()) return {};
  return section("Sessions",
                 fmt::format("Each dot is one end that became Established. {}",
                             falls == 0 ? "None has fallen since." : counted(falls, "end") + " fell."),
                 plot_html(plot));
}

// --- The routers one by one ---

std::string per_router(const RunPage& run, const char* label, const char* unit,
                       double (*value)(const Load&)) {
  Plot plot{.kind = Plot::Kind::Bars,
            .summary = fmt::format("{} of each router", label),
            .x_label = "router",
            .y_label = fmt::format("{} ({})", label, unit),
            .x_max = std::max(1.0, static_cast<double>(run.loads.size() - 1)),
            .y_max = 0};
  for (std::size_t i = 0; i < run.loads.size(); ++i) {
    const double y = value(run.loads[i]);
    plot.y_max = std::max(plot.y_max, y);
    plot.points.push_back(
        {static_cast<double>(i), y,
         fmt::format("{}: {} {}", run.loads[i].router, number_text(y, y < 10 ? 0.01 : 1), unit)});
  }
  return plot_html(plot);
}

std::string routers(const RunPage& run) {
  const auto cpu = [](const Load& load) { return ms(load.cpu.count()); };
  const auto memory = [](const Load& load) { return static_cast<double>(load.bytes()) / 1024; };
  const auto messages = [](const Load& load) { return static_cast<double>(load.received + load.sent); };
  std::string html = "<div class=\"trio small\">" + per_router(run, "CPU time", "ms", cpu) +
                     per_router(run, "Counted memory", "KiB", memory) +
                     per_router(run, "BGP messages, in and out", "messages", messages) + "</div>\n";
  Table table(
      {"router", "sessions", "routes", "received", "sent", "CPU (ms)", "memory (KiB)", "queue (octets)"});
  for (const Load& load : run.loads)
    table.row({load.router, fmt::format("{} of {}", load.sessions, load.sessions_configured),
               number_text(static_cast<double>(load.routes)), number_text(static_cast<double>(load.received)),
               number_text(static_cast<double>(load.sent)), number_text(cpu(load), 0.1),
               number_text(memory(load), 1), number_text(static_cast<double>(load.octets_waiting))});
  return section("Routers", "What each thread has taken since it began, and what its tables hold now.",
                 html + fmt::format("<details{}><summary>All {} routers</summary>\n{}</details>\n",
                                    run.loads.size() <= 12 ? " open" : "", run.loads.size(), table.html()));
}

std::string provenance(const RunPage& run, const History* history) {
  const auto lost = std::accumulate(run.events_lost.begin(), run.events_lost.end(), std::uint64_t{0});
  std::string events = "none are kept: the lab was started with --events 0";
  if (history != nullptr)
    events = lost == 0 ? "all are still there"
                       : fmt::format("{} older ones are overwritten (start the lab with a larger --events)",
                                     number_text(static_cast<double>(lost)));
  std::string html = "<dl>";
  for (const auto& [what, value] : {std::pair<const char*, std::string>("Command", run.command_line),
                                    {"Machine", run.machine},
                                    {"Program", "chainrouter " + run.version},
                                    {"Events", events}})
    html += fmt::format("<dt>{}</dt><dd><code>{}</code></dd>", what, html_text(value));
  return section("How it was made", "What it takes to see the same again.", html + "</dl>\n");
}

}  // namespace

std::string run_page(const RunPage& run, const History* history, std::int64_t began,
                     const net::IpPrefix& prefix) {
  const std::string name =
      prefix == net::IpPrefix(net::Ipv4Prefix()) ? "the default route" : net::to_string(prefix);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>chainrouter: {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      counted(run.hops, "hop"), kRunPageStyle);
  html += header(run) + phases(run);
  if (history != nullptr) {
    if (const auto last = history->last_wave(prefix)) {
      html += wave(*history, *last, began, name);
      const Trace trace = history->trace(last->routes.back());
      if (!trace.hops.empty()) html += stages(*history, trace, name);
    }
    html += sessions(*history, began);
  }
  html += chain_strip(run) + routers(run) + provenance(run, history);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace show
