// What a process that is up still has to be allowed to do, and nothing else. Capabilities belong to threads:
// each gives up its own (capabilities(7)).
#pragma once

namespace app {

// Gives up, in the calling thread and for good, all capabilities but CAP_NET_ADMIN: what a router needs for
// each route it installs and for the MD5 key of each connection it makes. Throws std::system_error.
void keep_net_admin_only();

// The same for a thread that needs none: signals, files of its own user, its sockets.
void keep_no_capability();

}  // namespace app
