#include "app/room_for_routers.h"

#include <algorithm>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "app/sanitized.h"

namespace app {

namespace {

void raise_descriptor_limit(std::size_t routers) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = descriptors_for(routers);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_max = std::max(limit.rlim_max, wanted);  // root may raise the hard limit
  limit.rlim_cur = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw std::runtime_error(
        fmt::format("{} routers need {} open files, the limit is {}; raise it (ulimit -n {})", routers,
                    wanted, limit.rlim_max, wanted));
}

// The kernel's table of descriptors doubles when it is full, and in a process of several threads waits each
// time for a grace period of RCU, some 10 ms in which nobody gets a descriptor. It never shrinks: so it grows
// now.
void enlarge_descriptor_table(std::size_t routers) {
  const int last = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(descriptors_for(routers)) - 1);
  if (last >= 0) close(last);
}

// A router's thread needs a few tens of KiB. The usual 8 MiB are address space only, but a thousand of them
// are refused where memory is not overcommitted. Sanitizers' frames are several times as large.
constexpr std::size_t kStackOctets = kSanitized ? 8 * 1024 * 1024 : 512 * 1024;

// For every thread that is made from now on.
void take_small_stacks() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackOctets);
  pthread_setattr_default_np(&attributes);  // a preference: failing is no harm
  pthread_attr_destroy(&attributes);
}

// What a router may take of its arena, generously: address space, of which only what is written to is memory.
constexpr std::size_t kArenaOctets = 64 * 1024, kLargestArena = 48 * 1024 * 1024;

// An arena grows a page at a time, each time under the lock of the whole address space, and whoever wants a
// piece of it meanwhile waits: so it begins with all that it will need. Eight arenas a processor, the usual
// number, are there for programs whose threads all run at once; with one, who is made to wait in the midst of
// an allocation holds up the others.
void take_few_large_arenas(std::size_t routers) {
  mallopt(M_ARENA_MAX, 2 * static_cast<int>(std::thread::hardware_concurrency()));
  mallopt(M_TOP_PAD, static_cast<int>(std::min(routers * kArenaOctets, kLargestArena)));
}

}  // namespace

// A router has its namespace, epoll, eventfd, timerfd, a netlink socket, two listeners and two sessions:
// nine. While sessions come up there may be a second connection to each peer, and lost ones linger for a
// second.
std::size_t descriptors_for(std::size_t routers) { return routers * 16 + 160; }

void make_room_for(std::size_t routers) {
  raise_descriptor_limit(routers);
  enlarge_descriptor_table(routers);
  take_small_stacks();
  take_few_large_arenas(routers);
}

}  // namespace app
