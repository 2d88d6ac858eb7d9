// Chains on the real kernel: what is in them, what they can do, and what is left of them.
#include "netns/chain_builder.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <linux/neighbour.h>
#include <map>
#include <optional>
#include <set>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <netlink/msg.h>

#include "netns/route_table.h"
#include "tests/netns/fresh_namespace.h"
#include "tests/netns/requests.h"
#include "tests/netns/tcp.h"

using netns::kLeftInterfaceIndex;
using netns::kRightInterfaceIndex;
using test::chain_plan;
using test::link_address;

namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

std::vector<std::uint8_t> octets_of(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const auto* begin = static_cast<const std::uint8_t*>(nla_data(attribute));
  return {begin, begin + nla_len(attribute)};
}

// index -> MAC address of each link here.
std::map<int, std::vector<std::uint8_t>> macs() {
  std::map<int, std::vector<std::uint8_t>> result;
  netns::NetlinkSocket().dump(RTM_GETLINK, ifinfomsg{}, [&](const nlmsghdr& message) {
    nlattr* attributes[IFLA_MAX + 1] = {};
    nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(ifinfomsg), attributes, IFLA_MAX, nullptr);
    result[static_cast<const ifinfomsg*>(nlmsg_data(&message))->ifi_index] =
        octets_of(attributes[IFLA_ADDRESS]);
  });
  return result;
}

// "index address mac" of each permanent IPv4 neighbor entry here.
std::set<std::string> permanent_neighbors() {
  std::set<std::string> result;
  ndmsg all{};
  all.ndm_family = AF_INET;
  netns::NetlinkSocket().dump(RTM_GETNEIGH, all, [&](const nlmsghdr& message) {
    nlattr* attributes[NDA_MAX + 1] = {};
    nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(ndmsg), attributes, NDA_MAX, nullptr);
    const auto& header = *static_cast<const ndmsg*>(nlmsg_data(&message));
    if (header.ndm_state == NUD_PERMANENT)
      result.insert(fmt::format("{} {} {}", header.ndm_ifindex,
                                fmt::join(octets_of(attributes[NDA_DST]), "."),
                                fmt::join(octets_of(attributes[NDA_LLADDR]), ":")));
  });
  return result;
}

std::string neighbor_entry(std::uint32_t index, net::Ipv4Address address, const netns::MacAddress& mac) {
  return fmt::format("{} {} {}", index, address.to_string(), fmt::join(mac, ":"));
}

// All of a namespace that a build could disturb: links, addresses, routes of every table, settings.
std::vector<std::string> snapshot() {
  std::vector<std::string> lines;
  const netns::InterfaceMonitor monitor;
  for (const auto& interface : monitor.interfaces()) {
    lines.push_back(
        fmt::format("{} {} {} {}", interface.index, interface.name, interface.admin_up, interface.carrier));
    for (const auto& address : interface.addresses)
      lines.push_back(fmt::format("  {}/{}", address.local.to_string(), address.prefix_length));
  }
  rtmsg routes{};
  routes.rtm_family = AF_INET;
  netns::NetlinkSocket().dump(RTM_GETROUTE, routes, [&](const nlmsghdr& message) {
    const auto* begin = static_cast<const std::uint8_t*>(nlmsg_data(&message));
    lines.push_back(fmt::format("route {:02x}", fmt::join(begin, begin + nlmsg_datalen(&message), "")));
  });
  for (const char* name :
       {"net/ipv4/ip_forward", "net/ipv4/conf/all/rp_filter", "net/ipv4/conf/default/rp_filter",
        "net/ipv4/ip_default_ttl", "net/ipv4/icmp_ratelimit", "net/ipv4/icmp_ratemask"})
    lines.push_back(fmt::format("{}={}", name, netns::read_sysctl(name)));
  return lines;
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "no failure";
}

}  // namespace

TEST_CASE("MAC addresses name node and side, and are unicast and locally administered") {
  CHECK(netns::mac_address(0x010203, true) == netns::MacAddress{0x02, 0, 1, 2, 3, 1});
  CHECK(netns::mac_address(7, false) == netns::MacAddress{0x02, 0, 0, 0, 7, 2});
}

TEST_CASE("a chain of five: links, addresses, carrier, neighbors, settings") {
  test::in_fresh_namespace([] {
    auto plan = chain_plan(5);
    plan[0].loopback = {{net::Ipv4Address::of(198, 51, 100, 1), 32}, {link_address(0, 1), 24}};
    std::vector<std::pair<netns::BuildPhase, std::size_t>> told;
    const auto chain =
        netns::build_chain(plan, [&](netns::BuildPhase phase, std::size_t done, std::size_t total) {
          CHECK(total == (phase == netns::BuildPhase::Namespaces ? 5u : 4u));
          told.emplace_back(phase, done);
          return true;
        });
    using enum netns::BuildPhase;
    CHECK(told == std::vector<std::pair<netns::BuildPhase, std::size_t>>{{Namespaces, 1},
                                                                         {Namespaces, 2},
                                                                         {Namespaces, 3},
                                                                         {Namespaces, 4},
                                                                         {Namespaces, 5},
                                                                         {Links, 1},
                                                                         {Links, 2},
                                                                         {Links, 3},
                                                                         {Links, 4}});
    REQUIRE(chain.size() == 5);

    for (std::uint32_t node = 0; node < 5; ++node) {
      INFO("node " << node);
      chain[node].enter();
      std::vector<netns::Interface> expected{
          {1, "lo", true, true, {{net::Ipv4Address::of(127, 0, 0, 1), 8}}}};
      if (std::filesystem::exists("/proc/sys/net/ipv6"))  // the links have no address of it
        expected[0].ipv6_addresses = {{net::Ipv6Address::parse("::1").value(), 128, true}};
      if (node == 0)
        expected[0].addresses.insert(expected[0].addresses.end(),
                                     {{link_address(0, 1), 24}, {net::Ipv4Address::of(198, 51, 100, 1), 32}});
      std::set<std::string> neighbors;
      if (node > 0) {
        expected.push_back({2, "left", true, true, {{link_address(node, 1), 24}}});
        neighbors.insert(neighbor_entry(2, link_address(node, 2), netns::mac_address(node - 1, false)));
        const auto mac = netns::mac_address(node, true);
        CHECK(macs()[2] == std::vector<std::uint8_t>(mac.begin(), mac.end()));
      }
      if (node < 4) {
        expected.push_back({3, "right", true, true, {{link_address(node + 1, 2), 24}}});
        neighbors.insert(neighbor_entry(3, link_address(node + 1, 1), netns::mac_address(node + 1, true)));
        const auto mac = netns::mac_address(node, false);
        CHECK(macs()[3] == std::vector<std::uint8_t>(mac.begin(), mac.end()));
      }
      netns::InterfaceMonitor monitor;
      CHECK(test::await(monitor, [&] { return monitor.interfaces() == expected; }));
      CHECK(permanent_neighbors() == neighbors);

      for (const auto& route : netns::RouteTable().dump()) {
        INFO(net::to_string(route.prefix));
        CHECK_FALSE(route.link_down);
        CHECK(route.protocol == RTPROT_KERNEL);
      }
      CHECK(netns::RouteTable().dump().size() == (node == 0 || node == 4 ? 1u : 2u));

      CHECK(netns::read_sysctl("net/ipv4/ip_forward") == "1");
      CHECK(netns::read_sysctl("net/ipv4/conf/all/rp_filter") == "0");
      CHECK(netns::read_sysctl("net/ipv4/ip_default_ttl") == "255");
      CHECK(netns::read_sysctl("net/ipv4/icmp_ratemask") == "0");
      if (node > 0) {
        CHECK(netns::read_sysctl("net/ipv4/conf/left/rp_filter") == "0");
        CHECK(netns::read_sysctl("net/ipv4/conf/left/forwarding") == "1");
      }
    }
  });
}

TEST_CASE("packets cross a chain") {
  test::in_fresh_namespace([] {
    auto plan = chain_plan(3);
    plan[0].answer_any = true;
    const auto chain = netns::build_chain(plan, {});
    const auto route = [&](std::size_t node, net::Ipv4Prefix prefix, net::Ipv4Address next_hop,
                           std::uint32_t interface) {
      chain[node].enter();
      const netns::RouteChange change{netns::RouteChange::Kind::Install, prefix, next_hop, interface};
      CHECK_FALSE(netns::RouteTable().apply({&change, 1})[0]);
    };
    const auto reaches = [&](std::size_t from, std::size_t to, net::Ipv4Address address) {
      chain[to].enter();
      test::Listener listener(179);
      chain[from].enter();
      return test::connects(address, 179) && listener.accepts();
    };

    SECTION("to the neighbor on either side") {
      CHECK(reaches(1, 0, link_address(1, 2)));
      CHECK(reaches(1, 2, link_address(2, 1)));
      CHECK(reaches(0, 1, link_address(1, 1)));
    }
    SECTION("through a router, and to any address where that is planned") {
      route(0, {link_address(2, 0), 24}, link_address(1, 1), kRightInterfaceIndex);
      route(2, {{}, 0}, link_address(2, 2), kLeftInterfaceIndex);
      route(1, {{}, 0}, link_address(1, 2), kLeftInterfaceIndex);
      CHECK(reaches(0, 2, link_address(2, 1)));
      CHECK(reaches(2, 0, link_address(1, 2)));
      CHECK(reaches(2, 0, net::Ipv4Address::of(8, 8, 8, 8)));
      // Its own neighbors remain neighbors.
      CHECK(reaches(0, 1, link_address(1, 1)));
    }
  });
}

TEST_CASE("the namespace of whoever builds stays as it was") {
  const auto host_before = snapshot();
  const auto host_inode = netns::Namespace::current().inode();
  test::in_fresh_namespace([] {
    test::set_link(1, true);
    test::change_address(true, 1, net::Ipv4Address::of(10, 1, 1, 1), 24);
    const auto before = snapshot();
    const auto inode = netns::Namespace::current().inode();
    netns::NetlinkSocket listener(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH);
    {
      const auto chain = netns::build_chain(chain_plan(20), {});
      CHECK(chain.size() == 20);
      CHECK(snapshot() == before);
      CHECK(netns::Namespace::current().inode() == inode);
    }
    // Not even for a moment: what comes and goes would have been told.
    std::size_t notices = 0;
    CHECK(listener.receive([&](const nlmsghdr&) { ++notices; }));
    CHECK(notices == 0);
    CHECK(snapshot() == before);
  });
  CHECK(snapshot() == host_before);
  CHECK(netns::Namespace::current().inode() == host_inode);
}

TEST_CASE("a long chain is built in order") {
  test::in_fresh_namespace([] {
    const auto before = open_descriptors();
    std::size_t calls = 0;
    {
      const auto chain = netns::build_chain(chain_plan(501), [&](auto, std::size_t, std::size_t) {
        ++calls;
        return true;
      });
      REQUIRE(chain.size() == 501);
      CHECK(calls == 501 + 500);
      for (const std::uint32_t node : {1u, 249u, 250u, 251u, 499u}) {
        INFO("node " << node);
        chain[node].enter();
        CHECK(netns::InterfaceMonitor().interfaces().size() == 3);
        const auto mac = netns::mac_address(node, true);
        CHECK(macs()[2] == std::vector<std::uint8_t>(mac.begin(), mac.end()));
      }
    }
    CHECK(open_descriptors() == before);
  });
}

TEST_CASE("closing the descriptors takes namespaces and links away") {
  test::in_fresh_namespace([] {
    const auto before = open_descriptors();
    auto chain = netns::build_chain(chain_plan(5), {});
    CHECK(open_descriptors() == before + 5);
    const netns::Namespace middle = std::move(chain[2]);
    middle.enter();
    netns::InterfaceMonitor monitor;
    REQUIRE(monitor.interfaces().size() == 3);
    chain.clear();
    CHECK(test::await(monitor, [&] { return monitor.interfaces().size() == 1; }));
  });
}

TEST_CASE("a build that fails or is stopped leaves nothing") {
  test::in_fresh_namespace([] {
    const auto before = open_descriptors();
    auto plan = chain_plan(5);
    // Keeps one of its namespaces to see from within that its neighbors are gone.
    std::optional<netns::Namespace> witness;
    const auto keep_second = [&](netns::BuildPhase phase, std::size_t done) {
      if (phase == netns::BuildPhase::Namespaces && done == 2) witness = netns::Namespace::current();
    };
    const auto witness_is_alone = [&] {
      witness->enter();
      netns::InterfaceMonitor monitor;
      return test::await(monitor, [&] { return monitor.interfaces().size() == 1; });
    };

    SECTION("an address given twice") {
      plan[3].loopback = {{net::Ipv4Address::of(10, 9, 9, 9), 32}, {net::Ipv4Address::of(10, 9, 9, 9), 32}};
      CHECK(failure_of([&] {
              netns::build_chain(plan, [&](netns::BuildPhase phase, std::size_t done, std::size_t) {
                keep_second(phase, done);
                return true;
              });
            }) == "add a loopback address of node 3: File exists");
      CHECK(open_descriptors() == before + 1);
      CHECK(witness_is_alone());
    }
    SECTION("a link that cannot be made") {
      CHECK(failure_of([&] {
              netns::build_chain(plan, [&](netns::BuildPhase phase, std::size_t done, std::size_t) {
                keep_second(phase, done);
                if (done == 2) {  // somebody takes our index in the second namespace
                  ifinfomsg taken{};
                  taken.ifi_index = kRightInterfaceIndex;
                  netns::NetlinkBatch batch;
                  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, taken);
                  const auto info = batch.begin_nested(IFLA_LINKINFO);
                  batch.attribute_string(IFLA_INFO_KIND, "bridge");
                  batch.end_nested(info);
                  netns::NetlinkSocket().execute_or_throw(batch, "make a bridge");
                }
                return true;
              });
            }) == "create link between node 1 and 2: File exists");
      CHECK(open_descriptors() == before + 1);
    }
    SECTION("too few descriptors") {
      rlimit limit{};
      REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
      const int lowest_free = ::dup(0);
      REQUIRE(lowest_free >= 0);
      ::close(lowest_free);
      const rlimit little{static_cast<rlim_t>(lowest_free) + 3, limit.rlim_max};
      REQUIRE(::setrlimit(RLIMIT_NOFILE, &little) == 0);
      const std::string failure = failure_of([&] { netns::build_chain(plan, {}); });
      REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
      CHECK_THAT(failure, Catch::Contains("of node ") && Catch::EndsWith(": Too many open files"));
      CHECK(open_descriptors() == before);
    }
    SECTION("stopped while namespaces are made") {
      CHECK(netns::build_chain(plan, [&](netns::BuildPhase, std::size_t done, std::size_t) {
              return done < 3;
            }).empty());
      CHECK(open_descriptors() == before);
    }
    SECTION("stopped while links are made") {
      CHECK(netns::build_chain(plan, [&](netns::BuildPhase phase, std::size_t done, std::size_t) {
              keep_second(phase, done);
              return phase == netns::BuildPhase::Namespaces || done < 3;
            }).empty());
      CHECK(open_descriptors() == before + 1);
      CHECK(witness_is_alone());
    }
    SECTION("a progress function that throws") {
      CHECK_THROWS_AS(netns::build_chain(plan, [](auto, std::size_t, std::size_t) -> bool { throw 1; }), int);
      CHECK(open_descriptors() == before);
    }
    SECTION("a plan whose nodes disagree") {
      plan[3].has_left = false;
      CHECK_THAT(failure_of([&] { netns::build_chain(plan, {}); }), Catch::StartsWith("plan node 3: "));
    }
    // And the same again works.
    CHECK(netns::build_chain(chain_plan(5), {}).size() == 5);
  });
}

TEST_CASE("a link that was down gets its neighbor entry back") {
  test::in_fresh_namespace([] {
    const auto chain = netns::build_chain(chain_plan(2), {});
    chain[0].enter();
    const auto before = permanent_neighbors();
    REQUIRE(before.size() == 1);
    test::set_link(kRightInterfaceIndex, false);
    test::set_link(kRightInterfaceIndex, true);
    CHECK(permanent_neighbors().empty());
    for (int time = 0; time < 2; ++time) {  // whether it is there or not
      CHECK_FALSE(
          netns::restore_neighbor(kRightInterfaceIndex, link_address(1, 1), netns::mac_address(1, true)));
      CHECK(permanent_neighbors() == before);
    }
  });
}

TEST_CASE("namespaces") {
  test::in_fresh_namespace([] {
    auto first = netns::Namespace::current();
    const auto second = netns::Namespace::create_and_enter();
    CHECK(first.inode() != second.inode());
    CHECK(netns::Namespace::current().inode() == second.inode());
    first.enter();
    CHECK(netns::Namespace::current().inode() == first.inode());
    CHECK(netns::Namespace::open(fmt::format("/proc/self/fd/{}", second.fd())).inode() == second.inode());
    CHECK((::fcntl(second.fd(), F_GETFD) & FD_CLOEXEC) != 0);
    const auto third = netns::Namespace::create();
    CHECK(third.inode() != first.inode());
    CHECK(third.inode() != second.inode());
    CHECK(netns::Namespace::current().inode() == first.inode());  // nobody was moved
    CHECK_THROWS_AS(netns::Namespace::open("/run/netns/there is none"), std::system_error);

    CHECK(netns::write_sysctl("net/ipv4/ip_default_ttl", "77"));
    CHECK(netns::read_sysctl("net/ipv4/ip_default_ttl") == "77");
    second.enter();
    CHECK(netns::read_sysctl("net/ipv4/ip_default_ttl") != "77");
    CHECK_FALSE(netns::write_sysctl("net/ipv4/there_is_none", "1"));
    CHECK_THROWS_AS(netns::write_sysctl("net/ipv4/ip_default_ttl", "none"), std::system_error);
  });
}
