// What UPDATEs mean beyond their octets' form: which prefixes count, and what treat-as-withdraw reaches.
// RFC 4271 §4.3 and §6.3, RFC 7606 §2, RFC 4760.
#include "bgp/update_codec.h"
#include "tests/bgp/update_hex.h"

using namespace update_hex;

TEST_CASE("treat-as-withdraw reaches every field that carries prefixes") {
  const auto decoded = decode_octets(
      update_octets("10 0a03", kReach6 + kUnreach6 + "400101 07" + kPath + kHop, kNlri), kExternal);
  REQUIRE(decoded.has_value());
  const Update& update = std::get<Update>(*decoded);
  CHECK(update.withdrawn == std::vector{net::Ipv4Prefix::parse("10.3.0.0/16").value(),
                                        net::Ipv4Prefix::parse("10.1.0.0/24").value()});
  REQUIRE(update.mp_unreach);
  CHECK(update.mp_unreach->ipv6 == std::vector{net::Ipv6Prefix::parse("2001:db9::/32").value(),
                                               net::Ipv6Prefix::parse("2001:db8::/32").value()});

  // IPv6 announced, IPv4 withdrawn in MP_UNREACH_NLRI: both families end as withdrawn.
  const auto mixed = decode_octets(
      update_octets("", kReach6 + "800f06 0001 01 10 0a03" + "400101 07" + kPath, ""), kExternal);
  REQUIRE(mixed.has_value());
  CHECK(std::get<Update>(*mixed).withdrawn == std::vector{net::Ipv4Prefix::parse("10.3.0.0/16").value()});
  CHECK(std::get<Update>(*mixed).mp_unreach->family == kIpv6Unicast);
}

TEST_CASE("an UPDATE is decoded into what another one was, as into a new one") {
  const std::vector<Octets> messages{
      update_octets("10 0a03", kReach6 + kUnreach6 + kBase + "c00804 fde80001" + "e01004 0badf00d", kNlri),
      update_octets("10 0a03", kReach6 + kUnreach6 + "400101 07" + kPath + kHop, kNlri),
      update_octets("", kOrigin + "40020e 0203 0000fde9 0000fdea 0000fdeb" + kHop + "800404 00000007", kNlri),
      update_octets("", kOrigin + "400206 0201 00000000" + kHop, kNlri),  // treat as withdraw
      update_octets("10 0a03", "", ""),
      update_octets("", kOrigin + "400200" + kHop, kNlri),
      update_octets("", "", ""),
  };
  Update again;
  const auto body_of = [](const Octets& octets) { return net::Bytes(octets).subspan(kHeaderOctets); };
  for (const Octets& before : messages)
    for (const Octets& message : messages) {
      static_cast<void>(decode_update(body_of(before), kExternal, again));
      again.clear();
      CHECK(again == Update());
      Update fresh;
      CHECK(decode_update(body_of(message), kExternal, again) ==
            decode_update(body_of(message), kExternal, fresh));
      CHECK(again == fresh);
      CHECK(again.attributes.as_path.length() == fresh.attributes.as_path.length());
      again.clear();
    }
}

TEST_CASE("prefixes that no unicast route can have are ignored (RFC 4271 §6.3)") {
  for (const auto* ignored : {"04 e0", "08 e8", "20 e0000005", "04 f0", "20 ffffffff", "03 e0", "08 00",
                              "20 00000001", "08 7f", "20 7f000001"}) {
    INFO(ignored);
    const auto decoded = decode_octets(update_octets(ignored, kBase, S(ignored) + kNlri), {});
    REQUIRE(decoded.has_value());
    const Update& update = std::get<Update>(*decoded);
    CHECK(update.announced == std::vector{net::Ipv4Prefix::parse("10.1.0.0/24").value()});
    CHECK(update.withdrawn.empty());
    CHECK(has_fault(update, 0, FaultTreatment::Discard));
    // Alone it makes neither a route nor an End-of-RIB.
    const auto alone = decode_octets(update_octets(ignored, "", ""), {});
    REQUIRE(alone.has_value());
    CHECK_FALSE(std::get<Update>(*alone).is_end_of_rib());
  }
  // Multicast, link-local, ::1 and :: (RFC 6890 §2.2.3).
  for (const auto* value : {"800f06 0002 01 10 ff02", "800f06 0002 01 0a fe80",
                            "800f14 0002 01 80 00000000000000000000000000000001",
                            "800f14 0002 01 80 00000000000000000000000000000000"}) {
    INFO(value);
    const auto ipv6 = decode_octets(update_octets("", value, ""), kExternal);
    REQUIRE(ipv6.has_value());
    CHECK(std::get<Update>(*ipv6).mp_unreach->ipv6.empty());
    CHECK_FALSE(std::get<Update>(*ipv6).is_end_of_rib());
  }
}

// The default routes, and blocks that are wider than what must not be routed.
TEST_CASE("short prefixes around special addresses are taken") {
  const auto decoded = decode_octets(update_octets("", kBase, "00 07 00 01 00 07 7e"), {});
  REQUIRE(decoded.has_value());
  CHECK(std::get<Update>(*decoded).announced.size() == 4);
  const auto ipv6 = decode_octets(update_octets("", "800f07 0002 01 00 09 fe80", ""), kExternal);
  REQUIRE(ipv6.has_value());
  CHECK(std::get<Update>(*ipv6).mp_unreach->ipv6.size() == 2);
}

TEST_CASE("bits behind the prefix length are dropped (RFC 4271 §4.3)") {
  const auto decoded = decode_octets(update_octets("07 ff", kBase, "09 0aff 14 ac1f1f 01 ff"), {});
  REQUIRE(decoded.has_value());
  CHECK(std::get<Update>(*decoded).announced == std::vector{net::Ipv4Prefix::parse("10.128.0.0/9").value(),
                                                            net::Ipv4Prefix::parse("172.31.16.0/20").value(),
                                                            net::Ipv4Prefix::parse("128.0.0.0/1").value()});
}

TEST_CASE("a prefix withdrawn and announced at once is announced (RFC 4271 §4.3)") {
  const auto decoded = decode_octets(update_octets("10 0a02 18 0a0100 10 0a03", kBase, kNlri), {});
  REQUIRE(decoded.has_value());
  const Update& update = std::get<Update>(*decoded);
  CHECK(update.announced == std::vector{net::Ipv4Prefix::parse("10.1.0.0/24").value()});
  CHECK(update.withdrawn == std::vector{net::Ipv4Prefix::parse("10.2.0.0/16").value(),
                                        net::Ipv4Prefix::parse("10.3.0.0/16").value()});

  const auto ipv6 = decode_octets(
      update_octets("", kReach6 + "800f0d 0002 01 20 20010db8 20 20010db9" + kOrigin + kPath, ""), kExternal);
  REQUIRE(ipv6.has_value());
  CHECK(std::get<Update>(*ipv6).mp_unreach->ipv6 ==
        std::vector{net::Ipv6Prefix::parse("2001:db9::/32").value()});
}

TEST_CASE("prefixes of IPv4 are ignored where only IPv6 was agreed on") {
  const auto decoded = decode_octets(update_octets("10 0a03", kReach6 + kBase, kNlri), kIpv6Only);
  REQUIRE(decoded.has_value());
  const Update& update = std::get<Update>(*decoded);
  CHECK(update.announced.empty());
  CHECK(update.withdrawn.empty());
  REQUIRE(update.mp_reach);
  CHECK(update.attributes.next_hop == net::IpAddress(update.mp_reach->next_hop));
  CHECK(has_fault(update, 0, FaultTreatment::Discard));
}

TEST_CASE("an offending attribute larger than a NOTIFICATION is cut (RFC 8654 §5)") {
  Octets attributes = octets("5063 2000");
  attributes.resize(attributes.size() + 0x2000, 7);
  const Agreed extended{.extended_message = true};
  for (const Agreed& agreed : {Agreed{}, extended}) {
    Octets body = {0, 0};
    net::ByteWriter writer(body);
    writer.u16(static_cast<std::uint16_t>(attributes.size()));
    writer.bytes(attributes);
    const auto decoded = decode(Frame{MessageType::Update, body}, agreed);
    REQUIRE_FALSE(decoded.has_value());
    Octets reply;
    encode(decoded.error(), agreed, reply);
    CHECK(reply.size() == (agreed.extended_message ? 21 + attributes.size() : kMaxMessageOctets));
  }
}
