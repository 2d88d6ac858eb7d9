// The simulator's connections: dialling, accepting, octets and ends in order, socket buffers that fill up.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/simulator_parts.h"

namespace sim {

using speaker::ConnectionId;

// `what` happens at side `side` after the wire's delay, and after all that was sent there before.
void Simulator::transmit(const ConnectionPtr& connection, std::size_t side, nanoseconds extra,
                         std::function<void()> what) {
  auto& direction = connection->toward[side];
  direction.last_arrival = std::max(direction.last_arrival, now_ + direction.delay + extra);
  schedule(direction.last_arrival, [this, connection, what = std::move(what)]() mutable {
    if (connection->dead) return;
    Link& link = links_[connection->link];
    if (link.stalled)
      link.held.push_back(std::move(what));
    else
      what();
  });
}

void Simulator::dial(Router& router, ConnectionId id, const net::IpAddress& local,
                     const net::IpAddress& remote) {
  auto connection = std::make_shared<Connection>();
  connection->dialler = local;
  connection->listener = remote;
  connection->link = addresses_.at(remote).second;
  connection->port = router.next_port++;
  if (router.next_port > 60999) router.next_port = 32768;
  ++connections_made_;
  for (auto& direction : connection->toward) {
    const auto spread = static_cast<std::uint64_t>((options_.most_delay - options_.least_delay).count());
    direction.delay = options_.least_delay + nanoseconds(draw(spread + 1));
    direction.capacity = options_.socket_buffer;
  }
  if (connections_made_ == slow_buffer.nth) {  // a buffer of next to nothing, on a slow wire
    connection->toward[1].capacity = connection->toward[0].capacity = 40;
    connection->toward[0].delay += slow_buffer.by;
    connection->toward[1].delay += slow_buffer.by;
  }
  connection->sides[0].router = &router;
  connection->sides[0].id = id;
  connection->sides[0].attached = true;
  connection->sides[1].router = routers_[addresses_.at(remote).first].get();
  router.connections[id] = {connection, 0};
  schedule(now_, [this, connection] {  // not from within the speaker's turn
    if (!connection->sides[0].attached) return;
    Router& dialler = *connection->sides[0].router;
    if (!dialler.speaker->may_dial(connection->sides[0].id)) {
      let_go(connection, 0);
      dialler.speaker->connection_failed(connection->sides[0].id, now_);
      after_input(dialler);
      return;
    }
    transmit(connection, 1, 0ns, [this, connection] { knock(connection); });
  });
}

// The SYN is there. The kernel answers it; the application takes the connection when it gets to it.
void Simulator::knock(const ConnectionPtr& connection) {
  connection->knocked = true;
  if (!connection->sides[1].router->started || !links_[connection->link].up) {
    transmit(connection, 0, 0ns, [this, connection] { end(connection, 0); });  // RST
    return;
  }
  transmit(connection, 0, 0ns, [this, connection] {
    auto& side = connection->sides[0];
    if (!side.attached) return;
    note(0x500 | side.router->number << 16);
    side.router->speaker->connected(side.id, connection->port, now_);
    after_input(*side.router);
  });
  if (++accepts_ == slow_accept.nth)
    schedule(now_ + slow_accept.by, [this, connection] { accept(connection); });
  else
    accept(connection);
}

void Simulator::accept(const ConnectionPtr& connection) {
  if (connection->dead) return;
  auto& side = connection->sides[1];
  connection->accepted = true;
  note(0x600 | side.router->number << 16);
  const auto id =
      side.router->speaker->accepted(connection->dialler, connection->listener, connection->port, now_);
  if (!id) {
    side.gone = true;
    forget_updates(*connection, 1);
    transmit(connection, 0, 0ns, [this, connection] { end(connection, 0); });
    return;
  }
  side.id = *id;
  side.attached = true;
  side.router->connections[*id] = {connection, 1};
  write(connection, 1);
  after_input(*side.router);
  for (auto& arrived : std::exchange(connection->toward[1].unaccepted, {}))
    if (arrived)
      hear(connection, 1, *std::move(arrived));
    else
      end(connection, 1);
}

// Pulls and writes until the speaker has no more to say or the socket buffer is full.
void Simulator::write(const ConnectionPtr& connection, std::size_t from) {
  auto& side = connection->sides[from];
  auto& direction = connection->toward[1 - from];
  bool more = true;
  while (more && side.attached && side.pending.empty()) {
    std::vector<std::uint8_t> octets;
    more = side.router->speaker->take_output(side.id, options_.room, octets);
    if (octets.empty()) return;
    count_messages(*connection, from, octets);
    const std::size_t fits = std::min(octets.size(), direction.capacity - direction.on_wire);
    put_on_wire(connection, from, net::Bytes(octets).first(fits));
    if (fits == octets.size()) continue;
    side.pending.assign(octets.begin() + static_cast<std::ptrdiff_t>(fits), octets.end());
    side.router->speaker->write_blocked(side.id, now_);
  }
}

// Notes what leaves the speaker: where UPDATEs end in the stream, and what was said.
void Simulator::count_messages(Connection& connection, std::size_t from, net::Bytes octets) {
  const auto& side = connection.sides[from];
  auto& direction = connection.toward[1 - from];
  while (!octets.empty()) {
    const auto frame = bgp::next_frame(octets, bgp::kMaxExtendedOctets);
    const std::size_t size = frame.value().value().octets();
    direction.written += size;
    if ((*frame)->type == bgp::MessageType::Update) {
      if (!connection.dead && !connection.sides[1 - from].gone) {
        direction.update_ends.push_back(direction.written);
        ++updates_in_flight_;
      }
      if (log_sent) {
        const auto update = bgp::decode(**frame, bgp::Agreed{.extended_message = true});
        sent.push_back({now_, side.router->number, side.id.peer, std::get<bgp::Update>(update.value())});
      }
    }
    if ((*frame)->type == bgp::MessageType::Notification)
      notifications.push_back(fmt::format("{}>{} {}/{}", side.router->number, side.id.peer, (*frame)->body[0],
                                          (*frame)->body[1]));
    octets = octets.subspan(size);
  }
}

void Simulator::put_on_wire(const ConnectionPtr& connection, std::size_t from, net::Bytes octets) {
  while (!octets.empty()) {
    std::size_t size = octets.size();
    if (options_.chunked && draw(4) == 0) size = 1 + draw(size);
    std::vector<std::uint8_t> piece(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
    octets = octets.subspan(size);
    connection->toward[1 - from].on_wire += size;
    nanoseconds extra{0};
    if (slow_update.nth != 0 && !connection->toward[1 - from].update_ends.empty() &&
        ++updates_sent_ == slow_update.nth)
      extra = slow_update.by;
    transmit(connection, 1 - from, extra, [this, connection, from, piece = std::move(piece)]() mutable {
      arrive(connection, 1 - from, std::move(piece));
    });
  }
}

void Simulator::arrive(const ConnectionPtr& connection, std::size_t at, std::vector<std::uint8_t> octets) {
  if (at == 1 && !connection->accepted) {
    connection->toward[at].unaccepted.push_back(std::move(octets));
    return;
  }
  hear(connection, at, std::move(octets));
}

void Simulator::hear(const ConnectionPtr& connection, std::size_t at, std::vector<std::uint8_t> octets) {
  auto& direction = connection->toward[at];
  auto& side = connection->sides[at];
  direction.on_wire -= octets.size();
  direction.heard += octets.size();
  const std::size_t outstanding = direction.update_ends.size();
  while (!direction.update_ends.empty() && direction.update_ends.front() <= direction.heard)
    direction.update_ends.pop_front();
  updates_in_flight_ -= outstanding - direction.update_ends.size();
  if (side.attached) {
    note(0x700 | side.router->number << 16);
    for (const auto octet : octets) note(octet);
    side.router->speaker->received(side.id, octets, now_);
    after_input(*side.router);
  }
  // The buffer has room again.
  auto& sender = connection->sides[1 - at];
  if (!sender.attached || sender.pending.empty()) return;
  const std::size_t fits = std::min(sender.pending.size(), direction.capacity - direction.on_wire);
  put_on_wire(connection, 1 - at, net::Bytes(sender.pending).first(fits));
  sender.pending.erase(sender.pending.begin(), sender.pending.begin() + static_cast<std::ptrdiff_t>(fits));
  if (sender.pending.empty()) write(connection, 1 - at);
  sender.router->speaker->write_progress(sender.id, now_);
  after_input(*sender.router);
}

// FIN or RST from the other side.
void Simulator::end(const ConnectionPtr& connection, std::size_t at) {
  if (at == 1 && !connection->accepted) {
    connection->toward[at].unaccepted.push_back(std::nullopt);
    return;
  }
  auto& side = connection->sides[at];
  if (!side.attached) return;
  note(0x800 | side.router->number << 16);
  let_go(connection, at);
  side.router->speaker->closed(side.id, now_);
  after_input(*side.router);
}

// This side's speaker has no more to do with it, and what is on its way there is heard by nobody.
void Simulator::let_go(const ConnectionPtr& connection, std::size_t at) {
  auto& side = connection->sides[at];
  side.attached = false;
  side.gone = true;
  side.pending.clear();
  side.router->connections.erase(side.id);
  forget_updates(*connection, at);
}

void Simulator::forget_updates(Connection& connection, std::size_t toward) {
  auto& ends = connection.toward[toward].update_ends;
  updates_in_flight_ -= ends.size();
  ends.clear();
}

void Simulator::Router::output_ready(ConnectionId id) {
  if (const auto found = connections.find(id); found != connections.end())
    world.write(found->second.first, found->second.second);
}

// Last words, then FIN. Where the buffer was full they are lost, as they would be on a real socket.
void Simulator::Router::close(ConnectionId id) {
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  const auto [connection, side] = found->second;
  const bool blocked = !connection->sides[side].pending.empty();
  std::vector<std::uint8_t> octets;
  speaker->take_output(id, world.options_.room, octets);
  if (!octets.empty()) world.count_messages(*connection, side, octets);
  if (!octets.empty() && !blocked) world.put_on_wire(connection, side, octets);
  world.let_go(connection, side);
  // UPDATEs that never left are on no wire.
  if (blocked) world.forget_updates(*connection, 1 - side);
  if (side == 0 && !connection->knocked) {  // the SYN is still on its way: it never was
    connection->dead = true;
    return;
  }
  world.transmit(connection, 1 - side, 0ns,
                 [&world = world, connection = connection, side = side] { world.end(connection, 1 - side); });
}

}  // namespace sim
