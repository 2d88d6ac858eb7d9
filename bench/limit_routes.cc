// Many routes at once, and the end of them all, next to bare code (see limit_bench.cc):
//   Bulk/COUNT/N: so many prefixes from a feeder through N routers into the last table, beside COUNT x N bare
//     installs
//   LinkDown/N: the middle link goes down; until every route across it is gone, beside bare deletions
//   Teardown/N: from SIGTERM until the kernel has nothing left of the chain, beside closing the descriptors
//   of a bare one
#include <algorithm>
#include <poll.h>
#include <signal.h>

#include "app/control_server.h"
#include "app/lab_record.h"
#include "app/topology.h"
#include "bench/bare.h"
#include "bench/bulk_routes.h"
#include "bench/ends_watch.h"
#include "bench/feeder.h"
#include "bench/stage.h"
#include "bench/take_down.h"
#include "bench/tally.h"
#include "bench/turns.h"

namespace {

using bench::Binary, bench::Clock, bench::EndsWatch, bench::Stage, bench::Subject;
using namespace std::chrono_literals;

constexpr auto kPatience = 300s;

// --- Bulk ---

// A lab whose first place is a feeder's.
Clock::duration fed_through(const Binary& binary, std::uint32_t hops, std::size_t count) {
  const std::string names = "LIMIT_" + binary.name + "_";
  Stage stage;
  stage.run(-1, {binary.path, "--hops", std::to_string(hops), "--name-prefix", names, "--foreign", "0"},
            "/dev/null");
  stage.adopt(names, hops);
  {
    EndsWatch watch(stage.places());
    const auto converged = [hops](std::uint32_t place, const auto& table) {
      return place == 0 || table.size() == hops - 1;
    };
    watch.until(converged, 60s);
  }
  bench::Tally tally(stage.places().back(), count);
  const auto left = app::subnet(1).address();
  const bench::Origin origin{app::as_number(0), {left.value + 2}};
  bench::Feeder feeder(stage.places().front(),
                       {origin.as, app::as_number(1), origin.next_hop, {left.value + 1}}, 30s);
  const auto began = feeder.send(bench::table_in_updates(origin, count, 1));
  if (!tally.until([&] { return tally.present() == count || feeder.fallen(); }, kPatience))
    throw std::runtime_error("the routes do not come");
  if (feeder.fallen()) throw std::runtime_error("the feeder's session has ended: " + feeder.why_fallen());
  return tally.changed() - began;
}

Clock::duration bare_installs(std::uint32_t hops, std::size_t count) {
  auto chain = bench::build_bare(hops);
  std::vector<net::Ipv4Prefix> prefixes;
  for (std::uint32_t i = 0; i < count; ++i) prefixes.push_back(bench::block_prefix(i));
  std::vector<bench::BareRoutes::Block> blocks;
  for (std::size_t place = 1; place <= hops; ++place) blocks.push_back({place, prefixes});
  Clock::duration took{};
  {
    // Whoever looks on costs something: here, too.
    bench::Tally tally(chain.back(), count);
    bench::BareRoutes routes(chain, std::move(blocks));
    std::jthread looks_on([&] { tally.until([&] { return tally.present() == count; }, kPatience); });
    took = routes.apply(true);
  }
  bench::take_down(chain);
  bench::await_freed_namespaces();
  return took;
}

void bulk(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto hops = static_cast<std::uint32_t>(state.range(1));
  std::vector<Subject> subjects;
  for (const Binary& binary : bench::binaries())
    subjects.push_back({binary.name, [=] { return fed_through(binary, hops, count); }});
  subjects.push_back({"limit", [=] { return bare_installs(hops, count); }});
  bench::take_turns(state, std::move(subjects));
}

// --- Link down ---

// Does a route of this place to the prefix lead across the link between cut - 1 and cut?
bool crosses(std::uint32_t place, std::uint32_t link, std::uint32_t cut) {
  return place < cut ? link > cut : link < cut;
}

class LabWithALink {
 public:
  LabWithALink(const Binary& binary, std::uint32_t hops) : hops_(hops), cut_(hops / 2) {
    const std::string names = "LIMIT_" + binary.name + "_";
    stage_.run(-1, {binary.path, "--hops", std::to_string(hops), "--name-prefix", names}, "/dev/null");
    stage_.adopt(names, hops);
    watch_.emplace(stage_.places());
    await_full();
  }

  Clock::duration part() {
    const auto began = stage_.set_link(cut_, false);
    const auto gone = [this](std::uint32_t place, const auto& table) {
      return table.size() <= left_over(place);
    };
    const auto last = watch_->until(gone, 60s);
    stage_.set_link(cut_, true);
    await_full();
    return last - began;
  }

 private:
  // Neither the two subnets that are connected nor the one of the link that is down.
  std::size_t left_over(std::uint32_t place) const {
    std::size_t routes = place > 0 && place < cut_ ? 1 : 0;  // the default route
    for (std::uint32_t link = 0; link <= hops_ + 1; ++link)
      if (link != cut_ && link != place && link != place + 1 && !crosses(place, link, cut_)) ++routes;
    return routes;
  }

  void await_full() {
    const auto full = [this](std::uint32_t place, const auto& table) {
      return table.size() == (place == 0 ? hops_ : hops_ + 1);
    };
    watch_->until(full, 60s);
  }

  std::uint32_t hops_, cut_;
  Stage stage_;
  std::optional<EndsWatch> watch_;
};

// As many routes as cross the middle link, deleted in each table at once.
Clock::duration bare_deletions(std::uint32_t hops) {
  const std::uint32_t cut = hops / 2;
  auto chain = bench::build_bare(hops);
  std::vector<bench::BareRoutes::Block> blocks;
  for (std::uint32_t place = 0; place <= hops; ++place) {
    blocks.push_back({place, {}});
    for (std::uint32_t link = 0; link <= hops + 1; ++link)
      if (link != place && link != place + 1 && crosses(place, link, cut))
        blocks.back().prefixes.push_back(app::subnet(link));
    if (place >= cut) blocks.back().prefixes.push_back(net::Ipv4Prefix());
  }
  Clock::duration took{};
  {
    EndsWatch watch(chain);
    bench::BareRoutes routes(chain, std::move(blocks));
    routes.apply(true);
    took = routes.apply(false);
  }
  bench::take_down(chain);
  bench::await_freed_namespaces();
  return took;
}

void link_down(benchmark::State& state) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  std::vector<Subject> subjects;
  for (const Binary& binary : bench::binaries())
    subjects.push_back(
        {binary.name, [lab = std::make_shared<LabWithALink>(binary, hops)] { return lab->part(); }});
  subjects.push_back({"limit", [hops] { return bare_deletions(hops); }});
  bench::take_turns(state, std::move(subjects));
}

// --- Teardown ---

Clock::duration time_to_end(const std::function<void()>& drop) {
  const auto began = Clock::now();
  drop();
  bench::await_freed_namespaces();
  return Clock::now() - began;
}

Clock::duration end_of(const Binary& binary, std::uint32_t hops) {
  bench::LabProcess lab(binary.path, {"--hops", std::to_string(hops), "--name-prefix", "LIMIT_"});
  lab.report();
  return time_to_end([&] { lab.end(); });
}

Clock::duration end_of_bare(std::uint32_t hops) {
  auto chain = bench::build_bare(hops);
  return time_to_end([&] { chain.clear(); });
}

void teardown(benchmark::State& state) {
  const auto hops = static_cast<std::uint32_t>(state.range(0));
  std::vector<Subject> subjects;
  for (const Binary& binary : bench::binaries())
    subjects.push_back({binary.name, [=] { return end_of(binary, hops); }});
  subjects.push_back({"limit", [hops] { return end_of_bare(hops); }});
  bench::take_turns(state, std::move(subjects));
}

}  // namespace

BENCHMARK(bulk)
    ->Name("Bulk")
    ->Args({100'000, 10})
    ->Args({1'000'000, 3})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);
BENCHMARK(link_down)
    ->Name("LinkDown")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(11);
BENCHMARK(teardown)
    ->Name("Teardown")
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(11);
