// MinRouteAdvertisementInterval in virtual time: when a new prefix, a second change and a withdrawal reach
// the far end of twenty hops, against the formula of each mode, computed here from the same seeds.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

constexpr std::size_t kHops = 20;
const net::Ipv4Prefix kFresh(net::Ipv4Address::of(203, 0, 113, 0), 24);

ChainOptions options_of(speaker::MraiConfig mrai, std::uint64_t seed) {
  ChainOptions options;
  options.hops = kHops;
  options.mrai = mrai;
  options.simulator.seed = seed;
  options.simulator.chunked = false;
  return options;
}

// When router `from` told `to`'s side of kFresh last, by what was put on the wire.
std::vector<Instant> told_at(const Simulator& network, bool withdrawn) {
  std::vector<Instant> times(kHops);
  for (const auto& sent : network.sent) {
    const auto& prefixes = withdrawn ? sent.update.withdrawn : sent.update.announced;
    if (std::ranges::find(prefixes, kFresh) != prefixes.end() && sent.router < kHops)
      times[sent.router] = sent.at;
  }
  return times;
}

void change(Chain& chain, bool announce) {
  Simulator& network = chain.network();
  network.sent.clear();
  network.log_sent = true;
  network.with(0, [&](speaker::Speaker& speaker) {
    if (announce)
      speaker.announce(kFresh, network.now());
    else
      speaker.withdraw(kFresh, network.now());
  });
}

// The times at which ROUTER_0 … ROUTER_19 must tell the next one, each waiting for its own tick; then the
// arrival.
std::vector<Instant> expected_ticks(Chain& chain, const ChainOptions& options, Instant begin,
                                    const std::vector<Instant>& epochs) {
  const nanoseconds interval = options.mrai.interval;
  std::vector<Instant> times;
  Instant known = begin;
  for (std::size_t router = 0; router < kHops; ++router) {
    bgp::Jitter jitter(options.simulator.seed * 1'000'003 + router);
    if (router > 0) jitter.next();  // the left peer's phase
    const nanoseconds phase(jitter.next() % static_cast<std::uint64_t>(interval.count()));
    Instant tick = epochs[router] + phase;
    while (tick <= known) tick += interval;
    times.push_back(tick);
    known = tick + chain.network().delay_of(router, true);
  }
  times.push_back(known);
  return times;
}

// When each router was made: its epoch, from which its ticks count. Read from the age of what it originates,
// which a whole run keeps to the second only, so the test starts all routers at the same instant.
std::vector<Instant> epochs_of(Instant start) { return std::vector<Instant>(kHops + 1, start); }

}  // namespace

TEST_CASE("quagga: every hop waits for its own tick, the first UPDATE too", "[mrai]") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto interval = GENERATE(3000ms, 30000ms);
    ChainOptions options = options_of({interval, speaker::MraiMode::Quagga}, seed);
    options.simulator.start_spread = 0ns;
    Chain chain(options);
    Simulator& network = chain.network();
    const auto epochs = epochs_of(network.now());
    REQUIRE(network.run_until_quiet(3600s));
    for (const bool announce : {true, false}) {
      network.run_for(777ms);
      const Instant begin = network.now();
      change(chain, announce);
      const auto expected = expected_ticks(chain, options, begin, epochs);
      REQUIRE(network.run_until_quiet(3600s));
      const auto told = told_at(network, !announce);
      for (std::size_t router = 0; router < kHops; ++router) {
        CAPTURE(seed, interval.count(), announce, router);
        CHECK(told[router] == expected[router]);
      }
      if (announce)
        CHECK(network.installed_at(kHops, kFresh) == expected[kHops]);
      else
        CHECK(network.last_change() == expected[kHops]);
      // Half an interval a hop on average.
      const auto total = expected[kHops] - begin;
      CHECK(total > kHops * interval / 4);
      CHECK(total < kHops * interval * 3 / 4);
    }
    CHECK(network.early_verdicts() == 0);
    CHECK(network.late_verdicts() == 0);
  }
}

TEST_CASE("rfc: a first UPDATE leaves at once, a second one after the rest of the interval", "[mrai]") {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    CAPTURE(seed);
    const nanoseconds interval = 30s;
    const ChainOptions options = options_of({30s, speaker::MraiMode::Rfc}, seed);
    Chain chain(options);
    Simulator& network = chain.network();
    REQUIRE(network.run_until_quiet(3600s));
    network.run_for(40s);  // every interval has run out

    nanoseconds wires{0};
    for (std::size_t link = 0; link < kHops; ++link) wires += network.delay_of(link, true);
    const Instant first = network.now();
    change(chain, true);
    REQUIRE(network.run_until_quiet(3600s));
    CHECK(network.installed_at(kHops, kFresh) == first + wires);
    const auto first_told = told_at(network, false);

    // A withdrawal within the interval waits as an announcement would.
    network.run_for(2s);
    change(chain, false);
    REQUIRE(network.run_until_quiet(3600s));
    const auto second_told = told_at(network, true);
    for (std::size_t router = 0; router < kHops; ++router) {
      CAPTURE(router);
      CHECK(second_told[router] - first_told[router] >= interval * 3 / 4);
      CHECK(second_told[router] - first_told[router] <= interval);
    }
    CHECK(network.last_change() - (first + wires) >= interval * 3 / 4);
    CHECK(network.last_change() - (first + wires) <= interval);

    network.run_for(40s);
    const Instant third = network.now();
    change(chain, true);
    change(chain, false);
    REQUIRE(network.run_until_quiet(3600s));
    CHECK(network.last_change() - third >= interval * 3 / 4);  // the second word waits …
    network.run_for(40s);
    const Instant fourth = network.now();
    change(chain, true);
    REQUIRE(network.run_until_quiet(3600s));
    CHECK(network.installed_at(kHops, kFresh) == fourth + wires);
    CHECK(network.early_verdicts() == 0);
    CHECK(network.late_verdicts() == 0);
  }
}

TEST_CASE("a change that is undone while it waits is never told", "[mrai]") {
  const auto mode = GENERATE(speaker::MraiMode::Quagga, speaker::MraiMode::Rfc);
  Chain chain(options_of({30s, mode}, 5));
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet(3600s));
  network.run_for(40s);
  const bool quagga = mode == speaker::MraiMode::Quagga;
  if (!quagga) {  // use the free UPDATE up
    change(chain, true);
    REQUIRE(network.run_until_quiet(3600s));
  }
  const Instant before = network.last_change();
  change(chain, quagga);
  change(chain, !quagga);
  REQUIRE(network.run_until_quiet(3600s));
  CHECK(network.sent.empty());
  CHECK(network.last_change() == before);
  // And the next one waits for its tick as ever.
  network.run_for(1ms);
  const Instant begin = network.now();
  change(chain, quagga);
  REQUIRE(network.run_until_quiet(3600s));
  CHECK((!quagga || told_at(network, false)[0] > begin));
  CHECK(network.early_verdicts() == 0);
}

TEST_CASE("no interval: nothing waits", "[mrai]") {
  Chain chain(options_of({}, 9));
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  nanoseconds wires{0};
  for (std::size_t link = 0; link < kHops; ++link) wires += network.delay_of(link, true);
  for (const bool announce : {true, false}) {
    const Instant begin = network.now();
    change(chain, announce);
    REQUIRE(network.run_until_quiet());
    CHECK(network.last_change() == begin + wires);
  }
}

TEST_CASE("a socket that is full cuts no advertisement in two intervals", "[mrai]") {
  ChainOptions options = options_of({30s, speaker::MraiMode::Rfc}, 3);
  options.hops = 2;
  options.simulator.socket_buffer = 100;
  options.simulator.room = 300;
  Chain chain(options);
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet(3600s));
  network.run_for(40s);
  const Instant begin = network.now();
  network.with(0, [&](speaker::Speaker& speaker) {
    for (unsigned i = 0; i < 250; ++i)
      speaker.announce(net::Ipv4Prefix(net::Ipv4Address::of(198, 18, i, 0), 24), network.now());
  });
  REQUIRE(network.run_until_quiet(3600s));
  CHECK(network.kernel(2).size() > 250);
  CHECK(network.last_change() - begin <= 2 * 30s + 5s);
}
