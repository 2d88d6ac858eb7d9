// Who else is inside a router: processes that somebody started there, by `ip netns exec`, `chainrouter exec`
// or a shell. Such a namespace stays until the last of them ends, whoever made it. They are told apart by the
// number of a file that each network namespace has for itself, /proc/PID/net/dev: anybody may ask for that,
// whereas /proc/PID/ns/net of a process with more capabilities than ours may not be read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace app {

class Router;

// Of the calling thread's network namespace; 0: /proc does not tell.
std::uint64_t place_of_this_thread();

// Other processes than this one, a sentence each, by process number. After the routers' threads have ended.
std::vector<std::string> visitors_in(std::span<const std::unique_ptr<Router>> routers);

}  // namespace app
