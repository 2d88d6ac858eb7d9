// What the commands that record have in common.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace app {

// Says how many messages are missing, of which routers; the exit status that goes with it.
int tell_dropped(const std::map<std::string, std::uint64_t>& dropped);

}  // namespace app
