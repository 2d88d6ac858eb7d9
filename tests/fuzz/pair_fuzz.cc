// Two peers against each other over a lossy wire: each octet chooses what happens next (tests/model). What
// must never be is checked at each step; in the end the wire turns good, and the session must come up.
#include "tests/fuzz/input.h"
#include "tests/model/pair_model.h"

namespace {

using namespace std::chrono_literals;

bgp::PeerConfig peer(std::uint32_t local_as, std::uint32_t peer_as, unsigned id, bool passive) {
  bgp::PeerConfig config;
  config.session.local_as = local_as;
  config.session.peer_as = peer_as;
  config.session.identifier = net::Ipv4Address::of(10, 0, 0, id);
  config.session.fsm.hold_time = 9s;
  config.session.fsm.connect_retry = 1s;
  config.passive = passive;
  return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool internal = (data[0] & 1) != 0;
  const model::PairConfig config{peer(65001, internal ? 65001 : 65002, (data[0] & 2) != 0 ? 2 : 1, false),
                                 peer(internal ? 65001 : 65002, 65001, internal ? 3 : 2, (data[0] & 4) != 0)};
  model::PairModel pair(config);
  for (std::size_t i = 1; i < std::min<std::size_t>(size, 256); ++i) {
    const auto steps = pair.steps();
    pair.take(steps[data[i] % steps.size()]);
    fuzz::require(pair.violation().empty(), pair.violation().c_str());
  }
  // No timer here is longer than four minutes, and no run needs more than a few of them.
  for (int left = 2000; !pair.settled(); --left) {
    fuzz::require(left > 0, "the session does not come up");
    const auto steps = pair.steps();
    const auto fair = std::ranges::find_if(steps, [&](const model::Step& step) {
      return step.is_fair() && (pair.wanted() || step.kind > model::Step::Kind::Tick);
    });
    fuzz::require(fair != steps.end(), "deadlock");
    pair.take(*fair);
    fuzz::require(pair.violation().empty(), pair.violation().c_str());
  }
  return 0;
}
