// Where labs leave their names, records and control sockets, and where to look for those of others.
#pragma once

#include <string>
#include <vector>

namespace app {

std::string netns_directory();  // /run/netns, or $CHAINROUTER_NETNS_DIR

// Where this process's lab leaves its record: $CHAINROUTER_RUN_DIR; or /run/chainrouter for root, and for an
// ordinary user personal_runtime_directory().
std::string runtime_directory();

// For labs without privilege: $XDG_RUNTIME_DIR/chainrouter, or /tmp/chainrouter-UID where there is none.
std::string personal_runtime_directory();

// Is this a directory of this process's user, and no link to one?
bool is_own_directory(const std::string& path);

// Where this user's labs may be found, runtime_directory() first: a user may look at root's, and may have
// both kinds. No directory that another ordinary user could have prepared is among them.
std::vector<std::string> runtime_directories();

}  // namespace app
