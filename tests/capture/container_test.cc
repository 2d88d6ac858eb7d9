// The containers by themselves: what is whole is read, what is damaged is told in one sentence and read as
// far as it goes. Rows that a fuzzer has found are named for what they did.
#include <catch2/catch.hpp>

#include "capture/decompress.h"
#include "capture/hex_text.h"
#include "capture/message_cutter.h"
#include "capture/read.h"
#include "tests/bgp/captures.h"

using namespace capture;
using captures::Octets;

namespace {

struct Read {
  std::optional<Container> container;
  std::optional<std::string> fault;
  std::vector<Entry> entries;
  Octets octets;  // that the entries point into
};

// Moved, not copied: a vector keeps its octets where they are.
Read read_all(Octets octets, const Options& options = {}) {
  Read result;
  result.octets = std::move(octets);
  result.container = recognise(result.octets);
  if (result.container)
    result.fault = read(*result.container, result.octets, options,
                        [&result](const Entry& entry) { result.entries.push_back(entry); });
  return result;
}

Read read_text(const std::string& text) { return read_all({text.begin(), text.end()}); }

template <class What>
std::size_t count(const Read& result) {
  return static_cast<std::size_t>(std::ranges::count_if(
      result.entries, [](const Entry& entry) { return std::holds_alternative<What>(entry.what); }));
}

const bgp::Update& update_of(const Entry& entry) {
  return std::get<bgp::Update>(std::get<Decoded>(entry.what).message);
}

const Octets kKeepalive = captures::message(bgp::MessageType::Keepalive, {});

struct Segment {
  std::uint32_t sequence;
  std::uint8_t flags;
  Octets data;
};
constexpr std::uint8_t kSyn = 2, kAck = 16;

// 10.0.0.1:179 > 10.0.0.2:1024 in raw IP.
Octets pcap_of(const std::vector<Segment>& segments) {
  Octets octets = captures::octets("a1b2c3d4 00020004 00000000 00000000 0000ffff 00000065");
  net::ByteWriter writer(octets);
  for (const Segment& segment : segments) {
    const auto length = static_cast<std::uint16_t>(40 + segment.data.size());
    writer.u32(1);
    writer.u32(0);
    writer.u32(length);
    writer.u32(length);
    writer.u16(0x4500);
    writer.u16(length);
    writer.u32(0);
    writer.bytes(captures::octets("40060000 0a000001 0a000002 00b3 0400"));
    writer.u32(segment.sequence);
    writer.u32(0);
    writer.bytes(Octets{0x50, segment.flags, 0xff, 0xff, 0, 0, 0, 0});
    writer.bytes(segment.data);
  }
  return octets;
}

Octets part(const Octets& octets, std::size_t from, std::size_t to) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(from),
          octets.begin() + static_cast<std::ptrdiff_t>(to)};
}

Octets mrt(std::uint32_t seconds, std::uint16_t type, std::uint16_t subtype, const Octets& body) {
  Octets octets;
  net::ByteWriter writer(octets);
  writer.u32(seconds);
  writer.u16(type);
  writer.u16(subtype);
  writer.u32(static_cast<std::uint32_t>(body.size()));
  writer.bytes(body);
  return octets;
}

const Octets kStateChange =
    mrt(1000, 16, 0, captures::octets("fde9 fdea 0000 0001 0a000001 0a000002 0003 0004"));

Octets joined(const std::vector<Octets>& pieces) {
  Octets all;
  for (const Octets& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

}  // namespace

TEST_CASE("TCP: segments in any order, twice, overlapping, and across the end of the sequence numbers") {
  const Octets two = joined({kKeepalive, kKeepalive});
  const std::uint32_t first = 0xfffffff0;
  const auto result = read_all(pcap_of({{first - 1, kSyn, {}},
                                        {first + 10, kAck, part(two, 10, 25)},
                                        {first, kAck, part(two, 0, 12)},
                                        {first, kAck, part(two, 0, 12)},
                                        {first + 25, kAck, part(two, 25, 38)},
                                        {first + 9, kAck, {0}}}));
  CHECK_FALSE(result.fault);
  REQUIRE(result.entries.size() == 2);
  CHECK(count<Decoded>(result) == 2);
  CHECK(result.entries[1].place.source->port == 179);
}

TEST_CASE("TCP: what was not captured is told, and the next marker found") {
  const Octets two = joined({kKeepalive, kKeepalive, kKeepalive});
  const auto result =
      read_all(pcap_of({{99, kSyn, {}}, {100, kAck, part(two, 0, 25)}, {130, kAck, part(two, 30, 57)}}));
  CHECK(count<Decoded>(result) == 2);
  CHECK(count<Skipped>(result) == 3);  // the end before the gap, the gap, the beginning behind it
  REQUIRE(result.entries.size() == 5);
  CHECK(std::get<Skipped>(result.entries[2].what).why == "5 octets were not captured");
}

TEST_CASE("TCP: a capture that begins inside a message waits for a marker") {
  const Octets two = joined({kKeepalive, kKeepalive});
  const auto result = read_all(pcap_of({{100, kAck, part(two, 5, 38)}}));
  CHECK(count<Decoded>(result) == 1);
  CHECK(count<Skipped>(result) == 1);
}

TEST_CASE("TCP: the same ports again are another connection") {
  const auto result = read_all(
      pcap_of({{99, kSyn, {}}, {100, kAck, kKeepalive}, {5000, kSyn, {}}, {5001, kAck, kKeepalive}}));
  REQUIRE(result.entries.size() == 2);
  CHECK(result.entries[0].place.connection == 1);
  CHECK(result.entries[1].place.connection == 2);
}

TEST_CASE("a stream goes on behind what a session would end at") {
  Octets bad = kKeepalive;
  bad[18] = 9;  // no such type
  const auto result = read_all(joined({kKeepalive, bad, kKeepalive}));
  CHECK(result.container == Container::Messages);
  REQUIRE(result.entries.size() == 3);
  const auto& refused = std::get<Refused>(result.entries[1].what);
  CHECK(refused.reply == bgp::Notification{bgp::ErrorCode::MessageHeader, bgp::kHeaderBadType, {9}});
  CHECK(refused.octets.size() == 19);
  CHECK(count<Decoded>(result) == 2);
}

TEST_CASE("AS numbers: the width that alone makes sense is taken, and the user's word before it") {
  // AS_PATH 65001 65002 in two octets.
  const std::string two = "0000 0014 40010100 400206 0202 fde9 fdea 400304 0a000001 08 0a";
  const auto guessed = read_text(two);
  REQUIRE(guessed.entries.size() == 1);
  CHECK(update_of(guessed.entries[0]).attributes.as_path.to_string() == "65001 65002");
  CHECK(std::get<Decoded>(guessed.entries[0].what).four_octet_as_guessed);

  Options four;
  four.four_octet_as = true;
  const auto told = read_all({two.begin(), two.end()}, four);
  REQUIRE(told.entries.size() == 1);
  CHECK(update_of(told.entries[0]).faults.size() == 1);
  CHECK_FALSE(std::get<Decoded>(told.entries[0].what).four_octet_as_guessed);
}

TEST_CASE("hexadecimal text: with markers and without, in lines and paragraphs, with remarks") {
  const std::string marker(32, 'f');
  struct Row {
    const char* name;
    std::string text;
    std::size_t decoded, refused;
  };
  const Row rows[] = {
      {"whole message", marker + "001304", 1, 0},
      {"colons and capitals, as ExaBGP logs", std::string(32, 'F') + ":0017:02:00000000", 1, 0},
      {"spread over lines, with remarks", "# header\n" + marker + "\n00 17 02 # UPDATE\n# body\n0000 0000\n",
       1, 0},
      {"without marker", "0013 04", 1, 0},
      {"two without marker", "0013 04 0017 02 00000000", 2, 0},
      {"one a line", "0013 04\n00170200000000\n00000000\n", 3, 0},
      {"paragraphs", "0013 04\n\n0000\n0000\n", 2, 0},
      {"body of an UPDATE", "00000000", 1, 0},
      {"neither", "0102030405", 0, 1},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto result = read_text(row.text);
    CHECK(result.container == Container::Hex);
    CHECK_FALSE(result.fault);
    CHECK(count<Decoded>(result) == row.decoded);
    CHECK(count<Refused>(result) == row.refused);
  }
  CHECK(read_text("0013 0").fault == "line 1 ends in the middle of an octet");
  CHECK_FALSE(read_text("hello").container);
  CHECK_FALSE(read_text("# only a remark\n").container);
}

TEST_CASE("damaged containers: one sentence each, and what could be read") {
  const Octets pcap = pcap_of({{99, kSyn, {}}, {100, kAck, kKeepalive}, {119, kAck, kKeepalive}});
  Octets huge = part(pcap, 0, 24);
  huge.insert(huge.end(), 8, 0);
  huge.insert(huge.end(), 8, 0xff);
  struct Row {
    const char* name;
    Octets octets;
    std::string fault;
    std::size_t decoded;
  };
  const Row rows[] = {
      {"pcap header cut off", part(pcap, 0, 20), "the pcap header has 24 octets, of which 20 are there", 0},
      {"pcap record cut off", part(pcap, 0, 90), "the pcap file ends inside the header of packet 2", 0},
      {"pcap packet cut off", part(pcap, 0, pcap.size() - 1),
       "the pcap file ends inside packet 3: 58 of 59 octets", 1},
      {"pcap packet of 4 GiB", huge, "packet 1 of the pcap file claims 4294967295 octets", 0},
      {"pcap link type",
       captures::octets("a1b2c3d4 00020004 00000000 00000000 0000ffff 000000fe"
                        "00000000 00000000 00000001 00000001 00"),
       "packets of link type 254 are not read here", 0},
      {"pcapng without byte order",
       captures::octets("0a0d0d0a 0000001c 00000000 00010000 ffffffff ffffffff 0000001c"),
       "block 1 of the pcapng file starts a section without a byte order", 0},
      {"pcapng block of 4 GiB", captures::octets("0a0d0d0a fffffffc 1a2b3c4d"),
       "the pcapng file ends inside block 1: 12 of 4294967292 octets", 0},
      {"pcapng block of nothing", captures::octets("0a0d0d0a 00000000 1a2b3c4d"),
       "block 1 of the pcapng file claims 0 octets", 0},
      {"pcapng packet without interface",
       captures::octets("0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffff ffffffff 0000001c"
                        "00000006 00000020 00000007 00000000 00000000 00000000 00000000 00000020"),
       "block 2 of the pcapng file is of an interface that was not described", 0},
      {"pcapng packet larger than its block",
       captures::octets("0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffff ffffffff 0000001c"
                        "00000006 00000020 00000000 00000000 00000000 fffffff0 fffffff0 00000020"),
       "block 2 of the pcapng file holds a packet larger than itself", 0},
      {"MRT record cut off", part(kStateChange, 0, 20), "the archive ends inside record 1: 8 of 20 octets",
       0},
      {"MRT header cut off", joined({kStateChange, {0, 0, 3}}),
       "the 3 octets from octet 32 of the archive on are no record", 0},
      {"MRT record of 4 GiB", captures::octets("000003e8 0010 0001 ffffffff 00"),
       "the archive ends inside record 1: 1 of 4294967295 octets", 0},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto result = read_all(row.octets);
    REQUIRE(result.container);
    CHECK(result.fault.value_or("") == row.fault);
    CHECK(count<Decoded>(result) == row.decoded);
  }
}

TEST_CASE("MRT: a torn record costs itself, not what is behind it") {
  const auto result = read_all(joined({kStateChange, part(kStateChange, 0, 10), kStateChange, kStateChange}));
  CHECK(result.fault == "the archive is damaged at octet 32: what could be read on both sides was");
  CHECK(count<StateChange>(result) == 3);
  CHECK(count<Skipped>(result) == 1);
}

TEST_CASE("MRT: records that lie about what is in them are skipped, one by one") {
  const Octets bodies[] = {{}, {0}, captures::octets("fde9 fdea 0000 0003 0a000001"), Octets(5, 0xff)};
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{5, 12, 13, 16, 17})
    for (std::uint16_t subtype = 0; subtype <= 7; ++subtype)
      for (const Octets& body : bodies) {
        INFO(type << " " << subtype << " " << captures::hex(body));
        const auto result = read_all(joined({kStateChange, mrt(1000, type, subtype, body), kStateChange}));
        CHECK(count<StateChange>(result) >= 2);
      }
}

TEST_CASE("MRT: a table with its peers, and IPv6 paths whose next hop stands alone (RFC 6396 §4.3)") {
  const Octets index = mrt(1, 13, 1,
                           captures::octets("0a000009 0000 0002"
                                            "02 0a000001 0a000001 fa56ea01"
                                            "01 0a000002 20010db8000000000000000000000002 fde9"));
  const Octets path4 = mrt(1, 13, 2,
                           captures::octets("00000000 18 cb0071 0001 0000 00000005 0014"
                                            "40010100 4002 06 0201 fa56ea01 400304 0a000001"));
  const Octets path6 = mrt(1, 13, 4,
                           captures::octets("00000001 20 20010db8 0001 0001 00000005 0021"
                                            "40010100 4002 06 0201 0000fde9"
                                            "800e11 10 20010db8000000000000000000000002"));
  const auto result = read_all(joined({index, path4, path6}));
  CHECK_FALSE(result.fault);
  REQUIRE(result.entries.size() == 3);
  CHECK(std::get<PeerIndex>(result.entries[0].what).peers.size() == 2);
  CHECK(result.entries[1].place.peer_as == 4200000001u);
  const auto& ipv4 = std::get<RibPath>(result.entries[1].what);
  CHECK(std::get<net::Ipv4Prefix>(ipv4.prefix).to_string() == "203.0.113.0/24");
  CHECK(ipv4.update.attributes.as_path.to_string() == "4200000001");
  const auto& ipv6 = std::get<RibPath>(result.entries[2].what);
  CHECK(std::get<net::Ipv6Prefix>(ipv6.prefix).to_string() == "2001:db8::/32");
  CHECK(ipv6.update.attributes.next_hop.to_string() == "2001:db8::2");
  CHECK(ipv6.update.faults.empty());
}

TEST_CASE("compressed input ends where it is told to, and says what is wrong") {
  const Octets empty_gzip = captures::octets("1f8b0800000000000203 0300 00000000 00000000");
  const auto nothing = decompress(empty_gzip, 10);
  REQUIRE(nothing);
  CHECK(nothing->empty());
  // "hello\n" by gzip -n and by bzip2.
  const Octets gzip = captures::octets("1f8b0800000000000003 cb48cdc9c9e70200 20303a36 06000000");
  const auto hello = decompress(joined({gzip, gzip}), 12);
  REQUIRE(hello);
  CHECK(std::string(hello->begin(), hello->end()) == "hello\nhello\n");
  CHECK(decompress(gzip, 5).error() == "decompressed it is larger than the 1 MiB that are allowed");
  CHECK(decompress(part(gzip, 0, 15), 99).error() == "the gzip data ends too early, after 4 octets");
  CHECK(decompress(joined({gzip, {1}}), 99).error() == "1 octets behind the gzip data are no more of it");
  CHECK(decompress(joined({gzip, {0, 0}}), 99).has_value());
  const Octets bzip2 = captures::octets(
      "425a6839314159265359c1c080e2000001410000100244a00030cd00c3462997177245385090c1c080e2");
  CHECK(is_compressed(bzip2));
  CHECK(decompress(bzip2, 6).value().size() == 6);
  CHECK(decompress(part(bzip2, 0, 20), 99).error() == "the bzip2 data ends too early, after 0 octets");
  Octets damaged = bzip2;
  damaged[20] ^= 1;
  CHECK(decompress(damaged, 99).error().starts_with("the bzip2 data is damaged"));
}
