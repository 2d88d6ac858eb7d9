// What is written is what our own readers read: MRT records and pcapng blocks, there and back, and the merge
// of several writers' records.
#include <catch2/catch.hpp>

#include "capture/mrt_writer.h"
#include "capture/pcapng_writer.h"
#include "capture/read.h"
#include "capture/record_merge.h"
#include "tests/bgp/captures.h"

using namespace capture;
using namespace std::chrono_literals;
using captures::Octets;

namespace {

const Time kAt{1'764'000'000s + 123'456us};

std::vector<Entry> entries_of(Container container, const Octets& octets) {
  REQUIRE(recognise(octets) == container);
  std::vector<Entry> entries;
  const auto fault =
      read(container, octets, {}, [&entries](const Entry& entry) { entries.push_back(entry); });
  INFO(fault.value_or(""));
  CHECK_FALSE(fault);
  return entries;
}

net::IpAddress address(const char* text) { return net::IpAddress::parse(text).value(); }

const RecordedSession kIpv4{4'200'000'001, 65001, address("10.0.0.2"), address("10.0.0.1")};
const RecordedSession kIpv6{65002, 65001, address("2001:db8::2"), address("2001:db8::1")};

}  // namespace

TEST_CASE("messages and states go there and back", "[writers]") {
  const Octets keepalive = captures::message(bgp::MessageType::Keepalive, {});
  for (const RecordedSession& session : {kIpv4, kIpv6})
    for (const bool sent : {false, true}) {
      Octets octets;
      write_mrt_state_change(kAt, session, {5, 6}, octets);
      write_mrt_message(kAt + 1us, session, sent, keepalive, octets);
      const auto entries = entries_of(Container::Mrt, octets);
      REQUIRE(entries.size() == 2);
      const auto& change = std::get<StateChange>(entries[0].what);
      CHECK((change.from == 5 && change.to == 6));
      CHECK(entries[0].place.at == kAt);
      const Place& place = entries[1].place;
      CHECK(place.at == kAt + 1us);
      CHECK(place.microseconds);
      CHECK(place.peer == session.peer);
      CHECK(place.peer_as == session.peer_as);
      CHECK(place.local_as == session.local_as);
      CHECK(place.source->address == (sent ? session.local : session.peer));
      CHECK(place.destination->address == (sent ? session.peer : session.local));
      const auto& message = std::get<Decoded>(entries[1].what);
      CHECK(std::holds_alternative<bgp::Keepalive>(message.message));
      CHECK(message.octets.size() == keepalive.size());
    }
}

TEST_CASE("a message as long as messages get", "[writers]") {
  Octets body(bgp::kMaxExtendedOctets - bgp::kHeaderOctets, 0);
  body[2] = static_cast<std::uint8_t>((body.size() - 4) >> 8);  // attributes to the end
  body[3] = static_cast<std::uint8_t>(body.size() - 4);
  Octets octets;
  write_mrt_message(kAt, kIpv4, false, captures::message(bgp::MessageType::Update, body), octets);
  write_mrt_state_change(kAt, kIpv4, {6, 1}, octets);
  const auto entries = entries_of(Container::Mrt, octets);
  REQUIRE(entries.size() == 2);
  CHECK(std::holds_alternative<StateChange>(entries[1].what));
}

TEST_CASE("tables go there and back, router after router", "[writers]") {
  bgp::PathAttributes attributes;
  attributes.origin = bgp::Origin::Igp;
  attributes.as_path = bgp::AsPath(std::vector<std::uint32_t>{4'200'000'001, 65002});
  attributes.next_hop = address("10.0.0.2");
  attributes.med = 7;
  attributes.communities = {0xffff0001};
  bgp::PathAttributes ipv6 = attributes, local;
  ipv6.next_hop = address("2001:db8::2");
  ipv6.link_local_next_hop = net::Ipv6Address::parse("fe80::2");
  local.origin = bgp::Origin::Igp;
  Octets octets;
  for (const char* router : {"ROUTER_0", "ROUTER_1"}) {
    write_mrt_peer_index(kAt,
                         {net::Ipv4Address::of(10, 0, 0, 1),
                          router,
                          {{net::Ipv4Address::of(10, 0, 0, 1), {}, 65001},
                           {net::Ipv4Address::of(10, 0, 0, 2), kIpv4.peer, kIpv4.peer_as},
                           {net::Ipv4Address::of(10, 0, 0, 3), kIpv6.peer, kIpv6.peer_as}}},
                         octets);
    write_mrt_rib(kAt, 0, *net::parse_ip_prefix("0.0.0.0/0"),
                  std::vector<RecordedPath>{{0, kAt - 5s, local}, {1, kAt - 60s, attributes}}, octets);
    write_mrt_rib(kAt, 1, *net::parse_ip_prefix("2001:db8:7::/48"),
                  std::vector<RecordedPath>{{2, kAt - 61s, ipv6}}, octets);
  }
  const auto entries = entries_of(Container::Mrt, octets);
  REQUIRE(entries.size() == 8);
  for (std::size_t router = 0; router < 2; ++router) {
    const auto& index = std::get<PeerIndex>(entries[4 * router].what);
    CHECK(index.view == (router == 0 ? "ROUTER_0" : "ROUTER_1"));
    REQUIRE(index.peers.size() == 3);
    CHECK(index.peers[1].as == kIpv4.peer_as);
    CHECK(index.peers[2].address == kIpv6.peer);
    const auto& own = std::get<RibPath>(entries[4 * router + 1].what);
    CHECK(entries[4 * router + 1].place.peer_as == 65001);
    CHECK(own.update.attributes.as_path == local.as_path);
    const auto& learnt = std::get<RibPath>(entries[4 * router + 2].what);
    CHECK(learnt.originated == std::chrono::floor<std::chrono::seconds>(kAt - 60s));
    CHECK(learnt.update.faults.empty());
    CHECK(learnt.update.attributes == attributes);
    const auto& other = std::get<RibPath>(entries[4 * router + 3].what);
    CHECK(other.sequence == 1);
    CHECK(other.update.faults.empty());
    REQUIRE(other.update.mp_reach);
    CHECK(net::IpAddress(other.update.mp_reach->next_hop) == ipv6.next_hop);
    CHECK(other.update.mp_reach->link_local == ipv6.link_local_next_hop);
    CHECK(other.update.attributes.as_path == ipv6.as_path);
  }
}

TEST_CASE("records of several writers come in order of time, up to what all have told", "[writers]") {
  const auto change = [](Time at, std::uint16_t mark) {
    Octets octets;
    write_mrt_state_change(at, kIpv4, {mark, 1}, octets);
    return octets;
  };
  const auto marks = [](const Octets& octets) {
    std::vector<int> found;
    if (octets.empty()) return found;
    for (const Entry& entry : entries_of(Container::Mrt, octets))
      found.push_back(std::get<StateChange>(entry.what).from);
    return found;
  };
  RecordMerge merge;
  Octets first = change(kAt, 1);
  for (const auto& more : {change(kAt + 900'000us, 4), change(kAt + 2s, 6)})
    first.insert(first.end(), more.begin(), more.end());
  merge.add(first);
  merge.add(change(kAt, 2));  // the same instant: who was added first comes first
  CHECK(marks(merge.take_before(kAt)).empty());
  CHECK(marks(merge.take_before(kAt + 1us)) == std::vector{1, 2});
  merge.add(change(kAt + 876'543us, 3));  // a second is about to end
  merge.add(change(kAt + 900'001us, 5));
  CHECK(marks(merge.take_before(kAt + 2s)) == std::vector{3, 4, 5});
  CHECK(merge.octets() > 0);
  CHECK(marks(merge.take_all()) == std::vector{6});
  CHECK(merge.octets() == 0);
  merge.add(Octets(5, 0));  // no record: nothing comes of it
  CHECK(merge.take_all().empty());
}

TEST_CASE("packets go there and back", "[writers]") {
  // Ethernet, IPv4, TCP from 10.0.0.1:179: a KEEPALIVE, and an octet that makes the padding necessary.
  Octets frame = captures::octets(
      "02 00 00 00 00 02  02 00 00 00 00 01  08 00  45 00 00 3b 00 00 40 00 40 06 00 00  0a 00 00 01"
      "0a 00 00 02  00 b3 04 00  00 00 00 01  00 00 00 00  50 18 ff ff 00 00 00 00");
  const Octets keepalive = captures::message(bgp::MessageType::Keepalive, {});
  frame.insert(frame.end(), keepalive.begin(), keepalive.end());
  const PacketTime at{1'764'000'000s + 999'999'999ns};
  Octets octets;
  write_pcapng_section("a test", octets);
  write_pcapng_interface("A_0--A_1", "seen at A_0", "tcp port 179", octets);
  write_pcapng_interface("A_1--A_2", "", "", octets);
  write_pcapng_packet(1, at, true, frame.size() + 100, frame, octets);
  write_pcapng_statistics(0, {at, at + 1s, 0, 0}, octets);
  write_pcapng_statistics(1, {at, at + 1s, 3, 2}, octets);
  CHECK(octets.size() % 4 == 0);
  std::vector<Packet> packets;
  const auto fault = read_pcapng(octets, [&packets](const Packet& packet) { packets.push_back(packet); });
  CHECK_FALSE(fault);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].at == std::chrono::floor<std::chrono::microseconds>(at));
  CHECK(packets[0].link_type == 1);
  CHECK(Octets(packets[0].octets.begin(), packets[0].octets.end()) == frame);
  const auto entries = entries_of(Container::Pcapng, octets);
  REQUIRE(entries.size() == 1);
  CHECK(std::holds_alternative<bgp::Keepalive>(std::get<Decoded>(entries[0].what).message));
}
