#include "speaker/quiescence.h"

#include <algorithm>
#include <utility>

namespace speaker {

Quiescence::Quiescence(std::vector<const RouterActivity*> routers, std::vector<SessionEnds> sessions)
    : routers_(std::move(routers)),
      sessions_(std::move(sessions)),
      last_work_(routers_.size()),
      readings_(sessions_.size()) {}

Quiescence::Reading Quiescence::read(const PeerActivity& peer) {
  // `connection` first and again last would be needed if one reading had to be consistent in itself; it need
  // not: check() reads everything twice and believes only what has not moved.
  return {.connection = peer.connection.load(std::memory_order_seq_cst),
          .sent = peer.sent.load(std::memory_order_seq_cst),
          .settled = peer.settled.load(std::memory_order_seq_cst),
          .wanted = peer.wanted.load(std::memory_order_seq_cst)};
}

bool Quiescence::balanced(const Reading& a, const Reading& b, Rest rest) {
  if (rest == Rest::Stage && a.connection == 0 && b.connection == 0) return true;
  if (!a.wanted || !b.wanted) return a.connection == 0 && b.connection == 0;
  return a.connection != 0 && a.connection == b.connection && a.sent == b.settled && b.sent == a.settled;
}

bool Quiescence::router_idle(std::size_t router, Rest rest) {
  last_work_[router] = routers_[router]->last_work.load(std::memory_order_seq_cst);
  const Busy busy = routers_[router]->busy.load(std::memory_order_seq_cst);
  return busy == Busy::No || (busy == Busy::HeldBack && rest == Rest::Stage);
}

bool Quiescence::session_idle(std::size_t session, Rest rest) {
  const SessionEnds& ends = sessions_[session];
  readings_[session] = {read(routers_[ends.router_a]->peers[ends.peer_a]),
                        read(routers_[ends.router_b]->peers[ends.peer_b])};
  return balanced(readings_[session].first, readings_[session].second, rest);
}

std::optional<Quiescence::Quiet> Quiescence::check(Rest rest) {
  if (!routers_.empty() && !router_idle(suspect_router_, rest)) return std::nullopt;
  if (!sessions_.empty() && !session_idle(suspect_session_, rest)) return std::nullopt;

  for (std::size_t router = 0; router < routers_.size(); ++router) {
    if (router_idle(router, rest)) continue;
    suspect_router_ = router;
    return std::nullopt;
  }
  for (std::size_t session = 0; session < sessions_.size(); ++session) {
    if (session_idle(session, rest)) continue;
    suspect_session_ = session;
    return std::nullopt;
  }

  // All of that was read at different times. Read again: the counters only grow, so what is equal now did not
  // move in between, and the first pass's end is an instant at which all of it held together.
  Quiet quiet;
  for (std::size_t session = 0; session < sessions_.size(); ++session) {
    const auto before = readings_[session];
    if (!session_idle(session, rest) || readings_[session] != before) return std::nullopt;
    if (before.first.connection != 0) ++quiet.sessions_up;
  }
  for (std::size_t router = 0; router < routers_.size(); ++router) {
    const auto before = last_work_[router];
    if (!router_idle(router, rest) || last_work_[router] != before) return std::nullopt;
    quiet.since = std::max(quiet.since, before);
  }
  return quiet;
}

}  // namespace speaker
