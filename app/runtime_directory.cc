#include "app/runtime_directory.h"

#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace app {

namespace {

constexpr const char* kSystemDirectory = "/run/chainrouter";

std::optional<std::string> environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

bool is_own_directory(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

std::string netns_directory() { return environment("CHAINROUTER_NETNS_DIR").value_or("/run/netns"); }

std::string personal_runtime_directory() {
  if (const auto given = environment("XDG_RUNTIME_DIR"); given && is_own_directory(*given))
    return *given + "/chainrouter";
  return fmt::format("/tmp/chainrouter-{}", geteuid());
}

std::string runtime_directory() {
  if (const auto given = environment("CHAINROUTER_RUN_DIR")) return *given;
  return geteuid() == 0 ? kSystemDirectory : personal_runtime_directory();
}

std::vector<std::string> runtime_directories() {
  std::vector<std::string> directories{runtime_directory()};
  if (environment("CHAINROUTER_RUN_DIR")) return directories;
  const auto other = geteuid() == 0 ? personal_runtime_directory() : std::string(kSystemDirectory);
  if (other == kSystemDirectory || is_own_directory(other)) directories.push_back(other);
  // /tmp/chainrouter-UID may have been made by anybody.
  if (geteuid() != 0 && !is_own_directory(directories.front())) directories.erase(directories.begin());
  return directories;
}

}  // namespace app
