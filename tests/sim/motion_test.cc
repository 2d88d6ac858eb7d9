// A paused chain: each step is one hop, and where it is let go, or stepped to its end, the tables are those
// of a chain that was never paused.
#include <catch2/catch.hpp>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

const net::Ipv4Prefix kFresh(net::Ipv4Address::of(203, 0, 113, 0), 24);

ChainOptions options_of(std::size_t hops, std::uint64_t seed, nanoseconds fib_delay,
                        speaker::MraiConfig mrai = {}) {
  ChainOptions options;
  options.hops = hops;
  options.mrai = mrai;
  options.simulator.seed = seed;
  options.simulator.fib_delay = fib_delay;
  return options;
}

void change(Chain& chain, std::size_t router, bool announce) {
  Simulator& network = chain.network();
  network.with(router, [&](speaker::Speaker& speaker) {
    if (announce)
      speaker.announce(kFresh, network.now());
    else
      speaker.withdraw(kFresh, network.now());
  });
}

bool has_fresh(Chain& chain, std::size_t router) { return chain.network().kernel(router).contains(kFresh); }

}  // namespace

TEST_CASE("a step is one hop, announced or withdrawn, under MRAI or not", "[motion]") {
  constexpr std::size_t kHops = 10;
  const auto interval = GENERATE(0ms, 30000ms);
  Chain chain(options_of(kHops, 4, 1ms, {interval, speaker::MraiMode::Quagga}));
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet(3600s));
  for (const bool announce : {true, false}) {
    REQUIRE(network.pause());
    change(chain, 0, announce);
    network.run_for(100s);  // however long one looks at it
    for (std::size_t hop = 1; hop <= kHops; ++hop) {
      const auto released = network.step_on();
      REQUIRE(released);
      CHECK(released->updates == 1);
      CHECK(released->routes == 1);
      for (std::size_t router = 1; router <= kHops; ++router) {
        CAPTURE(announce, hop, router);
        CHECK(has_fresh(chain, router) == ((router <= hop) == announce));
      }
    }
    CHECK(network.run_until_quiet(10s));  // nothing is held back any more: quiet, though paused
    const auto none = network.step_on();
    REQUIRE(none);
    CHECK(none->updates == 0);
    network.go_on();
    CHECK(network.run_until_quiet(10s));
  }
  CHECK(network.early_verdicts() == 0);
}

TEST_CASE("what is held back is not quiet", "[motion]") {
  Chain chain(options_of(4, 8, 0ns));
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  REQUIRE(network.pause());
  change(chain, 2, true);
  CHECK_FALSE(network.run_until_quiet(50s));
  network.go_on();
  CHECK(network.run_until_quiet());
  CHECK(network.early_verdicts() == 0);
}

TEST_CASE("paused at any point, stepped or let go: the same tables in the end", "[motion]") {
  std::uint64_t paused_in_the_midst = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    bgp::Jitter random(seed * 77);
    Chain chain(options_of(3 + seed % 6, seed, seed % 3 == 0 ? 3ms : 0ns,
                           {seed % 4 == 0 ? 5000ms : 0ms, speaker::MraiMode::Rfc}));
    Simulator& network = chain.network();
    // Anywhere: while sessions come up, in the wave, after a cut.
    network.run_for(21ms + nanoseconds(random.next() % 60'000'000));
    for (int round = 0; round < 4; ++round) {
      const std::size_t link = 1 + random.next() % chain.hops();
      if (chain.is_up(link))
        chain.cut(link);
      else
        chain.heal(link);
      network.run_for(nanoseconds(random.next() % 8'000'000));
      const bool paused = network.pause(30s);
      CHECK(paused);
      for (std::uint64_t steps = random.next() % 5; steps > 0; --steps) {
        const auto released = network.step_on(30s);
        REQUIRE(released);
        paused_in_the_midst += released->updates > 0;
      }
      if (random.next() % 2 == 0) {  // to the end: as many steps as hops, and what the last cut left
        std::size_t steps = 0;
        while (network.step_on(30s).value().updates > 0) REQUIRE(++steps < 200);
      }
      network.go_on();
      network.run_for(nanoseconds(random.next() % 20'000'000));
    }
    for (std::size_t link = 1; link <= chain.hops(); ++link)
      if (!chain.is_up(link)) chain.heal(link);
    REQUIRE(network.run_until_quiet(3600s));
    CHECK(chain.difference() == "");
    CHECK(network.early_verdicts() == 0);
  }
  CHECK(paused_in_the_midst > 100);
}
