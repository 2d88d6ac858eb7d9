// What an operator does to a neighbour of a running speaker: `shutdown`, `enable`, `clear`, `refresh`; and
// what is left to be done when the speaker ends.
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

std::optional<std::size_t> Speaker::neighbor_at(const net::IpAddress& address) const {
  for (std::size_t index = 0; index < neighbors_.size(); ++index)
    if (neighbors_[index].peer.config().address == address) return index;
  return std::nullopt;
}

void Speaker::shut_down(std::size_t neighbor, const std::string& text, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::ShutDown, now, neighbors_[neighbor].peer.index()));
  config_.neighbors[neighbor].shut_down = true;
  config_.neighbors[neighbor].shutdown_message = text;
  neighbors_[neighbor].peer.stop(text, now);
  settle();
}

void Speaker::enable(std::size_t neighbor, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::Enable, now, neighbors_[neighbor].peer.index()));
  config_.neighbors[neighbor].shut_down = false;
  config_.neighbors[neighbor].shutdown_message.clear();
  neighbors_[neighbor].peer.start(now);
  settle();
}

void Speaker::clear(std::size_t neighbor, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::Clear, now, neighbors_[neighbor].peer.index()));
  neighbors_[neighbor].peer.reset(now);
  settle();
}

void Speaker::request_refresh(std::size_t neighbor, Instant now) {
  begin_input(now);
  journal_.trigger(Trigger::RequestRefresh, now, neighbors_[neighbor].peer.index());
  if (bgp::Session* session = neighbors_[neighbor].peer.established_session())
    for (const bgp::Family family : session->agreed().families()) session->send_route_refresh(family);
  settle();
}

void Speaker::announce_again(std::size_t neighbor, Instant now) {
  begin_input(now);
  because_of(journal_.trigger(Trigger::RefreshReceived, now, neighbors_[neighbor].peer.index()));
  if (!frozen_ && neighbors_[neighbor].peer.established_session() != nullptr) {
    const rib::PeerIndex peer = neighbors_[neighbor].peer.index();
    ipv4_.rib.resend(peer);
    if (ipv6_) ipv6_->rib.resend(peer);
    worked_ = true;
  }
  settle();
}

void Speaker::freeze(Instant now) {
  now_ = now;
  frozen_ = true;
}

void Speaker::stop(Instant now) {
  begin_input(now);
  for (Neighbor& neighbor : neighbors_) neighbor.peer.stop({}, now);
  settle();
}

void Speaker::remove_routes() {
  for_each_family([this](const auto& tables) { remove_routes_of(tables); });
}

template <class Prefix>
void Speaker::remove_routes_of(const FamilyTables<Prefix>& tables) {
  std::vector<rib::BasicDecision<Prefix>> removals;
  const auto& table = tables.rib.table();
  table.for_each([&](std::uint32_t number) {
    const auto& entry = table[number];
    if (entry.kernel != rib::KernelState::Installed) return;
    removals.push_back({.entry = number,
                        .kernel = rib::KernelChange::Remove,
                        .prefix = entry.prefix,
                        .next_hop = tables.rib.attributes().next_hop(entry.active),
                        .interface = entry.interface,
                        .slot = rib::BasicRib<Prefix>::kNobody});
  });
  if (!removals.empty()) fib_.apply(removals);
}

}  // namespace speaker
