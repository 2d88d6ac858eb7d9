// Routes through the RIBs: learnt from one peer, decided, committed, written for another.
#include <benchmark/benchmark.h>

#include "rib/rib.h"

namespace {

using net::Ipv4Address;
using net::Ipv4Prefix;

std::vector<Ipv4Prefix> prefixes(std::size_t count) {
  std::vector<Ipv4Prefix> all;
  for (std::size_t i = 0; i < count; ++i)
    all.emplace_back(Ipv4Address{0x0a000000u + (static_cast<std::uint32_t>(i) << 8)}, 24);
  return all;
}

void learn_to_update(benchmark::State& state) {
  const auto all = prefixes(static_cast<std::size_t>(state.range(0)));
  constexpr std::size_t kAnUpdate = 100;
  double bytes = 0;
  for (auto _ : state) {
    rib::Rib rib(65001, 2, [](const net::IpAddress&) { return 2u; });
    for (rib::PeerIndex peer = 0; peer < 2; ++peer)
      rib.peer_up(peer, {.out = {.local_as = 65001, .local_address = Ipv4Address::of(10, 0, peer, 1)}}, {},
                  Ipv4Address::of(10, 0, peer, 2), Ipv4Address::of(10, 0, peer, 2));
    std::vector<std::uint8_t> out;
    for (std::size_t at = 0; at < all.size(); at += kAnUpdate) {
      bgp::PathAttributes attributes;
      attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{65002, 1 + static_cast<std::uint32_t>(at)});
      attributes.next_hop = Ipv4Address::of(10, 0, 0, 2);
      rib.learn(0, std::span(all).subspan(at, std::min(kAnUpdate, all.size() - at)), attributes, {});
      const auto decisions = rib.decide();
      (void)rib.commit(decisions, std::vector<int>(decisions.size(), 0));
      out.clear();
      rib.take_updates(1, 65536, out);
      benchmark::DoNotOptimize(out.data());
    }
    bytes = static_cast<double>(rib.bytes());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_prefix"] = bytes / static_cast<double>(state.range(0));
}

}  // namespace

BENCHMARK(learn_to_update)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
