// What the interfaces of a namespace mean to the speaker in it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netns/interface_monitor.h"
#include "speaker/speaker.h"

namespace app {

// The subnets of both families as the interfaces have them now; none over those of `lost`, by index, is
// usable.
std::vector<speaker::ConnectedPrefix> connected_prefixes(std::span<const netns::Interface> interfaces,
                                                         std::span<const std::uint32_t> lost = {});

}  // namespace app
