// Packing prefixes into UPDATEs: how many fit, where messages end, and when nothing fits at all.
#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"

using namespace bgp;

namespace {

// 10.0.0.0/24, 10.0.1.0/24 ...: four octets each.
std::vector<net::Ipv4Prefix> prefixes(std::size_t count) {
  std::vector<net::Ipv4Prefix> prefixes;
  for (std::uint32_t i = 0; i < count; ++i) prefixes.push_back({{0x0a000000u + (i << 8)}, 24});
  return prefixes;
}

std::vector<std::uint8_t> attributes_of(std::size_t path_length) {
  PathAttributes attributes;
  attributes.as_path = AsPath(std::vector<std::uint32_t>(path_length, 65001));
  attributes.next_hop = net::Ipv4Address::of(172, 31, 1, 1);
  std::vector<std::uint8_t> octets;
  encode_attributes(attributes, {}, true, octets);
  return octets;
}

std::vector<Update> decode_all(net::Bytes octets, const Agreed& agreed) {
  std::vector<Update> updates;
  while (!octets.empty()) {
    const auto frame = next_frame(octets, max_octets(agreed));
    REQUIRE(frame.has_value());
    REQUIRE(frame->has_value());
    auto decoded = decode(**frame, agreed);
    REQUIRE(decoded.has_value());
    CHECK(std::get<Update>(*decoded).faults.empty());
    updates.push_back(std::get<Update>(std::move(*decoded)));
    octets = octets.subspan((*frame)->octets());
  }
  return updates;
}

constexpr std::size_t kAmple = 1'000'000;

}  // namespace

TEST_CASE("announcements fill messages to the last octet") {
  for (const bool extended : {false, true}) {
    const Agreed agreed{.extended_message = extended};
    const std::size_t limit = max_octets(agreed);
    const auto attributes = attributes_of(2);
    const std::size_t per_message = (limit - 23 - attributes.size()) / 4;
    for (const std::size_t count : {std::size_t{1}, per_message, per_message + 1, 3 * per_message}) {
      INFO(limit << " " << count);
      const auto all = prefixes(count);
      std::vector<std::uint8_t> out = {0xaa};  // what is there stays there
      REQUIRE(UpdateEncoder::announce(attributes, all, agreed, kAmple, out) == count);
      REQUIRE(out[0] == 0xaa);
      const auto updates = decode_all(net::Bytes(out).subspan(1), agreed);
      CHECK(updates.size() == (count + per_message - 1) / per_message);
      std::vector<net::Ipv4Prefix> announced;
      for (const Update& update : updates) {
        CHECK(update.withdrawn.empty());
        CHECK(update.attributes.as_path.length() == 2);
        announced.insert(announced.end(), update.announced.begin(), update.announced.end());
      }
      CHECK(announced == all);
    }
  }
}

TEST_CASE("withdrawals fill messages to the last octet") {
  for (const bool extended : {false, true}) {
    const Agreed agreed{.extended_message = extended};
    const std::size_t per_message = (max_octets(agreed) - 23) / 4;
    const auto all = prefixes(2 * per_message + 1);
    std::vector<std::uint8_t> out;
    REQUIRE(UpdateEncoder::withdraw(all, agreed, kAmple, out) == all.size());
    const auto updates = decode_all(out, agreed);
    CHECK(updates.size() == 3);
    std::vector<net::Ipv4Prefix> withdrawn;
    for (const Update& update : updates) {
      CHECK(update.announced.empty());
      withdrawn.insert(withdrawn.end(), update.withdrawn.begin(), update.withdrawn.end());
    }
    CHECK(withdrawn == all);
  }
}

TEST_CASE("no octet is written beyond the room") {
  const auto attributes = attributes_of(2);
  const auto all = prefixes(10);
  const std::size_t one = 23 + attributes.size() + 4;
  struct Row {
    std::size_t room, announced;
  };
  for (const auto& [room, announced] :
       {Row{0, 0}, Row{one - 1, 0}, Row{one, 1}, Row{one + 3, 1}, Row{one + 4, 2}, Row{one + 36, 10}}) {
    INFO(room);
    std::vector<std::uint8_t> out;
    CHECK(UpdateEncoder::announce(attributes, all, {}, room, out) == announced);
    CHECK(out.size() <= room);
    CHECK(out.empty() == (announced == 0));
  }
  for (const auto& [room, withdrawn] : {Row{0, 0}, Row{26, 0}, Row{27, 1}, Row{30, 1}, Row{63, 10}}) {
    INFO(room);
    std::vector<std::uint8_t> out;
    CHECK(UpdateEncoder::withdraw(all, {}, room, out) == withdrawn);
    CHECK(out.size() <= room);
  }
}

TEST_CASE("attributes that fill the message leave no prefix a place (RFC 8654 §4)") {
  const Agreed extended{.extended_message = true};
  const auto all = prefixes(1);
  for (const std::size_t length : {1005u, 1006u, 1007u, 1008u, 1009u, 1010u, 1015u}) {
    INFO(length);
    const auto attributes = attributes_of(length);
    const bool fits = 23 + attributes.size() + 4 <= kMaxMessageOctets;
    std::vector<std::uint8_t> out;
    CHECK(UpdateEncoder::announce(attributes, all, {}, kAmple, out) == (fits ? 1 : 0));
    CHECK(out.empty() != fits);
    out.clear();
    CHECK(UpdateEncoder::announce(attributes, all, extended, kAmple, out) == 1);
    CHECK(decode_all(out, extended).at(0).attributes.as_path.length() == length);
  }
  const auto longest = attributes_of(20'000);  // 80,000 octets: beyond any message
  std::vector<std::uint8_t> out;
  CHECK(UpdateEncoder::announce(longest, all, extended, kAmple, out) == 0);
  CHECK(out.empty());
}

TEST_CASE("exactly at the edge: a default route fits where a /24 does not") {
  PathAttributes set;
  set.next_hop = net::Ipv4Address::of(172, 31, 1, 1);
  set.unknown = {{0xc0, 200, std::vector<std::uint8_t>(4096 - 23 - 4 - 3 - 7 - 4 - 1, 7)}};
  std::vector<std::uint8_t> attributes;
  encode_attributes(set, {}, true, attributes);
  REQUIRE(attributes.size() == 4096 - 23 - 1);
  std::vector<std::uint8_t> out;
  CHECK(UpdateEncoder::announce(attributes, prefixes(1), {}, kAmple, out) == 0);
  const std::vector<net::Ipv4Prefix> default_route(1);
  CHECK(UpdateEncoder::announce(attributes, default_route, {}, kAmple, out) == 1);
  CHECK(out.size() == kMaxMessageOctets);
  CHECK(decode_all(out, {}).at(0).announced == default_route);
}

TEST_CASE("nothing to say is no message") {
  std::vector<std::uint8_t> out;
  CHECK(UpdateEncoder::announce(attributes_of(1), {}, {}, kAmple, out) == 0);
  CHECK(UpdateEncoder::withdraw(std::span<const net::Ipv4Prefix>(), {}, kAmple, out) == 0);
  CHECK(out.empty());
}

namespace {

// 2001:db8::/64, 2001:db8:0:1::/64 ...: nine octets each.
std::vector<net::Ipv6Prefix> ipv6_prefixes(std::size_t count) {
  std::vector<net::Ipv6Prefix> prefixes;
  for (std::size_t i = 0; i < count; ++i) {
    auto address = *net::Ipv6Address::parse("2001:db8::");
    address.bytes[6] = static_cast<std::uint8_t>(i >> 8);
    address.bytes[7] = static_cast<std::uint8_t>(i);
    prefixes.emplace_back(address, 64);
  }
  return prefixes;
}

constexpr Agreed kBoth{.ipv6_unicast = true};

}  // namespace

TEST_CASE("IPv6 announcements fill MP_REACH_NLRI, first and alone (RFC 4760 §3, RFC 7606 §5.1)") {
  PathAttributes set;
  set.as_path = AsPath(std::vector<std::uint32_t>{65001, 65002});
  set.next_hop = *net::Ipv6Address::parse("2001:db8::1");
  std::vector<std::uint8_t> attributes;
  encode_attributes(set, kBoth, false, attributes);
  for (const auto& link_local : {std::optional<net::Ipv6Address>(), net::Ipv6Address::parse("fe80::1")}) {
    const MpNextHop next_hop{set.next_hop.ipv6(), link_local};
    for (const std::size_t count : {1u, 24u, 25u, 26u, 27u, 500u, 1500u}) {
      for (const bool extended : {false, true}) {
        Agreed agreed = kBoth;
        agreed.extended_message = extended;
        const auto all = ipv6_prefixes(count);
        std::vector<std::uint8_t> out;
        INFO(count << " " << extended);
        REQUIRE(UpdateEncoder::announce(attributes, next_hop, all, agreed, kAmple, out) == count);
        CHECK(out[19 + 4 + 1] == 14);  // the first attribute
        std::vector<net::Ipv6Prefix> announced;
        const auto updates = decode_all(out, agreed);
        CHECK(updates.size() == (extended || count < 440 ? 1u : count / 450 + 1));
        for (const Update& update : updates) {
          CHECK((update.announced.empty() && update.withdrawn.empty() && !update.mp_unreach));
          REQUIRE(update.mp_reach);
          CHECK(update.mp_reach->next_hop == set.next_hop);
          CHECK(update.mp_reach->link_local == link_local);
          CHECK(update.attributes.link_local_next_hop == link_local);
          CHECK(update.attributes.as_path == set.as_path);
          const auto& some = update.mp_reach->ipv6;
          announced.insert(announced.end(), some.begin(), some.end());
        }
        CHECK(announced == all);
      }
    }
  }
}

TEST_CASE("IPv6 withdrawals fill MP_UNREACH_NLRI (RFC 4760 §4)") {
  for (const std::size_t count : {1u, 27u, 28u, 451u, 452u, 1500u}) {
    const auto all = ipv6_prefixes(count);
    std::vector<std::uint8_t> out;
    REQUIRE(UpdateEncoder::withdraw(all, kBoth, kAmple, out) == count);
    std::vector<net::Ipv6Prefix> withdrawn;
    for (const Update& update : decode_all(out, kBoth)) {
      CHECK((update.announced.empty() && update.withdrawn.empty() && !update.mp_reach));
      REQUIRE(update.mp_unreach);
      const auto& some = update.mp_unreach->ipv6;
      withdrawn.insert(withdrawn.end(), some.begin(), some.end());
    }
    CHECK(withdrawn == all);
  }
}

TEST_CASE("no octet of IPv6 is written beyond the room") {
  const MpNextHop next_hop{*net::Ipv6Address::parse("2001:db8::1"), std::nullopt};
  const auto attributes = attributes_of(2);
  const auto all = ipv6_prefixes(40);
  for (std::size_t room = 0; room < 500; ++room) {
    std::vector<std::uint8_t> out;
    const std::size_t announced = UpdateEncoder::announce(attributes, next_hop, all, kBoth, room, out);
    REQUIRE(out.size() <= room);
    REQUIRE(out.empty() == (announced == 0));
    REQUIRE((announced == all.size() || room - out.size() < 23 + attributes.size() + 25 + 4 + 9));
    out.clear();
    const std::size_t withdrawn = UpdateEncoder::withdraw(all, kBoth, room, out);
    REQUIRE(out.size() <= room);
    REQUIRE(out.empty() == (withdrawn == 0));
  }
}

TEST_CASE("IPv6 messages are filled to the last octet") {
  for (const auto& link_local : {std::optional<net::Ipv6Address>(), net::Ipv6Address::parse("fe80::1")}) {
    const MpNextHop next_hop{*net::Ipv6Address::parse("2001:db8::1"), link_local};
    const std::size_t head = 23 + 4 + 3 + 1 + (link_local ? 32 : 16) + 1;
    const std::size_t per_message = 400;
    for (const std::size_t beyond : {0u, 1u}) {
      const std::vector<std::uint8_t> attributes(kMaxMessageOctets - head - 9 * per_message + beyond);
      std::vector<std::uint8_t> out;
      REQUIRE(UpdateEncoder::announce(attributes, next_hop, ipv6_prefixes(per_message), kBoth,
                                      kMaxMessageOctets, out) == per_message - beyond);
      CHECK(out.size() == kMaxMessageOctets - (beyond == 0 ? 0 : 8));
    }
  }
  auto some = ipv6_prefixes(451);
  some.emplace_back(*net::Ipv6Address::parse("2001:db8:ffff::"), 48);
  REQUIRE(23 + 4 + 3 + 451 * 9 + 7 == kMaxMessageOctets);
  std::vector<std::uint8_t> out;
  CHECK(UpdateEncoder::withdraw(some, kBoth, kMaxMessageOctets, out) == some.size());
  CHECK(out.size() == kMaxMessageOctets);
}
