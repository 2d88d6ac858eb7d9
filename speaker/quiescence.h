// Is anything still going on in a set of routers? Answers from their counters alone, exactly: never "quiet"
// while an UPDATE is queued, on the wire, undecided, held by MRAI, or a kernel write unacknowledged
// (docs/adr/0010 has the argument). Pure; runs on any thread while the routers work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "speaker/activity.h"

namespace speaker {

// The two ends of one session: a router and its peer number there.
struct SessionEnds {
  std::uint32_t router_a = 0, peer_a = 0;
  std::uint32_t router_b = 0, peer_b = 0;
};

class Quiescence {
 public:
  // `routers` must outlive this. Sessions to anything but these routers are not judged.
  Quiescence(std::vector<const RouterActivity*> routers, std::vector<SessionEnds> sessions);

  struct Quiet {
    std::int64_t since = 0;  // when the last work ended, ns of the monotonic clock
    std::size_t sessions_up = 0;
  };
  // Done: a session that an end does not want (its link is down, it is disabled) is down at both ends; every
  // other one up, with nothing in flight. Stage: nothing is in flight and nothing goes on but UPDATEs that
  // are held back (a paused lab); a session is up at both ends or at neither.
  enum class Rest : std::uint8_t { Done, Stage };
  // Quiet at an instant within this call, or nothing.
  std::optional<Quiet> check(Rest rest = Rest::Done);

 private:
  struct Reading {
    std::uint64_t connection = 0, sent = 0, settled = 0;
    bool wanted = false;
    friend bool operator==(const Reading&, const Reading&) = default;
  };
  static Reading read(const PeerActivity& peer);
  static bool balanced(const Reading& a, const Reading& b, Rest rest);
  bool router_idle(std::size_t router, Rest rest);
  bool session_idle(std::size_t session, Rest rest);

  std::vector<const RouterActivity*> routers_;
  std::vector<SessionEnds> sessions_;
  std::vector<std::int64_t> last_work_;
  std::vector<std::pair<Reading, Reading>> readings_;
  // Where the last look ended: what was unfinished then is the likeliest to be unfinished now.
  std::size_t suspect_router_ = 0, suspect_session_ = 0;
};

}  // namespace speaker
