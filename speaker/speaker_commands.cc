// What an operator does to a neighbour of a running speaker: `shutdown`, `enable`, `clear`, `refresh`.
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

std::optional<std::size_t> Speaker::neighbor_at(const net::IpAddress& address) const {
  for (std::size_t index = 0; index < neighbors_.size(); ++index)
    if (neighbors_[index].peer.config().address == address) return index;
  return std::nullopt;
}

void Speaker::shut_down(std::size_t neighbor, const std::string& text, Instant now) {
  now_ = now;
  neighbors_[neighbor].peer.stop(text, now);
  settle();
}

void Speaker::enable(std::size_t neighbor, Instant now) {
  now_ = now;
  neighbors_[neighbor].peer.start(now);
  settle();
}

void Speaker::clear(std::size_t neighbor, Instant now) {
  now_ = now;
  neighbors_[neighbor].peer.reset(now);
  settle();
}

void Speaker::request_refresh(std::size_t neighbor, Instant now) {
  now_ = now;
  if (bgp::Session* session = neighbors_[neighbor].peer.established_session())
    for (const bgp::Family family : session->agreed().families()) session->send_route_refresh(family);
  settle();
}

}  // namespace speaker
