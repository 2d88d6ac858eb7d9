// Notifications of a namespace's links and addresses, and what happens when they are too many.
#include "netns/interface_monitor.h"

#include <cstdint>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/netns/fresh_namespace.h"
#include "tests/netns/requests.h"

using netns::kLeftInterfaceIndex;
using netns::kRightInterfaceIndex;
using test::find;
using test::link_address;

namespace {

constexpr std::uint32_t kLoopback = 1;

using Octets = std::vector<std::uint8_t>;

template <class Value>
void append(Octets& out, const Value& value) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), octets, octets + sizeof value);
}

void append_attribute(Octets& out, std::uint16_t type, const Octets& value) {
  append(out, nlattr{static_cast<std::uint16_t>(NLA_HDRLEN + value.size()), type});
  out.insert(out.end(), value.begin(), value.end());
  out.resize(NLMSG_ALIGN(out.size()));
}

// What the kernel tells of an interface: as much of it as matters here.
Octets link_notice(int index, std::string_view kind, unsigned flags, std::uint8_t state) {
  Octets info, notice;
  Octets terminated(kind.begin(), kind.end());
  terminated.push_back(0);
  append_attribute(info, IFLA_INFO_KIND, terminated);
  ifinfomsg link{};
  link.ifi_index = index;
  link.ifi_flags = flags;
  nlmsghdr header{};
  header.nlmsg_type = RTM_NEWLINK;
  append(notice, header);
  append(notice, link);
  append_attribute(notice, IFLA_OPERSTATE, {state});
  append_attribute(notice, IFLA_LINKINFO, info);
  reinterpret_cast<nlmsghdr&>(notice.front()).nlmsg_len = static_cast<std::uint32_t>(notice.size());
  return notice;
}

void make_tiny(int socket) {
  const int octets = 1;  // the kernel's minimum
  REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets) == 0);
}

}  // namespace

TEST_CASE("a link set down here, and one that loses carrier by the other end") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    netns::InterfaceMonitor right;
    chain[1].enter();
    netns::InterfaceMonitor left;
    REQUIRE(test::await_usable(left, kLeftInterfaceIndex));
    REQUIRE(test::await_usable(right, kRightInterfaceIndex));

    test::set_link(kLeftInterfaceIndex, false);
    CHECK(test::await(left, [&] { return !find(left, kLeftInterfaceIndex)->admin_up; }));
    CHECK(test::await(right, [&] { return !find(right, kRightInterfaceIndex)->carrier; }));
    CHECK(find(right, kRightInterfaceIndex)->admin_up);
    CHECK_FALSE(find(right, kRightInterfaceIndex)->usable());
    CHECK(find(right, kRightInterfaceIndex)->times_lost == 1);

    test::set_link(kLeftInterfaceIndex, true);
    CHECK(test::await(left, [&] { return find(left, kLeftInterfaceIndex)->usable(); }));
    CHECK(test::await(right, [&] { return find(right, kRightInterfaceIndex)->usable(); }));
  });
}

TEST_CASE("a fall and rise between two updates is not missed") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[0].enter();
    netns::InterfaceMonitor monitor;
    REQUIRE(test::await_usable(monitor, kRightInterfaceIndex));
    monitor.update();
    const auto before = *find(monitor, kRightInterfaceIndex);
    test::set_link(kRightInterfaceIndex, false);
    test::set_link(kRightInterfaceIndex, true);
    CHECK(monitor.update());
    const auto* after = find(monitor, kRightInterfaceIndex);
    CHECK(after->admin_up);
    CHECK(after->times_lost == before.times_lost + 1);
    CHECK(after->addresses == before.addresses);
  });
}

TEST_CASE("an end of a veth pair is used when the kernel sends through it") {
  test::in_fresh_namespace([] {
    netns::InterfaceMonitor monitor;
    const auto hear = [&monitor](std::string_view kind, unsigned flags, std::uint8_t state) {
      constexpr int kIndex = 7;
      monitor.update(link_notice(kIndex, kind, IFF_UP | flags, state));
      return find(monitor, kIndex)->usable();
    };
    CHECK_FALSE(hear("veth", 0, IF_OPER_DOWN));
    CHECK_FALSE(hear("veth", IFF_LOWER_UP, IF_OPER_UNKNOWN));  // newly made
    CHECK_FALSE(hear("veth", IFF_LOWER_UP, IF_OPER_DOWN));     // back again
    CHECK(hear("veth", IFF_LOWER_UP, IF_OPER_UP));
    CHECK(hear("tun", IFF_LOWER_UP, IF_OPER_UNKNOWN));  // and stays so
    CHECK_FALSE(hear("tun", 0, IF_OPER_DOWN));
  });
}

TEST_CASE("addresses come and go") {
  test::in_fresh_namespace([] {
    test::set_link(kLoopback, true);
    netns::InterfaceMonitor monitor;
    const netns::InterfaceAddress standard{net::Ipv4Address::of(127, 0, 0, 1), 8};
    const netns::InterfaceAddress added{net::Ipv4Address::of(10, 1, 2, 3), 24};
    CHECK(find(monitor, kLoopback)->addresses == std::vector{standard});

    test::change_address(true, kLoopback, added.local, added.prefix_length);
    CHECK(monitor.update());
    CHECK(find(monitor, kLoopback)->addresses == std::vector{added, standard});
    CHECK_FALSE(monitor.update());

    test::change_address(false, kLoopback, added.local, added.prefix_length);
    CHECK(monitor.update());
    CHECK(find(monitor, kLoopback)->addresses == std::vector{standard});
    CHECK(find(monitor, kLoopback)->times_lost == 0);
  });
}

TEST_CASE("a deleted link is gone at both ends") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(test::chain_plan(2), {});
    chain[1].enter();
    netns::InterfaceMonitor left;
    chain[0].enter();
    netns::InterfaceMonitor right;
    test::delete_link(kRightInterfaceIndex);
    CHECK(test::await(right, [&] { return find(right, kRightInterfaceIndex) == nullptr; }));
    CHECK(test::await(left, [&] { return find(left, kLeftInterfaceIndex) == nullptr; }));
    CHECK(right.interfaces().size() == 1);
  });
}

TEST_CASE("after an overrun the monitor is right again") {
  test::in_fresh_namespace([] {
    test::set_link(kLoopback, true);
    netns::InterfaceMonitor monitor;
    netns::NetlinkSocket beside(RTMGRP_LINK | RTMGRP_IPV4_IFADDR);
    make_tiny(monitor.native_handle());
    make_tiny(beside.native_handle());

    netns::NetlinkBatch batch;
    std::vector<netns::InterfaceAddress> expected;
    for (unsigned i = 1; i <= 200; ++i) {
      expected.push_back({net::Ipv4Address::of(10, 0, 0, i), 32});
      test::add_address_request(batch, true, kLoopback, expected.back().local, 32);
    }
    // The first ones, whose arrival still fits into the queue, are taken away again, which does not.
    for (unsigned i = 1; i <= 10; ++i) {
      test::add_address_request(batch, false, kLoopback, net::Ipv4Address::of(10, 0, 0, i), 32);
    }
    expected.erase(expected.begin(), expected.begin() + 10);
    expected.push_back({net::Ipv4Address::of(127, 0, 0, 1), 8});
    netns::NetlinkSocket().execute_or_throw(batch, "add addresses");

    std::size_t seen = 0;
    CHECK_FALSE(beside.receive([&](const nlmsghdr&) { ++seen; }));  // it was an overrun indeed
    CHECK(seen < 210);
    CHECK(monitor.update());
    CHECK(find(monitor, kLoopback)->addresses == expected);
    CHECK(find(monitor, kLoopback)->times_lost == 1);
    CHECK_FALSE(monitor.update());

    // And it goes on hearing.
    test::change_address(true, kLoopback, net::Ipv4Address::of(10, 0, 0, 1), 32);
    CHECK(monitor.update());
    CHECK(find(monitor, kLoopback)->addresses.front().local == net::Ipv4Address::of(10, 0, 0, 1));
  });
}

TEST_CASE("an unknown request fails by its own error, and the next one is not confused by it") {
  test::in_fresh_namespace([] {
    netns::NetlinkSocket socket;
    netns::NetlinkBatch batch;
    ifinfomsg nowhere{};
    nowhere.ifi_index = 4711;
    batch.begin(RTM_NEWLINK, 0, nowhere);
    CHECK(socket.execute(batch).at(0).value() == ENODEV);
    CHECK_THROWS_WITH(socket.execute_or_throw(batch, "set up 4711"), "set up 4711: No such device");
    batch.clear();
    CHECK(batch.empty());
    ifinfomsg loopback{};
    loopback.ifi_index = kLoopback;
    batch.begin(RTM_NEWLINK, 0, loopback);
    CHECK_FALSE(socket.execute(batch).at(0));
    CHECK_THROWS_AS(socket.dump(0x7ff0, loopback, [](const nlmsghdr&) {}), std::system_error);
    std::size_t links = 0;
    socket.dump(RTM_GETLINK, ifinfomsg{}, [&](const nlmsghdr&) { ++links; });
    CHECK(links == 1);
  });
}
