// The chain as a user runs it, measured from outside: the real binary, a netlink listener in every namespace.
//   Converge/N    from the start of the process to the moment when the last of the N+1 kernel tables is full
//   NewPrefix/N   from ROUTER_0's `announce` to the route in ROUTER_N's kernel table, in a quiet chain
//   Withdraw/N    the same for its removal
//   Events/N      convergence with the event log on and off, by turns, as the lab itself reckons it: medians,
//                 quartiles, and the ratio of the medians (docs/adr/0016 allows 1.05); the same of memory
// --benchmark_out=FILE --benchmark_out_format=json for the figures; the environment variable PLOT=FILE.svg
// draws when the default route reached each hop in the last Converge run, and "{hops}" in FILE becomes N.
// Needs root. CHAINROUTER=path of the binary.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "app/control_server.h"
#include "app/lab_record.h"
#include "app/topology.h"
#include "bench/outside.h"

namespace {

using bench::Clock;
using bench::LabProcess;
using bench::RouteWatch;
using namespace std::chrono_literals;

std::string binary() {
  const char* path = std::getenv("CHAINROUTER");
  return path != nullptr ? path : CHAINROUTER_BINARY;
}

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::size_t full(std::uint32_t router, std::uint32_t hops) { return router == 0 ? hops : hops + 1; }

bool all_full(const RouteWatch& watch, std::uint32_t hops) {
  for (std::uint32_t i = 0; i <= hops; ++i)
    if (watch.routes(i) != full(i, hops)) return false;
  return true;
}

void plot_arrivals(const RouteWatch& watch, Clock::time_point began, std::uint32_t hops) {
  const char* plot = std::getenv("PLOT");
  if (plot == nullptr) return;
  std::string path = plot;
  constexpr std::string_view kHops = "{hops}";
  if (const auto at = path.find(kHops); at != std::string::npos)
    path.replace(at, kHops.size(), std::to_string(hops));
  std::vector<double> arrivals;
  for (std::uint32_t i = 1; i <= hops; ++i)
    arrivals.push_back(watch.arrival(i) ? 1000 * seconds(*watch.arrival(i) - began) : 0);
  const double low = *std::ranges::min_element(arrivals), high = *std::ranges::max_element(arrivals);
  constexpr double kWidth = 900, kHeight = 420, kLeft = 70, kBottom = 50, kTop = 40;
  const auto x = [&](double hop) { return kLeft + (kWidth - kLeft - 20) * hop / hops; };
  const auto y = [&](double ms) {
    return kHeight - kBottom - (kHeight - kBottom - kTop) * (ms - low) / std::max(high - low, 1e-9);
  };
  std::ofstream svg(path);
  svg << fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' font-family='sans-serif' font-size='13'>"
      "<rect width='{0}' height='{1}' fill='white'/>"
      "<text x='{2}' y='22' font-size='16'>Default route: arrival in each kernel table, {3} hops</text>",
      kWidth, kHeight, kLeft, hops);
  for (int tick = 0; tick <= 4; ++tick) {
    const double ms = low + (high - low) * tick / 4;
    svg << fmt::format(
        "<line x1='{0}' x2='{1}' y1='{2:.1f}' y2='{2:.1f}' stroke='#ddd'/>"
        "<text x='{3}' y='{4:.1f}' text-anchor='end'>{5:.1f} ms</text>",
        kLeft, kWidth - 20, y(ms), kLeft - 8, y(ms) + 4, ms);
    const double hop = hops * tick / 4.0;
    svg << fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{:.0f}</text>", x(hop), kHeight - 28,
                       hop);
  }
  svg << fmt::format("<text x='{}' y='{}' text-anchor='middle'>router</text>", kWidth / 2, kHeight - 8);
  for (std::uint32_t i = 1; i <= hops; ++i)
    svg << fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='#1565c0'/>", x(i), y(arrivals[i - 1]));
  svg << "</svg>\n";
}

void converge(benchmark::State& state) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  nlohmann::json report;
  for (auto _ : state) {
    LabProcess lab(binary(), {"--hops", std::to_string(hops), "--name-prefix", "BENCH_"});
    RouteWatch watch("BENCH_", 0, hops);
    watch.expect(net::Ipv4Prefix(), false);
    if (!watch.until([&] { return all_full(watch, hops); }, 120s)) {
      state.SkipWithError("the tables did not fill");
      return;
    }
    Clock::time_point last{};
    for (std::uint32_t i = 0; i <= hops; ++i) last = std::max(last, watch.changed(i));
    state.SetIterationTime(seconds(last - lab.started()));
    report = lab.report();
    plot_arrivals(watch, lab.started(), hops);
  }
  const auto& phases = report["milliseconds"];
  for (const char* phase : {"namespaces", "links", "listening", "sessions", "routes", "converged"})
    state.counters[std::string(phase) + "_ms"] = phases[phase].get<double>();
  state.counters["cpu_s"] = report["cpuSeconds"].get<double>();
  state.counters["pss_MiB"] = report["memory"]["pssBytes"].get<double>() / (1024 * 1024);
}

void travel(benchmark::State& state, bool withdraw) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  LabProcess lab(binary(), {"--hops", std::to_string(hops), "--name-prefix", "BENCH_"});
  RouteWatch watch("BENCH_", hops, hops);
  lab.report();
  watch.until([&] { return watch.routes(0) == full(hops, hops); }, 10s);
  const auto prefix = *net::Ipv4Prefix::parse("203.0.113.0/24");
  const auto socket = app::control_socket_path("BENCH_");
  const auto change = [&](bool announce) -> std::optional<double> {
    watch.expect(prefix, !announce);
    const auto reply = app::ask_lab(
        socket,
        {{"op", announce ? "announce" : "withdraw"}, {"router", "BENCH_0"}, {"prefix", prefix.to_string()}});
    const Clock::time_point began(std::chrono::nanoseconds(reply["at"].get<std::int64_t>()));
    if (!watch.until([&] { return watch.arrival(0).has_value(); }, 10s)) return std::nullopt;
    app::ask_lab(socket, {{"op", "wait"}});
    return seconds(*watch.arrival(0) - began);
  };
  std::vector<double> times;
  for (auto _ : state) {
    const auto announced = change(true);
    const auto withdrawn = change(false);
    if (!announced || !withdrawn) {
      state.SkipWithError("the route did not come, or did not go");
      return;
    }
    times.push_back(withdraw ? *withdrawn : *announced);
    state.SetIterationTime(times.back());
  }
  std::ranges::sort(times);
  state.counters["median_ms"] = 1000 * times[times.size() / 2];
  state.counters["worst_ms"] = 1000 * times.back();
}

void new_prefix(benchmark::State& state) { travel(state, false); }
void withdraw(benchmark::State& state) { travel(state, true); }

struct Quartiles {
  double lower, median, upper;
};

Quartiles quartiles(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double part) {
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

void events(benchmark::State& state) {
  const auto hops = std::to_string(state.range(0));
  const std::array<std::string, 2> logs{std::to_string(app::kEventsKept), "0"};
  std::array<std::vector<double>, 2> times, memory;
  bool on_first = true;
  for (auto _ : state) {
    // Who begins changes from turn to turn: the machine may remember the one before.
    for (const std::size_t which :
         on_first ? std::array<std::size_t, 2>{0, 1} : std::array<std::size_t, 2>{1, 0}) {
      LabProcess lab(binary(), {"--hops", hops, "--name-prefix", "BENCH_", "--events", logs[which]});
      const auto report = lab.report();
      times[which].push_back(report["milliseconds"]["converged"].get<double>() -
                             report["milliseconds"]["listening"].get<double>());
      memory[which].push_back(report["memory"]["pssBytes"].get<double>() / (1024 * 1024));
    }
    on_first = !on_first;
    state.SetIterationTime(times[0].back() / 1000);
  }
  const Quartiles on = quartiles(times[0]), off = quartiles(times[1]);
  for (const auto& [name, value] : {std::pair("on", on), {"off", off}}) {
    state.counters[std::string(name) + "_ms"] = value.median;
    state.counters[std::string(name) + "_q1"] = value.lower;
    state.counters[std::string(name) + "_q3"] = value.upper;
  }
  state.counters["ratio"] = on.median / off.median;
  state.counters["on_MiB"] = quartiles(memory[0]).median;
  state.counters["off_MiB"] = quartiles(memory[1]).median;
}

}  // namespace

BENCHMARK(converge)
    ->Name("Converge")
    ->Arg(10)
    ->Arg(50)
    ->Arg(100)
    ->Arg(200)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(5);
BENCHMARK(new_prefix)
    ->Name("NewPrefix")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(51);
BENCHMARK(withdraw)
    ->Name("Withdraw")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(51);

BENCHMARK(events)->Name("Events")->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(21);

BENCHMARK_MAIN();
