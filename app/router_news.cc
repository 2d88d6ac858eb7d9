#include "app/router_news.h"

#include <fmt/format.h>

#include "show/words.h"

namespace app {

RouterNews::RouterNews(speaker::Speaker& speaker, Say sessions, Say overruns)
    : speaker_(speaker),
      say_sessions_(std::move(sessions)),
      say_overruns_(std::move(overruns)),
      told_(speaker.config().neighbors.size()) {}

void RouterNews::tell() {
  if (say_sessions_) tell_sessions();
  if (say_overruns_) tell_overruns();
}

void RouterNews::tell_sessions() {
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const bgp::Peer& peer = speaker_.peer(i);
    const std::pair now_told{peer.connections_established(), peer.connections_dropped()};
    const auto before = std::exchange(told_[i], now_told);
    if (before == now_told) continue;
    const std::string who = fmt::format("neighbor {}", peer.config().address.to_string());
    if (now_told.second != before.second) say_sessions_(fmt::format("{} down: {}", who, peer.last_reset()));
    if (now_told.first != before.first) say_sessions_(fmt::format("{} up", who));
  }
}

void RouterNews::tell_overruns() {
  const speaker::SpeakerConfig& config = speaker_.config();
  for (const auto& overrun : speaker_.take_memory_overruns())
    say_overruns_(
        fmt::format("ended the session with {} for {} s: its routes took the memory to {}, {} are allowed",
                    overrun.neighbor.to_string(), config.memory_hold_down.count(),
                    show::memory(overrun.bytes), show::memory(*config.memory_limit)));
}

}  // namespace app
