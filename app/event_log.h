// The routers' events on their way to whoever asks: the lab's side, which copies what has come since the last
// time out of the rings (speaker/event_ring.h), and a client's side, which puts it together again. The client
// renders, so that looking costs the lab next to nothing, and a slow one costs it nothing at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "app/router.h"
#include "speaker/history.h"

namespace app {

// The answer to request::Events, on the control thread: of every router with news a piece, with records as
// hexadecimal octets; `more` when there was more than goes into one answer. To a reader that does not know
// the routers yet it also tells who they are.
nlohmann::ordered_json events_since(const std::vector<std::uint64_t>& after,
                                    std::span<const std::unique_ptr<Router>> routers,
                                    const std::vector<speaker::SessionEnds>& sessions,
                                    std::chrono::steady_clock::time_point began);

class EventReader {
 public:
  // `socket`: the lab's control socket. Asks it at once. Throws std::runtime_error with a sentence.
  explicit EventReader(std::string socket);

  struct News {
    std::vector<speaker::EventId> events;  // by time
    std::vector<std::uint64_t> lost;       // of each router, since the last time
  };
  // What has come since the last time (the first time: all that is kept).
  News read();

  const speaker::History& history() const { return *history_; }
  std::int64_t began() const { return began_; }  // the lab, ns of the monotonic clock
  std::uint64_t lost(std::uint32_t router) const { return lost_[router]; }

 private:
  bool take(const nlohmann::ordered_json& answer, News& news);

  std::string socket_;
  std::optional<speaker::History> history_;
  std::vector<std::uint64_t> last_, lost_;
  std::int64_t began_ = 0;
};

}  // namespace app
