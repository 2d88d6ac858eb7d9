// A whole speaker driven by arbitrary octets and events on the connections of one peer: never a crash, what
// Idle says is nothing, memory stays bounded. Input: a sequence of (operation, argument, payload) read from
// the octets.
#include <cstdlib>

#include "speaker/speaker.h"

namespace {

using bgp::Instant;
using speaker::ConnectionId;

class World final : public speaker::Transport, public speaker::Fib {
 public:
  void dial(ConnectionId id, const net::IpAddress&, const net::IpAddress&) override { dialled = id; }
  void output_ready(ConnectionId id) override {
    std::vector<std::uint8_t> out;
    do {
      out.clear();
      speaker->take_output(id, 4096, out);
    } while (!out.empty());
  }
  void close(ConnectionId id) override { output_ready(id); }
  Instant now() const override { return time; }
  std::optional<std::vector<int>> apply(std::span<const rib::Decision> decisions) override {
    return answer(decisions.size());
  }
  std::optional<std::vector<int>> apply(std::span<const rib::Ipv6Decision> decisions) override {
    return answer(decisions.size());
  }
  std::vector<int> answer(std::size_t decisions) {
    return std::vector<int>(decisions, (seed = seed * 5 + 1) % 7 == 0 ? 17 : 0);
  }

  speaker::Speaker* speaker = nullptr;
  Instant time{};
  std::optional<ConnectionId> dialled;
  unsigned seed = 1;
};

speaker::SpeakerConfig config() {
  speaker::SpeakerConfig speaker;
  speaker.name = "FUZZ";
  speaker.as = 65001;
  speaker.router_id = net::Ipv4Address::of(10, 0, 0, 1);
  speaker.networks = {{net::Ipv4Prefix(net::Ipv4Address::of(10, 0, 0, 0), 24)}, {net::Ipv4Prefix(), true}};
  for (unsigned peer = 0; peer < 2; ++peer) {
    speaker::NeighborConfig neighbor;
    neighbor.peer.address = net::Ipv4Address::of(10, 0, peer, 2);
    neighbor.peer.local_address = net::Ipv4Address::of(10, 0, peer, 1);
    neighbor.peer.session.local_as = 65001;
    neighbor.peer.session.peer_as = 65002 + peer;
    neighbor.peer.session.identifier = speaker.router_id;
    neighbor.peer.session.capabilities.ipv6_unicast = true;
    speaker.neighbors.push_back(neighbor);
  }
  return speaker;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World world;
  speaker::RouterActivity activity(2);
  speaker::Speaker speaker(config(), world, world, activity, world.time);
  world.speaker = &speaker;
  std::vector<speaker::ConnectedPrefix> links;
  for (unsigned peer = 0; peer < 2; ++peer)
    links.push_back({net::Ipv4Prefix(net::Ipv4Address::of(10, 0, peer, 0), 24),
                     net::Ipv4Address::of(10, 0, peer, 1), peer + 2, true});
  speaker.set_connected(links, world.time);
  speaker.start(world.time);
  std::vector<ConnectionId> connections;
  net::ByteReader input({data, size});
  std::uint16_t port = 1024;
  while (const auto operation = input.u8()) {
    const std::uint8_t argument = input.u8().value_or(0);
    const auto connection = connections.empty() ? ConnectionId{} : connections[argument % connections.size()];
    switch (*operation % 8) {
      case 0:
        if (const auto id =
                speaker.accepted(net::Ipv4Address::of(10, 0, argument & 1, 2),
                                 net::Ipv4Address::of(10, 0, argument & 1, 1), port++, world.time)) {
          connections.push_back(*id);
          world.output_ready(*id);
        }
        break;
      case 1:
        if (world.dialled) {
          connections.push_back(*world.dialled);
          speaker.connected(*world.dialled, port++, world.time);
          world.dialled.reset();
        }
        break;
      case 2:
        world.time += std::chrono::milliseconds(argument * 20);
        speaker.tick(world.time);
        break;
      case 3: speaker.closed(connection, world.time); break;
      case 4:
        links[argument & 1].usable = (argument & 2) != 0;
        speaker.set_connected(links, world.time);
        break;
      default: {
        const auto length = std::min<std::size_t>(input.remaining(), (input.u8().value_or(0) + 1u) * 2u);
        if (const auto payload = input.take(std::min(length, input.remaining())))
          speaker.received(connection, *payload, world.time);
      }
    }
    if (connections.size() > 64) connections.erase(connections.begin());
  }
  if (speaker.view(world.time).peer_bytes > 4u << 20) std::abort();
  return 0;
}
