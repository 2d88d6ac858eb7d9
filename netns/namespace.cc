#include "netns/namespace.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sched.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "netns/on_a_thread.h"

namespace netns {

namespace {

// procfs names the calling thread's own; /proc/self would be the main thread's.
constexpr const char* kThreadNamespace = "/proc/thread-self/ns/net";

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int open_or_throw(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw_errno("open network namespace " + path);
  return fd;
}

int open_sysctl(const std::string& name, int flags) {
  return ::open(("/proc/sys/" + name).c_str(), flags | O_CLOEXEC);
}

}  // namespace

Namespace Namespace::create_and_enter() {
  if (::unshare(CLONE_NEWNET) != 0) throw_errno("create a network namespace");
  return current();
}

Namespace Namespace::create() {
  std::optional<Namespace> made;
  on_a_thread([&] { made = create_and_enter(); });
  return std::move(*made);
}

Namespace Namespace::current() { return Namespace(open_or_throw(kThreadNamespace)); }

Namespace Namespace::open(const std::string& path) { return Namespace(open_or_throw(path)); }

Namespace::Namespace(Namespace&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Namespace& Namespace::operator=(Namespace&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Namespace::~Namespace() {
  if (fd_ >= 0) ::close(fd_);
}

ino_t Namespace::inode() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw_errno("look at a network namespace");
  return status.st_ino;
}

void Namespace::enter() const {
  if (::setns(fd_, CLONE_NEWNET) != 0) throw_errno("enter a network namespace");
}

bool write_sysctl(const std::string& name, const std::string& value) {
  const int fd = open_sysctl(name, O_WRONLY);
  if (fd < 0) {
    if (errno == ENOENT) return false;
    throw_errno("open sysctl " + name);
  }
  const ssize_t written = ::write(fd, value.data(), value.size());
  const int error = errno;
  ::close(fd);
  if (written != static_cast<ssize_t>(value.size()))
    throw std::system_error(written < 0 ? error : EIO, std::generic_category(), "set sysctl " + name);
  return true;
}

std::string read_sysctl(const std::string& name) {
  const int fd = open_sysctl(name, O_RDONLY);
  if (fd < 0) throw_errno("open sysctl " + name);
  char text[4096];
  const ssize_t length = ::read(fd, text, sizeof text);
  const int error = errno;
  ::close(fd);
  if (length < 0) throw std::system_error(error, std::generic_category(), "read sysctl " + name);
  std::string value(text, static_cast<std::size_t>(length));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

}  // namespace netns
