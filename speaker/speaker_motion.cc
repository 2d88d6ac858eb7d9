// Slow motion at a sender (docs/adr/0018): the gate that holds UPDATEs back, the two halves of a step, the
// pace of a slow lab, and another advertisement interval for a while.
#include <algorithm>
#include <limits>

#include "bgp/codec.h"
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

void Speaker::close_gate(Instant now) {
  begin_input(now);
  gate_closed_ = true;
  settle();
}

void Speaker::open_gate(double speed, Instant now) {
  begin_input(now);
  gate_closed_ = false;
  speed_ = speed;
  for (Neighbor& neighbor : neighbors_) {
    neighbor.paced_until.reset();
    neighbor.step_released = !neighbor.step.empty();  // of a step that was broken off
  }
  settle();
}

// At the speed of the lab's clock only what the work took counts: what that clock shows it took, undone by
// the speed. News that join others while these wait leave with them, as they do under MRAI.
bool Speaker::holds_back(Neighbor& neighbor) {
  if (gate_closed_) return true;
  if (!neighbor.paced_until) {
    const auto took = static_cast<double>((transport_.now() - now_).count()) / speed_;
    neighbor.paced_until = now_ + std::chrono::nanoseconds(static_cast<std::int64_t>(took));
  }
  return *neighbor.paced_until > now_;
}

namespace {

std::size_t routes_in(const bgp::Update& update) {
  std::size_t routes = update.announced.size() + update.withdrawn.size();
  if (update.mp_reach) routes += update.mp_reach->ipv4.size() + update.mp_reach->ipv6.size();
  if (update.mp_unreach) routes += update.mp_unreach->ipv4.size() + update.mp_unreach->ipv6.size();
  return routes;
}

// Of messages that we have encoded ourselves, whole ones.
std::size_t message_octets(net::Bytes messages) {
  return std::size_t{messages[bgp::kHeaderOctets - 3]} << 8 | messages[bgp::kHeaderOctets - 2];
}

bool is_update(net::Bytes message) {
  return static_cast<bgp::MessageType>(message[bgp::kHeaderOctets - 1]) == bgp::MessageType::Update;
}

}  // namespace

Speaker::Released Speaker::prepare_step(Instant now) {
  begin_input(now);
  Released released;
  for (Neighbor& neighbor : neighbors_) {
    const bgp::Session* session = neighbor.peer.established_session();
    if (frozen_ || session == nullptr || !has_updates(neighbor)) continue;
    const std::size_t before = neighbor.step.size();
    const rib::Written written =
        take_updates(neighbor, std::numeric_limits<std::size_t>::max() / 2, neighbor.step);
    released.updates += written.updates;
    for (net::Bytes rest = net::Bytes(neighbor.step).subspan(before); !rest.empty();
         rest = rest.subspan(message_octets(rest))) {
      const auto frame = bgp::next_frame(rest, bgp::kMaxExtendedOctets);
      if (!frame || !*frame || !is_update(rest)) continue;
      const auto message = bgp::decode(**frame, session->agreed());
      if (!message) continue;
      if (const auto* update = std::get_if<bgp::Update>(&*message)) released.routes += routes_in(*update);
    }
  }
  publish();
  return released;
}

void Speaker::release_step(Instant now) {
  begin_input(now);
  for (Neighbor& neighbor : neighbors_) neighbor.step_released = !neighbor.step.empty();
  settle();
}

// As much of a released step as there is room for: whole messages, one at least where there is room for any,
// for a long one needs more than the transport gives at first.
void Speaker::take_step(Neighbor& neighbor, bgp::Session& session, std::size_t room,
                        std::vector<std::uint8_t>& out) {
  rib::Written written;
  std::size_t taken = 0;
  while (taken < neighbor.step.size()) {
    const net::Bytes rest = net::Bytes(neighbor.step).subspan(taken);
    const std::size_t octets = message_octets(rest);
    if (taken + octets > room) break;
    ++(is_update(rest) ? written.updates : written.refresh_marks);
    taken += octets;
  }
  const auto end = neighbor.step.begin() + static_cast<std::ptrdiff_t>(taken);
  out.insert(out.end(), neighbor.step.begin(), end);
  neighbor.step.erase(neighbor.step.begin(), end);
  if (neighbor.step.empty()) forget_motion(neighbor);
  session.count_sent(written.updates, written.refresh_marks, now_);
  if (written.updates > 0) sent_updates(neighbor, session, written);
}

// Its session is another one, or has nothing more to release.
void Speaker::forget_motion(Neighbor& neighbor) {
  neighbor.paced_until.reset();
  neighbor.step = std::vector<std::uint8_t>();
  neighbor.step_released = false;
}

void Speaker::set_mrai(std::optional<std::chrono::milliseconds> interval, Instant now) {
  begin_input(now);
  for (Neighbor& neighbor : neighbors_) neighbor.mrai.set_interval(interval, now);
  settle();
}

}  // namespace speaker
