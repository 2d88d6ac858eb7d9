// A host of the process's own, for whoever has no privilege on the real one: a user namespace in which it is
// root, a mount namespace with a /run/netns of its own, and a network namespace that stands for the host's.
// All that the process makes lives inside, and goes with it.
#pragma once

#include <sys/types.h>

namespace netns {

// Moves the calling process there. It must have a single thread (user_namespaces(7)). Throws
// std::system_error that names the step; the process may be half way then, and should end.
void enter_private_host();

// Moves the calling process, of a single thread, into the private host of another one of the same user, and
// keeps the working directory. Does nothing when it is there already. Throws std::system_error.
void join_private_host(pid_t owner);

}  // namespace netns
