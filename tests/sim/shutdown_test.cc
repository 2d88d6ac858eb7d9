// The end: all RIBs freeze, then every session says Cease/Administrative Shutdown; no router tells its
// neighbour of routes that went because the other neighbour is going home, too.
#include <set>

#include <catch2/catch.hpp>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

void stop_all(Chain& chain) {
  Simulator& network = chain.network();
  network.sent.clear();
  network.log_sent = true;
  for (std::size_t router = 0; router < network.size(); ++router)
    network.with(router, [&](speaker::Speaker& speaker) { speaker.freeze(network.now()); });
  for (std::size_t router = 0; router < network.size(); ++router)
    network.with(router, [&](speaker::Speaker& speaker) { speaker.stop(network.now()); });
  network.run_for(30s);
}

}  // namespace

TEST_CASE("a frozen network says goodbye without a wave of withdrawals", "[shutdown]") {
  ChainOptions options;
  options.hops = 10;
  Chain chain(options);
  Simulator& network = chain.network();
  SECTION("converged") { REQUIRE(network.run_until_quiet()); }
  SECTION("in the middle of it") { network.run_for(25ms); }
  std::vector<Simulator::Kernel> before;
  for (std::size_t router = 0; router <= 10; ++router) before.push_back(network.kernel(router));
  std::size_t established = 0;
  for (std::size_t router = 0; router <= 10; ++router)
    for (const auto& peer : network[router].view(network.now()).peers)
      established += peer.state == bgp::State::Established ? 1 : 0;

  stop_all(chain);
  CHECK(network.sent.empty());
  for (std::size_t router = 0; router <= 10; ++router) {
    CHECK(network.kernel(router) == before[router]);  // whoever owns the tables clears them
    for (const auto& peer : network[router].view(network.now()).peers) CHECK(peer.state == bgp::State::Idle);
  }
  CHECK(network.notifications.size() >= established);
  for (const auto& said : network.notifications) CHECK(said.ends_with(" 6/2"));
}

TEST_CASE("one router stops, the others go on", "[shutdown]") {
  ChainOptions options;
  options.hops = 4;
  Chain chain(options);
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  network.with(2, [&](speaker::Speaker& speaker) { speaker.stop(network.now()); });
  REQUIRE(network.run_until_quiet());
  CHECK(network.early_verdicts() == 0);
  CHECK(network.notifications == std::vector<std::string>{"2>0 6/2", "2>1 6/2"});
  // Links are up, so the subnets of either side stay known there; what lay behind ROUTER_2 is gone.
  CHECK_FALSE(network.kernel(0).contains(Chain::subnet(4)));
  CHECK(network.kernel(0).contains(Chain::subnet(2)));
  CHECK_FALSE(network.kernel(4).contains(net::Ipv4Prefix()));
  CHECK(network.kernel(2).empty());
}
