#include "app/room_for_routers.h"

#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace {

// How many descriptors the kernel's table has place for.
std::size_t places_for_descriptors() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("FDSize:")) return std::stoul(line.substr(7));
  return 0;
}

}  // namespace

// In a process of its own: the table never shrinks.
TEST_CASE("no router waits for a larger table of descriptors", "[room_for_routers]") {
  constexpr std::size_t kRouters = 300;
  REQUIRE(places_for_descriptors() < app::descriptors_for(kRouters));
  const pid_t child = fork();
  if (child == 0) {
    app::make_room_for(kRouters);
    _exit(places_for_descriptors() >= app::descriptors_for(kRouters) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
