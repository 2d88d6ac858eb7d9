// A network namespace that lives as long as its descriptor is held: no bind mount, so that nothing outlives
// the process. Closing the last descriptor destroys namespace, links and routes (the kernel does it later,
// in its own time).
#pragma once

#include <string>
#include <sys/types.h>

namespace netns {

class Namespace {
 public:
  // Creates a new namespace. The calling thread ends up inside it, because the kernel can only make one by
  // moving a thread in (unshare(2)): call it on a thread that does not mind. Throws std::system_error.
  static Namespace create_and_enter();
  // Creates one that no thread is in. Throws std::system_error.
  static Namespace create();
  // The namespace the calling thread is in.
  static Namespace current();
  // An existing one by path, e.g. /run/netns/ROUTER_50. Throws std::system_error.
  static Namespace open(const std::string& path);

  Namespace(Namespace&& other) noexcept;
  Namespace& operator=(Namespace&& other) noexcept;
  ~Namespace();

  int fd() const { return fd_; }
  ino_t inode() const;
  // Moves the calling thread (only it) into this namespace. Throws std::system_error.
  void enter() const;

 private:
  explicit Namespace(int fd) : fd_(fd) {}
  int fd_;
};

// Writes a sysctl of the calling thread's network namespace ("net/ipv4/ip_forward"). /proc/sys/net shows
// the opener's namespace, unlike /proc/net, which shows the main thread's. False: there is none of that name
// in this kernel. Throws std::system_error for any other failure.
bool write_sysctl(const std::string& name, const std::string& value);
std::string read_sysctl(const std::string& name);

}  // namespace netns
