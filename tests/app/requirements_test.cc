// What a chain needs and what a machine has, read from a tree of files made for it.
#include "app/requirements.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

namespace {

class Tree {
 public:
  Tree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "machine-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    root_ = pattern;
    file("/proc/loadavg", "0.39 1.77 2.38 3/200 4711\n");
    file("/proc/sys/fs/nr_open", "1048576\n");
    file("/proc/sys/kernel/threads-max", "10200\n");
    file("/proc/sys/kernel/pid_max", "32768\n");
    file("/proc/sys/user/max_net_namespaces", "5000\n");
    file("/proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    2048000 kB\nSwapFree:   1024000 kB\n");
  }
  ~Tree() { std::filesystem::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  app::Machine machine() const { return app::this_machine(true, root_); }

 private:
  std::string root_;
};

constexpr std::uint64_t kMiB = 1024 * 1024;

}  // namespace

TEST_CASE("what is left of a machine", "[requirements]") {
  const Tree tree;
  const app::Machine machine = tree.machine();
  CHECK(machine.open_files == 1048576);
  CHECK(machine.threads == 10000);
  CHECK(machine.process_ids == 32568);
  CHECK(machine.net_namespaces == 5000);
  CHECK(machine.memory == 3000 * kMiB);
}

TEST_CASE("each control group on the way up counts", "[requirements]") {
  const Tree tree;
  tree.file("/proc/self/cgroup", "0::/user.slice/session-1.scope\n");
  tree.file("/sys/fs/cgroup/user.slice/session-1.scope/memory.max", "max\n");
  tree.file("/sys/fs/cgroup/user.slice/session-1.scope/memory.current", "4096\n");
  tree.file("/sys/fs/cgroup/user.slice/session-1.scope/pids.max", "300\n");
  tree.file("/sys/fs/cgroup/user.slice/session-1.scope/pids.current", "100\n");
  tree.file("/sys/fs/cgroup/user.slice/memory.max", std::to_string(100 * kMiB));
  tree.file("/sys/fs/cgroup/user.slice/memory.current", std::to_string(40 * kMiB));
  const app::Machine machine = tree.machine();
  CHECK(machine.memory == 60 * kMiB);
  CHECK(machine.threads == 200);
}

TEST_CASE("the process may stand in the root of the hierarchy", "[requirements]") {
  const Tree tree;
  tree.file("/proc/self/cgroup", "0::/\n");
  tree.file("/sys/fs/cgroup/memory.max", std::to_string(10 * kMiB));  // a container's own view
  CHECK(tree.machine().memory == 10 * kMiB);
}

TEST_CASE("control groups of the first version", "[requirements]") {
  const Tree tree;
  tree.file("/proc/self/cgroup", "7:memory:/box\n3:pids:/box\n1:name=systemd:/box\n");
  tree.file("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", std::to_string(50 * kMiB));
  tree.file("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", std::to_string(60 * kMiB));
  tree.file("/sys/fs/cgroup/pids/box/pids.max", "64\n");
  const app::Machine machine = tree.machine();
  CHECK(machine.memory == 0);
  CHECK(machine.threads == 64);
}

TEST_CASE("a machine that says nothing limits nothing", "[requirements]") {
  const app::Machine machine = app::this_machine(true, "/nonexistent");
  CHECK(machine.memory == app::Machine::kNoLimit);
  CHECK_FALSE(app::too_little(65791, machine));
}

TEST_CASE("the first thing that is missing is named, with what to do", "[requirements]") {
  app::Machine machine{
      .open_files = 1776, .threads = 109, .process_ids = 109, .net_namespaces = 101, .memory = 64 * kMiB};
  CHECK_FALSE(app::too_little(101, machine));
  const auto sentence = [&] { return app::too_little(101, machine).value_or("enough"); };
  machine.memory = 30 * kMiB;
  CHECK(sentence() ==
        "101 routers are too many for this machine: memory, about 11 MiB needed for the routers and 36 MiB "
        "for the kernel, 30 MiB there; fewer hops; it grows with their square");
  machine.net_namespaces = 100;
  CHECK(sentence() ==
        "101 routers are too many for this machine: network namespaces, 101 needed, 100 there; "
        "raise user.max_net_namespaces");
  machine.process_ids = 108;
  CHECK(sentence().find("process ids, 109 needed, 108 there; raise kernel.pid_max") != std::string::npos);
  machine.threads = 108;
  CHECK(sentence().find("threads, 109 needed, 108 there; raise kernel.threads-max") != std::string::npos);
  machine.open_files = 1775;
  CHECK(sentence().find("open files, 1776 needed, 1775 there; raise the hard limit") != std::string::npos);
}
