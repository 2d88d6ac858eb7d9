#include "app/message_recorder.h"

#include <utility>

#include "capture/mrt_writer.h"
#include "speaker/speaker.h"

namespace app {

namespace {

// Of a record beside its message: headers, and two IPv6 addresses (RFC 6396 §2, §3, §4.4.3).
constexpr std::size_t kMostAround = 64;

capture::RecordedSession session_with(const speaker::Speaker& speaker, const bgp::Peer& peer) {
  const bgp::PeerConfig& config = peer.config();
  return {config.session.peer_as, speaker.config().as, config.address, config.local_address};
}

capture::Time time_of(bgp::Instant now, std::chrono::nanoseconds wall) {
  return capture::Time(std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch() + wall));
}

// RFC 6396 §4.4.1 counts from 1.
std::uint16_t number_of(bgp::State state) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(state) + 1);
}

}  // namespace

MessageRecorder::Taken MessageRecorder::take() {
  return {std::exchange(records_, {}), std::exchange(dropped_, 0)};
}

bool MessageRecorder::has_room(std::size_t octets) {
  if (records_.size() + octets + kMostAround <= most_) return true;
  ++dropped_;
  return false;
}

void MessageRecorder::message(const speaker::Speaker& speaker, const bgp::Peer& peer, const bgp::Session&,
                              Way way, net::Bytes message, bgp::Instant now) {
  const bool sent = way == Way::Sent;
  if ((sent && !with_sent_) || !has_room(message.size())) return;
  capture::write_mrt_message(time_of(now, wall_), session_with(speaker, peer), sent, message, records_);
}

void MessageRecorder::changed(const speaker::Speaker& speaker, const bgp::Peer& peer, bgp::State from,
                              bgp::State to, bgp::Instant now) {
  if (!has_room(0)) return;
  capture::write_mrt_state_change(time_of(now, wall_), session_with(speaker, peer),
                                  {number_of(from), number_of(to)}, records_);
}

}  // namespace app
