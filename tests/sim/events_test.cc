// What the routers of a simulated chain write down of themselves: every route of every kernel table can be
// followed back to what caused it, UPDATE by UPDATE, and the stages add up.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "speaker/history.h"
#include "tests/sim/chain.h"

using namespace sim;
using speaker::Event;
using speaker::EventId;
using speaker::EventKind;
using speaker::History;
using speaker::Trace;
using speaker::Trigger;

namespace {

ChainOptions chain_of(std::size_t hops, std::size_t events = 4096) {
  ChainOptions options;
  options.hops = hops;
  options.simulator.events = events;
  return options;
}

History history_of(Chain& chain) {
  std::vector<History::Router> routers;
  std::vector<speaker::SessionEnds> sessions;
  for (std::uint32_t i = 0; i <= chain.hops(); ++i) {
    routers.push_back({fmt::format("ROUTER_{}", i), {}});
    if (i > 0)
      sessions.push_back({i - 1, static_cast<std::uint32_t>(chain.right_peer(i - 1)), i,
                          static_cast<std::uint32_t>(chain.left_peer(i))});
  }
  History history(std::move(routers), sessions);
  for (std::uint32_t i = 0; i <= chain.hops(); ++i) {
    speaker::EventRing::Cursor cursor;
    std::vector<Event> events;
    chain.network().events_of(i).read(cursor, 1u << 20, events);
    history.add(i, static_cast<speaker::EventNumber>(cursor.last + 1 - events.size()), events);
  }
  return history;
}

EventId last_route(const History& history, std::uint32_t router, const net::IpPrefix& prefix) {
  const auto route = history.last_route(router, prefix);
  INFO("ROUTER_" << router << " " << net::to_string(prefix));
  REQUIRE(route);
  return *route;
}

// A trace that ends at a root, hop by hop along the chain, whose stages leave out no nanosecond.
Trace check_trace(const History& history, EventId route) {
  Trace trace = history.trace(route);
  CHECK(trace.beginning == Trace::Beginning::Root);
  const auto* root = history.find(trace.root);
  REQUIRE(root != nullptr);
  CHECK(trace.total.count() == history.find(route)->at - root->at);
  nanoseconds sum{0};
  for (const auto& hop : trace.hops) sum += hop.total();
  CHECK(sum == trace.total);
  CHECK(trace.hops.front().route.router == trace.root.router);
  CHECK(trace.hops.back().route == route);
  for (std::size_t i = 1; i < trace.hops.size(); ++i)
    CHECK(std::abs(static_cast<int>(trace.hops[i].route.router) -
                   static_cast<int>(trace.hops[i - 1].route.router)) == 1);
  return trace;
}

}  // namespace

TEST_CASE("every kernel route of a chain is traced to its root", "[events]") {
  Chain chain(chain_of(4));
  REQUIRE(chain.network().run_until_quiet());
  const History history = history_of(chain);
  std::size_t routes = 0;
  for (std::uint32_t router = 0; router <= chain.hops(); ++router)
    for (const auto& [prefix, next_hop] : chain.network().kernel(router)) {
      const Trace trace = check_trace(history, last_route(history, router, prefix));
      CHECK(history.find(trace.root)->kind == EventKind::Trigger);
      CHECK(history.find(trace.root)->trigger() == Trigger::Start);
      ++routes;
    }
  CHECK(routes == 4 + 4 * 5);  // of ROUTER_0, which originates the default route, and of the others
}

TEST_CASE("a received UPDATE is the one that the sender wrote", "[events]") {
  Chain chain(chain_of(3));
  REQUIRE(chain.network().run_until_quiet());
  const History history = history_of(chain);
  std::size_t received = 0;
  for (std::uint32_t router = 0; router <= 3; ++router)
    for (const auto& [number, event] : history.events(router)) {
      if (event.kind != EventKind::Received) continue;
      ++received;
      const auto cause = history.cause_of({router, number});
      REQUIRE(cause);
      CHECK(cause->router == *history.far_router(router, event.peer));
      const Event& sent = *history.find(*cause);
      CHECK(sent.kind == EventKind::Sent);
      CHECK(sent.updates.connection == event.updates.connection);
      CHECK(sent.updates.first <= event.updates.first);
      CHECK(event.updates.first < sent.updates.first + sent.updates.count);
      CHECK(sent.at < event.at);  // the wire takes its time
    }
  CHECK(received > 0);
}

TEST_CASE("an announcement, its hops and its withdrawal", "[events]") {
  Chain chain(chain_of(2));
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  const net::IpPrefix prefix = *net::Ipv4Prefix::parse("203.0.113.0/24");
  for (const bool announce : {true, false}) {
    network.with(0, [&](speaker::Speaker& speaker) {
      announce ? speaker.announce(prefix, network.now()) : speaker.withdraw(prefix, network.now());
    });
    REQUIRE(network.run_until_quiet());
    const History history = history_of(chain);
    const EventId route = last_route(history, 2, prefix);
    const Event& change = *history.find(route);
    CHECK(change.step() == (announce ? rib::DecisionStep::OnlyRoute : rib::DecisionStep::None));
    CHECK(change.prefix.kernel == (announce ? rib::KernelChange::Install : rib::KernelChange::Remove));
    const Trace trace = check_trace(history, route);
    CHECK(trace.hops.size() == 3);
    CHECK(history.find(trace.root)->trigger() == (announce ? Trigger::Announce : Trigger::Withdraw));
    CHECK(history.find(trace.root)->prefix.prefix.value() == prefix);
    for (std::size_t hop = 1; hop < 3; ++hop) CHECK(trace.hops[hop].receive > 0ns);
    const auto wave = history.last_wave(prefix);
    REQUIRE(wave);
    CHECK(wave->root == trace.root);
    CHECK(wave->routes.size() == 3);
    CHECK(wave->routes.back() == route);
  }
}

TEST_CASE("what waits for MRAI is seen to wait", "[events]") {
  ChainOptions options = chain_of(3);
  options.mrai = {.interval = 3s, .mode = speaker::MraiMode::Quagga};
  Chain chain(options);
  Simulator& network = chain.network();
  REQUIRE(network.run_until_quiet());
  const net::IpPrefix prefix = *net::Ipv4Prefix::parse("203.0.113.0/24");
  network.with(0, [&](speaker::Speaker& speaker) { speaker.announce(prefix, network.now()); });
  REQUIRE(network.run_until_quiet());
  const History history = history_of(chain);
  const Trace trace = check_trace(history, last_route(history, 3, prefix));
  REQUIRE(trace.hops.size() == 4);
  nanoseconds waited{0};
  for (std::size_t hop = 1; hop < 4; ++hop) {
    CHECK(trace.hops[hop].mrai > 0ns);
    CHECK(trace.hops[hop].mrai <= 3s);
    CHECK(trace.hops[hop].session == 0ns);
    waited += trace.hops[hop].mrai;
  }
  CHECK(waited > trace.total * 9 / 10);
}

TEST_CASE("a route that a broken link has taken is put down to the link", "[events]") {
  Chain chain(chain_of(3));
  REQUIRE(chain.network().run_until_quiet());
  chain.cut(1);
  REQUIRE(chain.network().run_until_quiet());
  const History history = history_of(chain);
  const EventId route = last_route(history, 3, net::Ipv4Prefix());
  CHECK(history.find(route)->step() == rib::DecisionStep::None);
  const Trace trace = check_trace(history, route);
  CHECK(trace.hops.size() == 3);
  CHECK(trace.root.router == 1);
  CHECK(history.find(trace.root)->kind == EventKind::Link);
  CHECK_FALSE(history.find(trace.root)->usable());
}

TEST_CASE("where the log does not reach back, it says so", "[events]") {
  Chain chain(chain_of(6, 16));
  REQUIRE(chain.network().run_until_quiet());
  const History history = history_of(chain);
  std::size_t forgotten = 0;
  for (std::uint32_t router = 0; router <= 6; ++router)
    for (const auto& [number, event] : history.events(router))
      if (event.kind == EventKind::Route &&
          history.trace({router, number}).beginning == Trace::Beginning::Forgotten)
        ++forgotten;
  CHECK(forgotten > 0);
}

TEST_CASE("a kernel that answers late, and inputs meanwhile", "[events]") {
  ChainOptions options = chain_of(4);
  options.simulator.fib_delay = 5ms;
  Chain chain(options);
  REQUIRE(chain.network().run_until_quiet());
  const History history = history_of(chain);
  for (std::uint32_t router = 0; router <= chain.hops(); ++router)
    for (const auto& [prefix, next_hop] : chain.network().kernel(router))
      check_trace(history, last_route(history, router, prefix));
}
