// The end of a chain, awaited: the kernel frees namespaces in its own time, and would do so during whatever
// is measured next.
#pragma once

#include <poll.h>
#include <thread>
#include <vector>

#include "netns/interface_monitor.h"
#include "netns/namespace.h"

namespace bench {

// Closes all but node 0, and waits until the kernel has taken away its link, then node 0 itself.
inline void take_down(std::vector<netns::Namespace>& chain) {
  std::thread([&] {
    chain.front().enter();
    netns::InterfaceMonitor monitor;
    chain.clear();
    pollfd readable{monitor.native_handle(), POLLIN, 0};
    while (monitor.interfaces().size() > 1 && ::poll(&readable, 1, 10'000) > 0) monitor.update();
  }).join();
}

}  // namespace bench
