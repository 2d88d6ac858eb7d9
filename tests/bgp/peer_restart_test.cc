// A peer that promised to preserve its routes, restarts and dials before its old connection is missed (RFC
// 4724 §4.2); and what its owner hears of it.
#include <functional>

#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "bgp/peer.h"
#include "tests/bgp/captures.h"
#include "tests/bgp/session_owner.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::octets_of;
using session_test::spoken;

namespace {

struct Owner final : PeerOwner {
  int ups = 0, downs = 0;
  std::vector<RouteRefresh> refreshes;
  std::vector<Update> updates;
  std::function<void(Peer&)> during_established;

  void dial(Peer&, Session&) override {}
  void close(Peer&, Session&) override {}
  void established(Peer& peer, Session&) override {
    ++ups;
    if (during_established) during_established(peer);
  }
  void down(Peer&, Session&) override { ++downs; }
  void update(Peer&, Session&, Update&& update) override { updates.push_back(std::move(update)); }
  void route_refresh(Peer&, Session&, const RouteRefresh& refresh) override { refreshes.push_back(refresh); }
};

// Without a Graceful Restart capability where `graceful` is null.
Open open_with(const char* graceful) {
  Open open{
      .my_as = 101, .hold_time = 9, .identifier = net::Ipv4Address::of(10, 0, 0, 2), .capabilities = {}};
  open.capabilities.push_back({1, {0, 1, 0, 1}});
  open.capabilities.push_back({2, {}});
  if (graceful != nullptr) open.capabilities.push_back({64, captures::octets(graceful)});
  return open;
}

struct Passive {
  Passive() : peer(config(), owner, jitter, 0) {
    peer.set_link_usable(true, now);
    peer.start(now);
    peer.settle(now);
  }
  explicit Passive(const char* first) : Passive() {
    up = &hear_open(first);
    up->on_bytes(octets_of(Keepalive{}), now);
    REQUIRE(peer.established_session() == up);
  }
  Session& hear_open(const char* graceful) {
    Session* session = peer.accept(now);
    REQUIRE(session != nullptr);
    session->on_bytes(octets_of(open_with(graceful)), now);
    return *session;
  }
  static PeerConfig config() {
    PeerConfig config;
    config.session.local_as = 100;
    config.session.peer_as = 101;
    config.session.identifier = net::Ipv4Address::of(10, 0, 0, 1);
    config.passive = true;
    return config;
  }

  Instant now{1000s};
  Owner owner;
  Jitter jitter{1};
  Peer peer;
  Session* up = nullptr;
};

}  // namespace

TEST_CASE("a peer that has restarted takes the place of what it was", "[peer][graceful]") {
  const char* const kPreserves = "0078 0001 01 80";
  const char* const kRestarting = "8078 0001 01 80";
  const char* const kPreservesNothing = "0078";
  struct Row {
    const char* name;
    const char* promised;
    const char* said;
    bool replaced;
  };
  const Row rows[] = {{"promised, and restarting", kPreserves, kRestarting, true},
                      {"restarting, and preserves nothing now", kPreserves, "8078", true},
                      {"not restarting", kPreserves, kPreserves, false},
                      {"without the capability now", kPreserves, nullptr, false},
                      {"preserved nothing before", kPreservesNothing, kRestarting, false},
                      {"promised nothing before", nullptr, kRestarting, false}};
  for (const Row& row : rows) {
    INFO(row.name);
    Passive passive(row.promised);
    Session& second = passive.hear_open(row.said);
    CHECK(passive.owner.downs == (row.replaced ? 1 : 0));
    if (!row.replaced) {
      CHECK(spoken(second) == "NOTIFICATION 6/7");
      CHECK(passive.peer.established_session() == passive.up);
      continue;
    }
    CHECK_FALSE(passive.up->connected());
    CHECK(spoken(second) == "OPEN KEEPALIVE");
    second.on_bytes(octets_of(Keepalive{}), passive.now);
    passive.peer.settle(passive.now);
    CHECK(passive.peer.established_session() == &second);
    CHECK(passive.owner.ups == 2);
  }
}

TEST_CASE("what an established peer says reaches its owner", "[peer]") {
  Passive passive(nullptr);
  passive.up->on_bytes(octets_of(RouteRefresh{kIpv4Unicast, kRefreshRequest}), passive.now);
  CHECK(passive.owner.refreshes == std::vector{RouteRefresh{kIpv4Unicast, kRefreshRequest}});
  passive.up->on_bytes(octets_of(Update{}), passive.now);
  REQUIRE(passive.owner.updates.size() == 1);
  CHECK(passive.owner.updates[0].is_end_of_rib());
  CHECK(passive.peer.received().route_refreshes == 1);
}

TEST_CASE("a connection lost before it was a session leaves its place empty", "[peer]") {
  Passive passive;
  Session* session = passive.peer.accept(passive.now);
  REQUIRE(session != nullptr);
  CHECK(spoken(*session) == "OPEN");
  session->handle(event::TcpConnectionFails{}, passive.now);
  CHECK(session->state() == State::Active);  // RFC 4271 §8.2.2, Event 18 in OpenSent
  passive.peer.settle(passive.now);
  CHECK(session->state() == State::Idle);
  CHECK_FALSE(session->next_deadline());
}

TEST_CASE("a peer that its owner stops and starts from a callback comes again", "[peer]") {
  Passive passive;
  passive.owner.during_established = [&](Peer& peer) {
    peer.stop("", passive.now);  // waits until the session is done with what made it call
    peer.start(passive.now);
  };
  Session& first = passive.hear_open(nullptr);
  first.on_bytes(octets_of(Keepalive{}), passive.now);
  CHECK(spoken(first) == "OPEN KEEPALIVE NOTIFICATION 6/2");
  passive.peer.settle(passive.now);
  CHECK(passive.peer.state() == State::Active);
  passive.owner.during_established = nullptr;
  passive.hear_open(nullptr).on_bytes(octets_of(Keepalive{}), passive.now);
  CHECK(passive.peer.established_session() != nullptr);
}
