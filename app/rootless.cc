#include "app/rootless.h"

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "app/runtime_directory.h"
#include "netns/private_host.h"

namespace app {

namespace {

bool holds(const std::string& path, long value) {
  std::ifstream file(path);
  long there = 0;
  return (file >> there) && there == value;
}

// Who may make user namespaces is a matter of three switches, of which a kernel has some.
std::string why_not(const std::system_error& error) {
  struct Switch {
    const char* name;
    long off, on;
  };
  for (const Switch& known : {Switch{"kernel.unprivileged_userns_clone", 0, 1},
                              Switch{"kernel.apparmor_restrict_unprivileged_userns", 1, 0},
                              Switch{"user.max_user_namespaces", 0, 10'000}}) {
    std::string path = std::string("/proc/sys/") + known.name;
    path.replace(path.rfind('.'), 1, "/");
    if (holds(path, known.off))
      return fmt::format(
          "this kernel lets no ordinary user make a user namespace ({} is {}); run it with sudo, or "
          "have it set: sysctl {}={}",
          known.name, known.off, known.name, known.on);
  }
  return fmt::format("cannot run without root: {}; run it with sudo", error.what());
}

}  // namespace

std::optional<std::string> become_rootless() {
  const std::string directory = personal_runtime_directory();  // before: inside, everybody is root
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fmt::format("cannot make {}: {}; set XDG_RUNTIME_DIR to a directory of yours", directory,
                       std::generic_category().message(errno));
  if (!is_own_directory(directory))
    return fmt::format("{} is not a directory of yours; set XDG_RUNTIME_DIR to one that is", directory);
  try {
    netns::enter_private_host();
  } catch (const std::system_error& error) {
    rmdir(directory.c_str());  // unless another lab lives there
    return why_not(error);
  }
  setenv("CHAINROUTER_RUN_DIR", directory.c_str(), 1);
  return std::nullopt;
}

void go_where(const LabRecord& lab) {
  if (!lab.rootless) return;
  netns::join_private_host(lab.pid);
  setenv("CHAINROUTER_RUN_DIR", lab.directory.c_str(), 1);
}

}  // namespace app
