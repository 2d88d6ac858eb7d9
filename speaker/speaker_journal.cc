// What a speaker writes down of its own work: events made of what it has in hand (speaker/event.h), and what
// each is put down to.
#include <utility>

#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

void Speaker::because_of(EventNumber event) {
  journal_.because_of(event);
  ipv4_.rib.put_down_to(event);
  if (ipv6_) ipv6_->rib.put_down_to(event);
}

void Speaker::note_update(Neighbor& neighbor, const bgp::Session& session, const bgp::Update& update) {
  ++neighbor.heard;
  if (!journal_.on()) return;
  std::size_t announced = update.announced.size(), withdrawn = update.withdrawn.size();
  if (update.mp_reach) announced += update.mp_reach->ipv4.size() + update.mp_reach->ipv6.size();
  if (update.mp_unreach) withdrawn += update.mp_unreach->ipv4.size() + update.mp_unreach->ipv6.size();
  because_of(
      journal_.received(neighbor.peer.index(),
                        {.connection = static_cast<std::uint32_t>(neighbor.connection_keys[session.slot()]),
                         .first = neighbor.heard,
                         .count = 1,
                         .announced = static_cast<std::uint32_t>(announced),
                         .withdrawn = static_cast<std::uint32_t>(withdrawn)},
                        now_));
}

// `session`: the one that came up, or fell; nothing: one on its way.
void Speaker::note_state(Neighbor& neighbor, const bgp::Session* session, bgp::State state) {
  if (!journal_.on() && taps_.empty()) return;
  const bgp::State before = std::exchange(neighbor.noted_state, state);
  if (before == state) return;
  for (const auto& tap : taps_) tap->changed(*this, neighbor.peer, before, state, now_);
  if (!journal_.on()) return;
  Event::OfSession change{.from = before, .to = state};
  LastWord last_word = LastWord::Nobody;
  if (session != nullptr && state == bgp::State::Established) {
    change.connection = static_cast<std::uint32_t>(neighbor.connection_keys[session->slot()]);
  } else if (session != nullptr) {
    const auto& said = session->farewell() ? session->farewell() : session->notification_received();
    if (said) {
      last_word = session->farewell() ? LastWord::Ours : LastWord::Theirs;
      change.code = static_cast<std::uint8_t>(said->code);
      change.subcode = said->subcode;
    }
  }
  const EventNumber number = journal_.session(neighbor.peer.index(), change, last_word, now_);
  if (session == nullptr) return;
  because_of(number);
  neighbor.news = number;
}

void Speaker::note_sent(Neighbor& neighbor, const bgp::Session& session, std::size_t updates) {
  neighbor.told += static_cast<std::uint32_t>(updates);
  neighbor.noted_hold = {};
  if (!journal_.on()) return;
  journal_.sent(neighbor.peer.index(),
                {.connection = static_cast<std::uint32_t>(neighbor.connection_keys[session.slot()]),
                 .first = neighbor.told - static_cast<std::uint32_t>(updates) + 1,
                 .count = static_cast<std::uint32_t>(updates)},
                neighbor.news, latest_);
}

template <class Prefix>
void Speaker::note_routes(const FamilyTables<Prefix>& tables, std::span<const int> errors, Instant at) {
  if (!journal_.on()) return;
  for (std::size_t i = 0; i < tables.outstanding.size(); ++i) {
    const auto& decision = tables.outstanding[i];
    const bool learnt =
        decision.slot != rib::BasicRib<Prefix>::kNobody && decision.slot != rib::BasicRib<Prefix>::kLocal;
    journal_.route(decision, learnt ? static_cast<std::uint16_t>(decision.slot - 1) : kNoPeer, errors[i],
                   tables.decided, at);
  }
}

template void Speaker::note_routes(const FamilyTables<net::Ipv4Prefix>&, std::span<const int>, Instant);
template void Speaker::note_routes(const FamilyTables<net::Ipv6Prefix>&, std::span<const int>, Instant);

}  // namespace speaker
