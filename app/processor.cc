#include "app/processor.h"

#include <cstddef>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

namespace app {

int cpu_for(std::size_t router, std::size_t routers) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0) return -1;
  const auto count = static_cast<std::size_t>(CPU_COUNT(&allowed));
  std::size_t nth = router * count / routers;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && nth-- == 0) return static_cast<int>(cpu);
  return -1;
}

void share_processor(int cpu) {
  if (cpu >= 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
  }
  // By the usual policy a thread makes way for the one it wakes: for the neighbour, as soon as it has written
  // to it. Under SCHED_BATCH nobody does who is awake.
  const sched_param parameters{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &parameters);
}

}  // namespace app
