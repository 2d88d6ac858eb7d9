// Where a route stands on its way into the kernel's table.
#pragma once

#include <cstdint>

namespace rib {

enum class KernelState : std::uint8_t { NotWanted, Pending, Installed, Failed };

}  // namespace rib
