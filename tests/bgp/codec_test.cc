// Messages both ways over one table of annotated octets, and what decodes though we would write it otherwise.
#include "bgp/codec.h"

#include <catch2/catch.hpp>

#include "bgp/capabilities.h"
#include "tests/bgp/captures.h"

using namespace bgp;
using captures::Octets;
using captures::octets;

namespace {

net::Ipv4Prefix prefix(const char* text) { return net::Ipv4Prefix::parse(text).value(); }
net::Ipv6Prefix prefix6(const char* text) { return net::Ipv6Prefix::parse(text).value(); }
net::Ipv4Address ipv4(const char* text) { return net::Ipv4Address::parse(text).value(); }

AsPath path(std::vector<std::uint32_t> numbers) { return AsPath(numbers); }

Update announcement(PathAttributes attributes) {
  Update update;
  update.announced = {prefix("10.1.0.0/24")};
  update.attributes = std::move(attributes);
  return update;
}

PathAttributes basic() {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = path({65001});
  attributes.next_hop = ipv4("172.31.1.1");
  return attributes;
}

template <class Change>
Update changed(const Change& change) {
  PathAttributes attributes = basic();
  change(attributes);
  return announcement(attributes);
}

const Agreed kFourOctet{};
const Agreed kTwoOctet{.four_octet_as = false};
const Agreed kInternal{.internal = true};
const Agreed kIpv6{.ipv6_unicast = true};

struct Row {
  const char* name;
  MessageType type;
  std::string body;  // annotated hex
  Agreed agreed;
  Message message;
};

const std::string kNlri = " 18 0a0100 (10.1.0.0/24)";
const std::string kOrigin = " 40 01 01 00 (ORIGIN IGP)";
const std::string kPath = " 40 02 06 02 01 0000fde9 (AS_PATH 65001)";
const std::string kHop = " 40 03 04 ac1f0101 (NEXT_HOP 172.31.1.1)";

std::string update_hex(const std::string& attributes, const std::string& withdrawn = "",
                       const std::string& nlri = kNlri) {
  return fmt::format("{:04x} {} {:04x} {} {}", octets(withdrawn).size(), withdrawn, octets(attributes).size(),
                     attributes, nlri);
}

std::vector<Row> canonical_rows() {
  std::vector<Row> rows;
  const auto add = [&rows](const char* name, MessageType type, std::string body, Message message,
                           Agreed agreed = kFourOctet) {
    rows.push_back({name, type, std::move(body), agreed, std::move(message)});
  };
  const auto update = [&](const char* name, const std::string& body, Update message,
                          Agreed agreed = kFourOctet) {
    add(name, MessageType::Update, body, std::move(message), agreed);
  };

  add("KEEPALIVE", MessageType::Keepalive, "", Keepalive{});
  add("ROUTE-REFRESH of IPv4 unicast", MessageType::RouteRefresh, "0001 00 01",
      RouteRefresh{kIpv4Unicast, 0});
  add("beginning of refresh", MessageType::RouteRefresh, "0002 01 01", RouteRefresh{kIpv6Unicast, 1});
  add("unknown family and subtype", MessageType::RouteRefresh, "4104 c8 47",
      RouteRefresh{{0x4104, 0x47}, 0xc8});
  add("NOTIFICATION without data", MessageType::Notification, "06 02", Notification{ErrorCode::Cease, 2, {}});
  add("NOTIFICATION with data", MessageType::Notification, "02 01 0004",
      Notification{ErrorCode::OpenMessage, 1, {0, 4}});
  add("NOTIFICATION nobody defined", MessageType::Notification, "ff ee 00",
      Notification{static_cast<ErrorCode>(0xff), 0xee, {0}});
  add("OPEN without parameters", MessageType::Open, "04 fde9 (AS 65001) 005a (90 s) 0a000001 00",
      Open{4, 65001, 90, ipv4("10.0.0.1"), {}});
  add("OPEN with hold time 0", MessageType::Open, "04 5ba0 (AS_TRANS) 0000 ac1f6401 08 02 06 41 04 00018a88",
      Open{4, 23456, 0, ipv4("172.31.100.1"), {{65, octets("00018a88")}}});
  add("OPEN with capabilities in their order", MessageType::Open,
      "04 fde9 0003 ffffffff 0e 02 0c 46 00 (enhanced refresh) 01 04 00010001 (IPv4) c8 02 abcd (unknown)",
      Open{4, 65001, 3, ipv4("255.255.255.255"), {{70, {}}, {1, octets("00010001")}, {200, {0xab, 0xcd}}}});
  add("OPEN: 253 octets of capabilities still fit", MessageType::Open,
      "04 fde9 005a 0a000001 ff 02 fd c8 fb " + captures::hex(Octets(251, 1)),
      Open{4, 65001, 90, ipv4("10.0.0.1"), {{200, Octets(251, 1)}}});
  add("OPEN: one more needs RFC 9072", MessageType::Open,
      "04 fde9 005a 0a000001 ff ff 0101 02 00fe c8 fc " + captures::hex(Octets(252, 1)),
      Open{4, 65001, 90, ipv4("10.0.0.1"), {{200, Octets(252, 1)}}});

  update("End-of-RIB", "0000 0000", {});
  {
    Update end;
    end.mp_unreach.emplace();
    update("End-of-RIB of IPv6", update_hex("80 0f 03 0002 01", "", ""), end, kIpv6);
  }
  update("announcement", update_hex(kOrigin + kPath + kHop), announcement(basic()));
  {
    Update several = announcement(basic());
    several.announced = {prefix("0.0.0.0/0"), prefix("10.0.0.0/7"), prefix("10.1.128.0/17"),
                         prefix("10.1.2.3/32")};
    several.withdrawn = {prefix("172.31.5.0/24"), prefix("172.16.0.0/12")};
    update("prefixes of all sizes",
           update_hex(kOrigin + kPath + kHop, "18 ac1f05 0c ac10", "00 07 0a 11 0a0180 20 0a010203"),
           several);
  }
  {
    Update withdrawal;
    withdrawal.withdrawn = {prefix("10.1.0.0/24")};
    update("withdrawal", update_hex("", kNlri, ""), withdrawal);
  }
  update("empty AS_PATH", update_hex(kOrigin + "40 02 00" + kHop), changed([](auto& a) { a.as_path = {}; }),
         kInternal);
  update("MED and LOCAL_PREF inside",
         update_hex(kOrigin + kPath + kHop + "80 04 04 0000000a 40 05 04 000000c8"), changed([](auto& a) {
           a.med = 10;
           a.local_pref = 200;
         }),
         kInternal);
  update("aggregate",
         update_hex("40 01 01 02" +
                    std::string(" 40 02 10 02 01 0000fde9 01 02 00000003 00011170 (65001 {3,70000})") + kHop +
                    "40 06 00 c0 07 08 00011170 0a000002"),
         changed([](auto& a) {
           a.origin = Origin::Incomplete;
           a.as_path.append_segment(AsPath::SegmentType::Set, std::vector<std::uint32_t>{3, 70000});
           a.atomic_aggregate = true;
           a.aggregator = Aggregator{70000, ipv4("10.0.0.2")};
         }));
  update("communities of three kinds",
         update_hex(kOrigin + kPath + kHop + "c0 08 08 ffffff01 fde90007 c0 10 08 0002fde900000001" +
                    "c0 20 0c 0000fde9 00000001 00000002"),
         changed([](auto& a) {
           a.communities = {0xffffff01, 0xfde90007};
           a.extended_communities = {{0, 2, 0xfd, 0xe9, 0, 0, 0, 1}};
           a.large_communities = {{65001, 1, 2}};
         }));
  update("Partial stays", update_hex(kOrigin + kPath + kHop + "e0 07 08 0000fde9 0a000002 e0 08 04 fde90007"),
         changed([](auto& a) {
           a.aggregator = Aggregator{65001, ipv4("10.0.0.2")};
           a.communities = {0xfde90007};
           a.partial = 1u << 7 | 1u << 8;
         }));
  update("reflected inside",
         update_hex(kOrigin + kPath + kHop + "80 09 04 0a000009 80 0a 08 0a000001 0a000002"),
         changed([](auto& a) {
           a.originator_id = ipv4("10.0.0.9");
           a.cluster_list = {ipv4("10.0.0.1"), ipv4("10.0.0.2")};
         }),
         kInternal);
  update("only to customer", update_hex(kOrigin + kPath + kHop + "c0 23 04 0000fde9"),
         changed([](auto& a) { a.only_to_customer = 65001; }));
  update("unknown transitive ones among the known",
         update_hex(kOrigin + kPath + kHop + "e0 0b 01 07 c0 16 00 c0 fa 02 abcd"), changed([](auto& a) {
           a.unknown = {{0xe0, 11, {7}}, {0xc0, 22, {}}, {0xc0, 250, {0xab, 0xcd}}};
         }));
  update("a value above 255 octets",
         update_hex(kOrigin + kPath + kHop + "d0 fa 0100 " + captures::hex(Octets(256, 5))),
         changed([](auto& a) {
           a.unknown = {{0xc0, 250, Octets(256, 5)}};
         }));
  update("two-octet peer, all mappable",
         update_hex(kOrigin + "40 02 06 02 02 fde9 5ba0" + kHop + "c0 07 06 fde9 0a000002"),
         changed([](auto& a) {
           a.as_path = path({65001, 23456});
           a.aggregator = Aggregator{65001, ipv4("10.0.0.2")};
         }),
         kTwoOctet);
  update(
      "two-octet peer, AS_TRANS",
      update_hex(kOrigin + "40 02 06 02 02 fde9 5ba0" + kHop + "c0 07 06 5ba0 0a000002" +
                 "c0 11 0a 02 02 0000fde9 00011170 (AS4_PATH) c0 12 08 00011170 0a000002 (AS4_AGGREGATOR)"),
      changed([](auto& a) {
        a.as_path = path({65001, 70000});
        a.aggregator = Aggregator{70000, ipv4("10.0.0.2")};
      }),
      kTwoOctet);
  {
    Update reach;
    reach.attributes = basic();
    reach.attributes.next_hop = net::Ipv6Address::parse("2001:db8::1").value();
    reach.mp_reach = MpReach{kIpv6Unicast, reach.attributes.next_hop, {}, {prefix6("2001:db8::/32")}, {}};
    const std::string head = "20010db8000000000000000000000001";
    update("IPv6", update_hex("80 0e 1a 0002 01 10" + head + "00 20 20010db8" + kOrigin + kPath, "", ""),
           reach, kIpv6);
    reach.mp_reach->link_local = net::Ipv6Address::parse("fe80::1");
    reach.attributes.link_local_next_hop = reach.mp_reach->link_local;
    reach.mp_reach->ipv6 = {prefix6("::/0"), prefix6("2001:db8::1/128")};
    update("IPv6 with a link-local next hop",
           update_hex("80 0e 37 0002 01 20" + head + "fe800000000000000000000000000001 00 00 80" + head +
                          kOrigin + kPath,
                      "", ""),
           reach, kIpv6);
    reach.mp_unreach = MpUnreach{kIpv6Unicast, {prefix6("2001:db9::/32")}, {}};
    reach.announced = {prefix("10.1.0.0/24")};
    reach.attributes.next_hop = ipv4("172.31.1.1");
    reach.attributes.link_local_next_hop.reset();
    update("both families at once",
           update_hex("80 0e 37 0002 01 20" + head + "fe800000000000000000000000000001 00 00 80" + head +
                      "80 0f 08 0002 01 20 20010db9" + kOrigin + kPath + kHop),
           reach, kIpv6);
  }
  {
    Update reach;
    reach.attributes = basic();
    reach.mp_reach = MpReach{kIpv4Unicast, reach.attributes.next_hop, {}, {}, {prefix("10.1.0.0/24")}};
    update("IPv4 in MP_REACH_NLRI",
           update_hex("80 0e 0d 0001 01 04 ac1f0101 00 18 0a0100" + kOrigin + kPath, "", ""), reach);
  }
  return rows;
}

net::Result<Message, Notification> decode_octets(const Octets& bytes, const Agreed& agreed) {
  const auto frame = next_frame(bytes, max_octets(agreed));
  REQUIRE(frame.has_value());
  REQUIRE(frame->has_value());
  return decode(**frame, agreed);
}

Update decode_update_hex(const std::string& body, const Agreed& agreed = kFourOctet) {
  const auto decoded = decode_octets(captures::message(MessageType::Update, octets(body)), agreed);
  REQUIRE(decoded.has_value());
  return std::get<Update>(*decoded);
}

}  // namespace

TEST_CASE("messages decode and encode") {
  for (const Row& row : canonical_rows()) {
    INFO(row.name);
    const Octets bytes = captures::message(row.type, octets(row.body));
    const auto decoded = decode_octets(bytes, row.agreed);
    REQUIRE(decoded.has_value());
    CHECK(*decoded == row.message);
    Octets encoded = {0xaa};  // appended, not overwritten
    encode(row.message, row.agreed, encoded);
    CHECK(captures::hex(encoded) == "aa" + captures::hex(bytes));
  }
}

TEST_CASE("parameters of an OPEN: one, several, extended, and capabilities twice") {
  const std::string fixed = "04 fde9 005a 0a000001 ";
  const std::vector<Capability> both = {{2, {}}, {65, octets("0000fde9")}};
  for (const auto* parameters :
       {"0a 0208 0200 41040000fde9", "0c 0202 0200 0206 41040000fde9", "0e 0200 0202 0200 0206 41040000fde9",
        "ff ff000b 020008 0200 41040000fde9", "ff ff000e 020002 0200 020006 41040000fde9",
        "0c ff000b 020008 0200 41040000fde9"}) {
    INFO(parameters);
    const auto decoded = decode_octets(captures::message(MessageType::Open, octets(fixed + parameters)), {});
    REQUIRE(decoded.has_value());
    CHECK(std::get<Open>(*decoded).capabilities == both);
  }
  const auto twice =
      decode_octets(captures::message(MessageType::Open, octets(fixed + "06 0204 0200 0200")), {});
  REQUIRE(twice.has_value());
  CHECK(std::get<Open>(*twice).capabilities == std::vector<Capability>{{2, {}}, {2, {}}});
  // A capability whose inside is nonsense is no reason to refuse the OPEN (RFC 5492 §3).
  const auto nonsense =
      decode_octets(captures::message(MessageType::Open, octets(fixed + "09 0207 4902 ff61 0101 00")), {});
  REQUIRE(nonsense.has_value());
  CHECK(hostname_of(std::get<Open>(*nonsense)).empty());
}

TEST_CASE("Extended Length, low flag bits and order do not matter") {
  const Update expected = announcement(basic());
  for (const auto* attributes : {"5001 0001 00 5f02 0006 0201 0000fde9 4f0304 ac1f0101",
                                 "400304 ac1f0101 400206 0201 0000fde9 400101 00",
                                 "400101 00 400206 0201 0000fde9 400304 ac1f0101 80c802 abcd"}) {
    INFO(attributes);
    CHECK(decode_update_hex(update_hex(attributes)) == expected);
  }
  const Update unknown = decode_update_hex(update_hex(kOrigin + kPath + kHop + "dffa 0001 07 cf16 01 08"));
  CHECK(unknown.attributes.unknown == std::vector<UnknownAttribute>{{0xc0, 22, {8}}, {0xc0, 250, {7}}});
}

TEST_CASE("NEXT_HOP beside MP_REACH_NLRI alone is ignored (RFC 4760 §3)") {
  const Update update = decode_update_hex(
      update_hex("800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8" + kOrigin + kPath + kHop,
                 "", ""),
      kIpv6);
  CHECK(update.faults.empty());
  CHECK(update.attributes.next_hop == net::IpAddress::parse("2001:db8::1").value());
}

TEST_CASE("redundant large communities are removed (RFC 8092 §3)") {
  const Update update =
      decode_update_hex(update_hex(kOrigin + kPath + kHop +
                                   "c02030 00000002 00000001 00000001  00000001 00000001 00000001  00000002 "
                                   "00000001 00000001  00000003 00000000 "
                                   "00000000"));
  CHECK(update.faults.empty());
  CHECK(update.attributes.large_communities == std::vector<LargeCommunity>{{2, 1, 1}, {1, 1, 1}, {3, 0, 0}});
}

TEST_CASE("AS4_AGGREGATOR counts only while AGGREGATOR says AS_TRANS (RFC 6793 §4.2.3)") {
  const std::string head = kOrigin + "400206 0202 fde9 5ba0" + kHop;
  const std::string as4 = "c0110a 0202 0000fde9 00011170 c01208 00011171 0a000009";
  const Update merged = decode_update_hex(update_hex(head + "c00706 5ba0 0a000002" + as4), kTwoOctet);
  CHECK(merged.attributes.aggregator == Aggregator{70001, ipv4("10.0.0.9")});
  CHECK(merged.attributes.as_path == path({65001, 70000}));
  const Update past = decode_update_hex(update_hex(head + "c00706 fdea 0a000002" + as4), kTwoOctet);
  CHECK(past.attributes.aggregator == Aggregator{65002, ipv4("10.0.0.2")});
  CHECK(past.attributes.as_path == path({65001, 23456}));
  const Update alone = decode_update_hex(update_hex(head + as4), kTwoOctet);
  CHECK_FALSE(alone.attributes.aggregator);
  CHECK(alone.attributes.as_path == path({65001, 70000}));
  const Update longer =
      decode_update_hex(update_hex(head + "c0110e 0203 0000fde9 00011170 00011171"), kTwoOctet);
  CHECK(longer.attributes.as_path == path({65001, 23456}));
  const Update confederation =
      decode_update_hex(update_hex(head + "c01110 0301 0000fdf0 0202 0000fde9 00011170"), kTwoOctet);
  CHECK(confederation.faults.empty());
  CHECK(confederation.attributes.as_path == path({65001, 70000}));
}

TEST_CASE("attributes without MP_REACH_NLRI, with and without NEXT_HOP") {
  PathAttributes attributes = basic();
  Octets out = {0xaa};
  encode_attributes(attributes, kFourOctet, true, out);
  CHECK(captures::hex(out) == "aa" + captures::hex(octets(kOrigin + kPath + kHop)));
  out.clear();
  encode_attributes(attributes, kFourOctet, false, out);
  CHECK(out == octets(kOrigin + kPath));
  out.clear();
  attributes.next_hop = net::Ipv6Address::parse("2001:db8::1").value();
  encode_attributes(attributes, kFourOctet, true, out);
  CHECK(out == octets(kOrigin + kPath));
}

TEST_CASE("what is an End-of-RIB and what is not (RFC 4724 §2)") {
  CHECK(decode_update_hex("0000 0000").is_end_of_rib());
  CHECK(decode_update_hex("0000 0006 800f03 0002 01", kIpv6).is_end_of_rib());
  CHECK(decode_update_hex("0000 0006 800f03 0001 01").is_end_of_rib());
  CHECK(decode_update_hex("0000 0007 900f0003 0002 01", kIpv6).is_end_of_rib());
  CHECK_FALSE(decode_update_hex("0000 0006 800f03 0002 01").is_end_of_rib());  // of a family not agreed on
  CHECK_FALSE(decode_update_hex("0001 00 0000").is_end_of_rib());              // withdraws the default route
  CHECK_FALSE(decode_update_hex("0000 0004 400101 00").is_end_of_rib());
  CHECK_FALSE(decode_update_hex("0000 0004 80c801 00").is_end_of_rib());
}

TEST_CASE("errors have the names of their RFCs") {
  const auto name = [](ErrorCode code, std::uint8_t subcode) {
    return Notification{code, subcode, {}}.describe();
  };
  CHECK(name(ErrorCode::Cease, kCeaseShutdown) == "Cease/Administrative Shutdown");
  CHECK(name(ErrorCode::Cease, kCeaseCollision) == "Cease/Connection Collision Resolution");
  CHECK(name(ErrorCode::OpenMessage, kOpenBadPeerAs) == "OPEN Message Error/Bad Peer AS");
  CHECK(name(ErrorCode::OpenMessage, kOpenRoleMismatch) == "OPEN Message Error/Role Mismatch");
  CHECK(name(ErrorCode::OpenMessage, 9) == "OPEN Message Error/Unknown subcode 9");
  CHECK(name(ErrorCode::UpdateMessage, 11) == "UPDATE Message Error/Malformed AS_PATH");
  CHECK(name(ErrorCode::MessageHeader, 1) == "Message Header Error/Connection Not Synchronized");
  CHECK(name(ErrorCode::HoldTimerExpired, 0) == "Hold Timer Expired");
  CHECK(name(ErrorCode::HoldTimerExpired, 3) == "Hold Timer Expired/Unknown subcode 3");
  CHECK(name(ErrorCode::FiniteStateMachine, kFsmInEstablished) ==
        "Finite State Machine Error/Receive Unexpected Message in Established State");
  CHECK(name(ErrorCode::RouteRefresh, 1) == "ROUTE-REFRESH Message Error/Invalid Message Length");
  CHECK(name(ErrorCode::SendHoldTimerExpired, 0) == "Send Hold Timer Expired");
  CHECK(name(static_cast<ErrorCode>(99), 0) == "Unknown error 99");
  CHECK(name(static_cast<ErrorCode>(99), 255) == "Unknown error 99/Unknown subcode 255");
}

TEST_CASE("the families that were agreed on") {
  using Families = std::vector<Family>;
  CHECK(Agreed{}.families() == Families{kIpv4Unicast});
  CHECK(Agreed{.ipv6_unicast = true}.families() == Families{kIpv4Unicast, kIpv6Unicast});
  CHECK(Agreed{.ipv4_unicast = false, .ipv6_unicast = true}.families() == Families{kIpv6Unicast});
  CHECK(Agreed{.ipv4_unicast = false}.families().empty());
}

TEST_CASE("a NOTIFICATION's data is cut to the largest message") {
  for (const bool extended : {false, true}) {
    const Agreed agreed{.extended_message = extended};
    Octets out;
    encode(Notification{ErrorCode::Cease, 2, Octets(70'000, 'x')}, agreed, out);
    CHECK(out.size() == max_octets(agreed));
    CHECK(decode_octets(out, agreed).has_value());
  }
}
