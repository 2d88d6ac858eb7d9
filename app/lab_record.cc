#include "app/lab_record.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <set>
#include <signal.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/runtime_directory.h"
#include "netns/descriptor.h"

namespace app {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kUnfinished = ".new";  // a record that is being written

std::string record_path(const std::string& directory, const std::string& prefix) {
  return directory + "/" + prefix + ".lab";
}
std::string record_path(const std::string& prefix) { return record_path(runtime_directory(), prefix); }
std::string link_path(const std::string& name) { return netns_directory() + "/" + name; }
std::string link_target(pid_t pid, int fd) { return fmt::format("/proc/{}/fd/{}", pid, fd); }

// Field 22 of /proc/PID/stat; the command name in field 2 may hold spaces and parentheses, so count from its
// end.
std::optional<std::uint64_t> start_time_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(after_name + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number)
    if (!(fields >> field)) return std::nullopt;
  return std::stoull(field);
}

std::optional<LabRecord> parse(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  try {
    LabRecord record;
    record.kind = document.value("kind", "chain") == "speaker" ? LabKind::Speaker : LabKind::Chain;
    record.prefix = document.at("prefix");
    record.pid = document.at("pid");
    record.start_time = document.at("startTime");
    record.hops = document.at("hops");
    record.target = document.at("target");
    record.started_at = document.at("startedAt");
    record.made_netns_directory = document.value("madeNetnsDirectory", false);
    record.rootless = document.value("rootless", false);
    for (const auto& name : document.at("names"))
      record.names.push_back({name.at("name"), name.at("fd"), name.at("inode")});
    return record;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw std::runtime_error(fmt::format("cannot make the directory {}: {}", path, error.message()));
}

// Starts and sweeps take turns: a sweep that has read a dead lab's record must not remove the files of a new
// lab of the same name. The directory itself is locked, so that no lock file stays behind.
class RuntimeDirectoryLock {
 public:
  explicit RuntimeDirectoryLock(const std::string& path) {
    // Who ends meanwhile may have removed the directory that we have opened: then there is a new one to lock.
    for (int attempt = 0; attempt < 100; ++attempt) {
      make_directory(path);
      descriptor_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (descriptor_ < 0) continue;
      flock(descriptor_, LOCK_EX);
      struct stat locked {
      }, present{};
      if (fstat(descriptor_, &locked) == 0 && stat(path.c_str(), &present) == 0 &&
          locked.st_ino == present.st_ino) {
        // In /tmp anybody may have made it.
        if (locked.st_uid != 0 && locked.st_uid != geteuid())
          throw std::runtime_error(fmt::format("{} belongs to somebody else; remove it", path));
        return;
      }
      ::close(descriptor_);
    }
    throw std::runtime_error(fmt::format("cannot lock {}", path));
  }
  ~RuntimeDirectoryLock() { ::close(descriptor_); }
  RuntimeDirectoryLock(const RuntimeDirectoryLock&) = delete;
  RuntimeDirectoryLock& operator=(const RuntimeDirectoryLock&) = delete;

 private:
  int descriptor_ = -1;
};

std::vector<LabRecord> records_in(const std::string& directory) {
  std::vector<LabRecord> records;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(directory, error)) {
    if (file.path().extension() != ".lab") continue;
    std::ifstream stream(file.path());
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    // A copy under another name must not speak for the lab.
    auto record = parse(text);
    if (!record || record->prefix != file.path().stem()) continue;
    record->directory = directory;
    records.push_back(*std::move(record));
  }
  std::ranges::sort(records, {}, &LabRecord::prefix);
  return records;
}

// What stands in the way of a lab with these names, as a sentence; or nothing.
std::string obstacle(const std::string& prefix, const std::vector<std::string>& names) {
  for (const auto& record : all_records())
    if (record.prefix == prefix && record.directory == runtime_directory() && record.owner_lives())
      return record.kind == LabKind::Speaker ? fmt::format(
                                                   "a speaker named {} is already running (process {}); stop "
                                                   "it, or choose another --name",
                                                   prefix, record.pid)
                                             : fmt::format(
                                                   "a lab with the names {}0 to {}{} is already running "
                                                   "(process {}); stop it, or choose other names "
                                                   "with "
                                                   "--name-prefix",
                                                   prefix, prefix, record.hops, record.pid);
  for (const auto& name : names) {
    std::error_code error;
    if (fs::symlink_status(link_path(name), error).type() != fs::file_type::not_found)
      return fmt::format(
          "{} exists and is not ours; remove it (ip netns del {}), or choose other names with --name-prefix",
          link_path(name), name);
  }
  return {};
}

}  // namespace

std::string control_socket_path(const LabRecord& lab) { return lab.directory + "/" + lab.prefix + ".sock"; }
std::string control_socket_path(const std::string& prefix) {
  return runtime_directory() + "/" + prefix + ".sock";
}

bool LabRecord::owner_lives() const {
  const netns::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const auto started = start_time_of(pid);
  if (!started || *started != start_time) return false;
  // One that has ended is in /proc until its parent asks for it, and a container's init may never do so. Its
  // pidfd says so, and not before the last of its threads is gone.
  pollfd ended{process.get(), POLLIN, 0};
  return poll(&ended, 1, 0) != 1;
}

std::vector<LabRecord> all_records() {
  std::vector<LabRecord> all;
  for (const auto& directory : runtime_directories()) {
    auto records = records_in(directory);
    all.insert(all.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  }
  return all;
}

std::optional<LabRecord> find_lab(const std::string& router) {
  std::optional<LabRecord> found;
  for (auto& record : all_records()) {
    if (!record.owner_lives()) continue;
    const bool has_router =
        std::ranges::any_of(record.names, [&](const auto& name) { return name.name == router; });
    if (!router.empty() && !has_router) continue;
    if (!router.empty()) return record;
    if (found) return std::nullopt;
    found = std::move(record);
  }
  return found;
}

bool speaker_died_in(ino_t network_namespace) {
  return std::ranges::any_of(all_records(), [&](const LabRecord& record) {
    return record.kind == LabKind::Speaker && !record.owner_lives() &&
           std::ranges::any_of(record.names,
                               [&](const auto& name) { return name.inode == network_namespace; });
  });
}

namespace {

void sweep(const std::string& directory, std::vector<std::string>& removed) {
  const RuntimeDirectoryLock lock(directory);
  const auto records = records_in(directory);
  std::set<std::string> alive;
  for (const auto& record : records)
    if (record.owner_lives())
      for (const auto& name : record.names) alive.insert(name.name);

  const auto remove = [&](const std::string& path) {
    if (unlink(path.c_str()) == 0)
      removed.push_back(path);
    else if (errno == EACCES || errno == EPERM)
      throw std::system_error(errno, std::generic_category(), "remove " + path);
  };
  for (const auto& record : records) {
    if (record.owner_lives()) continue;
    for (const auto& name : record.names) {
      if (alive.contains(name.name)) continue;
      std::error_code error;
      const auto path = link_path(name.name);
      // The very link that the dead lab made. Its process id may be somebody else's by now, and the link may
      // even lead somewhere; it is ours all the same, as nobody else writes such a link under this name.
      if (fs::read_symlink(path, error) == link_target(record.pid, name.fd) && !error) remove(path);
    }
    remove(control_socket_path(record));
    remove(record_path(directory, record.prefix));
    if (record.made_netns_directory) rmdir(netns_directory().c_str());  // unless somebody uses it
  }
  // Records are written under the lock that we hold: whoever began one of these is dead.
  std::error_code error;
  for (const auto& file : fs::directory_iterator(directory, error))
    if (file.path().extension() == kUnfinished) remove(file.path());
  rmdir(directory.c_str());  // unless a lab lives there
}

}  // namespace

std::vector<std::string> sweep_dead_labs() {
  std::vector<std::string> removed;
  for (const auto& directory : runtime_directories())
    if (fs::exists(directory)) sweep(directory, removed);
  return removed;
}

LabEntry::LabEntry(const std::string& prefix, const std::vector<std::string>& names, std::uint32_t hops,
                   const std::string& target, bool rootless) {
  record_.rootless = rootless;
  record_.prefix = prefix;
  record_.hops = hops;
  record_.target = target;
  claim(names);
}

LabEntry::LabEntry(const std::string& name) {
  record_.kind = LabKind::Speaker;
  record_.prefix = name;
  claim({});
}

void LabEntry::claim(const std::vector<std::string>& names) {
  const RuntimeDirectoryLock lock(runtime_directory());
  if (const auto sentence = obstacle(record_.prefix, names); !sentence.empty()) {
    remove_empty_directories();
    throw std::runtime_error(sentence);
  }
  record_.pid = getpid();
  record_.start_time = start_time_of(record_.pid).value_or(0);
  record_.started_at = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::time(nullptr)));
  const bool has_links = record_.kind != LabKind::Speaker;
  record_.made_netns_directory = has_links && !fs::exists(netns_directory());
  try {
    write();  // before the directory: one that no record names would stay after a kill -9
    if (has_links) make_directory(netns_directory());
  } catch (...) {
    unlink(record_path(record_.prefix).c_str());
    remove_empty_directories();
    throw;
  }
}

LabEntry::~LabEntry() {
  for (const auto& name : record_.names) {
    std::error_code error;
    if (fs::read_symlink(link_path(name.name), error) == link_target(record_.pid, name.fd))
      unlink(link_path(name.name).c_str());
  }
  unlink(control_socket_path(record_.prefix).c_str());
  unlink(record_path(record_.prefix).c_str());
  remove_empty_directories();
}

void LabEntry::remove_empty_directories() const {
  rmdir(runtime_directory().c_str());  // unless another lab lives there
  if (record_.made_netns_directory) rmdir(netns_directory().c_str());
}

void LabEntry::publish(const std::vector<RecordedName>& names) {
  record_.names = names;
  {
    const RuntimeDirectoryLock lock(runtime_directory());
    write();  // before the links: a link that no record names would be nobody's
  }
  if (record_.kind == LabKind::Speaker) return;
  for (const auto& name : names) {
    const auto target = link_target(record_.pid, name.fd), path = link_path(name.name);
    if (symlink(target.c_str(), path.c_str()) == 0) continue;
    // Another lab that ended meanwhile has removed the directory that it had made.
    if (errno == ENOENT) make_directory(netns_directory());
    if (symlink(target.c_str(), path.c_str()) == 0) continue;
    throw std::runtime_error(fmt::format("cannot make {}: {}", path, std::generic_category().message(errno)));
  }
}

void LabEntry::write() const {
  json document{{"schema", "chainrouter.lab/1"},
                {"kind", record_.kind == LabKind::Speaker ? "speaker" : "chain"},
                {"prefix", record_.prefix},
                {"pid", record_.pid},
                {"startTime", record_.start_time},
                {"hops", record_.hops},
                {"target", record_.target},
                {"startedAt", record_.started_at},
                {"madeNetnsDirectory", record_.made_netns_directory},
                {"rootless", record_.rootless},
                {"names", json::array()}};
  for (const auto& name : record_.names)
    document["names"].push_back({{"name", name.name}, {"fd", name.fd}, {"inode", name.inode}});
  // Whole or not at all: a reader never sees half a record.
  const auto path = record_path(record_.prefix);
  const auto temporary = path + kUnfinished;
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << document.dump() << '\n';
    if (!file.flush()) {
      const int error = errno;
      unlink(temporary.c_str());
      throw std::system_error(error, std::generic_category(), fmt::format("cannot write {}", temporary));
    }
  }
  fs::rename(temporary, path);
}

}  // namespace app
