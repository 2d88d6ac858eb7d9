// Networks with more than one way: rings with chords. Routes are replaced by better ones and lost ones
// searched for along longer paths; links come and go, kernels refuse some replacements. Oracle: breadth-first
// search.
#include <deque>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "sim/simulator.h"

using namespace sim;

namespace {

struct Edge {
  std::size_t a, b;
};

// Router i is AS 65000 + i and originates 10.200.i.0/24 from its loopback; edge e is 10.0.e.0/24, a holds .1.
// With IPv6 it also originates 2001:db8:2xx::/48, and every edge but each third is 2001:db8:0:e::/64, too,
// and speaks both families; of these, each second session is over IPv6.
class Mesh {
 public:
  Mesh(std::size_t routers, std::uint64_t seed, nanoseconds fib_delay, bool ipv6 = false) : ipv6_(ipv6) {
    for (std::size_t i = 0; i < routers; ++i) edges_.push_back({i, (i + 1) % routers});
    std::mt19937_64 random(seed);
    for (std::size_t chord = 0; chord < routers / 3; ++chord) {
      const std::size_t a = random() % routers, b = (a + 2 + random() % (routers - 3)) % routers;
      edges_.push_back({a, b});
    }
    Options options;
    options.seed = seed;
    options.fib_delay = fib_delay;
    network_ = std::make_unique<Simulator>(options);
    std::vector<std::vector<LinkEnd>> ends(edges_.size());
    for (std::size_t router = 0; router < routers; ++router) {
      speaker::SpeakerConfig config;
      config.as = as_number(router);
      config.router_id = net::Ipv4Address::of(10, 200, static_cast<unsigned>(router), 1);
      config.seed = seed * 1000 + router;
      config.networks = {{stub(router), false}};
      std::vector<speaker::ConnectedPrefix> connected{{stub(router), config.router_id, 1, true}};
      if (ipv6) config.networks.push_back({ipv6_stub(router), true});
      for (std::size_t edge = 0; edge < edges_.size(); ++edge) {
        if (edges_[edge].a != router && edges_[edge].b != router) continue;
        const bool first = edges_[edge].a == router;
        const auto number = static_cast<unsigned>(edge);
        const auto ours = net::Ipv4Address::of(10, 0, number, first ? 1 : 2);
        speaker::NeighborConfig neighbor;
        neighbor.peer.address = net::Ipv4Address::of(10, 0, number, first ? 2 : 1);
        neighbor.peer.local_address = ours;
        const bool both = has_ipv6(edge);
        const auto ours_ipv6 = ipv6_address(edge, first ? 1 : 2);
        neighbor.peer.session.capabilities.ipv6_unicast = both;
        if (both && edge % 2 == 0) {
          neighbor.peer.address = ipv6_address(edge, first ? 2 : 1);
          neighbor.peer.local_address = ours_ipv6;
        }
        neighbor.peer.session.local_as = config.as;
        neighbor.peer.session.peer_as = as_number(first ? edges_[edge].b : edges_[edge].a);
        neighbor.peer.session.identifier = config.router_id;
        neighbor.peer.session.fsm.connect_retry = 1s;
        neighbor.peer.session.fsm.hold_time = 9s;
        ends[edge].push_back(
            {.router = router, .peer = config.neighbors.size(), .connected = connected.size()});
        connected.push_back({net::Ipv4Prefix(ours, 24), ours, number + 2, true});
        if (both) {
          ends[edge].back().prefixes = 2;
          connected.push_back({net::Ipv6Prefix(ours_ipv6, 64), ours_ipv6, number + 2, true});
        }
        config.neighbors.push_back(neighbor);
      }
      network_->add_router(std::move(config), std::move(connected));
    }
    for (const auto& both : ends) network_->add_link(both[0], both[1]);
    network_->start();
  }

  static std::uint32_t as_number(std::size_t router) { return 65000 + static_cast<std::uint32_t>(router); }
  static net::Ipv4Prefix stub(std::size_t router) {
    return {net::Ipv4Address::of(10, 200, static_cast<unsigned>(router), 0), 24};
  }
  static net::Ipv6Prefix ipv6_stub(std::size_t router) {
    auto address = *net::Ipv6Address::parse("2001:db8:200::");
    address.bytes[5] = static_cast<std::uint8_t>(router);
    return {address, 48};
  }
  static net::Ipv6Address ipv6_address(std::size_t edge, std::uint8_t host) {
    auto address = *net::Ipv6Address::parse("2001:db8::");
    address.bytes[7] = static_cast<std::uint8_t>(edge);
    address.bytes[15] = host;
    return address;
  }
  bool has_ipv6(std::size_t edge) const { return ipv6_ && edge % 3 != 1; }
  Simulator& network() { return *network_; }
  std::size_t edges() const { return edges_.size(); }

  // Every route goes one step nearer to its origin, and there is one wherever there is a way.
  void check_shortest() const {
    for (std::size_t origin = 0; origin < network_->size(); ++origin) {
      if (ipv6_) check_shortest_ipv6(origin);
      const auto distance = distances(origin, false);
      for (std::size_t router = 0; router < network_->size(); ++router) {
        if (router == origin) continue;
        CAPTURE(origin, router);
        const auto& kernel = network_->kernel(router);
        const auto route = kernel.find(stub(origin));
        REQUIRE((route != kernel.end()) == (distance[router] != kFar));
        if (route == kernel.end()) continue;
        const std::size_t edge = route->second.ipv4().value >> 8 & 0xff;
        REQUIRE(network_->is_up(edge));
        const std::size_t next = edges_[edge].a == router ? edges_[edge].b : edges_[edge].a;
        REQUIRE(distance[next] + 1 == distance[router]);
      }
    }
  }
  // The kernel holds what the RIB believes it to hold, and neighbours were told of nothing else.
  void check_tables_agree() const {
    for (std::size_t router = 0; router < network_->size(); ++router) {
      std::size_t installed = 0;
      for (const auto& route : (*network_)[router].routes(network_->now())) {
        CAPTURE(router, route.prefix.to_string());
        const auto& kernel = network_->kernel(router);
        const bool in_kernel = route.kernel == rib::KernelState::Installed;
        REQUIRE(kernel.contains(route.prefix) == in_kernel);
        installed += in_kernel ? 1 : 0;
        if (route.kernel == rib::KernelState::Failed) REQUIRE(route.advertised_to.empty());
        if (in_kernel) REQUIRE(kernel.at(route.prefix) == route.paths.front().attributes.next_hop);
      }
      REQUIRE(network_->kernel(router).size() == installed);
    }
  }

 private:
  static constexpr std::size_t kFar = 1000;

  void check_shortest_ipv6(std::size_t origin) const {
    const auto distance = distances(origin, true);
    for (std::size_t router = 0; router < network_->size(); ++router) {
      if (router == origin) continue;
      CAPTURE(origin, router);
      const auto& kernel = network_->ipv6_kernel(router);
      const auto route = kernel.find(ipv6_stub(origin));
      REQUIRE((route != kernel.end()) == (distance[router] != kFar));
      if (route == kernel.end()) continue;
      const std::size_t edge = route->second.ipv6().bytes[7];
      REQUIRE((network_->is_up(edge) && has_ipv6(edge)));
      const std::size_t next = edges_[edge].a == router ? edges_[edge].b : edges_[edge].a;
      REQUIRE(distance[next] + 1 == distance[router]);
    }
  }

  std::vector<std::size_t> distances(std::size_t from, bool over_ipv6) const {
    std::vector<std::size_t> distance(network_->size(), kFar);
    distance[from] = 0;
    for (std::deque<std::size_t> reached{from}; !reached.empty(); reached.pop_front())
      for (std::size_t edge = 0; edge < edges_.size(); ++edge) {
        const auto [a, b] = edges_[edge];
        if (!network_->is_up(edge) || (a != reached.front() && b != reached.front())) continue;
        if (over_ipv6 && !has_ipv6(edge)) continue;
        const std::size_t next = a == reached.front() ? b : a;
        if (distance[next] != kFar) continue;
        distance[next] = distance[reached.front()] + 1;
        reached.push_back(next);
      }
    return distance;
  }

  bool ipv6_;
  std::vector<Edge> edges_;
  std::unique_ptr<Simulator> network_;
};

void check_detector(Simulator& network) {
  REQUIRE(network.early_verdicts() == 0);
  REQUIRE(network.late_verdicts() == 0);
}

}  // namespace

TEST_CASE("rings with chords find the shortest paths that are left", "[mesh]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Mesh mesh(4 + random() % 8, seed, seed % 2 == 0 ? 0ns : nanoseconds(5ms));
    Simulator& network = mesh.network();
    for (int round = 0; round < 4; ++round) {
      REQUIRE(network.run_until_quiet(300s));
      mesh.check_shortest();
      mesh.check_tables_agree();
      for (int change = 0; change < 3; ++change)
        network.at(std::chrono::milliseconds(random() % 30), [&network, link = random() % mesh.edges()] {
          network.is_up(link) ? network.cut(link) : network.heal(link);
        });
      network.run_for(40ms);
    }
    REQUIRE(network.run_until_quiet(300s));
    check_detector(network);
  }
}

TEST_CASE("both families find their own shortest paths", "[mesh][ipv6]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Mesh mesh(4 + random() % 8, seed, seed % 2 == 0 ? 0ns : nanoseconds(5ms), true);
    Simulator& network = mesh.network();
    for (int round = 0; round < 4; ++round) {
      REQUIRE(network.run_until_quiet(300s));
      mesh.check_shortest();
      mesh.check_tables_agree();
      for (int change = 0; change < 3; ++change)
        network.at(std::chrono::milliseconds(random() % 30), [&network, link = random() % mesh.edges()] {
          network.is_up(link) ? network.cut(link) : network.heal(link);
        });
      network.run_for(40ms);
    }
    REQUIRE(network.run_until_quiet(300s));
    check_detector(network);
  }
}

TEST_CASE("replacements that the kernel refuses", "[mesh]") {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Mesh mesh(4 + random() % 8, seed, seed % 3 == 0 ? 0ns : nanoseconds(8ms));
    Simulator& network = mesh.network();
    network.kernel_error = [&](std::size_t, const rib::Decision& decision) {
      if (decision.kernel != rib::Decision::Kernel::Replace || random() % 2 == 0) return 0;
      ++refused;
      return ENETUNREACH;
    };
    for (int round = 0; round < 6; ++round) {
      REQUIRE(network.run_until_quiet(300s));
      mesh.check_tables_agree();
      const std::size_t link = random() % mesh.edges();
      network.is_up(link) ? network.cut(link) : network.heal(link);
    }
    check_detector(network);
  }
  CHECK(refused > 100);
}
