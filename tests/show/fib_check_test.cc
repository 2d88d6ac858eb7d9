// Each way in which a kernel's table may differ from the Loc-RIB, and what is no difference.
#include "show/fib_check.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using show::KernelRoute;
using speaker::LocRoute;
using State = rib::KernelState;

constexpr std::uint8_t kBgp = 186, kStatic = 4, kKernel = 2;
const show::FibPlace kPlace{kBgp, 20, 1044};

LocRoute loc(const char* prefix, const char* next_hop, State state = State::Installed) {
  LocRoute route;
  route.prefix = *net::parse_ip_prefix(prefix);
  route.neighbor = net::IpAddress::parse("10.0.0.2");
  route.attributes.next_hop = *net::IpAddress::parse(next_hop);
  route.kernel = state;
  route.interface = 2;
  return route;
}

KernelRoute kernel(const char* prefix, const char* next_hop, std::uint8_t protocol = kBgp,
                   std::uint32_t metric = 20) {
  return {*net::parse_ip_prefix(prefix), *net::IpAddress::parse(next_hop), 2, protocol, metric};
}

std::string in_words(const std::vector<LocRoute>& routes, const std::vector<KernelRoute>& table) {
  std::string text;
  for (const auto& difference : show::check_fib(kPlace, routes, table).differences)
    text += fmt::format("{}: {}\n", show::to_string(difference.kind), difference.sentence);
  return text;
}

}  // namespace

TEST_CASE("a table that is what BGP says has no difference", "[fib_check]") {
  auto own = loc("10.1.0.0/16", "0.0.0.0", State::NotWanted);
  own.neighbor.reset();
  const std::vector<LocRoute> routes{own, loc("10.2.0.0/16", "10.0.0.2"),
                                     loc("2001:db8::/32", "2001:db8:1::2")};
  // Beside BGP's: a connected subnet, on the same prefix, too; an administrator's own; one behind BGP's.
  const std::vector<KernelRoute> table{
      kernel("10.1.0.0/16", "0.0.0.0", kKernel, 0),    kernel("10.2.0.0/16", "10.0.0.2"),
      kernel("10.2.0.0/16", "0.0.0.0", kKernel, 0),    kernel("10.2.0.0/16", "10.0.0.9", kStatic, 100),
      kernel("198.18.0.0/15", "10.0.0.9", kStatic, 0), kernel("2001:db8::/32", "2001:db8:1::2", kBgp, 1044)};
  const auto check = show::check_fib(kPlace, routes, table);
  CHECK(in_words(routes, table).empty());
  CHECK(check.routes == 2);
}

TEST_CASE("each difference is named", "[fib_check]") {
  struct Row {
    std::vector<LocRoute> routes;
    std::vector<KernelRoute> table;
    const char* said;
  };
  auto refused = loc("10.2.0.0/16", "10.0.0.2", State::Failed);
  refused.kernel_errno = 101;
  auto elsewhere = kernel("10.2.0.0/16", "10.0.0.2");
  elsewhere.interface = 3;
  const Row rows[] = {
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {},
       "missing: the route to 10.2.0.0/16 via 10.0.0.2 is missing in the kernel's table\n"},
      // At another metric it is not ours to find, and it claims to be.
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {kernel("10.2.0.0/16", "10.0.0.2", kBgp, 30)},
       "missing: the route to 10.2.0.0/16 via 10.0.0.2 is missing in the kernel's table\n"
       "foreign: a route to 10.2.0.0/16 via 10.0.0.2 (proto bgp, metric 30) claims to be BGP's, which knows "
       "nothing of it\n"},
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {kernel("10.2.0.0/16", "10.0.0.9")},
       "otherNextHop: the route to 10.2.0.0/16 via 10.0.0.2 leads elsewhere in the kernel's table: via "
       "10.0.0.9 "
       "(proto bgp, metric 20)\n"},
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {elsewhere},
       "otherNextHop: the route to 10.2.0.0/16 via 10.0.0.2 leaves by another interface in the kernel's "
       "table: "
       "3, not 2\n"},
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {kernel("10.2.0.0/16", "10.0.0.2", kStatic)},
       "replaced: in the place of the route to 10.2.0.0/16 via 10.0.0.2 the kernel has one via 10.0.0.2 "
       "(proto "
       "static, metric 20)\n"},
      {{loc("10.2.0.0/16", "10.0.0.2")},
       {kernel("10.2.0.0/16", "0.0.0.0", kStatic, 5), kernel("10.2.0.0/16", "10.0.0.2")},
       "shadowed: the route to 10.2.0.0/16 via 10.0.0.2 is not used by the kernel: one without a next hop "
       "(proto "
       "static, metric 5) goes before it\n"},
      {{},
       {kernel("203.0.113.0/24", "10.0.0.2")},
       "foreign: a route to 203.0.113.0/24 via 10.0.0.2 (proto bgp, metric 20) claims to be BGP's, which "
       "knows "
       "nothing of it\n"},
      {{refused},
       {},
       "refused: the kernel refused the route to 10.2.0.0/16 via 10.0.0.2: Network is unreachable\n"},
      // Not acknowledged yet: either may be.
      {{loc("10.2.0.0/16", "10.0.0.2", State::Pending)}, {}, ""},
      {{loc("10.2.0.0/16", "10.0.0.2", State::Pending)}, {kernel("10.2.0.0/16", "10.0.0.9")}, ""},
  };
  for (const Row& row : rows) CHECK(in_words(row.routes, row.table) == row.said);
}

TEST_CASE("differences stand in the order of prefixes, IPv4 first", "[fib_check]") {
  const auto check = show::check_fib(
      kPlace, std::vector{loc("2001:db8::/32", "2001:db8:1::2"), loc("10.9.0.0/16", "10.0.0.2")},
      std::vector{kernel("10.5.0.0/16", "10.0.0.2")});
  REQUIRE(check.differences.size() == 3);
  CHECK(net::to_string(check.differences[0].prefix) == "10.5.0.0/16");
  CHECK(net::to_string(check.differences[1].prefix) == "10.9.0.0/16");
  CHECK(net::to_string(check.differences[2].prefix) == "2001:db8::/32");
}
