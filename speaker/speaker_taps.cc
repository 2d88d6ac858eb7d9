// Those who listen in on a speaker (speaker/tap.h): who they are, and what they are told.
#include <algorithm>

#include "speaker/speaker.h"

namespace speaker {

void Speaker::add_tap(std::shared_ptr<Tap> tap) {
  // Where no journal has kept up with the states, changes count from here on.
  if (!journal_.on() && taps_.empty())
    for (Neighbor& neighbor : neighbors_) neighbor.noted_state = neighbor.peer.state();
  taps_.push_back(std::move(tap));
  for (Neighbor& neighbor : neighbors_) neighbor.peer.set_overheard(true);
}

void Speaker::remove_tap(const Tap* tap) {
  std::erase_if(taps_, [tap](const std::shared_ptr<Tap>& one) { return one.get() == tap; });
  for (Neighbor& neighbor : neighbors_) neighbor.peer.set_overheard(!taps_.empty());
}

void Speaker::overhear(bgp::Peer& peer, bgp::Session& session, net::Bytes message) {
  for (const auto& tap : taps_) tap->message(*this, peer, session, Tap::Way::Received, message, now_);
}

void Speaker::tell_taps_of_output(ConnectionId connection, net::Bytes messages) {
  const bgp::Peer& peer = neighbors_[connection.peer].peer;
  const bgp::Session& session = peer.session(connection.slot);
  const bgp::Instant now = transport_.now();
  while (!messages.empty()) {
    const std::size_t octets = std::size_t{messages[16]} << 8 | messages[17];
    for (const auto& tap : taps_)
      tap->message(*this, peer, session, Tap::Way::Sent, messages.first(octets), now);
    messages = messages.subspan(octets);
  }
}

template <class Prefix>
void Speaker::tell_taps_of_routes(std::span<const rib::BasicDecision<Prefix>> decisions, bgp::Instant now) {
  std::vector<net::IpPrefix> prefixes;
  prefixes.reserve(decisions.size());
  for (const auto& decision : decisions) prefixes.push_back(decision.prefix);
  for (const auto& tap : taps_) tap->routes(*this, prefixes, now);
}

template void Speaker::tell_taps_of_routes(std::span<const rib::Decision>, bgp::Instant);
template void Speaker::tell_taps_of_routes(std::span<const rib::Ipv6Decision>, bgp::Instant);

}  // namespace speaker
