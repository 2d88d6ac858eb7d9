// What a router's thread throws ends that router and is reported with its name: it does not take the process,
// nor does it go unheard.
#include <catch2/catch.hpp>

#include "tests/app/chain_lab.h"

using namespace std::chrono_literals;

TEST_CASE("an exception on a router's thread is reported by its name", "[router][kernel]") {
  app::ChainOptions options;
  options.hops = 2;
  options.name_prefix = "FAIL_";
  test::ChainLab lab(options);
  lab.start();
  REQUIRE(lab.await_quiet(2, test::ChainLab::Watch::Doorbell));
  lab.router(1).post([](speaker::Speaker&) { throw std::runtime_error("out of luck"); });
  CHECK_THROWS_WITH(lab.run_until([] { return false; }, test::ChainLab::kConvergencePatience),
                    "FAIL_1: out of luck");
  // The others go on until the lab ends.
  bool answers = false;
  CHECK(lab.on_router(0, [&](speaker::Speaker& speaker) { answers = speaker.config().name == "FAIL_0"; }));
  CHECK(answers);
}
