// For a client that needs a descriptor a link or router: as many as this process may have.
#pragma once

#include <sys/resource.h>

namespace app {

inline void take_all_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace app
