// One session over no wire at all: octets are handed in, what it says is read back. RFC 4271 §6 and §8.
#include "bgp/session.h"

#include <catch2/catch.hpp>

#include "tests/bgp/session_owner.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::octets_of;
using session_test::Owner;
using session_test::spoken;

namespace {

const Instant kStart{1000s};

SessionConfig config_of(std::uint32_t local_as, std::uint32_t peer_as, unsigned id) {
  return {.local_as = local_as,
          .peer_as = peer_as,
          .identifier = net::Ipv4Address::of(10, 0, 0, id),
          .capabilities = {},
          .fsm = {.connect_retry = 1s, .hold_time = 9s}};
}

// A session of AS 100 with a peer of AS 101, and the peer's words.
struct Talk {
  explicit Talk(SessionConfig config = config_of(100, 101, 1), std::uint32_t peer_as = 101,
                unsigned peer_id = 2)
      : session(config, owner, jitter, 0, true) {
    Owner nobody;
    Session peer(config_of(peer_as, config.local_as, peer_id), nobody, jitter, 0, true);
    peer.handle(event::ManualStart{}, kStart);
    peer.handle(event::TcpConnectionAcked{}, kStart);
    peer.take_control(open);
  }
  void to(State state) {
    session.handle(event::ManualStart{}, kStart);
    if (state == State::Connect) return;
    session.handle(event::TcpConnectionAcked{}, kStart);
    if (state == State::OpenSent) return;
    session.on_bytes(open, kStart);
    if (state == State::OpenConfirm) return;
    session.on_bytes(keepalive, kStart);
  }
  // The session is in `state` and has said what leads there.
  void silently_to(State state) {
    to(state);
    REQUIRE(session.state() == state);
    spoken(session);
  }
  std::string answer(const std::vector<std::uint8_t>& octets) {
    session.on_bytes(octets, kStart);
    return spoken(session);
  }

  Jitter jitter{7};
  Owner owner;
  Session session;
  std::vector<std::uint8_t> open;
  const std::vector<std::uint8_t> keepalive = octets_of(Keepalive{});
  const std::vector<std::uint8_t> refresh = octets_of(RouteRefresh{kIpv4Unicast, 0});
};

Update update_of(unsigned third_octet) {
  Update update;
  update.announced = {net::Ipv4Prefix(net::Ipv4Address::of(172, 31, third_octet, 0), 24)};
  update.attributes.origin = Origin::Igp;
  update.attributes.as_path = AsPath(std::vector<std::uint32_t>{101});
  update.attributes.next_hop = net::Ipv4Address::of(10, 0, 0, 2);
  return update;
}

void append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

}  // namespace

TEST_CASE("two sessions find to each other", "[session]") {
  Jitter jitter(1);
  Owner left_owner, right_owner;
  Session left(config_of(100, 4'200'000'001, 1), left_owner, jitter, 0, true);
  Session right(config_of(4'200'000'001, 100, 2), right_owner, jitter, 1, false);
  left.handle(event::ManualStart{}, kStart);
  CHECK(left_owner.dials == 1);
  CHECK(left.connected());
  right.handle(event::ManualStartPassive{}, kStart);
  CHECK(right_owner.dials == 0);
  left.handle(event::TcpConnectionAcked{}, kStart);
  right.handle(event::TcpConnectionConfirmed{}, kStart);
  std::vector<std::uint8_t> octets;
  for (int round = 0; round < 4; ++round) {
    octets.clear();
    left.take_control(octets);
    right.on_bytes(octets, kStart);
    octets.clear();
    right.take_control(octets);
    left.on_bytes(octets, kStart);
  }
  for (const Session* session : {&left, &right}) {
    CHECK(session->state() == State::Established);
    CHECK(session->fsm().negotiated_hold_time() == 9s);
    CHECK(session->agreed().four_octet_as);
    CHECK(session->agreed().extended_message);
    CHECK(session->timer_running(Timer::Hold));
    CHECK(session->timer_running(Timer::Keepalive));
    CHECK_FALSE(session->timer_running(Timer::ConnectRetry));
    CHECK(session->sent().opens == 1);
    CHECK(session->sent().keepalives == 1);
    CHECK(session->received().opens == 1);
    CHECK(session->received().keepalives == 1);
  }
  CHECK(left_owner.ups == 1);
  CHECK(right_owner.ups == 1);
  CHECK(left.remote_id() == net::Ipv4Address::of(10, 0, 0, 2));
  CHECK(left.open_received()->my_as == kAsTrans);

  left.count_sent(0, 0, kStart + 1s);
  CHECK(left.last_write() == kStart);
  left.count_sent(1, 0, kStart + 2s);
  CHECK(left.last_write() == kStart + 2s);
  left.count_sent(0, 2, kStart + 3s);
  CHECK(left.last_write() == kStart + 3s);
  CHECK(left.sent().updates == 1);
  CHECK(left.sent().route_refreshes == 2);
}

TEST_CASE("octets may come in pieces cut anywhere", "[session]") {
  std::vector<std::uint8_t> stream = Talk().open;
  append(stream, octets_of(Keepalive{}));
  for (unsigned i = 0; i < 5; ++i) append(stream, octets_of(update_of(i)));
  append(stream, octets_of(RouteRefresh{kIpv4Unicast, 0}));
  append(stream, octets_of(Update{}));

  const auto check = [](Talk& talk) {
    REQUIRE(talk.session.state() == State::Established);
    REQUIRE(talk.owner.updates.size() == 6);
    for (unsigned i = 0; i < 5; ++i) REQUIRE(talk.owner.updates[i] == update_of(i));
    REQUIRE(talk.owner.updates[5].is_end_of_rib());
    REQUIRE(talk.owner.refreshes.size() == 1);
    REQUIRE(spoken(talk.session) == "OPEN KEEPALIVE");
  };
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Talk talk;
    talk.to(State::OpenSent);
    talk.session.on_bytes(net::Bytes(stream).first(cut), kStart);
    talk.session.on_bytes(net::Bytes(stream).subspan(cut), kStart);
    check(talk);
  }
  for (std::size_t size = 1; size < 60; ++size) {
    Talk talk;
    talk.to(State::OpenSent);
    for (std::size_t at = 0; at < stream.size(); at += size)
      talk.session.on_bytes(net::Bytes(stream).subspan(at, std::min(size, stream.size() - at)), kStart);
    check(talk);
  }
}

TEST_CASE("a message in the wrong state is an FSM error that names the state", "[session]") {
  const auto update = octets_of(update_of(1));
  const auto says = [](State state, auto octets, const char* expected) {
    Talk talk;
    talk.silently_to(state);
    CAPTURE(to_string(state), expected);
    CHECK(talk.answer(octets(talk)) == expected);
    CHECK(talk.session.state() == State::Idle);
    CHECK(talk.owner.closes == 1);
    CHECK_FALSE(talk.session.connected());
    CHECK(talk.owner.downs == (state == State::Established ? 1 : 0));
    CHECK(talk.owner.updates.empty());
    CHECK(talk.session.end_text().starts_with("Sent NOTIFICATION Finite State Machine Error"));
  };
  const auto keepalive = [](Talk& talk) { return talk.keepalive; };
  const auto refresh = [](Talk& talk) { return talk.refresh; };
  const auto open = [](Talk& talk) { return talk.open; };
  const auto routes = [&](Talk&) { return update; };
  says(State::OpenSent, keepalive, "NOTIFICATION 5/1");
  says(State::OpenSent, routes, "NOTIFICATION 5/1");
  says(State::OpenSent, refresh, "NOTIFICATION 5/1");
  says(State::OpenConfirm, routes, "NOTIFICATION 5/2");
  says(State::OpenConfirm, refresh, "NOTIFICATION 5/2");
  says(State::OpenConfirm, open, "NOTIFICATION 5/2");
  says(State::Established, open, "NOTIFICATION 5/3");
}

TEST_CASE("a NOTIFICATION is never answered, and nothing behind it is heard", "[session]") {
  const auto state = GENERATE(State::OpenSent, State::OpenConfirm, State::Established);
  const auto notification = GENERATE(Notification{ErrorCode::Cease, kCeaseShutdown, {}},
                                     Notification{ErrorCode::HoldTimerExpired, 0, {}},
                                     Notification{ErrorCode::OpenMessage, kOpenUnsupportedVersion, {0, 4}},
                                     Notification{static_cast<ErrorCode>(99), 77, {1, 2, 3}});
  Talk talk;
  talk.silently_to(state);
  auto octets = octets_of(notification);
  append(octets, octets_of(update_of(1)));
  append(octets, {1, 2, 3, 4});
  CHECK(talk.answer(octets).empty());
  CHECK(talk.session.state() == State::Idle);
  CHECK(talk.owner.closes == 1);
  CHECK(talk.owner.updates.empty());
  CHECK(talk.session.received().notifications == 1);
  CHECK(talk.session.notification_received() == notification);
  // And a session that is over hears nothing.
  CHECK(talk.answer(octets).empty());
  CHECK(talk.session.received().notifications == 1);
}

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

TEST_CASE("a refresh is asked for only where it can be answered (RFC 2918 §4)", "[session]") {
  const auto asks = [](std::vector<Capability> capabilities, Family family) {
    Talk talk;
    talk.silently_to(State::OpenSent);
    Open open{.my_as = 101,
              .hold_time = 90,
              .identifier = net::Ipv4Address::of(10, 0, 0, 2),
              .capabilities = std::move(capabilities)};
    talk.session.on_bytes(octets_of(open), kStart);
    CHECK_FALSE(talk.session.send_route_refresh(family));  // not yet
    talk.session.on_bytes(talk.keepalive, kStart);
    spoken(talk.session);
    const bool sent = talk.session.send_route_refresh(family);
    CHECK(spoken(talk.session) == (sent ? "ROUTE-REFRESH" : ""));
    return sent;
  };
  CHECK(asks({{2, {}}}, kIpv4Unicast));
  CHECK_FALSE(asks({{2, {}}}, kIpv6Unicast));
  CHECK_FALSE(asks({}, kIpv4Unicast));
}

TEST_CASE("an owner that does not admit a connection dumps it", "[session]") {
  Talk talk;
  talk.owner.admits = false;
  talk.silently_to(State::OpenSent);
  CHECK(talk.answer(talk.open) == "NOTIFICATION 6/7");
  CHECK(talk.session.state() == State::Idle);
}

TEST_CASE("hold times run out", "[session]") {
  SECTION("in OpenSent after four minutes") {
    Talk talk;
    talk.silently_to(State::OpenSent);
    talk.session.on_deadlines(kStart + 240s - 1ns);
    CHECK(spoken(talk.session).empty());
    talk.session.on_deadlines(kStart + 240s);
    CHECK(spoken(talk.session) == "NOTIFICATION 4/0");
  }
  SECTION("in OpenConfirm and Established after the agreed one, KEEPALIVEs sent until then") {
    const auto state = GENERATE(State::OpenConfirm, State::Established);
    Talk talk;
    talk.silently_to(state);
    int keepalives = 0;
    Instant now = kStart;
    while (talk.session.state() == state) {
      now = *talk.session.next_deadline();
      talk.session.on_deadlines(now);
      const std::string said = spoken(talk.session);
      if (said == "KEEPALIVE") {
        ++keepalives;
      } else {
        CHECK(said == "NOTIFICATION 4/0");
      }
    }
    CHECK(now == kStart + 9s);
    CHECK((keepalives == 3 || keepalives == 2));  // every 2.25 to 3 s
    CHECK(talk.session.end_text() == "Sent NOTIFICATION Hold Timer Expired");
    CHECK_FALSE(talk.session.next_deadline());
  }
  SECTION("unless something is heard") {
    Talk talk;
    talk.silently_to(State::Established);
    for (int i = 1; i <= 20; ++i) {
      const Instant now = kStart + i * 5s;
      talk.session.on_deadlines(now);
      talk.session.on_bytes(i % 2 == 0 ? talk.keepalive : octets_of(update_of(1)), now);
    }
    CHECK(talk.session.state() == State::Established);
  }
  SECTION("never when none was agreed") {
    SessionConfig config = config_of(100, 101, 1);
    config.fsm.hold_time = 0s;
    Talk talk(config);
    talk.silently_to(State::Established);
    CHECK_FALSE(talk.session.next_deadline());
  }
}

TEST_CASE("broken octets end the session with the right words", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  auto octets = octets_of(Keepalive{});
  SECTION("marker") {
    octets[3] = 0;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/1");
  }
  SECTION("length") {
    octets[17] = 18;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/2");
  }
  SECTION("type") {
    octets[18] = 6;
    CHECK(talk.answer(octets) == "NOTIFICATION 1/3");
  }
  SECTION("UPDATE whose lengths do not add up") {
    octets = octets_of(Update{});
    octets[20] = 1;
    CHECK(talk.answer(octets) == "NOTIFICATION 3/1");
  }
  SECTION("but what was whole before them counts") {
    auto stream = octets_of(update_of(3));
    octets[3] = 0;
    append(stream, octets);
    CHECK(talk.answer(stream) == "NOTIFICATION 1/1");
    CHECK(talk.owner.updates.size() == 1);
  }
  CHECK(talk.owner.downs == 1);
  CHECK(talk.owner.closes == 1);
}

TEST_CASE("an owner may end the session from within its own callback", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  talk.owner.during_update = [](Session& session) {
    session.handle(event::AutomaticStop{{ErrorCode::Cease, kCeaseMaxPrefixes, {}}}, kStart);
    CHECK(session.state() == State::Established);  // later, not now
  };
  auto stream = octets_of(update_of(1));
  append(stream, octets_of(update_of(2)));
  CHECK(talk.answer(stream) == "NOTIFICATION 6/1");
  CHECK(talk.owner.updates.size() == 1);
  CHECK(talk.owner.downs == 1);
}

TEST_CASE("a new connection begins from nothing", "[session]") {
  Talk talk;
  talk.silently_to(State::Established);
  talk.session.on_bytes(net::Bytes(talk.open).first(25), kStart);  // half a message
  const auto generation = talk.session.generation();
  talk.session.handle(event::TcpConnectionFails{}, kStart);
  CHECK(talk.session.state() == State::Idle);
  CHECK(talk.owner.downs == 1);
  CHECK(talk.session.end_text() == "Connection lost");
  talk.silently_to(State::Established);
  CHECK(talk.session.generation() == generation + 1);
  CHECK(talk.owner.ups == 2);
  CHECK(talk.owner.updates.empty());
}

TEST_CASE("a peer that reads nothing is given up after the send hold time", "[session]") {
  SessionConfig config = config_of(100, 101, 1);
  config.fsm.send_hold_time = 20s;
  Talk talk(config);
  talk.silently_to(State::Established);
  const auto alive_until = [&](Instant end) {
    for (Instant now = kStart; now <= end; now += 1s) {
      talk.session.on_bytes(talk.keepalive, now);
      talk.session.on_deadlines(now);
    }
    return talk.session.state() == State::Established;
  };
  talk.session.on_write_blocked(kStart);
  CHECK(alive_until(kStart + 19s));
  SECTION("progress") {
    talk.session.on_write_progress(kStart + 19s);
    CHECK(alive_until(kStart + 60s));
  }
  SECTION("none") {
    spoken(talk.session);
    CHECK_FALSE(alive_until(kStart + 20s));
    CHECK(spoken(talk.session).ends_with("NOTIFICATION 8/0"));
  }
}

// Found by session_fuzz: what a session without a connection had to say stayed for the next has_control().
TEST_CASE("an error without a connection ends in a silent Idle", "[session]") {
  auto config = config_of(100, 101, 1);
  config.fsm.passive = true;
  const Notification reply{ErrorCode::MessageHeader, kHeaderBadLength, {}};
  for (const Event& error : {Event{event::HeaderError{reply}}, Event{event::OpenError{reply}}}) {
    Talk talk(config);
    talk.to(State::Connect);
    REQUIRE(talk.session.state() == State::Active);
    talk.session.handle(error, kStart);
    CHECK(talk.session.state() == State::Idle);
    CHECK_FALSE(talk.session.has_control());
    CHECK(talk.owner.closes == 0);
  }
}
