// One router of a chain may hold only so much: whoever floods it loses that one session, and when the flood
// is over everything is as if it had never been.
#include <algorithm>
#include <iterator>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/sim/chain.h"

using namespace sim;

namespace {

constexpr unsigned kFlood = 1000;

net::Ipv4Prefix flooded(unsigned n) { return {net::Ipv4Address::of(20, n / 256, n % 256, 0), 24}; }

}  // namespace

TEST_CASE("a flood ends at the router that may hold no more of it", "[memory]") {
  const std::uint64_t seed = GENERATE(range(1, 7));
  CAPTURE(seed);
  constexpr std::size_t kHops = 6, kCapped = 3;
  ChainOptions options;
  options.hops = kHops;
  options.simulator.seed = seed;
  options.simulator.fib_delay = seed % 2 == 0 ? 20ms : 0ms;
  options.simulator.socket_buffer = seed % 3 == 0 ? 1000 : 65536;
  options.change = [](std::size_t router, speaker::SpeakerConfig& config) {
    if (router == kCapped) config.memory_limit = 64 * 1024;
  };
  Chain chain(options);
  Simulator& network = chain.network();
  network.check_every_event = false;  // of which a flood has many
  const auto out_of_resources = [&] {
    std::vector<std::string> said;
    std::ranges::copy_if(network.notifications, std::back_inserter(said),
                         [](const std::string& one) { return one.ends_with(" 6/8"); });
    return said;
  };
  REQUIRE(network.run_until_quiet(30s));
  const auto flood = [&](bool there) {
    network.with(0, [&](speaker::Speaker& speaker) {
      for (unsigned n = 0; n < kFlood; ++n)
        there ? speaker.announce(flooded(n), network.now()) : speaker.withdraw(flooded(n), network.now());
    });
  };
  flood(true);
  REQUIRE(network.run_until_quiet(30s));

  // The session to the left, where it came from, has ended; all others stand, with what belongs to them.
  CHECK(out_of_resources() == std::vector<std::string>{fmt::format("{}>0 6/8", kCapped)});
  const auto overruns = network[kCapped].take_memory_overruns();
  REQUIRE(overruns.size() == 1);
  CHECK(overruns[0].neighbor == net::IpAddress(Chain::address(kCapped, 2)));
  for (std::size_t router = 0; router <= kHops; ++router) {
    CAPTURE(router);
    for (const auto& peer : network[router].view(network.now()).peers)
      CHECK((peer.state == bgp::State::Established) ==
            (peer.address != Chain::address(kCapped, 2) && peer.address != Chain::address(kCapped, 1)));
    const auto& kernel = network.kernel(router);
    const bool beyond = router >= kCapped;
    CHECK(kernel.contains(flooded(0)) == (router > 0 && !beyond));
    CHECK(kernel.contains(Chain::subnet(0)) == (router > 0 && !beyond));
    CHECK((router == kHops || kernel.contains(Chain::subnet(kHops + 1))) == beyond);
  }

  flood(false);
  network.run_for(70s);  // longer than it is held down
  REQUIRE(network.run_until_quiet(60s));
  CHECK(chain.difference() == "");
  CHECK(out_of_resources().size() == 1);
}
