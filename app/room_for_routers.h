// Room in one process for many routers: descriptors, threads' stacks, the allocator's arenas.
#pragma once

#include <cstddef>

namespace app {

// How many open files so many routers need.
std::size_t descriptors_for(std::size_t routers);

// To be called before the process has a second thread. Throws std::runtime_error, whose text says what to do,
// where so many descriptors cannot be had; all else is a preference.
void make_room_for(std::size_t routers);

}  // namespace app
