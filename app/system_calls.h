// Which system calls a process may still make once it is up (seccomp(2)): those that a router's work, its
// commands and its end take. What a stranger's code would want in its place, to run a program, to enter a
// namespace, to mount, to trace, is not among them.
#pragma once

#include <memory>

namespace app {

// For all threads of this process, those to come included, and for good. What is not on the list fails with
// EPERM; with CHAINROUTER_SYSTEM_CALLS=kill in the environment, as the tests have it, the process dies of it,
// so that no test can miss one. Needs no_new_privs. Returns false where the kernel has no such filter, or the
// build is one for sanitizers: nothing has changed then.
bool keep_usual_system_calls_only();

// The same in two steps, where there is time for the longer first one.
class SystemCallFilter {
 public:
  SystemCallFilter();
  bool load() const;

 private:
  std::shared_ptr<void> filter_;  // nothing: there is none
};

}  // namespace app
