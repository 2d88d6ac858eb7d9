// The arrival of many routes in one kernel table, seen from outside: counts those of a block of consecutive
// prefixes (bench/bulk_routes.h), and may note each change with its instant. For a full table, where the sets
// of bench/outside.h would cost more than what they measure.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "netns/namespace.h"
#include "netns/netlink.h"

namespace bench {

class Tally {
 public:
  using Clock = std::chrono::steady_clock;
  struct Change {
    std::uint32_t route;  // its place in the block
    bool removal;
    Clock::time_point at;
  };

  // Listens in `place` for the first `capacity` routes of the block; none of them may be there yet.
  Tally(const netns::Namespace& place, std::size_t capacity);

  // Takes in what comes until `done` says so or `limit` passes; false then. Throws std::runtime_error when
  // the kernel has dropped notifications: nothing that was counted can be trusted then.
  bool until(const std::function<bool()>& done, Clock::duration limit);
  std::size_t present() const { return present_; }
  Clock::time_point changed() const { return changed_; }
  // From now on each change is noted, up to so many without growing.
  void note_changes(std::size_t expected);
  const std::vector<Change>& changes() const { return changes_; }

 private:
  void read_all();
  void take(const nlmsghdr& message, Clock::time_point now);

  netns::NetlinkSocket socket_;
  std::vector<bool> there_;
  std::size_t present_ = 0;
  Clock::time_point changed_{};
  bool noting_ = false;
  std::vector<Change> changes_;
};

}  // namespace bench
