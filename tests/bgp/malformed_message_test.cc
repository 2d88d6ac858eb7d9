// What is wrong with headers, OPENs and ROUTE-REFRESHes, and the NOTIFICATION that it earns: to the subcode
// and the data. RFC 4271 §6.1 and §6.2, RFC 5492, RFC 6286, RFC 7313, RFC 7607, RFC 8654, RFC 9072.
#include <catch2/catch.hpp>

#include "tests/bgp/captures.h"

using namespace bgp;
using captures::Octets;
using captures::octets;

namespace {

const std::string kMarker = "ffffffffffffffffffffffffffffffff";

struct HeaderRow {
  const char* name;
  const char* rfc;
  std::string hex;
  std::size_t max_octets;
  std::uint8_t subcode;  // 0: more octets are needed
  std::string data;
};

const HeaderRow kHeaders[] = {
    {"nothing yet", "4271 6.1", "", 4096, 0, ""},
    {"half a marker", "4271 6.1", "ffffffffffffffff", 4096, 0, ""},
    {"marker alone", "4271 6.1", kMarker, 4096, 0, ""},
    {"half a length", "4271 6.1", kMarker + "00", 4096, 0, ""},
    {"no type yet", "4271 6.1", kMarker + "0013", 4096, 0, ""},
    {"body not whole", "4271 6.1", kMarker + "001702 0000", 4096, 0, ""},
    {"marker: first octet", "4271 6.1", "00ffffffffffffffffffffffffffffff001304", 4096, 1, ""},
    {"marker: last octet", "4271 6.1", "fffffffffffffffffffffffffffffffe001304", 4096, 1, ""},
    {"marker: told by one octet", "4271 6.1", "47", 4096, 1, ""},
    {"marker: all zero", "4271 6.1", "00000000000000000000000000000000001304", 4096, 1, ""},
    {"marker before length", "4271 6.1", "ffffffffffffffffffffffffffffff00000004", 4096, 1, ""},
    {"length 0", "4271 6.1", kMarker + "000004", 4096, 2, "0000"},
    {"length 18", "4271 6.1", kMarker + "001204", 4096, 2, "0012"},
    {"length told before the type is there", "4271 6.1", kMarker + "0012", 4096, 2, "0012"},
    {"length 4097", "4271 6.1", kMarker + "100102", 4096, 2, "1001"},
    {"length 65535", "4271 6.1", kMarker + "ffff02", 4096, 2, "ffff"},
    {"length before type", "4271 6.1", kMarker + "0012ff", 4096, 2, "0012"},
    {"OPEN of 28", "4271 6.1", kMarker + "001c01", 4096, 2, "001c"},
    {"OPEN of 19", "4271 6.1", kMarker + "001301", 4096, 2, "0013"},
    {"UPDATE of 22", "4271 6.1", kMarker + "001602", 4096, 2, "0016"},
    {"UPDATE of 19", "4271 6.1", kMarker + "001302", 4096, 2, "0013"},
    {"NOTIFICATION of 20", "4271 6.1", kMarker + "001403", 4096, 2, "0014"},
    {"KEEPALIVE of 20", "4271 6.1", kMarker + "001404", 4096, 2, "0014"},
    {"KEEPALIVE of 4096", "4271 6.1", kMarker + "100004", 4096, 2, "1000"},
    {"type 0", "4271 6.1", kMarker + "001300", 4096, 3, "00"},
    {"type 6", "4271 6.1", kMarker + "001306", 4096, 3, "06"},
    {"type 128, the route refresh of old", "4271 6.1", kMarker + "001780", 4096, 3, "80"},
    {"type 255", "4271 6.1", kMarker + "0013ff", 4096, 3, "ff"},
    {"extended UPDATE goes on", "8654 4", kMarker + "ffff02", 65535, 0, ""},
    {"extended NOTIFICATION goes on", "8654 4", kMarker + "100103", 65535, 0, ""},
    {"OPEN of 4096 goes on", "8654 4", kMarker + "100001", 65535, 0, ""},
    {"OPEN of 4097 though extended", "8654 4", kMarker + "100101", 65535, 2, "1001"},
    {"KEEPALIVE of 4097 though extended", "8654 4", kMarker + "100104", 65535, 2, "1001"},
};

struct BodyRow {
  const char* name;
  const char* rfc;
  MessageType type;
  std::string body;
  ErrorCode code;
  std::uint8_t subcode;
  std::string data;
};

constexpr auto kOpen = MessageType::Open;
constexpr auto kRefresh = MessageType::RouteRefresh;
constexpr auto kOpenCode = ErrorCode::OpenMessage;
constexpr auto kRefreshCode = ErrorCode::RouteRefresh;
const std::string kFixed = "04 fde9 005a 0a000001 ";  // version 4, AS 65001, hold time 90, 10.0.0.1

const BodyRow kBodies[] = {
    {"version 3", "4271 6.2", kOpen, "03 fde9 005a 0a000001 00", kOpenCode, 1, "0004"},
    {"version 5", "4271 6.2", kOpen, "05 fde9 005a 0a000001 00", kOpenCode, 1, "0004"},
    {"version 0", "4271 6.2", kOpen, "00 fde9 005a 0a000001 00", kOpenCode, 1, "0004"},
    {"version before all else", "4271 6.2", kOpen, "03 0000 0001 00000000 05", kOpenCode, 1, "0004"},
    {"AS 0", "7607 2", kOpen, "04 0000 005a 0a000001 00", kOpenCode, 2, ""},
    {"AS 0 in the capability", "7607 2", kOpen, kFixed + "08 0206 4104 00000000", kOpenCode, 2, ""},
    {"AS 0 in the second capability", "7607 2", kOpen, kFixed + "0e 020c 4104 0000fde9 4104 00000000",
     kOpenCode, 2, ""},
    {"hold time 1", "4271 6.2", kOpen, "04 fde9 0001 0a000001 00", kOpenCode, 6, "0001"},
    {"hold time 2", "4271 6.2", kOpen, "04 fde9 0002 0a000001 00", kOpenCode, 6, "0002"},
    {"identifier 0", "6286 2.2", kOpen, "04 fde9 005a 00000000 00", kOpenCode, 3, ""},
    {"parameter 1, authentication of old", "4271 6.2", kOpen, kFixed + "02 0100", kOpenCode, 4, ""},
    {"parameter 3", "4271 6.2", kOpen, kFixed + "04 0302 0000", kOpenCode, 4, ""},
    {"parameter 0", "4271 6.2", kOpen, kFixed + "02 0000", kOpenCode, 4, ""},
    {"unknown after known parameter", "4271 6.2", kOpen, kFixed + "06 0202 0200 0500", kOpenCode, 4, ""},
    {"parameter 255 that is not the first", "9072 2", kOpen, kFixed + "06 0202 0200 ff00", kOpenCode, 4, ""},
    {"parameters announced, none there", "4271 6.2", kOpen, kFixed + "04", kOpenCode, 0, ""},
    {"octets behind no parameters", "4271 6.2", kOpen, kFixed + "00 0200", kOpenCode, 0, ""},
    {"octets behind the parameters", "4271 6.2", kOpen, kFixed + "04 0202 0200 00", kOpenCode, 0, ""},
    {"parameters beyond the message", "4271 6.2", kOpen, kFixed + "06 0202 0200", kOpenCode, 0, ""},
    {"a parameter of one octet", "4271 6.2", kOpen, kFixed + "01 02", kOpenCode, 0, ""},
    {"parameter beyond the parameters", "4271 6.2", kOpen, kFixed + "04 0203 0200", kOpenCode, 0, ""},
    {"one octet behind a parameter", "4271 6.2", kOpen, kFixed + "05 0202 0200 02", kOpenCode, 0, ""},
    {"capability of one octet", "5492 4", kOpen, kFixed + "03 0201 02", kOpenCode, 0, ""},
    {"capability beyond its parameter", "5492 4", kOpen, kFixed + "04 0202 0201", kOpenCode, 0, ""},
    {"capability into the next parameter", "5492 4", kOpen, kFixed + "08 0202 0204 0202 0200", kOpenCode, 0,
     ""},
    {"four-octet AS in three octets", "6793 3", kOpen, kFixed + "07 0205 4103 00fde9", kOpenCode, 0, ""},
    {"four-octet AS in no octet", "6793 3", kOpen, kFixed + "04 0202 4100", kOpenCode, 0, ""},
    {"four-octet AS in five octets", "6793 3", kOpen, kFixed + "09 0207 4105 0000fde900", kOpenCode, 0, ""},
    {"extended: length missing", "9072 2", kOpen, kFixed + "ff ff", kOpenCode, 0, ""},
    {"extended: half a length", "9072 2", kOpen, kFixed + "ff ff00", kOpenCode, 0, ""},
    {"extended: beyond the message", "9072 2", kOpen, kFixed + "ff ff0006 020002 0200", kOpenCode, 0, ""},
    {"extended: octets behind", "9072 2", kOpen, kFixed + "ff ff0004 020002 0200", kOpenCode, 0, ""},
    {"extended: parameter length of one octet", "9072 2", kOpen, kFixed + "ff ff0002 0200", kOpenCode, 0, ""},
    {"extended: parameter beyond", "9072 2", kOpen, kFixed + "ff ff0005 020003 0200", kOpenCode, 0, ""},
    {"extended: unknown parameter", "9072 2", kOpen, kFixed + "ff ff0003 030000", kOpenCode, 4, ""},
    {"extended format under length 0", "9072 2", kOpen, kFixed + "00 ff0005 020002 0200", kOpenCode, 0, ""},
    {"refresh: empty", "7313 5", kRefresh, "", kRefreshCode, 1, kMarker + "001305"},
    {"refresh: one octet short", "7313 5", kRefresh, "0001 00", kRefreshCode, 1, kMarker + "001605 000100"},
    {"refresh: one octet more", "7313 5", kRefresh, "0001 00 01 00", kRefreshCode, 1,
     kMarker + "001805 0001000100"},
    {"refresh: BoRR too long", "7313 5", kRefresh, "0001 01 01 00", kRefreshCode, 1,
     kMarker + "001805 0001010100"},
    {"refresh: EoRR too short", "7313 5", kRefresh, "0001 02", kRefreshCode, 1, kMarker + "001605 000102"},
    {"refresh: EoRR too long", "7313 5", kRefresh, "0001 02 01 00", kRefreshCode, 1,
     kMarker + "001805 0001020100"},
    {"refresh: a later subtype too short", "7313 5", kRefresh, "0001 03", kRefreshCode, 1,
     kMarker + "001605 000103"},
};

std::string describe(const Notification& notification) {
  return fmt::format("{}/{} [{}]", static_cast<unsigned>(notification.code), notification.subcode,
                     captures::hex(notification.data));
}

}  // namespace

TEST_CASE("headers: what is wrong, as soon as the octets tell") {
  for (const HeaderRow& row : kHeaders) {
    INFO(row.name << ", RFC " << row.rfc);
    const Octets bytes = octets(row.hex);
    const auto frame = next_frame(bytes, row.max_octets);
    if (row.subcode == 0) {
      REQUIRE(frame.has_value());
      CHECK_FALSE(frame->has_value());
    } else {
      REQUIRE_FALSE(frame.has_value());
      CHECK(describe(frame.error()) == describe({ErrorCode::MessageHeader, row.subcode, octets(row.data)}));
    }
  }
}

TEST_CASE("OPEN and ROUTE-REFRESH: what is wrong, and the reply") {
  for (const BodyRow& row : kBodies) {
    INFO(row.name << ", RFC " << row.rfc);
    const Octets bytes = captures::message(row.type, octets(row.body));
    const auto frame = next_frame(bytes, kMaxMessageOctets);
    REQUIRE((frame && *frame));
    const auto decoded = decode(**frame, {});
    REQUIRE_FALSE(decoded.has_value());
    CHECK(describe(decoded.error()) == describe({row.code, row.subcode, octets(row.data)}));
  }
}

TEST_CASE("a refresh of a later subtype may be longer, and is to be ignored (RFC 7313 §5)") {
  for (const auto* body : {"0001 03 01", "0001 03 01 00", "0002 ff 01 0102030405"}) {
    INFO(body);
    const Octets bytes = captures::message(kRefresh, octets(body));
    const auto decoded = decode(**next_frame(bytes, kMaxMessageOctets), {});
    REQUIRE(decoded.has_value());
    CHECK(std::get<RouteRefresh>(*decoded).subtype > kRefreshEnd);
  }
}

TEST_CASE("a frame's neighbours stay where they are") {
  Octets bytes = octets(kMarker + "001304" + kMarker + "001702 00000000" + kMarker);
  const auto first = next_frame(bytes, kMaxMessageOctets);
  REQUIRE((first && *first));
  CHECK((*first)->type == MessageType::Keepalive);
  CHECK((*first)->octets() == 19);
  const auto second = next_frame(net::Bytes(bytes).subspan(19), kMaxMessageOctets);
  REQUIRE((second && *second));
  CHECK((*second)->type == MessageType::Update);
  CHECK((*second)->body.data() == bytes.data() + 38);
  const auto third = next_frame(net::Bytes(bytes).subspan(42), kMaxMessageOctets);
  REQUIRE(third.has_value());
  CHECK_FALSE(third->has_value());
}

TEST_CASE("a refresh too long for its own NOTIFICATION is cut there") {
  const Octets bytes = captures::message(MessageType::RouteRefresh, Octets(4096 - 19, 1));
  const auto decoded = decode(**next_frame(bytes, kMaxMessageOctets), {});
  REQUIRE_FALSE(decoded.has_value());
  Octets reply;
  encode(decoded.error(), {}, reply);
  CHECK(reply.size() == kMaxMessageOctets);
  CHECK(std::equal(reply.begin() + 21, reply.end(), bytes.begin()));
}
