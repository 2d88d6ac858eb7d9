// BMP messages, octet for octet as RFC 7854 §4 and RFC 9069 §4 draw them.
#include <catch2/catch.hpp>

#include "capture/bmp_writer.h"
#include "tests/bgp/captures.h"

using namespace capture;
using namespace std::chrono_literals;
using captures::octets;

namespace {

const Time kAt{1s + 2us};
const BmpPeer kPeer{net::Ipv4Address::of(10, 0, 0, 2), 65002, net::Ipv4Address::of(1, 1, 1, 1)};

captures::Octets per_peer(const char* flags, const char* address) {
  return octets(std::string("00 (Global Instance) ") + flags + " 00000000 00000000 (distinguisher)" +
                address + "0000fdea (AS) 01010101 (identifier) 00000001 00000002");
}

// Version, length, type, and what follows.
captures::Octets message(std::uint8_t type, const std::vector<captures::Octets>& parts) {
  captures::Octets whole{3, 0, 0, 0, 0, type};
  for (const auto& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  net::ByteWriter(whole).patch_u16(3, whole.size());
  return whole;
}

const char* const kIpv4 = "00000000 00000000 00000000 0a000002";

}  // namespace

TEST_CASE("BMP: who speaks, and that it ends", "[bmp]") {
  captures::Octets out;
  write_bmp_initiation("R", "an", out);
  CHECK(out == message(4, {octets("0001 0002 616e 0002 0001 52")}));
  out.clear();
  write_bmp_termination(out);
  CHECK(out == message(5, {octets("0001 0002 0000")}));
}

TEST_CASE("BMP: a neighbour comes, speaks and goes", "[bmp]") {
  captures::Octets out;
  write_bmp_peer_up(kPeer, kAt, {net::Ipv4Address::of(10, 0, 0, 1), 179, 40000, octets("aa"), octets("bb")},
                    out);
  CHECK(out ==
        message(3, {per_peer("00", kIpv4), octets("00000000 00000000 00000000 0a000001 00b3 9c40 aa bb")}));
  out.clear();
  write_bmp_route_monitoring(kPeer, kAt, octets("01 02 03"), out);
  CHECK(out == message(0, {per_peer("00", kIpv4), octets("01 02 03")}));
  out.clear();
  write_bmp_statistics(kPeer, kAt, 0x100000002, out);
  CHECK(out == message(1, {per_peer("00", kIpv4), octets("00000001 0007 0008 00000001 00000002")}));
  struct Row {
    BmpPeerDown reason;
    const char* behind;
  };
  for (const auto& [reason, behind] :
       {Row{BmpPeerDown::LocalNotification, "01 cc"}, Row{BmpPeerDown::Local, "02 0000"},
        Row{BmpPeerDown::RemoteNotification, "03 cc"}}) {
    out.clear();
    write_bmp_peer_down(kPeer, kAt, reason, octets("cc"), out);
    CHECK(out == message(2, {per_peer("00", kIpv4), octets(behind)}));
  }
  out.clear();
  write_bmp_peer_down(kPeer, kAt, BmpPeerDown::Remote, {}, out);
  CHECK(out == message(2, {per_peer("00", kIpv4), octets("04")}));
}

TEST_CASE("BMP: IPv6 neighbours, and those without four-octet AS numbers", "[bmp]") {
  BmpPeer peer = kPeer;
  peer.address = net::IpAddress::parse("2001:db8::2").value();
  peer.two_octet_as = true;
  captures::Octets out;
  write_bmp_route_monitoring(peer, kAt, {}, out);
  CHECK(out == message(0, {per_peer("a0", "20010db8 00000000 00000000 00000002")}));
}

TEST_CASE("BMP: a Loc-RIB is a peer of its own kind", "[bmp]") {
  const BmpPeer loc_rib{{}, 65001, net::Ipv4Address::of(1, 1, 1, 1), false, true};
  const auto header = octets(
      "03 (Loc-RIB Instance) 00 00000000 00000000 (distinguisher) 00000000 00000000 00000000 00000000"
      "0000fde9 (AS) 01010101 (identifier) 00000001 00000002");
  captures::Octets out;
  write_bmp_loc_rib_up(loc_rib, kAt, octets("aa"), out);
  CHECK(out == message(3, {header, octets("00000000 00000000 00000000 00000000 0000 0000 aa aa")}));
  out.clear();
  write_bmp_route_monitoring(loc_rib, kAt, octets("01 02 03"), out);
  CHECK(out == message(0, {header, octets("01 02 03")}));
  out.clear();
  write_bmp_statistics(loc_rib, kAt, 5, out);
  CHECK(out == message(1, {header, octets("00000001 0008 0008 00000000 00000005")}));
}
