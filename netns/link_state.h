// Sets an interface administratively up or down.
#pragma once

#include <cstdint>
#include <system_error>

namespace netns {

// In the calling thread's namespace. Throws nothing that the kernel answers: ENODEV, where somebody has
// deleted it, is the error.
std::error_code set_link_up(std::uint32_t interface, bool up);

}  // namespace netns
