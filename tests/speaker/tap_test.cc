// Who listens in on a speaker hears whole messages, both ways and in their order, states, and where the
// Loc-RIB changes; and no more when it has gone.
#include "speaker/tap.h"

#include <cerrno>

#include "bgp/codec.h"
#include "tests/speaker/speaker_world.h"

using namespace speaker_test;

namespace {

class Listener final : public speaker::Tap {
 public:
  std::vector<std::string> heard;

  void message(const speaker::Speaker&, const bgp::Peer& peer, const bgp::Session&, Way way,
               net::Bytes message, Instant) override {
    const auto frame = bgp::next_frame(message, bgp::kMaxExtendedOctets);
    REQUIRE((frame && *frame));
    REQUIRE((*frame)->octets() == message.size());
    heard.push_back(fmt::format("{}{} {}", peer.index(), way == Way::Sent ? "<" : ">",
                                static_cast<unsigned>((*frame)->type)));
  }
  void changed(const speaker::Speaker&, const bgp::Peer& peer, bgp::State from, bgp::State to,
               Instant) override {
    heard.push_back(fmt::format("{} {}-{}", peer.index(), bgp::to_string(from), bgp::to_string(to)));
  }
  void routes(const speaker::Speaker& speaker, std::span<const net::IpPrefix> prefixes, Instant) override {
    for (const net::IpPrefix& one : prefixes)
      heard.push_back(fmt::format("{}{}", speaker.has_route(one) ? "+" : "-", net::to_string(one)));
  }
  std::vector<std::string> take() { return std::exchange(heard, {}); }
};

using Heard = std::vector<std::string>;
// Types of messages: 1 OPEN, 2 UPDATE, 3 NOTIFICATION, 4 KEEPALIVE.

}  // namespace

TEST_CASE("a tap hears a session from its OPEN to its end", "[tap]") {
  World world(2, [](unsigned, auto&) {});
  const auto tap = std::make_shared<Listener>();
  world.speaker().add_tap(tap);
  tap->take();
  REQUIRE(world.connect(0));
  world.hear(0);
  CHECK(tap->take() == Heard{"0< 1"});
  world.say(0, World::open_of(0));
  CHECK(tap->take() == Heard{"0> 1", "0 Active-OpenConfirm"});
  world.say(0, bgp::Keepalive{});
  world.hear(0);
  CHECK(tap->take() == Heard{"0> 4", "0 OpenConfirm-Established", "0< 4", "0< 2"});
  // Two messages that come together, the second of them in parts.
  std::vector<std::uint8_t> octets;
  bgp::encode(World::route(0, "10.10.0.0/16"), {}, octets);
  bgp::encode(bgp::Keepalive{}, {}, octets);
  world.say_octets(0, net::Bytes(octets).first(octets.size() - 5));
  CHECK(tap->take() == Heard{"0> 2", "+10.10.0.0/16"});
  world.say_octets(0, net::Bytes(octets).last(5));
  CHECK(tap->take() == Heard{"0> 4"});
  world.speaker().shut_down(0, "enough", world.clock);
  CHECK(tap->take() == Heard{"0 Established-Idle", "0< 3", "-10.10.0.0/16"});
}

TEST_CASE("a tap hears where the Loc-RIB changes, once the kernel has answered", "[tap]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  const auto tap = std::make_shared<Listener>();
  world.speaker().add_tap(tap);
  world.announce(0, "10.10.0.0/16");
  CHECK(tap->take() == Heard{"0> 2", "+10.10.0.0/16"});
  CHECK(world.speaker().loc_rib_routes() == 1);
  world.announce(0, "10.10.0.0/16");  // again, and nothing new
  CHECK(tap->take() == Heard{"0> 2"});
  world.kernel_error = ENETUNREACH;
  world.announce(0, "10.11.0.0/16");
  CHECK(tap->take() == Heard{"0> 2", "-10.11.0.0/16"});
  world.kernel_error = 0;
  world.speaker().shut_down(0, "enough", world.clock);
  CHECK(tap->take() == Heard{"0 Established-Idle", "0< 3", "-10.10.0.0/16"});
  CHECK(world.speaker().loc_rib_routes() == 0);
}

TEST_CASE("what ends a session has been heard before", "[tap]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  const auto tap = std::make_shared<Listener>();
  world.speaker().add_tap(tap);
  // An UPDATE whose lengths reach beyond its end: 3/1 (RFC 7606 §3 b).
  std::vector<std::uint8_t> octets(16, 0xff);
  octets.insert(octets.end(), {0, 23, 2, 0, 9, 0, 0});
  world.say_octets(0, octets);
  const auto heard = tap->take();
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.front() == "0> 2");
  CHECK(heard.back() == "0< 3");
}

TEST_CASE("taps come and go while a session is up", "[tap]") {
  World world(1, [](unsigned, auto&) {});
  world.establish(0);
  const auto first = std::make_shared<Listener>(), second = std::make_shared<Listener>();
  world.speaker().add_tap(first);
  world.speaker().add_tap(second);
  world.announce(0, "10.10.0.0/16");
  CHECK(first->take() == Heard{"0> 2", "+10.10.0.0/16"});
  CHECK(second->take() == Heard{"0> 2", "+10.10.0.0/16"});
  world.speaker().remove_tap(first.get());
  world.announce(0, "10.11.0.0/16");
  CHECK(first->heard.empty());
  CHECK(second->take() == Heard{"0> 2", "+10.11.0.0/16"});
  world.speaker().remove_tap(second.get());
  world.announce(0, "10.12.0.0/16");
  CHECK(second->heard.empty());
  CHECK(second.use_count() == 1);  // it may go, too
}
