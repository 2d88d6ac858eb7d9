// Messages to octets and back: the costs that every UPDATE pays at every hop.
#include <benchmark/benchmark.h>

#include "bgp/codec.h"

namespace {

bgp::Update update_of(std::int64_t path_length, std::int64_t prefixes) {
  bgp::Update update;
  std::vector<std::uint32_t> path;
  for (std::int64_t i = 0; i < path_length; ++i) path.push_back(1000 + static_cast<std::uint32_t>(i));
  update.attributes.origin = bgp::Origin::Igp;
  update.attributes.as_path = bgp::AsPath(path);
  update.attributes.next_hop = net::Ipv4Address::of(172, 31, 50, 2);
  for (std::int64_t i = 0; i < prefixes; ++i)
    update.announced.emplace_back(net::Ipv4Address{0x0a000000u + (static_cast<std::uint32_t>(i) << 8)}, 24);
  return update;
}

void encode(benchmark::State& state) {
  const bgp::Message message = update_of(state.range(0), state.range(1));
  std::vector<std::uint8_t> out;
  for (auto _ : state) {
    out.clear();
    bgp::encode(message, {}, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

void decode(benchmark::State& state) {
  std::vector<std::uint8_t> octets;
  bgp::encode(update_of(state.range(0), state.range(1)), {}, octets);
  for (auto _ : state) {
    const auto frame = bgp::next_frame(octets, bgp::kMaxMessageOctets);
    auto message = bgp::decode(**frame, {});
    benchmark::DoNotOptimize(message);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

}  // namespace

BENCHMARK(encode)
    ->ArgNames({"path", "prefixes"})
    ->Args({1, 1})
    ->Args({50, 1})
    ->Args({100, 1})
    ->Args({5, 700});
BENCHMARK(decode)
    ->ArgNames({"path", "prefixes"})
    ->Args({1, 1})
    ->Args({50, 1})
    ->Args({100, 1})
    ->Args({5, 700});
BENCHMARK_MAIN();
