#include "netns/private_host.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <linux/rtnetlink.h>
#include <memory>
#include <net/if.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "netns/descriptor.h"
#include "netns/netlink.h"

namespace netns {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& step) {
  throw std::system_error(errno, std::generic_category(), step);
}

Descriptor open_path(const std::string& path, int flags) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
  if (!descriptor) fail("open " + path);
  return descriptor;
}

void write_map(const std::string& name, const std::string& text) {
  const std::string path = "/proc/self/" + name;
  const auto file = open_path(path, O_WRONLY);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    fail("write " + path);
}

void mount_tmpfs(const char* path) {
  if (::mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
    fail(std::string("mount a tmpfs on ") + path);
}

// One entry of the host's /run, through a descriptor of it, again at its place.
void keep(int old_run, const std::string& name) {
  struct stat status {};
  if (::fstatat(old_run, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  const std::string from = fmt::format("/proc/self/fd/{}/{}", old_run, name), to = "/run/" + name;
  std::error_code ignored;
  if (S_ISLNK(status.st_mode)) {
    fs::copy_symlink(from, to, ignored);
    return;
  }
  if (S_ISDIR(status.st_mode))
    fs::create_directory(to, ignored);
  else
    Descriptor(::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  // With what is mounted below: the kernel lets no user see what is under the mounts of others.
  if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) fs::remove(to, ignored);
}

// A /run/netns of our own. Where the host has none we may not make one there, so /run itself is replaced, and
// everything in it mounted again.
void hide_run_netns() {
  if (fs::is_directory("/run/netns")) return mount_tmpfs("/run/netns");
  const auto old_run = open_path("/run", O_RDONLY | O_DIRECTORY);
  mount_tmpfs("/run");
  // A copy for readdir, whose position and ownership are its own.
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(::fcntl(old_run.get(), F_DUPFD_CLOEXEC, 0)),
                                                    ::closedir);
  if (!entries) fail("read /run");
  while (const dirent* entry = ::readdir(entries.get()))
    if (const std::string name = entry->d_name; name != "." && name != "..") keep(old_run.get(), name);
  if (::mkdir("/run/netns", 0755) != 0) fail("make /run/netns");
}

void set_loopback_up() {
  NetlinkSocket socket;
  NetlinkBatch batch;
  ifinfomsg loopback{};
  loopback.ifi_index = 1;  // in every network namespace
  loopback.ifi_flags = loopback.ifi_change = IFF_UP;
  batch.begin(RTM_NEWLINK, 0, loopback);
  if (const auto error = socket.execute(batch).front())
    throw std::system_error(error, "set the loopback interface up");
}

}  // namespace

void enter_private_host() {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) fail("make a user namespace");
  write_map("setgroups", "deny");  // user_namespaces(7): before gid_map, where the writer has no privilege
  write_map("uid_map", fmt::format("0 {} 1", uid));
  write_map("gid_map", fmt::format("0 {} 1", gid));
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("make the mounts private");
  hide_run_netns();
  // For programs that look into /sys/class/net. Where parts of the host's are hidden (in a container, say)
  // the kernel refuses, and they see the host's.
  static_cast<void>(::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
  set_loopback_up();
}

void join_private_host(pid_t owner) {
  const std::string theirs = fmt::format("/proc/{}/ns/", owner);
  struct stat here {
  }, there{};
  if (::stat("/proc/self/ns/user", &here) == 0 && ::stat((theirs + "user").c_str(), &there) == 0 &&
      here.st_ino == there.st_ino)
    return;
  const auto user = open_path(theirs + "user", O_RDONLY), mounts = open_path(theirs + "mnt", O_RDONLY),
             network = open_path(theirs + "net", O_RDONLY);
  std::error_code ignored;
  const auto directory = fs::current_path(ignored);
  if (::setns(user.get(), CLONE_NEWUSER) != 0) fail("enter the lab's user namespace");
  if (::setns(mounts.get(), CLONE_NEWNS) != 0) fail("enter the lab's mount namespace");
  if (::setns(network.get(), CLONE_NEWNET) != 0) fail("enter the lab's network namespace");
  if (!directory.empty()) fs::current_path(directory, ignored);
}

}  // namespace netns
