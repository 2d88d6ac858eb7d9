#include "netns/link_state.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "netns/netlink.h"

namespace netns {

std::error_code set_link_up(std::uint32_t interface, bool up) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(interface);
  link.ifi_flags = up ? unsigned{IFF_UP} : 0u;
  link.ifi_change = IFF_UP;
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, 0, link);
  return execute_alone(batch);
}

}  // namespace netns
