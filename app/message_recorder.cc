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

// What a neighbour would be told of the Loc-RIB's route to this prefix: that it is gone, or what it is.
bgp::Update update_of(const net::IpPrefix& prefix, std::optional<bgp::PathAttributes> attributes) {
  bgp::Update update;
  const auto* ipv4 = std::get_if<net::Ipv4Prefix>(&prefix);
  const auto* ipv6 = std::get_if<net::Ipv6Prefix>(&prefix);
  if (!attributes && ipv4) update.withdrawn = {*ipv4};
  if (!attributes && ipv6) update.mp_unreach.emplace().ipv6 = {*ipv6};
  if (!attributes) return update;
  if (ipv4) update.announced = {*ipv4};
  if (ipv6)
    update.mp_reach = {.next_hop = attributes->next_hop.is_ipv6() ? attributes->next_hop : net::Ipv6Address{},
                       .link_local = attributes->link_local_next_hop,
                       .ipv6 = {*ipv6},
                       .ipv4 = {}};
  update.attributes = *std::move(attributes);
  return update;
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
  if ((sent && !also_.sent) || !has_room(message.size())) return;
  capture::write_mrt_message(time_of(now, wall_), session_with(speaker, peer), sent, message, records_);
}

void MessageRecorder::changed(const speaker::Speaker& speaker, const bgp::Peer& peer, bgp::State from,
                              bgp::State to, bgp::Instant now) {
  if (!has_room(0)) return;
  capture::write_mrt_state_change(time_of(now, wall_), session_with(speaker, peer),
                                  {number_of(from), number_of(to)}, records_);
}

void MessageRecorder::routes(const speaker::Speaker& speaker, std::span<const net::IpPrefix> prefixes,
                             bgp::Instant now) {
  if (!also_.loc_rib) return;
  const std::uint32_t as = speaker.config().as;
  std::vector<std::uint8_t> message;
  for (const net::IpPrefix& prefix : prefixes) {
    std::optional<bgp::PathAttributes> attributes;
    if (speaker.has_route(prefix))
      attributes = std::move(speaker.loc_routes(now, std::span(&prefix, 1)).at(0).attributes);
    message.clear();
    bgp::encode(update_of(prefix, std::move(attributes)), {.four_octet_as = true, .extended_message = true},
                message);
    if (has_room(message.size()))
      capture::write_mrt_message(time_of(now, wall_), {as, as, net::Ipv4Address{}, net::Ipv4Address{}}, false,
                                 message, records_);
  }
}

}  // namespace app
