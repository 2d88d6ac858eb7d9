// chainrouter next to bare code that asks the least of the kernel (bench/bare.h), by turns in one run:
// absolute times drift from machine to machine and from minute to minute, ratios do not.
//   NewPrefix/N, Withdraw/N: from ROUTER_0 to the kernel table of ROUTER_N, beside a relay with a thread a
//   hop Build/N: netns::build_chain, beside namespaces, links and addresses alone Start/N: from the start of
//   the process to the last full kernel table, beside that again Bulk, LinkDown, Teardown: limit_routes.cc
// CHAINROUTER=path of the binary; BASELINE=path of another one, which then takes its turns, too.
// Needs root.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "app/control_server.h"
#include "app/lab_record.h"
#include "app/topology.h"
#include "bench/bare.h"
#include "bench/ends_watch.h"
#include "bench/outside.h"
#include "bench/take_down.h"
#include "bench/turns.h"

namespace {

using bench::Clock;
using bench::LabProcess;
using bench::RouteWatch;
using namespace std::chrono_literals;
using bench::Binary, bench::binaries, bench::Subject, bench::take_turns;

const net::Ipv4Prefix kPrefix = *net::Ipv4Prefix::parse("203.0.113.0/24");

std::size_t full(std::uint32_t router, std::uint32_t hops) { return router == 0 ? hops : hops + 1; }

// --- A prefix on its way ---

// A quiet chain of chainrouter's that is told of a prefix and forgets it again.
class QuietLab {
 public:
  QuietLab(const Binary& binary, std::uint32_t hops)
      : names_("LIMIT_" + binary.name + "_"),
        lab_(binary.path, {"--hops", std::to_string(hops), "--name-prefix", names_}),
        watch_(names_, hops, hops) {
    lab_.report();
    watch_.until([&] { return watch_.routes(0) == full(hops, hops); }, 10s);
  }

  Clock::duration travel(bool announce) {
    watch_.expect(kPrefix, !announce);
    const auto reply = app::ask_lab(socket_, {{"op", announce ? "announce" : "withdraw"},
                                              {"router", names_ + "0"},
                                              {"prefix", kPrefix.to_string()}});
    const Clock::time_point began(std::chrono::nanoseconds(reply["at"].get<std::int64_t>()));
    if (!watch_.until([&] { return watch_.arrival(0).has_value(); }, 10s))
      throw std::runtime_error("the route did not come, or did not go");
    app::ask_lab(socket_, {{"op", "wait"}});
    return *watch_.arrival(0) - began;
  }

 private:
  std::string names_, socket_ = app::control_socket_path(names_);
  LabProcess lab_;
  RouteWatch watch_;
};

class QuietRelay {
 public:
  explicit QuietRelay(std::uint32_t hops) : relay_(hops, kPrefix), watch_(relay_.last()) {}

  Clock::duration travel(bool announce) {
    watch_.expect(kPrefix, !announce);
    const auto began = relay_.send(announce);
    if (!watch_.until([&] { return watch_.arrival(0).has_value(); }, 10s))
      throw std::runtime_error("the relayed route did not come, or did not go");
    return *watch_.arrival(0) - began;
  }

 private:
  bench::BareRelay relay_;
  RouteWatch watch_;
};

// An announcement and a withdrawal, of which one is timed.
template <class Chain>
Subject traveller(std::string name, std::shared_ptr<Chain> chain, bool withdrawal) {
  return {std::move(name), [chain, withdrawal] {
            const auto announced = chain->travel(true);
            const auto withdrawn = chain->travel(false);
            return withdrawal ? withdrawn : announced;
          }};
}

void travel(benchmark::State& state, bool withdrawal) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  std::vector<Subject> subjects;
  for (const Binary& binary : binaries())
    subjects.push_back(traveller(binary.name, std::make_shared<QuietLab>(binary, hops), withdrawal));
  subjects.push_back(traveller("limit", std::make_shared<QuietRelay>(hops), withdrawal));
  take_turns(state, std::move(subjects));
}

void new_prefix(benchmark::State& state) { travel(state, false); }
void withdraw(benchmark::State& state) { travel(state, true); }

// --- From nothing ---

Clock::duration time_of_building(const std::function<std::vector<netns::Namespace>()>& build) {
  const auto began = Clock::now();
  auto chain = build();
  const auto took = Clock::now() - began;
  bench::take_down(chain);
  bench::await_freed_namespaces();
  return took;
}

std::vector<netns::NodePlan> node_plans(std::uint32_t hops) {
  app::ChainOptions options;
  options.hops = hops;
  std::vector<netns::NodePlan> nodes;
  for (const auto& router : app::chain(options)) nodes.push_back(router.node);
  return nodes;
}

Subject bare_building(std::uint32_t hops) {
  return {"limit", [hops] { return time_of_building([hops] { return bench::build_bare(hops); }); }};
}

void build(benchmark::State& state) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  const auto ours = [nodes = node_plans(hops)] {
    return time_of_building([&nodes] { return netns::build_chain(nodes, {}); });
  };
  take_turns(state, {{"ours", ours}, bare_building(hops)});
}

Clock::duration start_of(const std::string& path, std::uint32_t hops) {
  Clock::duration took{};
  {
    LabProcess lab(path, {"--hops", std::to_string(hops), "--name-prefix", "LIMIT_"});
    bench::EndsWatch watch("LIMIT_", hops);
    const auto is_full = [hops](std::uint32_t place, const auto& table) {
      return table.size() == full(place, hops);
    };
    took = watch.until(is_full, 60s) - lab.started();
    lab.report();
  }
  bench::await_freed_namespaces();
  return took;
}

void start(benchmark::State& state) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  std::vector<Subject> subjects;
  for (const Binary& binary : binaries())
    subjects.push_back({binary.name, [binary, hops] { return start_of(binary.path, hops); }});
  subjects.push_back(bare_building(hops));
  take_turns(state, std::move(subjects));
}

}  // namespace

BENCHMARK(new_prefix)
    ->Name("NewPrefix")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(101);
BENCHMARK(withdraw)
    ->Name("Withdraw")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(101);
BENCHMARK(build)->Name("Build")->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);
BENCHMARK(start)->Name("Start")->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);

BENCHMARK_MAIN();
