// Long chains converge to the shortest-path tables; the same seed gives the same run.
#include "tests/sim/chain.h"

#include <catch2/catch.hpp>

using namespace sim;

namespace {

void check_converges(Chain& chain, nanoseconds limit) {
  Simulator& network = chain.network();
  const auto quiet = network.run_until_quiet(limit);
  REQUIRE(quiet);
  CHECK(quiet->sessions_up == chain.hops());
  CHECK(network.early_verdicts() == 0);
  CHECK(network.late_verdicts() == 0);
  CHECK(chain.difference().empty());
  CHECK(Instant(nanoseconds(quiet->since)) <= network.now());
  CHECK(Instant(nanoseconds(quiet->since)) >= network.last_change());
}

}  // namespace

TEST_CASE("a hundred hops", "[chain]") {
  ChainOptions options;
  options.hops = 100;
  Chain chain(options);
  Simulator& network = chain.network();
  check_converges(chain, 60s);

  // What the talk shows at ROUTER_50.
  const auto view = network[50].view(network.now());
  REQUIRE(view.peers.size() == 2);
  CHECK(view.peers[0].address.to_string() == "172.31.50.2");
  CHECK(view.peers[0].remote_as == 1049);
  CHECK(view.peers[0].prefixes_received == 52);
  CHECK(view.peers[1].address.to_string() == "172.31.51.1");
  CHECK(view.peers[1].remote_as == 1051);
  CHECK(view.peers[1].prefixes_received == 51);
  for (const auto& peer : view.peers) {
    CHECK(peer.end_of_rib_sent);
    CHECK(peer.end_of_rib_received);
    CHECK(peer.out_queue == 0);
  }
  for (std::size_t router = 0; router <= 100; ++router)
    CHECK(network.kernel(router).size() == (router == 0 ? 100u : 101u));
  const auto path = network[100].route(net::Ipv4Prefix(), network.now());
  REQUIRE(path);
  CHECK(path->paths.front().attributes.as_path.length() == 100);
  CHECK(path->paths.front().attributes.as_path.origin_as() == 100);
  CHECK(path->paths.front().attributes.as_path.first_as() == 1099);

  // Nothing but KEEPALIVEs from here on.
  const Instant last = network.last_change();
  network.run_for(30s);
  CHECK(network.last_change() == last);
  CHECK(network.early_verdicts() == 0);
  CHECK(network.late_verdicts() == 0);
  for (std::size_t router = 0; router <= 100; ++router)
    for (const auto& peer : network[router].view(network.now()).peers)
      CHECK(peer.state == bgp::State::Established);
}

TEST_CASE("the same seed gives the same run, another one another", "[chain]") {
  const auto run = [](std::uint64_t seed) {
    ChainOptions options;
    options.hops = 12;
    options.simulator.seed = seed;
    options.simulator.fib_delay = 3ms;
    Chain chain(options);
    REQUIRE(chain.network().run_until_quiet());
    chain.cut(5);
    chain.network().run_for(2s);
    chain.heal(5);
    REQUIRE(chain.network().run_until_quiet());
    return std::pair(chain.network().trace(), chain.network().events());
  };
  CHECK(run(7) == run(7));
  CHECK(run(7) != run(8));
}

TEST_CASE("very long chains: AS_PATHs of several segments, extended messages", "[chain][long]") {
  // Every router holds a path to every other: a thousand hops are 1.4 GB of AS numbers, and too slow
  // unoptimised.
#ifdef NDEBUG
  const std::size_t hops = GENERATE(300, 1000);
#else
  const std::size_t hops = 300;
#endif
  ChainOptions options;
  options.hops = hops;
  options.simulator.chunked = false;
  Chain chain(options);
  chain.network().check_every_event = false;
  check_converges(chain, 600s);
  const auto path = chain.network()[hops].route(net::Ipv4Prefix(), chain.network().now());
  REQUIRE(path);
  CHECK(path->paths.front().attributes.as_path.length() == hops);
}
