#include "scenario/outages.h"

#include <algorithm>

namespace scenario {

void Outages::set(Thing thing, std::uint32_t number, bool up) {
  auto& down = down_[static_cast<std::size_t>(thing)];
  if (up)
    down.erase(number);
  else
    down.insert(number);
}

bool Outages::none() const {
  return std::ranges::all_of(down_, [](const auto& down) { return down.empty(); });
}

}  // namespace scenario
