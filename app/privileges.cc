#include "app/privileges.h"

#include <cerrno>
#include <cstdint>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace app {

namespace {

void keep_only(std::uint32_t capabilities) {
  // Without this a program run as root by this thread would have them all again.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    throw std::system_error(errno, std::generic_category(), "set no_new_privs");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct had[2]{}, kept[2]{};
  if (syscall(SYS_capget, &header, had) != 0)
    throw std::system_error(errno, std::generic_category(), "read capabilities");
  kept[0].permitted = had[0].permitted & capabilities;
  kept[0].effective = had[0].effective & capabilities;
  if (syscall(SYS_capset, &header, kept) != 0)
    throw std::system_error(errno, std::generic_category(), "give up capabilities");
}

}  // namespace

void keep_net_admin_only() { keep_only(std::uint32_t{1} << CAP_NET_ADMIN); }

void keep_no_capability() { keep_only(0); }

}  // namespace app
