#include "capture/bmp_writer.h"

namespace capture {

namespace {

constexpr std::uint8_t kVersion = 3;
constexpr std::uint8_t kRouteMonitoring = 0, kStatistics = 1, kPeerDown = 2, kPeerUp = 3, kInitiation = 4,
                       kTermination = 5;
constexpr std::uint16_t kSysDescr = 1, kSysName = 2, kReason = 1;
constexpr std::uint8_t kGlobalInstance = 0, kLocRibInstance = 3;
constexpr std::uint8_t kFlagIpv6 = 0x80, kFlagTwoOctetAs = 0x20;
constexpr std::uint16_t kAdjRibInRoutes = 7, kLocRibRoutes = 8;

// The common header (§4.1), its length filled in at the end.
class Message {
 public:
  Message(std::uint8_t type, std::vector<std::uint8_t>& out) : out_(out), writer_(out), start_(out.size()) {
    writer_.u8(kVersion);
    writer_.u32(0);
    writer_.u8(type);
  }
  // With the per-peer header (§4.2).
  Message(std::uint8_t type, const BmpPeer& peer, Time at, std::vector<std::uint8_t>& out)
      : Message(type, out) {
    writer_.u8(peer.loc_rib ? kLocRibInstance : kGlobalInstance);
    writer_.u8(static_cast<std::uint8_t>((peer.address.is_ipv6() ? kFlagIpv6 : 0) |
                                         (peer.two_octet_as ? kFlagTwoOctetAs : 0)));
    writer_.u32(0);  // distinguisher
    writer_.u32(0);
    address(peer.address);
    writer_.u32(peer.as);
    writer_.u32(peer.identifier.value);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    writer_.u32(static_cast<std::uint32_t>(seconds.time_since_epoch().count()));
    writer_.u32(static_cast<std::uint32_t>((at - seconds).count()));
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    const std::size_t length = out_.size() - start_;
    writer_.patch_u16(start_ + 1, length >> 16);
    writer_.patch_u16(start_ + 3, length & 0xffff);
  }

  net::ByteWriter& writer() { return writer_; }
  // Sixteen octets; IPv4 in the last four.
  void address(const net::IpAddress& address) {
    if (address.is_ipv6()) return writer_.bytes(address.ipv6().bytes);
    for (int i = 0; i < 3; ++i) writer_.u32(0);
    writer_.u32(address.ipv4().value);
  }
  void text(std::uint16_t type, const std::string& value) {
    const std::string part = value.substr(0, 0xffff);
    writer_.u16(type);
    writer_.u16(static_cast<std::uint16_t>(part.size()));
    writer_.bytes({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  }

 private:
  std::vector<std::uint8_t>& out_;
  net::ByteWriter writer_;
  std::size_t start_;
};

}  // namespace

void write_bmp_initiation(const std::string& name, const std::string& description,
                          std::vector<std::uint8_t>& out) {
  Message message(kInitiation, out);
  message.text(kSysDescr, description);
  message.text(kSysName, name);
}

void write_bmp_termination(std::vector<std::uint8_t>& out) {
  Message message(kTermination, out);
  message.writer().u16(kReason);
  message.writer().u16(2);
  message.writer().u16(0);
}

void write_bmp_peer_up(const BmpPeer& peer, Time at, const BmpSession& session,
                       std::vector<std::uint8_t>& out) {
  Message message(kPeerUp, peer, at, out);
  message.address(session.local);
  message.writer().u16(session.local_port);
  message.writer().u16(session.peer_port);
  message.writer().bytes(session.open_sent);
  message.writer().bytes(session.open_received);
}

void write_bmp_loc_rib_up(const BmpPeer& peer, Time at, net::Bytes open, std::vector<std::uint8_t>& out) {
  Message message(kPeerUp, peer, at, out);
  message.address(net::Ipv4Address{});
  message.writer().u32(0);  // ports
  message.writer().bytes(open);
  message.writer().bytes(open);
}

void write_bmp_peer_down(const BmpPeer& peer, Time at, BmpPeerDown reason, net::Bytes notification,
                         std::vector<std::uint8_t>& out) {
  Message message(kPeerDown, peer, at, out);
  message.writer().u8(static_cast<std::uint8_t>(reason));
  if (reason == BmpPeerDown::Local)
    message.writer().u16(0);  // no event of the state machine is known
  else
    message.writer().bytes(notification);
}

void write_bmp_route_monitoring(const BmpPeer& peer, Time at, net::Bytes update,
                                std::vector<std::uint8_t>& out) {
  Message message(kRouteMonitoring, peer, at, out);
  message.writer().bytes(update);
}

void write_bmp_statistics(const BmpPeer& peer, Time at, std::uint64_t routes,
                          std::vector<std::uint8_t>& out) {
  Message message(kStatistics, peer, at, out);
  message.writer().u32(1);
  message.writer().u16(peer.loc_rib ? kLocRibRoutes : kAdjRibInRoutes);
  message.writer().u16(8);
  message.writer().u32(static_cast<std::uint32_t>(routes >> 32));
  message.writer().u32(static_cast<std::uint32_t>(routes));
}

}  // namespace capture
