#include "app/connected.h"

#include <algorithm>

namespace app {

std::vector<speaker::ConnectedPrefix> connected_prefixes(std::span<const netns::Interface> interfaces,
                                                         std::span<const std::uint32_t> lost) {
  std::vector<speaker::ConnectedPrefix> connected;
  for (const auto& interface : interfaces) {
    const bool usable = interface.usable() && std::ranges::find(lost, interface.index) == lost.end();
    for (const auto& [local, length] : interface.addresses)
      if (!local.is_loopback())
        connected.push_back({net::Ipv4Prefix(local, length), local, interface.index, usable});
    for (const auto& address : interface.ipv6_addresses)
      if (!address.local.is_loopback())
        connected.push_back({net::Ipv6Prefix(address.local, address.prefix_length), address.local,
                             interface.index, usable && address.usable});
  }
  return connected;
}

}  // namespace app
