#include "bench/stage.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "app/topology.h"
#include "bench/outside.h"
#include "bench/take_down.h"
#include "netns/chain_builder.h"
#include "netns/netlink.h"

namespace bench {

using namespace std::chrono_literals;

void Stage::build(std::uint32_t hops) {
  app::ChainOptions options;
  options.hops = hops;
  std::vector<netns::NodePlan> nodes;
  for (const auto& router : app::chain(options)) nodes.push_back(router.node);
  places_ = netns::build_chain(nodes, {});
}

void Stage::adopt(const std::string& prefix, std::uint32_t hops) {
  await_file("/run/netns/" + prefix + std::to_string(hops));
  for (std::uint32_t i = 0; i <= hops; ++i)
    places_.push_back(netns::Namespace::open("/run/netns/" + prefix + std::to_string(i)));
}

pid_t Stage::run(int place, std::vector<std::string> words, const std::string& output) {
  const netns::Namespace home = netns::Namespace::current();
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  if (place >= 0) places_.at(static_cast<std::size_t>(place)).enter();
  pid_t child = -1;
  const int error = posix_spawnp(&child, words.front().c_str(), &files, nullptr, arguments.data(), environ);
  home.enter();
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::system_error(error, std::generic_category(), "start " + words.front());
  processes_.push_back(child);
  return child;
}

void Stage::clear() {
  for (const pid_t process : processes_) kill(process, SIGTERM);
  const auto patience = Clock::now() + 60s;  // a million routes take the kernel seconds to forget
  for (const pid_t process : processes_) {
    while (waitpid(process, nullptr, WNOHANG) == 0) {
      if (Clock::now() > patience) kill(process, SIGKILL);
      std::this_thread::sleep_for(1ms);
    }
  }
  processes_.clear();
  if (places_.size() > 1) take_down(places_);
  places_.clear();
}

Stage::Clock::time_point Stage::set_link(std::size_t place, bool up) {
  Clock::time_point began;
  std::thread([&] {
    places_.at(place).enter();
    netns::NetlinkSocket socket;
    netns::NetlinkBatch batch;
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(netns::kLeftInterfaceIndex);
    link.ifi_change = IFF_UP;
    link.ifi_flags = up ? IFF_UP : 0;
    batch.begin(RTM_NEWLINK, 0, link);
    began = Clock::now();
    socket.execute_or_throw(batch, "set a link up or down");
  }).join();
  return began;
}

}  // namespace bench
