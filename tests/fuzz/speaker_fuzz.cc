// A whole speaker driven by arbitrary octets and events on the connections of two peers: never a crash, and
// what it holds of octets stays bounded. Input: a sequence of (operation, argument, payload) read from the
// octets.
#include "tests/fuzz/input.h"
#include "tests/fuzz/speaker_world.h"

using speaker::ConnectionId;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto config = fuzz::speaker_config();
  config.networks = {{net::Ipv4Prefix(net::Ipv4Address::of(10, 0, 0, 0), 24)}, {net::Ipv4Prefix(), true}};
  fuzz::SpeakerWorld world(config, true);
  auto& speaker = world.speaker;
  std::vector<ConnectionId> connections;
  net::ByteReader input({data, size});
  while (const auto operation = input.u8()) {
    const std::uint8_t argument = input.u8().value_or(0);
    const auto connection = connections.empty() ? ConnectionId{} : connections[argument % connections.size()];
    switch (*operation % 8) {
      case 0:
        if (const auto id = world.accept(argument)) {
          connections.push_back(*id);
          world.output_ready(*id);
        }
        break;
      case 1:
        if (world.dialled) {
          connections.push_back(*world.dialled);
          speaker.connected(*world.dialled, world.port++, world.time);
          world.dialled.reset();
        }
        break;
      case 2:
        world.time += std::chrono::milliseconds(argument * 20);
        speaker.tick(world.time);
        break;
      case 3: speaker.closed(connection, world.time); break;
      case 4:
        world.links[argument & 3].usable = (argument & 4) != 0;
        speaker.set_connected(world.links, world.time);
        break;
      default: speaker.received(connection, fuzz::take_piece(input), world.time);
    }
    if (connections.size() > 64) connections.erase(connections.begin());
  }
  fuzz::require(
      speaker.view(world.time).peer_bytes <= 2 * bgp::Peer::kSlots * (bgp::kMaxBufferedOctets + 65'536),
      "too much is held for the peers");
  return 0;
}
