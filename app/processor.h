// How the threads of a lab's routers share its processors (docs/adr/0022). Preferences: where the system does
// not grant them, things are slower and no different.
#pragma once

#include <cstddef>

namespace app {

// Neighbouring routers talk to each other: on one core a message costs half of what it costs between two.
// Contiguous stretches of the chain therefore share a core.
int cpu_for(std::size_t router, std::size_t routers);

// The calling thread, a router's, stays on processor `cpu` (-1: on any), and makes way for no other router
// before its turn is over.
void share_processor(int cpu);

}  // namespace app
