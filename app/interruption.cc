#include "app/interruption.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace app {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Interruption::Interruption(std::optional<milliseconds> after, pid_t lab) {
  if (after) end_ = Clock::now() + *after;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw std::system_error(errno, std::generic_category(), "wait for signals");
  if (lab > 0) lab_ = static_cast<int>(syscall(SYS_pidfd_open, lab, 0));
}

Interruption::~Interruption() {
  close(signals_);
  if (lab_ >= 0) close(lab_);
}

Interruption::Cause Interruption::wait(milliseconds at_most, std::span<pollfd> descriptors) {
  std::vector<pollfd> all(descriptors.begin(), descriptors.end());
  all.push_back({signals_, POLLIN, 0});
  all.push_back({lab_, POLLIN, 0});  // negative: poll(2) passes it over
  auto left = at_most;
  if (end_)
    left = std::clamp(std::chrono::ceil<milliseconds>(*end_ - Clock::now()), milliseconds(0), at_most);
  (void)poll(all.data(), all.size(), static_cast<int>(left.count()));
  std::copy_n(all.begin(), descriptors.size(), descriptors.begin());
  if (all[all.size() - 1].revents != 0) return Cause::LabEnded;
  if (all[all.size() - 2].revents != 0 || (end_ && Clock::now() >= *end_)) return Cause::Asked;
  return Cause::None;
}

}  // namespace app
