// Addresses: text both ways, classes, masks, order.
#include "net/address.h"

#include <catch2/catch.hpp>

using namespace net;

TEST_CASE("IPv4 addresses parse and print") {
  for (const auto* text : {"0.0.0.0", "10.0.0.1", "172.31.255.254", "255.255.255.255", "198.51.100.1"}) {
    INFO(text);
    const auto address = Ipv4Address::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == text);
    CHECK(Ipv4Address::from_octets(address->octets()) == *address);
  }
  for (const auto* text : {"", "10", "10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.-1", "10.0.0.1 ",
                           " 10.0.0.1", "a.b.c.d", "::1", "10.0.0.1/8", "10..0.1", "0x0a.0.0.1"}) {
    INFO(text);
    CHECK_FALSE(Ipv4Address::parse(text));
  }
  CHECK_FALSE(Ipv4Address::parse(std::string(1000, '1')));
  CHECK_FALSE(Ipv4Address::parse(std::string_view("10.0.0.1\0", 9)));
}

TEST_CASE("IPv4 classes") {
  const auto of = [](const char* text) { return Ipv4Address::parse(text).value(); };
  CHECK(of("0.0.0.0").is_unspecified());
  CHECK(of("0.255.255.255").is_this_network());
  CHECK_FALSE(of("1.0.0.0").is_this_network());
  CHECK(of("127.0.0.1").is_loopback());
  CHECK_FALSE(of("128.0.0.0").is_loopback());
  CHECK(of("224.0.0.0").is_multicast());
  CHECK(of("239.255.255.255").is_multicast());
  CHECK_FALSE(of("223.255.255.255").is_multicast());
  CHECK_FALSE(of("240.0.0.0").is_multicast());
  CHECK(of("240.0.0.0").is_class_e());
  CHECK(of("255.255.255.255").is_class_e());
  CHECK(of("255.255.255.255").is_broadcast());
  CHECK_FALSE(of("255.255.255.254").is_broadcast());
}

TEST_CASE("IPv4 masks and order are those of unsigned integers") {
  const auto all = Ipv4Address{0xffffffff};
  CHECK(all.masked(0).value == 0);
  CHECK(all.masked(1).value == 0x80000000);
  CHECK(all.masked(24).value == 0xffffff00);
  CHECK(all.masked(32).value == 0xffffffff);
  CHECK(Ipv4Address::of(10, 0, 0, 1) < Ipv4Address::of(200, 0, 0, 0));
}

TEST_CASE("IPv6 addresses parse and print as RFC 5952 asks") {
  struct Row {
    const char *text, *printed;
  };
  for (const auto& [text, printed] : {Row{"::", "::"}, Row{"::1", "::1"}, Row{"2001:DB8::1", "2001:db8::1"},
                                      Row{"2001:db8:0:0:0:0:0:1", "2001:db8::1"}, Row{"fe80::1", "fe80::1"},
                                      Row{"::ffff:10.0.0.1", "::ffff:10.0.0.1"}}) {
    INFO(text);
    const auto address = Ipv6Address::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == printed);
    CHECK(Ipv6Address::from_octets(address->octets()) == *address);
  }
  for (const auto* text :
       {"", ":", ":::", "1::2::3", "10.0.0.1", "fe80::1%eth0", "2001:db8::g", "2001:db8::/32"}) {
    INFO(text);
    CHECK_FALSE(Ipv6Address::parse(text));
  }
}

TEST_CASE("IPv6 classes and masks") {
  const auto of = [](const char* text) { return Ipv6Address::parse(text).value(); };
  CHECK(of("::").is_unspecified());
  CHECK(of("::1").is_loopback());
  CHECK_FALSE(of("::2").is_loopback());
  CHECK(of("ff02::5").is_multicast());
  CHECK(of("fe80::1").is_link_local());
  CHECK(of("febf::1").is_link_local());
  CHECK_FALSE(of("fec0::1").is_link_local());
  const auto all = of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(all.masked(0) == of("::"));
  CHECK(all.masked(1) == of("8000::"));
  CHECK(all.masked(32) == of("ffff:ffff::"));
  CHECK(all.masked(65) == of("ffff:ffff:ffff:ffff:8000::"));
  CHECK(all.masked(127) == of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"));
  CHECK(all.masked(128) == all);
}

TEST_CASE("an address of either family") {
  CHECK(IpAddress{}.to_string() == "0.0.0.0");
  const auto ipv4 = IpAddress::parse("10.0.0.1");
  const auto ipv6 = IpAddress::parse("2001:db8::1");
  REQUIRE((ipv4 && ipv6));
  CHECK(ipv4->is_ipv4());
  CHECK(ipv4->ipv4() == Ipv4Address::of(10, 0, 0, 1));
  CHECK(ipv6->is_ipv6());
  CHECK(ipv6->ipv6() == Ipv6Address::parse("2001:db8::1"));
  CHECK(ipv6->to_string() == "2001:db8::1");
  CHECK(*ipv4 < *ipv6);
  CHECK_FALSE(IpAddress::parse("localhost"));
}
