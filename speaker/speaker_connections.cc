// The connections of a speaker's neighbours: dialled, accepted, lost. Which of several stays is bgp::Peer's
// to say (RFC 4271 §6.8).
#include "bgp/codec.h"
#include "speaker/speaker.h"

namespace speaker {

using bgp::Instant;

namespace {

// RFC 4486 §4: who is not configured here is told so.
LastWords for_a_stranger() {
  LastWords octets;
  bgp::encode(bgp::Notification{bgp::ErrorCode::Cease, bgp::kCeaseRejected, {}}, {}, octets);
  return octets;
}

}  // namespace

void Speaker::dial(bgp::Peer& peer, bgp::Session& session) {
  transport_.dial({peer.index(), session.slot(), session.generation()}, peer.config().local_address,
                  peer.config().address);
}

void Speaker::close(bgp::Peer& peer, bgp::Session& session) {
  transport_.close({peer.index(), session.slot(), session.generation()});
}

net::Result<ConnectionId, LastWords> Speaker::accepted(const net::IpAddress& remote,
                                                       const net::IpAddress& local, std::uint16_t remote_port,
                                                       Instant now) {
  begin_input(now);
  if (frozen_) return std::unexpected(LastWords{});
  for (Neighbor& neighbor : neighbors_) {
    const auto& config = neighbor.peer.config();
    if (config.address != remote || config.local_address != local) continue;
    const bgp::Session* session = neighbor.peer.accept(now);
    if (session == nullptr) return std::unexpected(LastWords{});
    neighbor.remote_ports[session->slot()] = remote_port;
    neighbor.local_ports[session->slot()] = bgp::kPort;
    // Its OPEN waits to be pulled: the transport does so as soon as it knows the connection by this id.
    return ConnectionId{neighbor.peer.index(), session->slot(), session->generation()};
  }
  return std::unexpected(for_a_stranger());
}

bool Speaker::may_dial(ConnectionId connection) {
  return session_of(connection) != nullptr &&
         neighbors_[connection.peer].peer.foremost().state() < bgp::State::OpenSent;
}

void Speaker::connected(ConnectionId connection, std::uint16_t local_port, Instant now) {
  begin_input(now);
  bgp::Session* session = session_of(connection);
  if (session == nullptr) return;
  neighbors_[connection.peer].local_ports[connection.slot] = local_port;
  neighbors_[connection.peer].remote_ports[connection.slot] = bgp::kPort;
  neighbors_[connection.peer].peer.connected(*session, now);
  settle();
}

void Speaker::closed(ConnectionId connection, Instant now) {
  begin_input(now);
  bgp::Session* session = session_of(connection);
  if (session == nullptr) return;
  session->handle(bgp::event::TcpConnectionFails{}, now);
  settle();
}

void Speaker::write_blocked(ConnectionId connection, Instant now) {
  if (bgp::Session* session = session_of(connection)) session->on_write_blocked(now);
}

void Speaker::write_progress(ConnectionId connection, Instant now) {
  now_ = now;
  if (bgp::Session* session = session_of(connection)) session->on_write_progress(now);
  publish();
}

}  // namespace speaker
