// Treat-as-withdraw leaves no route behind (RFC 7606 §2), of IPv4 and of IPv6, in the UPDATE's own fields and
// in MP_REACH_NLRI and MP_UNREACH_NLRI: a peer announces the prefixes of an UPDATE well, then sends that
// UPDATE; where the decoder judges treat-as-withdraw, the speaker must know none of them, announced or
// withdrawn there.
#include <array>
#include <bitset>

#include "bgp/attribute_table.h"
#include "bgp/nlri.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/speaker_world.h"

namespace {

std::vector<std::uint8_t> octets_of(const bgp::Message& message, const bgp::Agreed& agreed = {}) {
  std::vector<std::uint8_t> octets;
  bgp::encode(message, agreed, octets);
  return octets;
}

struct Prefixes {
  std::vector<net::Ipv4Prefix> ipv4;
  std::vector<net::Ipv6Prefix> ipv6;

  void read(bgp::Family family, net::Bytes octets) {
    if (family == bgp::kIpv4Unicast)
      bgp::decode_prefixes(octets, ipv4);
    else
      bgp::decode_prefixes(octets, ipv6);
  }
  bool empty() const { return ipv4.empty() && ipv6.empty(); }
};

void read_multiprotocol(std::uint8_t code, net::Bytes value, const bgp::Agreed& agreed, Prefixes& prefixes) {
  net::ByteReader reader(value);
  const auto afi = reader.u16();
  const auto safi = reader.u8();
  if (!afi || !safi || !agreed.covers({*afi, *safi})) return;
  if (code == static_cast<std::uint8_t>(bgp::AttributeCode::MpReachNlri)) {
    const auto next_hop = reader.u8();
    if (!next_hop || !reader.take(*next_hop) || !reader.u8()) return;
  }
  prefixes.read({*afi, *safi}, reader.rest());
}

// All prefixes that an UPDATE names, located by its lengths alone, whatever its attributes say.
Prefixes named_by(net::Bytes body, const bgp::Agreed& agreed) {
  net::ByteReader reader(body);
  Prefixes prefixes;
  const auto field = [&reader] {
    const auto length = reader.u16();
    return length ? reader.take(*length) : std::nullopt;
  };
  const auto withdrawn = field();
  const auto attributes = withdrawn ? field() : std::nullopt;
  if (!attributes) return prefixes;
  if (agreed.ipv4_unicast) {
    prefixes.read(bgp::kIpv4Unicast, *withdrawn);
    prefixes.read(bgp::kIpv4Unicast, reader.rest());
  }
  std::bitset<256> seen;
  for (net::ByteReader rest(*attributes); rest.remaining() >= 3;) {
    const std::uint8_t flags = *rest.u8(), code = *rest.u8();
    const bool extended = (flags & bgp::kFlagExtendedLength) != 0;
    const auto length = extended ? rest.u16() : std::optional<std::uint16_t>(rest.u8());
    const auto value = length ? rest.take(*length) : std::nullopt;
    if (!value) break;
    const bool multiprotocol = code == static_cast<std::uint8_t>(bgp::AttributeCode::MpReachNlri) ||
                               code == static_cast<std::uint8_t>(bgp::AttributeCode::MpUnreachNlri);
    if (multiprotocol && !seen[code]) read_multiprotocol(code, *value, agreed, prefixes);
    seen.set(code);
  }
  return prefixes;
}

class Neighbour {
 public:
  explicit Neighbour(std::uint8_t choices) : internal_((choices & 4) != 0), world_(config(internal_)) {
    const auto connection = world_.accept(0);
    fuzz::require(connection.has_value(), "the connection is refused");
    connection_ = *connection;
    bgp::Open open{.version = 4,
                   .my_as = as(),
                   .hold_time = 90,
                   .identifier = net::Ipv4Address::of(10, 0, 0, 2),
                   .capabilities = {{1, {0, 1, 0, 1}}}};
    if ((choices & 1) != 0)
      open.capabilities.push_back(
          {65, {0, 0, static_cast<std::uint8_t>(as() >> 8), static_cast<std::uint8_t>(as())}});
    if ((choices & 8) != 0) open.capabilities.push_back({1, {0, 2, 0, 1}});
    world_.output_ready(connection_);
    send(octets_of(open));
    world_.output_ready(connection_);
    send(octets_of(bgp::Keepalive{}));
    fuzz::require(is_up(), "no session");
  }

  const bgp::Agreed& agreed() { return session().agreed(); }
  bool is_up() { return session().state() == bgp::State::Established; }
  void send(net::Bytes octets) { world_.speaker.received(connection_, octets, world_.time); }

  void announce_well(const Prefixes& prefixes) {
    // As many as surely fit a message.
    const auto in_turn = [](const auto& all, const auto& announce) {
      constexpr std::size_t kAtOnce = 128;
      for (std::size_t at = 0; at < all.size(); at += kAtOnce)
        announce(std::vector(all.begin() + static_cast<std::ptrdiff_t>(at),
                             all.begin() + static_cast<std::ptrdiff_t>(std::min(at + kAtOnce, all.size()))));
    };
    bgp::PathAttributes attributes;
    if (internal_)
      attributes.local_pref = 100;
    else
      attributes.as_path = bgp::AsPath(std::array<std::uint32_t, 1>{as()});
    in_turn(prefixes.ipv4, [&](std::vector<net::Ipv4Prefix> some) {
      bgp::Update update;
      update.announced = std::move(some);
      update.attributes = attributes;
      update.attributes.next_hop = net::Ipv4Address::of(10, 0, 0, 2);
      send(octets_of(update, agreed()));
    });
    in_turn(prefixes.ipv6, [&](std::vector<net::Ipv6Prefix> some) {
      bgp::Update update;
      update.mp_reach.emplace();
      update.mp_reach->next_hop = *net::Ipv6Address::parse("2001:db8::2");
      update.mp_reach->ipv6 = std::move(some);
      update.attributes = attributes;
      send(octets_of(update, agreed()));
    });
  }

  // In the Adj-RIB-In and in the Loc-RIB, or in neither.
  void require_all(const Prefixes& prefixes, bool there, const char* what) {
    std::vector<net::IpPrefix> received, used;
    for (const auto& route : world_.speaker.adj_in(std::nullopt, world_.time))
      received.push_back(route.prefix);
    for (const auto& route : world_.speaker.loc_routes(world_.time)) used.push_back(route.prefix);
    const auto check = [&](const auto& prefix) {
      for (const auto* table : {&received, &used})
        fuzz::require(std::ranges::binary_search(*table, net::IpPrefix(prefix)) == there, what);
    };
    std::ranges::for_each(prefixes.ipv4, check);
    std::ranges::for_each(prefixes.ipv6, check);
  }

 private:
  static speaker::SpeakerConfig config(bool internal) {
    auto config = fuzz::speaker_config();
    if (internal) config.neighbors[0].peer.session.peer_as = config.as;
    return config;
  }
  std::uint16_t as() const { return internal_ ? 65001 : 65002; }
  const bgp::Session& session() { return world_.speaker.peer(0).session(connection_.slot); }

  bool internal_;
  fuzz::SpeakerWorld world_;
  speaker::ConnectionId connection_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Neighbour neighbour(data[0]);
  for (net::Bytes rest(data + 1, size - 1); neighbour.is_up();) {
    const auto frame = bgp::next_frame(rest, bgp::max_octets(neighbour.agreed()));
    if (!frame || !*frame) return 0;
    const net::Bytes whole = rest.first((*frame)->octets());
    rest = rest.subspan(whole.size());
    const auto message = bgp::decode(**frame, neighbour.agreed());
    const auto* update = message ? std::get_if<bgp::Update>(&*message) : nullptr;
    const bool withdraws =
        update != nullptr && std::ranges::any_of(update->faults, [](const bgp::AttributeFault& fault) {
          return fault.treatment == bgp::FaultTreatment::Withdraw;
        });
    const auto prefixes = withdraws ? named_by((*frame)->body, neighbour.agreed()) : Prefixes{};
    if (!prefixes.empty()) {
      neighbour.announce_well(prefixes);
      neighbour.require_all(prefixes, true, "a good route is not taken");
    }
    neighbour.send(whole);
    if (!prefixes.empty()) neighbour.require_all(prefixes, false, "a route is left behind");
  }
  return 0;
}
