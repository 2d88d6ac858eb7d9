// What OPENs offer and what two of them agree on.
#include "bgp/capabilities.h"

#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"

using namespace bgp;

namespace {

Open open_with(std::vector<Capability> capabilities, std::uint16_t my_as = 65001) {
  return Open{4, my_as, 90, net::Ipv4Address::of(10, 0, 0, 1), std::move(capabilities)};
}

Capability capability(CapabilityCode code, std::string_view hex = "") {
  return {static_cast<std::uint8_t>(code), captures::octets(hex)};
}

const Capability kIpv4 = capability(CapabilityCode::Multiprotocol, "0001 00 01");
const Capability kIpv6 = capability(CapabilityCode::Multiprotocol, "0002 00 01");
const Capability kFourOctet70000 = capability(CapabilityCode::FourOctetAs, "00011170");

}  // namespace

TEST_CASE("what we offer") {
  LocalCapabilities local;
  local.ipv6_unicast = true;
  local.hostname = "ROUTER_7";
  const auto capabilities = make_capabilities(local, 70000);
  CHECK(capabilities == std::vector<Capability>{kIpv4, kIpv6, capability(CapabilityCode::RouteRefresh),
                                                capability(CapabilityCode::ExtendedMessage),
                                                capability(CapabilityCode::GracefulRestart, "4000"),
                                                kFourOctet70000,
                                                capability(CapabilityCode::EnhancedRouteRefresh),
                                                capability(CapabilityCode::Fqdn, "08 524f555445525f37 00")});
  const Open open = open_with(capabilities, kAsTrans);
  CHECK(claimed_as(open) == 70000);
  CHECK(hostname_of(open) == "ROUTER_7");
  CHECK(offers_family(open, kIpv4Unicast));
  CHECK(offers_family(open, kIpv6Unicast));
  CHECK_FALSE(offers_family(open, {1, 128}));

  const LocalCapabilities nothing{false, false, false, false, false, "", false, false, std::nullopt};
  CHECK(make_capabilities(nothing, 1).empty());
}

TEST_CASE("roles: which fit, and what a peer may claim (RFC 9234 §4.2)") {
  constexpr Role kRoles[] = {Role::Provider, Role::RouteServer, Role::RouteServerClient, Role::Customer,
                             Role::Peer};
  const auto claiming = [](std::vector<const char*> values) {
    std::vector<Capability> capabilities;
    for (const char* value : values) capabilities.push_back(capability(CapabilityCode::Role, value));
    return open_with(capabilities);
  };
  // Rows: ours; columns: the peer's 0 to 5, of which 5 is nobody's.
  const std::string_view expected[] = {"...F..", "..F...", ".F....", "F.....", "....F."};
  for (const Role ours : kRoles) {
    for (unsigned theirs = 0; theirs <= 5; ++theirs) {
      CAPTURE(static_cast<unsigned>(ours), theirs);
      const Open open = claiming({fmt::format("{:02x}", theirs).c_str()});
      CHECK(roles_fit(ours, open) == (expected[static_cast<std::size_t>(ours)][theirs] == 'F'));
      CHECK(roles_fit(std::nullopt, open));
    }
    CHECK(roles_fit(ours, claiming({})));  // strict mode is off
    CHECK(counterpart(counterpart(ours)) == ours);
    CHECK(roles_fit(ours, claiming({"", "0001"})));        // malformed: not offered
    CHECK_FALSE(roles_fit(ours, claiming({"03", "04"})));  // says two things
  }
  CHECK(roles_fit(Role::Provider, claiming({"03", "03"})));  // says one thing twice
  CHECK_FALSE(roles_fit(std::nullopt, claiming({"03", "04"})));
  LocalCapabilities local;
  local.role = Role::Customer;
  CHECK(has_capability(open_with(make_capabilities(local, 1)), CapabilityCode::Role));
  CHECK(
      claiming({"03"}).capabilities.front() ==
      make_capabilities(
          {.ipv4_unicast = false, .route_refresh = false, .extended_message = false, .role = Role::Customer},
          1)
          .front());
}

TEST_CASE("a hostname too long for a capability is cut") {
  LocalCapabilities local;
  local.hostname = std::string(1000, 'x');
  const Open open = open_with(make_capabilities(local, 1));
  CHECK(open.capabilities.back().value.size() == 255);
  CHECK(hostname_of(open) == std::string(253, 'x'));
}

TEST_CASE("malformed values count as absent") {
  for (const auto* hex : {"", "0001", "0001 00 01 00"})
    CHECK_FALSE(offers_family(open_with({capability(CapabilityCode::Multiprotocol, hex)}), kIpv4Unicast));
  for (const auto* hex : {"", "000111", "0001117000"}) {
    const Open open = open_with({capability(CapabilityCode::FourOctetAs, hex)});
    CHECK_FALSE(four_octet_as(open));
    CHECK(claimed_as(open) == 65001);
  }
  for (const auto* hex : {"", "01", "0161", "ff6161", "016103", "0161036262", "01610062"})
    CHECK(hostname_of(open_with({capability(CapabilityCode::Fqdn, hex)})).empty());
  CHECK(hostname_of(open_with({capability(CapabilityCode::Fqdn, "03 611b7f 01 62")})) == "a??");
  CHECK(hostname_of(open_with({capability(CapabilityCode::Fqdn, "05 217e20617e 00")})) == "!~?a~");
}

TEST_CASE("the first of two four-octet AS numbers counts") {
  const Open open = open_with({kFourOctet70000, capability(CapabilityCode::FourOctetAs, "00000007")});
  CHECK(four_octet_as(open) == 70000u);
}

TEST_CASE("both octets of a family's AFI count") {
  const Open open = open_with({capability(CapabilityCode::Multiprotocol, "4102 00 47")});
  CHECK(offers_family(open, {0x4102, 0x47}));
  CHECK_FALSE(offers_family(open, {0x4002, 0x47}));
}

TEST_CASE("agreement") {
  const auto refresh = capability(CapabilityCode::RouteRefresh);
  const auto extended = capability(CapabilityCode::ExtendedMessage);
  const auto four = [](const char* as) { return capability(CapabilityCode::FourOctetAs, as); };
  const auto vpn_only = capability(CapabilityCode::Multiprotocol, "0001 00 80");
  struct Row {
    const char* name;
    Open sent, received;
    Agreed agreed;
  };
  const Row rows[] = {
      {"nothing offered: IPv4 unicast, two-octet (RFC 4760 §8)",
       open_with({}, 1),
       open_with({}, 2),
       {false, false, false, true, false}},
      {"same AS: internal", open_with({}, 1), open_with({}, 1), {false, false, true, true, false}},
      {"four octets on one side only",
       open_with({four("00000001")}, 1),
       open_with({}, 2),
       {false, false, false, true, false}},
      {"four octets on both",
       open_with({four("00011170")}, kAsTrans),
       open_with({four("00011171")}, kAsTrans),
       {true, false, false, true, false}},
      {"four octets, the same AS",
       open_with({four("00011170")}, kAsTrans),
       open_with({four("00011170")}, kAsTrans),
       {true, false, true, true, false}},
      {"AS_TRANS is nobody's number",
       open_with({four("00011170")}, kAsTrans),
       open_with({}, kAsTrans),
       {false, false, false, true, false}},
      {"extended on one side only",
       open_with({extended}, 1),
       open_with({refresh}, 2),
       {false, false, false, true, false}},
      {"extended on both",
       open_with({extended}, 1),
       open_with({refresh, extended}, 2),
       {false, true, false, true, false}},
      {"IPv6 on one side only",
       open_with({kIpv4, kIpv6}, 1),
       open_with({kIpv4}, 2),
       {false, false, false, true, false}},
      {"IPv6 alone on one side",
       open_with({kIpv4, kIpv6}, 1),
       open_with({kIpv6}, 2),
       {false, false, false, false, true}},
      {"both families",
       open_with({kIpv4, kIpv6}, 1),
       open_with({kIpv6, kIpv4}, 2),
       {false, false, false, true, true}},
      {"silence against IPv4 named",
       open_with({kIpv4}, 1),
       open_with({}, 2),
       {false, false, false, true, false}},
      {"another family only",
       open_with({kIpv4}, 1),
       open_with({vpn_only}, 2),
       {false, false, false, false, false}},
      {"a malformed family is silence",
       open_with({kIpv4}, 1),
       open_with({capability(CapabilityCode::Multiprotocol, "0001")}, 2),
       {false, false, false, true, false}},
      {"offered twice",
       open_with({kIpv4, kIpv4, extended, extended}, 1),
       open_with({kIpv4, extended}, 2),
       {false, true, false, true, false}},
      {"enhanced refresh on one side only",
       open_with({capability(CapabilityCode::EnhancedRouteRefresh)}, 1),
       open_with({refresh}, 2),
       {false, false, false, true, false, false}},
      {"enhanced refresh on both",
       open_with({capability(CapabilityCode::EnhancedRouteRefresh)}, 1),
       open_with({capability(CapabilityCode::EnhancedRouteRefresh)}, 2),
       {false, false, false, true, false, true}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(agree(row.sent, row.received) == row.agreed);
    CHECK(agree(row.received, row.sent) == row.agreed);
  }
}
