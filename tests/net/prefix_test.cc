// Prefixes: canonical by construction, strict as text.
#include "net/prefix.h"

#include <set>

#include <catch2/catch.hpp>

using namespace net;

TEST_CASE("prefixes parse and print") {
  for (const auto* text : {"0.0.0.0/0", "10.0.0.0/8", "172.31.1.0/24", "10.1.2.3/32", "128.0.0.0/1"}) {
    INFO(text);
    const auto prefix = Ipv4Prefix::parse(text);
    REQUIRE(prefix);
    CHECK(prefix->to_string() == text);
  }
  for (const auto* text : {"::/0", "2001:db8::/32", "2001:db8::1/128", "8000::/1"}) {
    INFO(text);
    const auto prefix = Ipv6Prefix::parse(text);
    REQUIRE(prefix);
    CHECK(prefix->to_string() == text);
  }
  for (const auto* text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0.0/99999999999", "2001:db8::/32"}) {
    INFO(text);
    CHECK_FALSE(Ipv4Prefix::parse(text));
  }
  CHECK_FALSE(Ipv6Prefix::parse("2001:db8::/129"));
  CHECK_FALSE(Ipv6Prefix::parse("2001:db8::1/64"));
}

TEST_CASE("host bits are dropped") {
  CHECK(Ipv4Prefix(Ipv4Address::of(10, 1, 2, 3), 8) == Ipv4Prefix::parse("10.0.0.0/8"));
  CHECK(Ipv4Prefix(Ipv4Address::of(10, 1, 2, 3), 0).is_default());
  CHECK(Ipv6Prefix(Ipv6Address::parse("2001:db8::1").value(), 32) == Ipv6Prefix::parse("2001:db8::/32"));
}

TEST_CASE("what a prefix contains, and how many octets carry it") {
  const auto prefix = Ipv4Prefix::parse("172.16.0.0/12").value();
  CHECK(prefix.contains(Ipv4Address::of(172, 31, 255, 255)));
  CHECK_FALSE(prefix.contains(Ipv4Address::of(172, 32, 0, 0)));
  CHECK(prefix.contains(prefix));
  CHECK(prefix.contains(Ipv4Prefix::parse("172.31.1.0/24").value()));
  CHECK_FALSE(prefix.contains(Ipv4Prefix::parse("172.0.0.0/8").value()));
  for (const auto& [length, octets] :
       {std::pair{0u, 0u}, {1u, 1u}, {8u, 1u}, {9u, 2u}, {24u, 3u}, {25u, 4u}, {32u, 4u}})
    CHECK(Ipv4Prefix({0}, length).wire_octets() == octets);
}

TEST_CASE("a prefix of either family is told by its text") {
  CHECK(std::holds_alternative<Ipv4Prefix>(net::parse_ip_prefix("10.0.0.0/8").value()));
  CHECK(std::holds_alternative<Ipv6Prefix>(net::parse_ip_prefix("2001:db8::/32").value()));
  CHECK(net::to_string(net::parse_ip_prefix("2001:db8::/32").value()) == "2001:db8::/32");
  for (const char* text : {"", "10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "2001:db8::/129", "2001:db8::1/64"})
    CHECK_FALSE(net::parse_ip_prefix(text));
}

TEST_CASE("hashes tell neighbouring prefixes apart") {
  std::set<std::uint64_t> hashes, low_bits;
  for (std::uint32_t i = 0; i < 4096; ++i) {
    const auto hash = hash_of(Ipv4Prefix({0x0a000000 + (i << 8)}, 24));
    hashes.insert(hash);
    low_bits.insert(hash & 0xfff);
  }
  CHECK(hashes.size() == 4096);
  CHECK(low_bits.size() > 2000);  // 63 % of the slots for a random function: 2589
  CHECK(hash_of(Ipv4Prefix({0}, 0)) != hash_of(Ipv4Prefix({0}, 1)));
  CHECK(hash_of(Ipv6Prefix::parse("2001:db8::/32").value()) !=
        hash_of(Ipv6Prefix::parse("2001:db8::/33").value()));
  CHECK(hash_of(Ipv6Prefix::parse("2001:db8::/128").value()) !=
        hash_of(Ipv6Prefix::parse("2001:db8::1/128").value()));
}
