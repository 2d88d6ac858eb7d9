#include "app/system_calls.h"

#include <cstdlib>
#include <seccomp.h>
#include <string_view>

#include "app/sanitized.h"

namespace app {

namespace {

// By what they are for. Several names for one thing: which of them is called is the C library's choice.
constexpr const char* kUsual[] = {
    // The event loop and its timers.
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "poll", "ppoll", "select", "pselect6",
    // BGP, vty and control connections; netlink.
    "socket", "bind", "listen", "accept", "accept4", "connect", "shutdown", "getsockname", "getpeername",
    "getsockopt", "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "fcntl",
    "ioctl", "close",
    // Reports, records and the kernel's figures about us.
    "read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "open", "openat", "fstat", "stat",
    "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "getdents64", "readlink",
    "readlinkat", "unlink", "unlinkat", "rmdir", "ftruncate", "flock", "fsync", "pipe2", "dup", "uname",
    "sysinfo", "getrusage", "times",
    // Memory.
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise",
    // Threads, their locks, their ends.
    "clone", "clone3", "set_robust_list", "rseq", "set_tid_address", "futex", "sched_yield",
    "sched_getaffinity", "sched_setaffinity", "membarrier", "getcpu", "gettid", "exit", "exit_group", "prctl",
    // Time and signals.
    "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "tgkill", "kill",
    // Who we are.
    "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "prlimit64", "getrlimit",
    "capget"};

}  // namespace

SystemCallFilter::SystemCallFilter() {
  if (kSanitized) return;
  const char* wish = std::getenv("CHAINROUTER_SYSTEM_CALLS");
  const bool deadly = wish != nullptr && std::string_view(wish) == "kill";
  const std::shared_ptr<void> filter(seccomp_init(deadly ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM)),
                                     &seccomp_release);
  if (!filter || seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) return;
  for (const char* name : kUsual) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;  // this machine has no such call
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0) != 0) return;
  }
  filter_ = filter;
}

bool SystemCallFilter::load() const { return filter_ && seccomp_load(filter_.get()) == 0; }

bool keep_usual_system_calls_only() { return SystemCallFilter().load(); }

}  // namespace app
