// Two peers that dial each other: RFC 4271 §6.8 in every order of events, and what becomes of a neighbour
// over time: stops, resets, links that go and come, refusals and the pauses between attempts.
#include "bgp/peer.h"

#include <random>

#include <catch2/catch.hpp>

#include "tests/bgp/peer_pair.h"

using namespace bgp;
using namespace std::chrono_literals;
using session_test::octets_of;
using session_test::peer_config;
using session_test::PeerPair;
using session_test::spoken;

namespace {

// Runs until exactly one connection is left, Established at both ends; then it must last.
void check_settles(PeerPair& pair, std::chrono::milliseconds within) {
  const Instant start = pair.now;
  while (!pair.settled() || !pair.deliverable().empty()) {
    if (const auto waiting = pair.deliverable(); !waiting.empty()) {
      pair.deliver(waiting.front().first, waiting.front().second);
      continue;
    }
    const auto next = pair.next_deadline();
    REQUIRE(next);
    REQUIRE(*next <= start + within);
    pair.pass_time_to(std::max(pair.now, *next));
  }
  const auto ups = pair.ups;
  pair.run_until(pair.now + 20s);
  REQUIRE(pair.settled());
  REQUIRE(pair.ups == ups);
}

PeerPair higher_left() { return {peer_config(100, 101, 2), peer_config(101, 100, 1)}; }

}  // namespace

TEST_CASE("both ends dial: one connection is left, whatever the order", "[peer]") {
  const auto [left_id, right_id, left_as, right_as] = GENERATE(table<unsigned, unsigned, unsigned, unsigned>(
      {{1, 2, 100, 101}, {2, 1, 100, 101}, {1, 1, 100, 101}, {1, 1, 101, 100}, {2, 1, 100, 100}}));
  CAPTURE(left_id, right_id, left_as, right_as);
  std::size_t double_losses = 0;  // each end dumped the other's choice

  SECTION("every order of the first seven deliveries") {
    // The choices of a run as digits; a digit that a run cannot follow ends the count of its position.
    std::vector<std::size_t> choices(7, 0);
    std::size_t runs = 0;
    while (true) {
      PeerPair pair(peer_config(left_as, right_as, left_id), peer_config(right_as, left_as, right_id));
      pair.start();
      std::vector<std::size_t> widths;
      for (const std::size_t choice : choices) {
        const auto waiting = pair.deliverable();
        widths.push_back(waiting.size());
        if (choice >= waiting.size()) break;
        pair.deliver(waiting[choice].first, waiting[choice].second);
      }
      check_settles(pair, 0ms);
      ++runs;
      double_losses += pair.ups[0] + pair.ups[1] > 2 ? 1u : 0u;
      std::size_t at = choices.size();
      while (at-- > 0) {
        if (at < widths.size() && ++choices[at] < widths[at]) break;
        choices[at] = 0;
        if (at == 0) break;
      }
      if (at == 0 && choices[0] == 0) break;
    }
    CHECK(runs > 100);
    CHECK(double_losses == 0);
  }
  SECTION("random orders, with time passing in between") {
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 random(seed);
      PeerPair pair(peer_config(left_as, right_as, left_id), peer_config(right_as, left_as, right_id), seed);
      pair.start();
      for (int step = 0; step < 40; ++step) {
        const auto waiting = pair.deliverable();
        if (waiting.empty()) break;
        if (random() % 25 == 0 && pair.next_deadline()) {
          pair.pass_time_to(std::max(pair.now, *pair.next_deadline()));
        } else {
          const auto [wire, side] = waiting[random() % waiting.size()];
          pair.deliver(wire, side);
        }
      }
      check_settles(pair, 5s);
      double_losses += pair.ups[0] + pair.ups[1] > 2 ? 1u : 0u;
    }
    CHECK(double_losses == 0);
  }
}

TEST_CASE("of two connections in OpenConfirm, the higher identifier's own is kept", "[peer]") {
  const auto [left_id, right_id, left_as, right_as, kept] =
      GENERATE(table<unsigned, unsigned, unsigned, unsigned, std::size_t>({{2, 1, 100, 101, 0},
                                                                           {1, 2, 100, 101, 1},
                                                                           {200, 3, 100, 101, 0},
                                                                           {1, 1, 100, 101, 1},
                                                                           {1, 1, 101, 100, 0}}));
  CAPTURE(left_id, right_id, left_as, right_as);
  PeerPair pair(peer_config(left_as, right_as, left_id), peer_config(right_as, left_as, right_id));
  pair.start();
  // Both dial, both accept, both hear the OPEN on either connection before any KEEPALIVE.
  for (const auto& [wire, side] : std::vector<std::pair<std::size_t, int>>{
           {0, 1}, {1, 0}, {0, 0}, {1, 1}, {0, 0}, {1, 1}, {0, 1}, {1, 0}})
    pair.deliver(wire, side);
  check_settles(pair, 0ms);
  for (const std::size_t side : {0u, 1u}) {
    CHECK(pair[side].established_session()->dialled() == (side == kept));
    CHECK(pair.ups[side] == 1);
  }
}

TEST_CASE("a peer that is held down comes again when the pause is over", "[peer]") {
  const Notification cease{ErrorCode::Cease, kCeaseMaxPrefixes, {0, 1, 1, 0, 0, 0, 5}};
  PeerPair pair = higher_left();
  pair.start();
  pair.run_until(pair.now + 1s);
  REQUIRE(pair.settled());
  pair.said.clear();
  const Instant start = pair.now;
  pair[0].hold_down(cease, 60s, pair.now);
  pair[0].settle(pair.now);
  pair.run_until(start + 60s - 1ms);
  CHECK_FALSE(pair.settled());
  CHECK_FALSE(pair[0].wanted());
  CHECK(pair[0].state() == State::Idle);
  CHECK(pair.said.starts_with("0:NOTIFICATION 6/1 "));
  CHECK(pair.said.find("OPEN") == std::string::npos);  // nor is the other's dial taken
  CHECK(pair.dials[0] == 1);
  CHECK(pair[0].last_reset() == "Sent NOTIFICATION Cease/Maximum Number of Prefixes Reached");
  SECTION("by itself") {
    pair.run_until(start + 62s);
    CHECK(pair.settled());
    CHECK(pair[0].wanted());
  }
  SECTION("earlier, when an administrator resets it") {
    pair[0].reset(pair.now);
    pair[0].settle(pair.now);
    pair.run_until(pair.now + 10ms);
    CHECK(pair[0].wanted());
    CHECK(pair.dials[0] == 2);
  }
  SECTION("earlier, when an administrator stops and starts it") {
    pair[0].stop({}, pair.now);
    pair[0].start(pair.now);
    pair[0].settle(pair.now);
    CHECK(pair[0].wanted());
    CHECK(pair.dials[0] == 2);
  }
  SECTION("not earlier, when its link comes back") {
    PeerPair held = higher_left();
    held.start();
    held.run_until(held.now + 1s);
    held[0].hold_down(cease, 60s, held.now);
    held[0].settle(held.now);
    held.run_until(held.now + 5s);
    held.cut();
    held.run_until(held.now + 5s);
    held.heal();
    held.run_until(held.now + 5s);
    CHECK(held[0].state() == State::Idle);
    held.run_until(held.now + 50s);
    CHECK(held.settled());
  }
}

TEST_CASE("an end that has dialled does not wait for its own connection to be agreed upon", "[peer]") {
  PeerPair pair = higher_left();
  pair.start();
  const auto deliver = [&](std::size_t wire, int side) { pair.deliver(wire, side); };
  // Wire 0 is the left's, wire 1 the right's. Both have come up, and nobody has heard an OPEN …
  deliver(0, 1);  // SYN
  deliver(1, 0);  // SYN
  deliver(0, 0);  // SYN+ACK
  deliver(1, 1);  // SYN+ACK
  // … when the left hears on wire 1 whom it is talking to: wire 0 will stay, which the right, whose
  // identifier is the lower one, will choose as well.
  deliver(1, 0);  // the right's OPEN
  CHECK(pair.said.find("0:NOTIFICATION 6/7") != std::string::npos);
  CHECK(pair[0].state() == State::OpenSent);
  check_settles(pair, 0ms);
  for (const std::size_t side : {0u, 1u}) {
    CHECK(pair[side].established_session()->dialled() == (side == 0));
    CHECK(pair.ups[side] == 1);
  }
}

TEST_CASE("a connection that comes up beside one in OpenConfirm is left without a word", "[peer]") {
  PeerPair pair = higher_left();
  pair.start();
  pair.deliver(1, 0);  // SYN of the right
  pair.deliver(1, 1);  // SYN+ACK
  pair.deliver(1, 0);  // the right's OPEN
  REQUIRE(pair[0].state() == State::OpenConfirm);
  pair.said.clear();
  pair.deliver(0, 1);  // SYN of the left
  pair.deliver(0, 0);  // SYN+ACK
  CHECK(pair.said.find("0:OPEN") == std::string::npos);
  SECTION("and the peer hears of its end last") {
    pair.deliver(1, 1);  // the left's OPEN, the right being in OpenSent on both
    CHECK(pair[1].state() == State::OpenConfirm);
  }
  check_settles(pair, 0ms);
  for (const std::size_t side : {0u, 1u}) CHECK(pair[side].established_session()->dialled() == (side == 1));
  CHECK(pair.said.find("NOTIFICATION") == std::string::npos);
}

TEST_CASE("a connection beside an Established one is heard, dumped, and the first lives", "[peer]") {
  PeerPair pair = higher_left();
  pair.start();
  check_settles(pair, 1s);
  const auto sent = pair[0].sent();
  Session* second = pair[0].accept(pair.now);
  REQUIRE(second != nullptr);
  CHECK(spoken(*second).empty());
  const Open open{.my_as = 101,
                  .hold_time = 9,
                  .identifier = net::Ipv4Address::of(10, 0, 0, 1),
                  .capabilities = make_capabilities({}, 101)};
  SECTION("its OPEN comes") {
    second->on_bytes(octets_of(open), pair.now);
    CHECK(spoken(*second) == "NOTIFICATION 6/7");
  }
  SECTION("its OPEN comes late") {
    const Instant accepted = pair.now;
    pair.run_until(accepted + 2s - 1ms);
    CHECK(spoken(*second).empty());
    pair.run_until(accepted + 2s);
    CHECK(spoken(*second) == "OPEN");
    second->on_bytes(octets_of(open), pair.now);
    CHECK(spoken(*second) == "NOTIFICATION 6/7");
  }
  SECTION("nothing comes, and there are only so many places") {
    std::size_t places = 1;
    while (pair[0].accept(pair.now) != nullptr) ++places;
    CHECK(places < Peer::kSlots);
    second->handle(event::TcpConnectionFails{}, pair.now);
    pair[0].settle(pair.now);
    CHECK(pair[0].accept(pair.now) == second);
    return;
  }
  pair[0].settle(pair.now);
  CHECK_FALSE(second->connected());
  CHECK(pair[0].state() == State::Established);
  CHECK(pair[0].sent().notifications == sent.notifications + 1);
  pair.run_until(pair.now + 60s);
  CHECK(pair.settled());
  CHECK(pair.downs == std::array{0, 0});
}

TEST_CASE("a peer of another AS is told 2/2, again and again, with growing pauses", "[peer]") {
  PeerConfig left = peer_config(100, 999, 2), right = peer_config(101, 100, 1);
  right.passive = true;
  PeerPair pair(left, right);
  pair.start();
  std::vector<std::chrono::milliseconds> pauses;
  Instant last = pair.now;
  for (int dials = pair.dials[0]; pauses.size() < 7;) {
    if (const auto waiting = pair.deliverable(); !waiting.empty()) {
      pair.deliver(waiting.front().first, waiting.front().second);
    } else {
      REQUIRE(pair.next_deadline());
      pair.pass_time_to(std::max(pair.now, *pair.next_deadline()));
    }
    if (pair.dials[0] == dials) continue;
    dials = pair.dials[0];
    pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(pair.now - last));
    last = pair.now;
  }
  CHECK(pauses == std::vector{100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms});
  CHECK(pair.said.find("0:NOTIFICATION 2/2") != std::string::npos);
  CHECK(pair.said.find("1:NOTIFICATION") == std::string::npos);
  CHECK(pair.ups == std::array{0, 0});
}

TEST_CASE("a peer that is not there is dialled every connect retry time", "[peer]") {
  PeerPair pair(peer_config(100, 101, 2), peer_config(101, 100, 1));
  pair[0].set_link_usable(true, pair.now);
  pair[0].start(pair.now);  // the other one is not started: it accepts nobody
  pair.run_until(pair.now + 100s);
  CHECK(pair.dials[0] >= 100);
  CHECK(pair.dials[0] <= 134);  // jitter of 0.75 to 1
  pair[1].set_link_usable(true, pair.now);
  pair[1].start(pair.now);
  check_settles(pair, 1s);
}

TEST_CASE("while a peer's own connection is settled, the peer is not dialled", "[peer]") {
  PeerPair pair = higher_left();
  pair[0].set_link_usable(true, pair.now);
  pair[0].start(pair.now);
  pair[0].session(Peer::kDiallingSlot).handle(event::TcpConnectionFails{}, pair.now);  // nobody was there
  pair[0].settle(pair.now);
  CHECK(pair[0].state() == State::Active);
  Session* taken = pair[0].accept(pair.now);
  REQUIRE(taken != nullptr);
  CHECK(taken->state() == State::OpenSent);
  pair.pass_time_to(pair.now + 5s);  // beyond the connect retry time
  CHECK(pair.dials[0] == 1);
  CHECK(taken->state() == State::OpenSent);
}

TEST_CASE("a peer without a link is not dialled before it has one", "[peer]") {
  PeerPair pair = higher_left();
  for (const std::size_t side : {0u, 1u}) {
    pair[side].start(pair.now);
    pair[side].settle(pair.now);
    CHECK(pair[side].state() == State::Idle);
  }
  pair.run_until(pair.now + 100s);
  CHECK(pair.dials == std::array{0, 0});
  pair.heal();
  check_settles(pair, 1s);
}

TEST_CASE("a peer's counters are of all its connections", "[peer]") {
  PeerPair pair(peer_config(100, 101, 2), [] {
    PeerConfig passive = peer_config(101, 100, 1);
    passive.passive = true;
    return passive;
  }());
  pair.start();
  check_settles(pair, 1s);
  Session* second = pair[0].accept(pair.now);  // beside the one that was dialled
  REQUIRE(second != nullptr);
  const Open open{.my_as = 101,
                  .hold_time = 9,
                  .identifier = net::Ipv4Address::of(10, 0, 0, 1),
                  .capabilities = make_capabilities({}, 101)};
  second->on_bytes(octets_of(open), pair.now);
  pair[0].settle(pair.now);
  Session* first = pair[0].established_session();
  REQUIRE(first != nullptr);
  first->count_sent(3, 2, pair.now);
  first->on_bytes(octets_of(Update{}), pair.now);
  first->on_bytes(octets_of(RouteRefresh{kIpv4Unicast, kRefreshRequest}), pair.now);
  const auto check = [](const SessionCounters& all, const SessionCounters& a, const SessionCounters& b) {
    CHECK(all.opens == a.opens + b.opens);
    CHECK(all.notifications == a.notifications + b.notifications);
    CHECK(all.updates == a.updates + b.updates);
    CHECK(all.keepalives == a.keepalives + b.keepalives);
    CHECK(all.route_refreshes == a.route_refreshes + b.route_refreshes);
  };
  check(pair[0].sent(), first->sent(), second->sent());
  check(pair[0].received(), first->received(), second->received());
  CHECK(second->sent().notifications == 1);
  CHECK(pair[0].received().opens == 2);
  CHECK(pair[0].sent().updates == 3);
  CHECK(pair[0].sent().route_refreshes == 2);
}

TEST_CASE("one end passive", "[peer]") {
  PeerConfig left = peer_config(100, 101, 2), right = peer_config(101, 100, 1);
  left.passive = true;
  SECTION("the other dials") {
    PeerPair pair(left, right);
    pair.start();
    check_settles(pair, 1s);
    CHECK(pair.dials == std::array{0, 1});
    pair[1].reset(pair.now);
    pair[1].settle(pair.now);
    check_settles(pair, 1s);
    CHECK(pair.dials == std::array{0, 2});
  }
  SECTION("nobody does when both are") {
    right.passive = true;
    PeerPair pair(left, right);
    pair.start();
    pair.run_until(pair.now + 100s);
    CHECK(pair.dials == std::array{0, 0});
  }
}

TEST_CASE("a link that goes takes the session with it at once, and brings it back", "[peer]") {
  PeerPair pair = higher_left();
  pair.start();
  check_settles(pair, 1s);
  for (int time = 1; time <= 5; ++time) {
    pair.cut();
    CHECK(pair.downs == std::array{time, time});
    CHECK(pair[0].state() == State::Idle);
    CHECK_FALSE(pair[0].next_deadline());
    CHECK(pair[0].last_reset() == "Connection lost");
    CHECK(pair[0].accept(pair.now) == nullptr);
    pair.run_until(pair.now + 20s);
    CHECK(pair[0].state() == State::Idle);
    pair.heal();
    check_settles(pair, 1s);
  }
  CHECK(pair[0].connections_established() == 6);
  CHECK(pair[0].connections_dropped() == 5);
}

TEST_CASE("stop, start and reset", "[peer]") {
  PeerPair pair = higher_left();
  pair.start();
  check_settles(pair, 1s);
  pair.said.clear();
  pair[0].stop("back at noon", pair.now);
  pair[0].settle(pair.now);
  CHECK(pair.said == "0:NOTIFICATION 6/2 ");
  pair.run_until(pair.now + 30s);
  CHECK(pair[0].state() == State::Idle);
  CHECK(pair[0].admin_down());
  CHECK(pair[1].last_reset() == "Received NOTIFICATION Cease/Administrative Shutdown: \"back at noon\"");
  CHECK(pair[0].last_reset() == "Sent NOTIFICATION Cease/Administrative Shutdown: \"back at noon\"");
  CHECK(pair.said.find("1:NOTIFICATION") == std::string::npos);
  pair[0].start(pair.now);
  check_settles(pair, 2s);
  pair[0].reset(pair.now);
  pair[0].settle(pair.now);
  CHECK(pair[0].last_reset() == "Sent NOTIFICATION Cease/Administrative Reset");
  check_settles(pair, 2s);
}
