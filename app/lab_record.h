// What a lab leaves in the file system, and how leftovers of a dead one are told from a living one's. A lab
// owns
//   /run/netns/NAME                a symbolic link to /proc/PID/fd/N of an open namespace descriptor, a
//   router /run/chainrouter/PREFIX.lab    the record: who owns which names (JSON)
//   /run/chainrouter/PREFIX.sock   the control socket
// and nothing else (an ordinary user's lab has the last two in runtime_directory(), and names of its own).
// After kill -9 the kernel has freed namespaces, links and routes by itself; only these remain, and the next
// start, or `chainrouter clean`, removes exactly what a dead owner's record names (docs/adr/0008).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace app {

struct RecordedName {
  std::string name;
  int fd = -1;      // of the owner
  ino_t inode = 0;  // of the namespace
};

enum class LabKind : std::uint8_t {
  Chain,    // its namespaces are its own, and /run/netns names them
  Speaker,  // one router in a namespace that somebody else made; it names nothing there
};

struct LabRecord {
  LabKind kind = LabKind::Chain;
  std::string prefix;  // of the routers' names; a speaker's own name
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // of the process, in clock ticks since boot: process ids are used again
  std::uint32_t hops = 0;
  std::string target;
  std::string started_at;             // wall clock, for people
  bool made_netns_directory = false;  // there was none before
  bool rootless = false;              // its names are in the mount namespace of a private host
  std::vector<RecordedName> names;
  std::string directory;  // where the record was found

  bool owner_lives() const;
};

std::string control_socket_path(const std::string& prefix);  // of this process's lab
std::string control_socket_path(const LabRecord& lab);

// Of all labs in runtime_directories().
std::vector<LabRecord> all_records();
// The living lab that has this router, where two have it the one in the first directory; any living lab when
// `router` is empty and there is only one.
std::optional<LabRecord> find_lab(const std::string& router);

// Was a speaker killed in this namespace, and its record is still here?
bool speaker_died_in(ino_t network_namespace);

// Removes what dead labs left; returns the names of what was removed (paths).
std::vector<std::string> sweep_dead_labs();

// Our own entry. Made before anything is built; removing it and its links is its destructor's business.
class LabEntry {
 public:
  // Throws std::runtime_error with one sentence when a name is taken by somebody else, or a lab of the same
  // prefix is alive.
  LabEntry(const std::string& prefix, const std::vector<std::string>& names, std::uint32_t hops,
           const std::string& target, bool rootless = false);
  // A speaker's: the record and the control socket only.
  explicit LabEntry(const std::string& name);
  ~LabEntry();
  LabEntry(const LabEntry&) = delete;
  LabEntry& operator=(const LabEntry&) = delete;

  // Records descriptors and inodes, then makes the links.
  void publish(const std::vector<RecordedName>& names);

 private:
  void claim(const std::vector<std::string>& names);
  void write() const;
  void remove_empty_directories() const;

  LabRecord record_;
};

}  // namespace app
