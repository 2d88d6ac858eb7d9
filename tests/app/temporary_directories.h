// A pair of directories of their own for a test's lab records and namespace links, and owners of labs that
// can be killed.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace test {

// While it lives, app::netns_directory() and app::runtime_directory() are below a fresh temporary directory.
class TemporaryDirectories {
 public:
  TemporaryDirectories() {
    std::string pattern = (std::filesystem::temp_directory_path() / "chainrouter-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    root_ = pattern;
    setenv("CHAINROUTER_NETNS_DIR", netns().c_str(), 1);
    setenv("CHAINROUTER_RUN_DIR", run().c_str(), 1);
  }
  ~TemporaryDirectories() {
    unsetenv("CHAINROUTER_NETNS_DIR");
    unsetenv("CHAINROUTER_RUN_DIR");
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TemporaryDirectories(const TemporaryDirectories&) = delete;
  TemporaryDirectories& operator=(const TemporaryDirectories&) = delete;

  std::string netns() const { return root_ + "/netns"; }
  std::string run() const { return root_ + "/run"; }

 private:
  std::string root_;
};

// Another process that has done `work` and lives on until kill(), which is kill -9: nothing is tidied up.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<void()>& work) {
    int ready[2];
    if (pipe(ready) != 0) throw std::runtime_error("cannot make a pipe");
    pid_ = fork();
    if (pid_ == 0) {
      try {
        work();
        const char done = '1';
        if (write(ready[1], &done, 1) == 1)
          for (;;) pause();
      } catch (...) {
      }
      _exit(1);
    }
    close(ready[1]);
    char done = 0;
    const bool worked = pid_ > 0 && read(ready[0], &done, 1) == 1;
    close(ready[0]);
    if (!worked) throw std::runtime_error("the other process failed");
  }
  ~OtherProcess() { kill(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  pid_t pid() const { return pid_; }
  void kill() {
    kill_unreaped();
    if (!std::exchange(reaped_, true)) waitpid(pid_, nullptr, 0);
  }
  // Its parent has not asked for it then: it is a zombie.
  void kill_unreaped() {
    if (reaped_) return;
    ::kill(pid_, SIGKILL);
    siginfo_t ended;
    waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
  }

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
};

}  // namespace test
