#include "app/visitors.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "app/router.h"

namespace app {

namespace {

std::uint64_t place_of(const std::string& process) {
  struct stat file {};
  return stat(("/proc/" + process + "/net/dev").c_str(), &file) == 0 ? file.st_ino : 0;
}

std::string command_of(const std::string& process) {
  std::string name;
  std::getline(std::ifstream("/proc/" + process + "/comm"), name);
  return name;
}

}  // namespace

std::uint64_t place_of_this_thread() { return place_of("thread-self"); }

std::vector<std::string> visitors_in(std::span<const std::unique_ptr<Router>> routers) {
  std::map<std::uint64_t, const std::string*> names;
  for (const auto& router : routers) names[router->place()] = &router->plan().name;
  names.erase(0);
  std::map<pid_t, std::string> sentences;
  std::error_code over;
  for (std::filesystem::directory_iterator entry("/proc", over), end; !over && entry != end;
       entry.increment(over)) {
    const std::string name = entry->path().filename().string();
    pid_t process = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc() || rest != name.data() + name.size() || process == getpid()) continue;
    if (const auto found = names.find(place_of(name)); found != names.end())
      sentences[process] =
          fmt::format("{}: {} (process {}) is still inside: the namespace ends when that does",
                      *found->second, command_of(name), process);
  }
  std::vector<std::string> in_order;
  for (auto& [process, sentence] : sentences) in_order.push_back(std::move(sentence));
  return in_order;
}

}  // namespace app
