// The attempt to refute that convergence is known (docs/adr/0010): on short chains, one UPDATE, one kernel
// acknowledgement, one accept and one socket buffer take far longer than all else. The detector is asked
// after every single event, and must neither speak too early nor stay silent when there is nothing left to
// do.
#include <catch2/catch.hpp>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

struct Outcome {
  nanoseconds verdict{0};  // since the start
  std::uint64_t trace = 0;
};

// Seed 0 of `slow` delays nothing.
Outcome run(std::uint64_t seed, bool slow) {
  ChainOptions options;
  options.hops = 2 + seed % 4;
  options.simulator.seed = seed;
  options.simulator.fib_delay = seed % 2 == 0 ? 0ns : nanoseconds(3ms);
  Chain chain(options);
  Simulator& network = chain.network();
  const Instant start = network.now();
  if (slow) {
    bgp::Jitter random(seed);
    const auto which = [&](std::uint64_t below) { return 1 + random.next() % below; };
    const auto late = [&] { return nanoseconds(50ms) + std::chrono::milliseconds(random.next() % 3000); };
    network.slow_update = {which(10 * options.hops), late()};
    network.slow_acknowledgement = {which(6 * options.hops), late()};
    network.slow_accept = {which(options.hops), late()};
    network.slow_buffer = {which(options.hops), std::chrono::milliseconds(random.next() % 20)};
  }
  const auto quiet = network.run_until_quiet(300s);
  REQUIRE(quiet);
  REQUIRE(quiet->sessions_up == options.hops);
  REQUIRE(chain.difference() == "");
  const Instant verdict = network.now();
  REQUIRE(network.last_change() <= Instant(nanoseconds(quiet->since)));
  // No route message and no change after the verdict.
  network.log_sent = true;
  const Instant change = network.last_change();
  network.run_for(10s);
  REQUIRE(network.sent.empty());
  REQUIRE(network.last_change() == change);
  REQUIRE(network.early_verdicts() == 0);
  REQUIRE(network.late_verdicts() == 0);
  return {verdict - start, network.trace()};
}

}  // namespace

TEST_CASE("convergence is never declared early, nor late", "[quiescence]") {
  std::size_t held_up = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    const Outcome slow = run(seed, true);
    if (slow.verdict > 1s) ++held_up;
  }
  CHECK(held_up > 500);  // the delays are what the verdict waited for
}

TEST_CASE("a change after convergence takes the verdict back until it is everywhere", "[quiescence]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    ChainOptions options;
    options.hops = 4;
    options.simulator.seed = seed;
    options.simulator.fib_delay = seed % 2 == 0 ? 0ns : nanoseconds(3ms);
    Chain chain(options);
    Simulator& network = chain.network();
    REQUIRE(network.run_until_quiet());
    const net::Ipv4Prefix fresh(net::Ipv4Address::of(203, 0, 113, 0), 24);
    network.with(0, [&](speaker::Speaker& speaker) { speaker.announce(fresh, network.now()); });
    REQUIRE(network.run_until_quiet());
    for (std::size_t router = 1; router <= 4; ++router) REQUIRE(network.installed_at(router, fresh));
    network.with(0, [&](speaker::Speaker& speaker) { speaker.withdraw(fresh, network.now()); });
    REQUIRE(network.run_until_quiet());
    for (std::size_t router = 1; router <= 4; ++router) REQUIRE_FALSE(network.installed_at(router, fresh));
    chain.cut(1 + seed % 4);
    REQUIRE(network.run_until_quiet());
    REQUIRE(chain.difference() == "");
    REQUIRE(network.early_verdicts() == 0);
    REQUIRE(network.late_verdicts() == 0);
  }
}

TEST_CASE("the detector waits for routers that have not started, and for MRAI", "[quiescence]") {
  ChainOptions options;
  options.hops = 5;
  options.simulator.start_spread = 3s;
  options.mrai = {2s, speaker::MraiMode::Quagga};
  Chain chain(options);
  const auto quiet = chain.network().run_until_quiet();
  REQUIRE(quiet);
  CHECK(chain.difference().empty());
  CHECK(chain.network().early_verdicts() == 0);
  CHECK(chain.network().late_verdicts() == 0);
}
