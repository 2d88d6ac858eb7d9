// Where contenders are measured: a chain of namespaces, and processes in them. The chain is built here, by
// netns::build_chain as for our own lab, or it is a running lab's.
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

#include "netns/namespace.h"

namespace bench {

class Stage {
 public:
  using Clock = std::chrono::steady_clock;

  Stage() = default;
  ~Stage() { clear(); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Throws std::system_error.
  void build(std::uint32_t hops);
  // The namespaces /run/netns/PREFIX0 to PREFIXhops, which come soon or are there.
  void adopt(const std::string& prefix, std::uint32_t hops);
  const std::vector<netns::Namespace>& places() const { return places_; }

  // Starts a program in a namespace, or here when `place` is negative; what it says goes to the file. All of
  // it is a posix_spawn: the namespace is the calling thread's at that moment.
  pid_t run(int place, std::vector<std::string> words, const std::string& output);
  const std::vector<pid_t>& processes() const { return processes_; }

  // Ends the processes, gently, and after three seconds less so, closes the chain, and waits until the kernel
  // has taken it away.
  void clear();
  // Sets one end of the link between place - 1 and place up or down. Return: the instant before.
  Clock::time_point set_link(std::size_t place, bool up);

 private:
  std::vector<netns::Namespace> places_;
  std::vector<pid_t> processes_;
};

}  // namespace bench
