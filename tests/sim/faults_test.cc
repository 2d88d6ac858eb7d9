// Links are cut, stalled and healed at seeded moments, while routes are still spreading, with slow kernels
// and small socket buffers: afterwards the tables are those of the shortest paths, and nothing is left over.
#include <random>

#include <catch2/catch.hpp>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

void check_settled(Chain& chain) {
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet(120s));
  REQUIRE(chain.difference() == "");
  REQUIRE(network.early_verdicts() == 0);
  REQUIRE(network.late_verdicts() == 0);
}

}  // namespace

TEST_CASE("whatever is cut and healed, the tables are right in the end", "[faults]") {
  std::size_t faults = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    ChainOptions options;
    options.hops = 5 + random() % 16;
    options.simulator.seed = seed;
    options.simulator.most_delay = random() % 2 == 0 ? 2ms : 80ms;
    options.simulator.fib_delay = seed % 3 == 0 ? 20ms : 0ms;
    options.simulator.socket_buffer = seed % 4 == 0 ? 300 : 65536;
    Chain chain(options);
    Simulator& network = chain.network();
    const std::size_t count = 1 + random() % 8;
    faults += count;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t link = 1 + random() % chain.hops();
      const auto when = std::chrono::milliseconds(random() % 4000);
      const auto until = when + std::chrono::milliseconds(random() % 3000);
      if (random() % 4 == 0) {  // nothing passes for a while; a long while is for the hold timer
        network.at(when, [&network, link] { network.stall(link - 1); });
        network.at(random() % 2 == 0 ? until : when + 15s, [&network, link] { network.resume(link - 1); });
        continue;
      }
      network.at(when, [&chain, link] {
        if (chain.is_up(link)) chain.cut(link);
      });
      if (random() % 5 != 0)
        network.at(until, [&chain, link] {
          if (!chain.is_up(link)) chain.heal(link);
        });
    }
    network.run_for(20s);
    check_settled(chain);

    // Everything heals, and is as if nothing had been.
    for (std::size_t link = 1; link <= chain.hops(); ++link)
      if (!chain.is_up(link)) chain.heal(link);
    check_settled(chain);
    for (std::size_t router = 0; router <= chain.hops(); ++router)
      REQUIRE(network.kernel(router).size() == chain.hops() + (router == 0 ? 0 : 1));

    // Everything falls: what a router knows is what it originates.
    for (std::size_t link = 1; link <= chain.hops(); ++link) chain.cut(link);
    check_settled(chain);
    for (std::size_t router = 0; router <= chain.hops(); ++router) {
      REQUIRE(network.kernel(router).empty());
      const auto& rib = network[router].rib();
      const std::size_t own = (router == 0 ? 2u : 0u) + (router == chain.hops() ? 1u : 0u);
      REQUIRE(rib.table().size() == own);
      REQUIRE(rib.attributes().size() == (own == 0 ? 0u : 1u));
    }
  }
  CHECK(faults > 600);
}

TEST_CASE("what a kernel refuses spreads no further", "[faults]") {
  ChainOptions options;
  options.hops = 8;
  options.simulator.fib_delay = 2ms;
  Chain chain(options);
  Simulator& network = chain.network();
  const net::Ipv4Prefix refused = Chain::subnet(1);
  network.kernel_error = [&](std::size_t router, const rib::Decision& decision) {
    const bool install = decision.kernel == rib::Decision::Kernel::Install ||
                         decision.kernel == rib::Decision::Kernel::Replace;
    return router == 4 && decision.prefix == refused && install ? ENETUNREACH : 0;
  };
  REQUIRE(network.run_until_quiet(60s));
  CHECK(network.early_verdicts() == 0);
  for (std::size_t router = 2; router <= 8; ++router) {
    CHECK(network.kernel(router).contains(refused) == (router < 4));
    CHECK(network.kernel(router).contains(Chain::subnet(2)) == (router > 2 || router == 0));
  }
  CHECK(network[4].view(network.now()).kernel_failed == 1);
}

TEST_CASE("a peer that falls silent is dropped after the hold time, and found again", "[faults]") {
  ChainOptions options;
  options.hops = 3;
  Chain chain(options);
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  network.stall(1);
  network.run_for(9500ms);
  CHECK(network.notifications.size() == 2);
  for (const auto& said : network.notifications) CHECK(said.ends_with(" 4/0"));
  CHECK_FALSE(network.kernel(0).contains(Chain::subnet(4)));
  network.resume(1);
  REQUIRE(network.run_until_quiet());
  CHECK(chain.difference().empty());
  network.run_for(30s);
  CHECK(chain.difference().empty());
  CHECK(network.early_verdicts() == 0);
}
