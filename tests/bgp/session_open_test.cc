// What a session says of its peer in its OPEN, and makes of the peer's. RFC 4271 §6.2, RFC 9234, RFC 5492.
#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "tests/bgp/session_talk.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::config_of;
using session_test::kStart;
using session_test::octets_of;
using session_test::spoken;
using session_test::Talk;

TEST_CASE("an OPEN of somebody else is refused", "[session]") {
  const auto says = [](SessionConfig config, std::uint32_t peer_as, unsigned peer_id) {
    Talk talk(config, peer_as, peer_id);
    talk.silently_to(State::OpenSent);
    return talk.answer(talk.open);
  };
  CHECK(says(config_of(100, 101, 1), 102, 2) == "NOTIFICATION 2/2");
  CHECK(says(config_of(100, 101, 1), 4'200'000'000, 2) == "NOTIFICATION 2/2");
  CHECK(says(config_of(100, kAsTrans, 1), 4'200'000'000, 2) == "NOTIFICATION 2/2");
  CHECK(says(config_of(100, 4'200'000'000, 1), 4'200'000'000, 2) == "KEEPALIVE");
  CHECK(says(config_of(100, 101, 1), 101, 1) == "KEEPALIVE");         // RFC 6286: equal ids, external
  CHECK(says(config_of(100, 100, 1), 100, 1) == "NOTIFICATION 2/3");  // internal
  CHECK(says(config_of(100, 100, 1), 100, 2) == "KEEPALIVE");
  Talk talk;
  talk.silently_to(State::OpenSent);
  Open open{.my_as = 101, .hold_time = 90, .identifier = {}, .capabilities = {}};
  CHECK(talk.answer(octets_of(open)) == "NOTIFICATION 2/3");
}

TEST_CASE("roles that do not fit end the session before it begins (RFC 9234 §4.2)", "[session]") {
  const auto says = [](std::optional<Role> ours, std::optional<Role> theirs, std::uint32_t peer_as = 101) {
    SessionConfig config = config_of(100, peer_as, 1);
    config.capabilities.role = ours;
    Talk talk(config);
    talk.silently_to(State::OpenSent);
    Open open{.my_as = static_cast<std::uint16_t>(peer_as),
              .hold_time = 90,
              .identifier = net::Ipv4Address::of(10, 0, 0, 2),
              .capabilities = make_capabilities({.role = theirs}, peer_as)};
    return talk.answer(octets_of(open));
  };
  CHECK(says(Role::Provider, Role::Customer) == "KEEPALIVE");
  CHECK(says(Role::Peer, Role::Peer) == "KEEPALIVE");
  CHECK(says(Role::Provider, std::nullopt) == "KEEPALIVE");
  CHECK(says(std::nullopt, Role::Provider) == "KEEPALIVE");
  CHECK(says(Role::Provider, Role::Provider) == "NOTIFICATION 2/11");
  CHECK(says(Role::Peer, Role::Customer) == "NOTIFICATION 2/11");
  CHECK(says(Role::Provider, Role::Provider, 100) == "KEEPALIVE");  // inside: no role is told or heard
  SessionConfig internal = config_of(100, 100, 1);
  internal.capabilities.role = Role::Peer;
  Talk talk(internal, 100, 2);
  talk.to(State::OpenSent);
  CHECK_FALSE(has_capability(*talk.session.open_sent(), CapabilityCode::Role));
}

TEST_CASE("a peer without a family in common is told which we have (RFC 5492 §5)", "[session]") {
  SessionConfig config = config_of(100, 101, 1);
  config.capabilities.ipv6_unicast = true;
  Talk talk(config);
  talk.silently_to(State::OpenSent);
  Open open{.my_as = 101,
            .hold_time = 90,
            .identifier = net::Ipv4Address::of(10, 0, 0, 2),
            .capabilities = {{1, {0, 1, 0, 128}}, {65, {0, 0, 0, 101}}}};
  CHECK(talk.answer(octets_of(open)) == "NOTIFICATION 2/7");
  CHECK(talk.session.notification_sent()->data ==
        std::vector<std::uint8_t>{1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1});
  // Unknown capabilities beside a good one are no reason.
  Talk other(config);
  other.silently_to(State::OpenSent);
  open.capabilities.push_back({1, {0, 2, 0, 1}});
  open.capabilities.push_back({251, {1, 2, 3}});
  CHECK(other.answer(octets_of(open)) == "KEEPALIVE");
}

TEST_CASE("an owner that does not admit a connection dumps it", "[session]") {
  Talk talk;
  talk.owner.admits = false;
  talk.silently_to(State::OpenSent);
  CHECK(talk.answer(talk.open) == "NOTIFICATION 6/7");
  CHECK(talk.session.state() == State::Idle);
}

TEST_CASE("AS numbers of two octets are said as they are, greater ones as AS_TRANS", "[session]") {
  for (const auto& [as, said] : {std::pair{65535u, 65535u}, std::pair{65536u, std::uint32_t{kAsTrans}}}) {
    Talk talk(config_of(as, 101, 1));
    talk.to(State::OpenSent);
    CHECK(talk.session.open_sent()->my_as == said);
  }
}
