// The decision process over sets of candidates that differ as late as possible.
#include <benchmark/benchmark.h>

#include "rib/decision.h"

namespace {

void select_best(benchmark::State& state) {
  std::vector<rib::Candidate> candidates;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    bgp::PathAttributes one;
    one.as_path = bgp::AsPath(std::vector<std::uint32_t>{65000u + static_cast<std::uint32_t>(i % 3), 7, 8});
    one.med = static_cast<std::uint32_t>(i % 5);
    rib::Candidate candidate;
    candidate.merits = rib::merits_of(one);
    candidate.router_id = {static_cast<std::uint32_t>(i)};
    candidates.push_back(candidate);
  }
  for (auto _ : state) benchmark::DoNotOptimize(rib::select_best(candidates));
}

}  // namespace

BENCHMARK(select_best)->Arg(1)->Arg(2)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_MAIN();
