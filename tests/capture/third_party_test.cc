// Captures of others (tests/capture/shared_data.h): every message is decoded or refused with an error that
// our speaker sends, what was captured whole is read to its end, and nothing crashes, captures that once
// overran tcpdump included.
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "capture/read.h"
#include "tests/capture/shared_data.h"

using namespace capture;

namespace {

struct Tally {
  std::size_t decoded = 0, refused = 0, skipped = 0, others = 0;
  std::optional<std::string> fault;
};

// The errors that a decoder finds: RFC 4271 §6.1 to §6.3, RFC 7313 §5.
bool is_decoding_error(const bgp::Notification& reply) {
  static const std::map<bgp::ErrorCode, std::set<unsigned>> kErrors{
      {bgp::ErrorCode::MessageHeader, {1, 2, 3}},
      {bgp::ErrorCode::OpenMessage, {0, 1, 2, 3, 4, 6}},
      {bgp::ErrorCode::UpdateMessage, {1, 2, 3, 4, 5, 6, 8, 9, 10, 11}},
      {bgp::ErrorCode::RouteRefresh, {1}}};
  const auto code = kErrors.find(reply.code);
  return code != kErrors.end() && code->second.contains(reply.subcode);
}

Tally tally(const std::filesystem::path& path) {
  INFO(path);
  const auto octets = shared_data::read(path);
  const auto container = recognise(octets);
  REQUIRE(container);
  Tally tally;
  tally.fault = read(*container, octets, {}, [&](const Entry& entry) {
    if (std::holds_alternative<Decoded>(entry.what)) {
      ++tally.decoded;
    } else if (const auto* refused = std::get_if<Refused>(&entry.what)) {
      ++tally.refused;
      CHECK(is_decoding_error(refused->reply));
    } else if (std::holds_alternative<Skipped>(entry.what)) {
      ++tally.skipped;
    } else {
      ++tally.others;
    }
  });
  return tally;
}

struct Expected {
  const char* file;
  std::size_t decoded, refused, skipped;
};

}  // namespace

TEST_CASE("captures of tcpdump's tests are decoded or refused") {
  const auto folder = shared_data::folder("tcpdump");
  if (!folder) return;
  // Refused with reason: path identifiers without OPENs, ORF in a ROUTE-REFRESH that RFC 2918 gives four
  // octets, lengths that lie; what overran tcpdump is fuzz, of which some messages make sense.
  const Expected kExpected[] = {
      {"bgp-4byte-asn.pcap", 35, 0, 0},
      {"bgp-addpath.pcap", 0, 1, 0},
      {"bgp-aigp.pcap", 2, 0, 0},
      {"bgp-aigp-2.pcap", 1, 0, 0},
      {"bgp-bfd-cease.pcap", 1, 0, 0},
      {"bgp-bgpsec.pcap", 32, 0, 0},
      {"bgp-cease-hard-reset.pcap", 3, 0, 1},
      {"bgp-encap.pcap", 1, 0, 0},
      {"bgp-enhanced-route-refresh-subtype.pcapng", 8, 0, 0},
      {"bgp-enhanced-route-refresh.pcapng", 1, 0, 0},
      {"bgp-evpn.pcap", 1, 0, 0},
      {"bgp-extended-msg.pcapng", 1, 0, 0},
      {"bgp-extended-optional-parameters-length.pcapng", 1, 0, 0},
      {"bgp-extended-shutdown-msg.pcapng", 1, 0, 0},
      {"bgp-infinite-loop.pcap", 0, 4, 0},
      {"bgp-large-community.pcap", 5, 0, 0},
      {"bgp-link-bw-extcommunity.pcapng", 6, 0, 0},
      {"bgp-lu-multiple-labels.pcap", 20, 0, 0},
      {"bgp-malformed-hard-reset.pcap", 1, 0, 0},
      {"bgp-orf.pcapng", 0, 2, 0},
      {"bgp-ovs.pcapng", 4, 0, 0},
      {"bgp-role.pcapng", 12, 0, 1},
      {"bgp-rt-prefix.pcap", 8, 0, 0},
      {"bgp-shutdown-communication.pcapng", 1, 0, 0},
      {"bgp_vpn_attrset.pcap", 1, 0, 0},
      {"mpbgp-linklocal-nexthop.pcap", 1, 0, 0},
  };
  for (const Expected& expected : kExpected) {
    INFO(expected.file);
    const Tally got = tally(*folder / expected.file);
    CHECK(got.decoded == expected.decoded);
    CHECK(got.refused == expected.refused);
    CHECK(got.skipped == expected.skipped);
    CHECK_FALSE(got.fault);
  }
}

TEST_CASE("whatever is in the other folders, it is decoded, refused or skipped") {
  std::size_t files = 0, decoded = 0;
  for (const char* name : {"tcpdump", "pmacct", "ndpi", "scapy", "bgpkit-parser", "libbgpstream"}) {
    const auto folder = shared_data::folder(name);
    if (!folder) return;
    for (const auto& file : std::filesystem::directory_iterator(*folder)) {
      // 20 MB of one table: the test of bgpdump's lines reads it.
      if (file.path().filename().string().starts_with("bview")) continue;
      decoded += tally(file.path()).decoded;
      ++files;
    }
  }
  CHECK(files == 72);
  CHECK(decoded > 60'000);
}

TEST_CASE("pmacct's captures, written by hand without counting SYN, are read whole") {
  const auto folder = shared_data::folder("pmacct");
  if (!folder) return;
  const Tally got = tally(*folder / "302-BGP-IPv6-multiple-sources_traffic-02.pcap");
  CHECK(got.decoded == 10);
  CHECK(got.refused == 0);
}

TEST_CASE("a message that scapy split over segments is put together") {
  const auto folder = shared_data::folder("scapy");
  if (!folder) return;
  const Tally got = tally(*folder / "bgp_fragmented.pcap.gz");
  CHECK(got.decoded == 1);
  CHECK(got.refused + got.skipped == 0);
}

TEST_CASE("ExaBGP's own messages: what it decodes, we decode or leave to families that we do not speak") {
  const auto folder = shared_data::folder("exabgp");
  if (!folder) return;
  std::size_t messages = 0;
  for (const auto& file : std::filesystem::directory_iterator(*folder / "decoding")) {
    std::ifstream stream(file.path());
    std::string kind, digits;
    std::getline(stream, kind);
    std::getline(stream, digits);
    if (digits.find("FFFFFFFFFFFFFFFF") == std::string::npos) continue;  // a bare NLRI
    INFO(file.path());
    const std::vector<std::uint8_t> text(digits.begin(), digits.end());
    REQUIRE(recognise(text) == Container::Hex);
    const auto fault = read(Container::Hex, text, {}, [&](const Entry& entry) {
      CHECK(std::holds_alternative<Decoded>(entry.what));
      ++messages;
    });
    CHECK_FALSE(fault);
  }
  CHECK(messages >= 14);
}
