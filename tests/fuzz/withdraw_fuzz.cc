// Treat-as-withdraw leaves no route behind (RFC 7606 §2): a peer announces the prefixes of an UPDATE well,
// then sends that UPDATE; where the decoder judges treat-as-withdraw, the speaker must know none of them.
#include <array>

#include "bgp/nlri.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/speaker_world.h"

namespace {

std::vector<std::uint8_t> octets_of(const bgp::Message& message, const bgp::Agreed& agreed = {}) {
  std::vector<std::uint8_t> octets;
  bgp::encode(message, agreed, octets);
  return octets;
}

// The NLRI field, located by the lengths alone.
std::vector<net::Ipv4Prefix> announced_by(net::Bytes body) {
  net::ByteReader reader(body);
  std::vector<net::Ipv4Prefix> prefixes;
  for (int field = 0; field < 2; ++field)
    if (const auto length = reader.u16(); !length || !reader.take(*length)) return prefixes;
  bgp::decode_prefixes(reader.rest(), prefixes);
  return prefixes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::SpeakerWorld world(fuzz::speaker_config());
  const auto connection = world.accept(0);
  fuzz::require(connection.has_value(), "the connection is refused");
  bgp::Open open{.version = 4,
                 .my_as = 65002,
                 .hold_time = 90,
                 .identifier = net::Ipv4Address::of(10, 0, 0, 2),
                 .capabilities = {}};
  open.capabilities.push_back({1, {0, 1, 0, 1}});
  if ((data[0] & 1) != 0) open.capabilities.push_back({65, {0, 0, 0xfd, 0xea}});
  world.output_ready(*connection);
  world.speaker.received(*connection, octets_of(open), world.time);
  world.output_ready(*connection);
  world.speaker.received(*connection, octets_of(bgp::Keepalive{}), world.time);
  const bgp::Session& session = world.speaker.peer(0).session(connection->slot);
  fuzz::require(session.state() == bgp::State::Established, "no session");

  for (net::Bytes rest(data + 1, size - 1);;) {
    const auto frame = bgp::next_frame(rest, bgp::max_octets(session.agreed()));
    if (!frame || !*frame || session.state() != bgp::State::Established) return 0;
    const net::Bytes whole = rest.first((*frame)->octets());
    rest = rest.subspan(whole.size());
    const auto message = bgp::decode(**frame, session.agreed());
    const auto* update = message ? std::get_if<bgp::Update>(&*message) : nullptr;
    const bool withdraws =
        update != nullptr && std::ranges::any_of(update->faults, [](const bgp::AttributeFault& fault) {
          return fault.treatment == bgp::FaultTreatment::Withdraw;
        });
    const auto prefixes = withdraws ? announced_by((*frame)->body) : std::vector<net::Ipv4Prefix>{};
    for (const auto& prefix : prefixes) {
      bgp::Update good;
      good.announced = {prefix};
      good.attributes.as_path = bgp::AsPath(std::array{65002u});
      good.attributes.next_hop = net::Ipv4Address::of(10, 0, 0, 2);
      world.speaker.received(*connection, octets_of(good, session.agreed()), world.time);
      fuzz::require(world.speaker.route(prefix, world.time).has_value(), "a good route is not taken");
    }
    world.speaker.received(*connection, whole, world.time);
    for (const auto& prefix : prefixes)
      fuzz::require(!world.speaker.route(prefix, world.time), "a route is left behind");
  }
}
