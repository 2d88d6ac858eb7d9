// What the kernel layer costs: building a chain, taking it down again, installing routes. Needs the right to
// make network namespaces.
#include <chrono>
#include <exception>
#include <linux/rtnetlink.h>
#include <optional>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/take_down.h"
#include "netns/chain_builder.h"
#include "netns/route_table.h"

namespace {

using Clock = std::chrono::steady_clock;

net::Ipv4Address link_address(std::size_t link, unsigned host) {
  return {net::Ipv4Address::of(10, 0, 0, 0).value + static_cast<std::uint32_t>(link << 8) + host};
}

std::vector<netns::NodePlan> chain_plan(std::size_t nodes) {
  std::vector<netns::NodePlan> plan(nodes);
  for (std::size_t node = 0; node < nodes; ++node) {
    if (node > 0) {
      plan[node].has_left = true;
      plan[node].left = {link_address(node, 1), 24, link_address(node, 2)};
    }
    if (node + 1 < nodes) {
      plan[node].has_right = true;
      plan[node].right = {link_address(node + 1, 2), 24, link_address(node + 1, 1)};
    }
  }
  return plan;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs `body` on a thread of its own, which may change its namespace; a failure becomes the benchmark's.
template <class Body>
void on_a_thread(benchmark::State& state, const Body& body) {
  std::string failure;
  std::thread([&] {
    try {
      body();
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }).join();
  if (!failure.empty()) state.SkipWithError(failure.c_str());
}

void build(benchmark::State& state) {
  const auto plan = chain_plan(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    try {
      const auto start = Clock::now();
      auto chain = netns::build_chain(plan, {});
      state.SetIterationTime(seconds_since(start));
      bench::take_down(chain);
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
      break;
    }
  }
}
BENCHMARK(build)->Arg(101)->Arg(1001)->UseManualTime()->Unit(benchmark::kMillisecond);

// Until the last link is gone; what the process itself waits for is only the closing.
void teardown(benchmark::State& state) {
  const auto plan = chain_plan(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    try {
      auto chain = netns::build_chain(plan, {});
      const auto start = Clock::now();
      bench::take_down(chain);
      state.SetIterationTime(seconds_since(start));
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
      break;
    }
  }
}
BENCHMARK(teardown)->Arg(101)->Arg(1001)->UseManualTime()->Unit(benchmark::kMillisecond);

void routes(benchmark::State& state, bool removing) {
  const auto count = static_cast<std::size_t>(state.range(0));
  on_a_thread(state, [&] {
    const auto chain = netns::build_chain(chain_plan(2), {});
    chain.front().enter();
    netns::RouteTable table;
    std::vector<netns::RouteChange> install(count), remove;
    for (std::size_t i = 0; i < count; ++i) {
      const net::Ipv4Address address{net::Ipv4Address::of(20, 0, 0, 0).value +
                                     static_cast<std::uint32_t>(i << 8)};
      install[i] = {netns::RouteChange::Kind::Install, net::Ipv4Prefix(address, 24), link_address(1, 1),
                    netns::kRightInterfaceIndex};
    }
    remove = install;
    for (auto& change : remove) change.kind = netns::RouteChange::Kind::Remove;
    for (auto _ : state) {
      if (removing) state.PauseTiming();
      for (const auto& error : table.apply(install)) {
        if (error) throw std::system_error(error, "install");
      }
      removing ? state.ResumeTiming() : state.PauseTiming();
      for (const auto& error : table.apply(remove)) {
        if (error) throw std::system_error(error, "remove");
      }
      if (!removing) state.ResumeTiming();
    }
  });
  state.SetItemsProcessed(static_cast<std::int64_t>(count) * state.iterations());
}
BENCHMARK_CAPTURE(routes, install, false)->Arg(101)->Arg(100'000)->UseRealTime();
BENCHMARK_CAPTURE(routes, remove, true)->Arg(101)->Arg(100'000)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
