// Labs without privilege on the host: inside a private host (netns/private_host.h) the process is root, and
// the host's network is out of its reach.
#pragma once

#include <optional>
#include <string>

#include "app/lab_record.h"

namespace app {

enum class Rootless { Auto, Yes, No };  // Auto: where privileges are missing

// Moves this process, which must still have a single thread, into a private host of its own, and has its
// lab's record kept in personal_runtime_directory(). Or the sentence that says why that cannot be, and what
// to do.
std::optional<std::string> become_rootless();

// Moves this process, of a single thread, to where a lab's names in /run/netns mean its routers. Nothing to
// do for a lab that root runs. Throws std::system_error.
void go_where(const LabRecord& lab);

}  // namespace app
