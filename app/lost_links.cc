#include "app/lost_links.h"

#include <utility>

#include "netns/chain_builder.h"

namespace app {

std::vector<std::uint32_t> LostLinks::look(std::span<const netns::Interface> interfaces) {
  std::vector<std::uint32_t> lost;
  for (const auto& interface : interfaces)
    if (was_lost(interface)) lost.push_back(interface.index);
  return lost;
}

// Has it ceased to be usable since we last looked? Then the permanent neighbour entry, which the kernel
// forgets, is set again as soon as it is up.
bool LostLinks::was_lost(const netns::Interface& interface) {
  Seen& seen = seen_[interface.index];
  const bool lost = std::exchange(seen.times_lost, interface.times_lost) != interface.times_lost;
  seen.neighbor_due |= lost;
  if (seen.neighbor_due && interface.admin_up) {
    // What fails is due again: the notice of what became of the link is on its way.
    seen.neighbor_due = static_cast<bool>(restore_neighbor(interface));
  }
  return lost;
}

std::error_code LostLinks::restore_neighbor(const netns::Interface& interface) const {
  const bool left = interface.name == netns::kLeftInterfaceName;
  const auto& node = plan_.node;
  if (left ? !node.has_left : !node.has_right || interface.name != netns::kRightInterfaceName) return {};
  const auto neighbor = static_cast<std::uint32_t>(left ? number_ - 1 : number_ + 1);
  return netns::restore_neighbor(interface.index, left ? node.left.neighbor : node.right.neighbor,
                                 netns::mac_address(neighbor, !left));
}

}  // namespace app
