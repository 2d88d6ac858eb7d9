// The jitter of timers: a generator that anybody can compute again from its seed, and the bounds of RFC 4271
// §10.
#include <algorithm>

#include <catch2/catch.hpp>

#include "bgp/session.h"

using namespace bgp;
using namespace std::chrono_literals;

TEST_CASE("the same seed gives the same numbers, SplitMix64's", "[jitter]") {
  Jitter jitter(1'234'567);
  for (const std::uint64_t expected : {6'457'827'717'110'365'317u, 3'203'168'211'198'807'973u,
                                       9'817'491'932'198'370'423u, 4'593'380'528'125'082'431u})
    CHECK(jitter.next() == expected);
}

TEST_CASE("a duration is shortened by up to a quarter", "[jitter]") {
  Jitter jitter(1);
  std::chrono::nanoseconds least = 1s, most = 0s;
  for (int i = 0; i < 10'000; ++i) {
    const auto shortened = jitter.shorten(1s);
    least = std::min(least, shortened);
    most = std::max(most, shortened);
  }
  CHECK(least > 750ms);
  CHECK(least < 751ms);
  CHECK(most > 999ms);
  CHECK(most <= 1s);
  CHECK(jitter.shorten(0s) == 0s);
  CHECK(jitter.shorten(3ns) == 3ns);
  Jitter none = Jitter::none();
  for (int i = 0; i < 10; ++i) CHECK(none.shorten(1s) == 1s);
}
