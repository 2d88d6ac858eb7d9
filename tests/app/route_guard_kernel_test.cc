// What became of our routes is looked for again when the kernel could not tell at first.
#include <utility>

#include <boost/asio/io_context.hpp>

#include "app/route_guard.h"
#include "tests/netns/fresh_namespace.h"
#include "tests/speaker/speaker_world.h"

TEST_CASE("a table that cannot be read now is read a second later", "[guard][kernel]") {
  test::in_fresh_namespace([] {
    speaker_test::World world(1, [](unsigned, auto&) {});
    world.establish(0);
    world.announce(0, "198.51.100.0/24");  // the speaker takes it for installed, the namespace has nothing
    REQUIRE(world.has_route("198.51.100.0/24"));

    boost::asio::io_context io;
    netns::RouteTable table;
    std::vector<std::string> said;
    int repairs = 0;
    app::RouteGuard guard(
        io, world.speaker(), table, [&](std::string what) { said.push_back(std::move(what)); },
        [&] { ++repairs; });

    netns::NetlinkSocket kept = std::move(table.socket());  // as if the kernel had no memory for an answer
    guard.look_again();
    CHECK(said.empty());
    CHECK(repairs == 0);

    table.socket() = std::move(kept);
    REQUIRE(io.run_one_for(test::kPatience) == 1);
    CHECK(said == std::vector<std::string>{"1 of our routes were gone or changed: put back"});
    CHECK(repairs == 1);
    CHECK(io.poll() == 0);  // and not once more
  });
}
