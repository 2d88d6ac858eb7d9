// What each router says of its own work, for whoever wants to know whether anything is still going on
// (speaker/quiescence.h), and where its events are written down. Beside speaker/event_ring.h the one place
// where threads share memory. Every counter has a single writer, its router's
// thread, and any number of readers.
//
// Order of writes, on which the proof in docs/adr/0010 stands:
//   `sent` is raised before the octets are handed to the transport;
//   `settled` is raised after everything that the message caused has been done: routes acknowledged by the
//   kernel, and what had to be sent on counted in `sent` (or `busy` set, where it has to wait), and after
//   `last_work`, the instant of that;
//   `connection` is set to its key after `sent` and `settled` were reset, and to 0 before they are reset
//   again.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

#include "speaker/event_ring.h"

namespace speaker {

// One end of one session. UPDATEs only: KEEPALIVEs go on for ever.
struct PeerActivity {
  // Which connection the counters speak of: equal at both ends, different for every connection; 0: not
  // Established, or our initial table is not yet on its way.
  std::atomic<std::uint64_t> connection{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> settled{0};
  std::atomic<bool> wanted{false};  // this end means the session to be up: enabled, link usable
};

// Has a router work that no message in flight accounts for? HeldBack: nothing but UPDATEs which may not leave
// while the lab is paused.
enum class Busy : std::uint8_t { No, HeldBack, Yes };

struct RouterActivity {
  // `events`: how many of its last events are kept; 0: none.
  explicit RouterActivity(std::size_t peer_count, std::size_t event_capacity = 0)
      : peers(peer_count), events(event_capacity) {}

  std::atomic<Busy> busy{Busy::Yes};
  // ns of the monotonic clock; raised whenever something was done, by 1 at least.
  std::atomic<std::int64_t> last_work{0};
  std::atomic<std::int64_t> last_session{0};  // when a session last came up, ns
  std::atomic<std::int64_t> last_route{0};    // when the kernel last acknowledged a change, ns
  std::atomic<std::uint32_t> routes{0};       // in the kernel table
  std::atomic<std::uint32_t> failed{0};       // refused by the kernel
  std::atomic<std::uint32_t> sessions{0};     // Established
  std::deque<PeerActivity> peers;
  EventRing events;
};

// Rung by a router that has run out of work, heard by whoever checks for quiescence: the first ring after a
// check asks for the next one, further rings are free.
class Doorbell {
 public:
  // True: nobody has rung since the last answer.
  bool ring() {
    return !rung_.load(std::memory_order_seq_cst) && !rung_.exchange(true, std::memory_order_seq_cst);
  }
  // Before looking at the counters, so that what is published after the look rings again.
  void answer() { rung_.store(false, std::memory_order_seq_cst); }

 private:
  std::atomic<bool> rung_{false};
};

}  // namespace speaker
