// Each case in a process of its own: what it gives up, it never gets back.
#include "app/system_calls.h"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "app/sanitized.h"

namespace {

// The wait status of a child that has given up all but the usual calls and then does `work`.
int after_giving_up(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!app::keep_usual_system_calls_only()) _exit(2);
    _exit(work() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

bool refused(long result) { return result == -1 && errno == EPERM; }

}  // namespace

TEST_CASE("what a router has no use for is refused", "[system_calls]") {
  if (app::kSanitized) {
    WARN("SKIPPED: sanitizers make system calls of their own");
    return;
  }
  unsetenv("CHAINROUTER_SYSTEM_CALLS");
  char program[] = "/bin/true";
  char* const words[] = {program, nullptr};
  const std::pair<const char*, std::function<bool()>> rows[] = {
      {"run a program", [&] { return refused(execve(program, words, nullptr)); }},
      {"leave for a new namespace", [] { return refused(unshare(CLONE_NEWUTS)); }},
      {"enter a namespace", [] { return refused(setns(0, 0)); }},
      {"mount", [] { return refused(mount("none", "/", nullptr, MS_REMOUNT, nullptr)); }},
      {"change the root", [] { return refused(chroot("/")); }},
      {"trace", [] { return refused(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"become another user", [] { return refused(setuid(0)); }},
      {"not a later thread either",
       [] {
         bool good = false;
         std::thread([&] { good = refused(unshare(CLONE_NEWUTS)); }).join();
         return good;
       }},
  };
  for (const auto& [name, work] : rows) {
    INFO(name);
    CHECK(after_giving_up(work) == 0);
  }
}

TEST_CASE("tests may have it deadly", "[system_calls]") {
  if (app::kSanitized) return;
  setenv("CHAINROUTER_SYSTEM_CALLS", "kill", 1);
  const int status = after_giving_up([] { return unshare(CLONE_NEWUTS) == 0; });
  unsetenv("CHAINROUTER_SYSTEM_CALLS");
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSYS);
}
