#include "app/requirements.h"

#include <algorithm>
#include <fstream>
#include <linux/capability.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "app/room_for_routers.h"

namespace app {

namespace {

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB;
// Measured with chains of 100 to 1,000 (docs/benchmarks.md, growth): what a router takes, and what each of
// its routes does. The kernel's share is a namespace with two ends of links, and its table.
constexpr std::uint64_t kOursARouter = 85 * kKiB, kOursARoute = 235;
constexpr std::uint64_t kKernelARouter = 350 * kKiB, kKernelARoute = 140;
constexpr std::uint64_t kThreadsBeside = 8;  // of the process itself, and of a command or two

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return {};  // not there, or "max"
}

// The number behind a word at the beginning of a line.
std::optional<std::uint64_t> number_after(const std::string& path, const std::string& word) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string first;
    std::uint64_t value = 0;
    if (fields >> first >> value && first == word) return value;
  }
  return {};
}

std::uint64_t less(std::uint64_t from, std::uint64_t used) { return from > used ? from - used : 0; }

void lower(std::uint64_t& limit, std::optional<std::uint64_t> to) {
  if (to) limit = std::min(limit, *to);
}

// What one control group leaves of a thing, as two files in its folder say.
std::optional<std::uint64_t> left_in(const std::string& folder, const char* most, const char* now) {
  const auto limit = number_in(folder + "/" + most);
  if (!limit) return {};
  return less(*limit, number_in(folder + "/" + now).value_or(0));
}

// From the process's own group up to the hierarchy's root: each of them counts.
void lower_by_groups(Machine& machine, const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // number:controllers:/path
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    const std::string top = root + "/sys/fs/cgroup" + (unified ? "" : "/" + controllers);
    for (std::string path = line.substr(second + 1);; path.resize(path.rfind('/'))) {
      if (path == "/") path.clear();
      const std::string folder = top + path;
      if (unified) lower(machine.memory, left_in(folder, "memory.max", "memory.current"));
      if (controllers == "memory")
        lower(machine.memory, left_in(folder, "memory.limit_in_bytes", "memory.usage_in_bytes"));
      if (unified || controllers == "pids")
        lower(machine.threads, left_in(folder, "pids.max", "pids.current"));
      if (path.find('/') == std::string::npos) break;
    }
  }
}

// All threads there are: the fourth field of /proc/loadavg is running/all.
std::uint64_t threads_now(const std::string& root) {
  std::ifstream file(root + "/proc/loadavg");
  std::string one, five, fifteen, counts;
  file >> one >> five >> fifteen >> counts;
  const auto slash = counts.find('/');
  return slash == std::string::npos ? 0 : std::strtoull(counts.c_str() + slash + 1, nullptr, 10);
}

}  // namespace

bool may_raise_limits() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  return syscall(SYS_capget, &header, data) == 0 && (data[0].effective >> CAP_SYS_RESOURCE & 1) != 0;
}

Machine this_machine(bool raises_limits, const std::string& root) {
  Machine machine;
  rlimit limit{};
  if (raises_limits)
    lower(machine.open_files, number_in(root + "/proc/sys/fs/nr_open"));
  else if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
    machine.open_files = limit.rlim_max;
  if (!raises_limits && geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 &&
      limit.rlim_cur != RLIM_INFINITY)
    machine.threads = limit.rlim_cur;
  const std::uint64_t running = threads_now(root);
  if (const auto most = number_in(root + "/proc/sys/kernel/threads-max"))
    lower(machine.threads, less(*most, running));
  if (const auto most = number_in(root + "/proc/sys/kernel/pid_max"))
    machine.process_ids = less(*most, running);
  lower(machine.net_namespaces, number_in(root + "/proc/sys/user/max_net_namespaces"));
  const std::string memory = root + "/proc/meminfo";
  if (const auto available = number_after(memory, "MemAvailable:"))
    machine.memory = (*available + number_after(memory, "SwapFree:").value_or(0)) * kKiB;
  lower_by_groups(machine, root);
  return machine;
}

std::vector<Requirement> requirements(std::uint64_t routers, const Machine& machine) {
  std::vector<Requirement> list;
  const auto count = [&](const char* what, std::uint64_t need, std::uint64_t have, const char* advice) {
    const auto there = have == Machine::kNoLimit ? "no limit" : fmt::format("{} there", have);
    list.push_back({what, need, have, fmt::format("{} needed, {}", need, there), advice});
  };
  const std::uint64_t threads = routers + kThreadsBeside;
  count("open files", descriptors_for(routers), machine.open_files, "raise the hard limit: ulimit -n");
  count("threads", threads, machine.threads,
        "raise kernel.threads-max, the control group's pids.max or ulimit -u");
  count("process ids", threads, machine.process_ids, "raise kernel.pid_max");
  count("network namespaces", routers, machine.net_namespaces, "raise user.max_net_namespaces");
  const std::uint64_t routes = routers * routers;
  const std::uint64_t ours = routers * kOursARouter + routes * kOursARoute;
  const std::uint64_t kernel = routers * kKernelARouter + routes * kKernelARoute;
  const auto there = machine.memory == Machine::kNoLimit ? std::string("no limit")
                                                         : fmt::format("{} MiB there", machine.memory / kMiB);
  list.push_back({"memory", ours + kernel, machine.memory,
                  fmt::format("about {} MiB needed for the routers and {} MiB for the kernel, {}",
                              ours / kMiB + 1, kernel / kMiB + 1, there),
                  "fewer hops; it grows with their square"});
  return list;
}

std::optional<std::string> too_little(std::uint64_t routers, const Machine& machine) {
  for (const Requirement& one : requirements(routers, machine))
    if (!one.met())
      return fmt::format("{} routers are too many for this machine: {}, {}; {}", routers, one.what,
                         one.detail, one.advice);
  return {};
}

}  // namespace app
