// Sets an interface administratively up or down.
#pragma once

#include <cstdint>
#include <system_error>

namespace netns {

// In the calling thread's namespace. ENODEV: somebody has deleted it.
std::error_code set_link_up(std::uint32_t interface, bool up);

}  // namespace netns
