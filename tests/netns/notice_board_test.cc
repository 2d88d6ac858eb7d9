// One socket hears of many namespaces, says which, and hears of no others.
#include "netns/notice_board.h"

#include <array>
#include <poll.h>
#include <set>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "netns/route_table.h"
#include "tests/netns/fresh_namespace.h"
#include "tests/netns/requests.h"

using netns::InterfaceMonitor;
using netns::kLeftInterfaceIndex;
using netns::kRightInterfaceIndex;
using test::find;
using test::link_address;

namespace {

constexpr std::uint32_t kLoopback = 1;

// A monitor in each namespace, fed from the board.
class Fed {
 public:
  explicit Fed(const std::vector<netns::Namespace>& namespaces)
      : namespaces_(namespaces), board_(netns::Vantage(namespaces), netns::interface_groups()) {
    for (const auto& one : namespaces) {
      one.enter();
      monitors_.emplace_back(InterfaceMonitor::Hears::FromOthers);
    }
  }

  netns::NoticeBoard& board() { return board_; }
  InterfaceMonitor& operator[](std::size_t place) { return monitors_[place]; }
  const std::set<std::size_t>& heard() const { return heard_; }

  bool read() {
    return board_.receive([this](std::size_t place, std::span<const std::uint8_t> messages) {
      heard_.insert(place);
      monitors_[place].update(messages);
    });
  }
  bool await(const std::function<bool()>& holds) {
    while (!holds()) {
      pollfd readable{board_.native_handle(), POLLIN, 0};
      if (::poll(&readable, 1, static_cast<int>(std::chrono::milliseconds(test::kPatience).count())) <= 0)
        return false;
      read();
    }
    return true;
  }
  // In each namespace, what a monitor made now would find.
  bool true_everywhere() {
    for (std::size_t i = 0; i < monitors_.size(); ++i) {
      namespaces_[i].enter();
      auto now = InterfaceMonitor().interfaces();
      auto known = monitors_[i].interfaces();
      for (auto& interface : known) interface.times_lost = 0;
      if (now != known) return false;
    }
    return true;
  }

 private:
  const std::vector<netns::Namespace>& namespaces_;
  netns::NoticeBoard board_;
  std::vector<InterfaceMonitor> monitors_;
  std::set<std::size_t> heard_;
};

}  // namespace

TEST_CASE("a link that falls is heard at both of its ends") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(4), {});
    Fed fed(chain);
    const auto both_usable = [&] {
      return find(fed[1], kLeftInterfaceIndex)->usable() && find(fed[0], kRightInterfaceIndex)->usable();
    };
    REQUIRE(fed.await(both_usable));
    chain[1].enter();
    test::set_link(kLeftInterfaceIndex, false);
    CHECK(fed.await([&] {
      return !find(fed[1], kLeftInterfaceIndex)->admin_up && !find(fed[0], kRightInterfaceIndex)->carrier;
    }));
    chain[1].enter();
    test::set_link(kLeftInterfaceIndex, true);
    CHECK(fed.await(both_usable));
    CHECK(find(fed[0], kRightInterfaceIndex)->times_lost == 1);
    CHECK(fed.true_everywhere());
  });
}

TEST_CASE("namespaces that are not listened to are not heard") {
  test::in_fresh_namespace([] {
    auto chain = netns::build_chain(test::chain_plan(2), {});
    std::vector<netns::Namespace> listened;
    listened.push_back(std::move(chain[1]));
    Fed fed(listened);
    chain[0].enter();
    test::change_address(true, kLoopback, net::Ipv4Address::of(10, 1, 1, 1), 32);
    // What came first would have been heard first.
    listened[0].enter();
    test::change_address(true, kLoopback, net::Ipv4Address::of(10, 1, 1, 2), 32);
    CHECK(fed.await([&] { return find(fed[0], kLoopback)->addresses.size() == 2; }));
    CHECK(fed.heard() == std::set<std::size_t>{0});
    CHECK(fed.true_everywhere());
  });
}

TEST_CASE("after an overrun of the board everybody looks again") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(3), {});
    Fed fed(chain);
    const int octets = 1;  // the kernel's minimum
    REQUIRE(::setsockopt(fed.board().native_handle(), SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets) == 0);
    for (const auto& one : chain) {
      one.enter();
      netns::NetlinkBatch batch;
      for (unsigned i = 1; i <= 200; ++i)
        test::add_address_request(batch, true, kLoopback, net::Ipv4Address::of(10, 0, 0, i), 32);
      netns::NetlinkSocket().execute_or_throw(batch, "add addresses");
    }
    CHECK_FALSE(fed.read());
    CHECK_FALSE(fed.true_everywhere());
    for (std::size_t i = 0; i < chain.size(); ++i) {
      chain[i].enter();
      CHECK(fed[i].look_again());
    }
    CHECK(fed.true_everywhere());

    // And it goes on hearing.
    chain[2].enter();
    test::change_address(false, kLoopback, net::Ipv4Address::of(10, 0, 0, 1), 32);
    CHECK(fed.await([&] { return find(fed[2], kLoopback)->addresses.size() == 200; }));
  });
}

TEST_CASE("two boards at one vantage hear each what it is for") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    std::optional<netns::Vantage> vantage(chain);
    netns::NoticeBoard links(*vantage, netns::interface_groups(), netns::NoticeBoard::Hears::Everyone);
    netns::NoticeBoard routes(*vantage, netns::route_groups());
    vantage.reset();  // the boards keep it
    const auto heard = [](netns::NoticeBoard& board) {
      std::vector<std::size_t> places;
      pollfd readable{board.native_handle(), POLLIN, 0};
      const auto patience = std::chrono::milliseconds(test::kPatience).count();
      if (::poll(&readable, 1, static_cast<int>(patience)) > 0)
        board.receive([&](std::size_t place, std::span<const std::uint8_t>) { places.push_back(place); });
      return places;
    };
    chain[1].enter();
    test::change_address(true, kLoopback, net::Ipv4Address::of(10, 7, 0, 1), 32);
    const auto of_links = heard(links), of_routes = heard(routes);  // an address brings a route along
    REQUIRE_FALSE(of_links.empty());
    REQUIRE_FALSE(of_routes.empty());
    CHECK(std::set(of_links.begin(), of_links.end()) == std::set<std::size_t>{1});
    CHECK(std::set(of_routes.begin(), of_routes.end()) == std::set<std::size_t>{1});
  });
}

TEST_CASE("others' changes of routes are heard, those of a RouteTable are not") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    netns::NoticeBoard board(netns::Vantage(chain), netns::interface_groups() | netns::route_groups());
    std::vector<netns::RouteNotice> notices;
    const auto await = [&](std::size_t count) {
      while (notices.size() < count) {
        pollfd readable{board.native_handle(), POLLIN, 0};
        if (::poll(&readable, 1, static_cast<int>(std::chrono::milliseconds(test::kPatience).count())) <= 0)
          return false;
        board.receive([&](std::size_t, std::span<const std::uint8_t> messages) {
          for (const auto& notice : netns::route_notices(messages)) notices.push_back(notice);
        });
      }
      return true;
    };
    chain[1].enter();
    const net::IpPrefix ours = *net::Ipv4Prefix::parse("10.5.0.0/16");
    const net::Ipv4Prefix theirs = *net::Ipv4Prefix::parse("10.6.0.0/16");
    const net::Ipv4Address next_hop = link_address(1, 2);
    using Kind = netns::RouteChange::Kind;
    netns::RouteTable table;
    const netns::RouteChange install{Kind::Install, ours, next_hop, kLeftInterfaceIndex};
    // Neither alone, when it is echoed, nor in a batch, when it is not.
    REQUIRE_FALSE(table.apply(std::array{install}).front());
    const net::IpPrefix second = *net::Ipv4Prefix::parse("10.7.0.0/16");
    const netns::RouteChange another{Kind::Install, second, next_hop, kLeftInterfaceIndex};
    const netns::RouteChange removal{Kind::Remove, second, next_hop, kLeftInterfaceIndex};
    for (const auto& error : table.apply(std::array{another, removal})) REQUIRE_FALSE(error);
    test::add_static_route(theirs, next_hop, 7);
    REQUIRE(await(1));
    CHECK(notices[0].route.prefix == net::IpPrefix(theirs));
    CHECK(notices[0].route.next_hop == net::IpAddress(next_hop));
    CHECK(notices[0].route.metric == 7);
    CHECK_FALSE(notices[0].removed);
    CHECK(notices[0].port != netns::kRoutePort);

    // A second table here has another port, and is somebody else.
    netns::RouteTable stranger;
    REQUIRE_FALSE(
        stranger.apply(std::array{netns::RouteChange{Kind::Remove, ours, next_hop, kLeftInterfaceIndex}})
            .front());
    REQUIRE(await(2));
    CHECK(notices[1].route.prefix == ours);
    CHECK(notices[1].route.metric == netns::kRouteMetric);
    CHECK(notices[1].removed);
    CHECK(notices.size() == 2);
  });
}

TEST_CASE("the board leaves no number in the namespaces it listens to, nor in the one it is made from") {
  test::in_fresh_namespace([] {
    const auto numbers_here = [] {
      std::size_t count = 0;
      netns::NetlinkSocket().dump(RTM_GETNSID, rtgenmsg{AF_UNSPEC}, [&](const nlmsghdr&) { ++count; });
      return count;
    };
    const auto here = netns::Namespace::current();
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    const auto before = numbers_here();  // its link has made the other end's known
    here.enter();
    const auto before_here = numbers_here();
    const Fed fed(chain);
    chain[0].enter();
    CHECK(numbers_here() == before);
    here.enter();
    CHECK(numbers_here() == before_here);
  });
}
