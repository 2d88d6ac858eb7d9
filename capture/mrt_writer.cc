#include "capture/mrt_writer.h"

#include <algorithm>

#include "capture/mrt.h"

namespace capture {

namespace {

constexpr std::uint16_t kMessageAs4 = 4, kStateChangeAs4 = 5, kMessageAs4Local = 7;
constexpr std::uint16_t kPeerIndexTable = 1, kRibIpv4Unicast = 2, kRibIpv6Unicast = 4;
constexpr std::uint8_t kPeerIpv6 = 0x01, kPeerAs4 = 0x02;
constexpr std::uint8_t kOptional = 0x80, kMpReach = 14;
constexpr std::size_t kMost = 0xffff;

std::uint32_t seconds_of(Time at) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

// The header (RFC 6396 §2), its length filled in when the record is written.
class Record {
 public:
  Record(Time at, std::uint16_t type, std::uint16_t subtype, std::vector<std::uint8_t>& out)
      : out_(out), writer_(out) {
    writer_.u32(seconds_of(at));
    writer_.u16(type);
    writer_.u16(subtype);
    length_at_ = writer_.position();
    writer_.u32(0);
    if (type == kMrtBgp4mpEt)
      writer_.u32(static_cast<std::uint32_t>((at - std::chrono::floor<std::chrono::seconds>(at)).count()));
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  ~Record() {
    const std::size_t length = out_.size() - length_at_ - 4;
    writer_.patch_u16(length_at_, length >> 16);
    writer_.patch_u16(length_at_ + 2, length);
  }

  net::ByteWriter& writer() { return writer_; }

 private:
  std::vector<std::uint8_t>& out_;
  net::ByteWriter writer_;
  std::size_t length_at_ = 0;
};

void write_address(const net::IpAddress& address, net::ByteWriter& writer) {
  if (address.is_ipv4())
    writer.u32(address.ipv4().value);
  else
    writer.bytes(address.ipv6().bytes);
}

void write_session(const RecordedSession& session, net::ByteWriter& writer) {
  writer.u32(session.peer_as);
  writer.u32(session.local_as);
  writer.u16(0);  // interface: unknown here
  writer.u16(session.peer.is_ipv4() ? 1 : 2);
  write_address(session.peer, writer);
  write_address(session.local, writer);
}

std::vector<std::uint8_t> attributes_of(const bgp::PathAttributes& attributes, bool ipv4) {
  std::vector<std::uint8_t> octets;
  bgp::encode_attributes(attributes, {}, ipv4, octets);
  if (ipv4) return octets;
  const auto& link_local = attributes.link_local_next_hop;
  const auto next_hop = attributes.next_hop.is_ipv6() ? attributes.next_hop.ipv6() : net::Ipv6Address{};
  const auto count = static_cast<std::uint8_t>(net::Ipv6Address::kOctets * (link_local ? 2 : 1));
  net::ByteWriter writer(octets);
  writer.u8(kOptional);
  writer.u8(kMpReach);
  writer.u8(static_cast<std::uint8_t>(count + 1));
  writer.u8(count);
  writer.bytes(next_hop.bytes);
  if (link_local) writer.bytes(link_local->bytes);
  return octets;
}

}  // namespace

void write_mrt_message(Time at, const RecordedSession& session, bool sent, net::Bytes message,
                       std::vector<std::uint8_t>& out) {
  Record record(at, kMrtBgp4mpEt, sent ? kMessageAs4Local : kMessageAs4, out);
  write_session(session, record.writer());
  record.writer().bytes(message);
}

void write_mrt_state_change(Time at, const RecordedSession& session, StateChange change,
                            std::vector<std::uint8_t>& out) {
  Record record(at, kMrtBgp4mpEt, kStateChangeAs4, out);
  write_session(session, record.writer());
  record.writer().u16(change.from);
  record.writer().u16(change.to);
}

void write_mrt_peer_index(Time at, const PeerIndex& index, std::vector<std::uint8_t>& out) {
  Record record(at, kMrtTableDumpV2, kPeerIndexTable, out);
  net::ByteWriter& writer = record.writer();
  writer.u32(index.collector.value);
  const std::size_t view = std::min(index.view.size(), kMost);
  writer.u16(static_cast<std::uint16_t>(view));
  for (const char c : index.view.substr(0, view)) writer.u8(static_cast<std::uint8_t>(c));
  const std::size_t count = std::min(index.peers.size(), kMost);
  writer.u16(static_cast<std::uint16_t>(count));
  for (const PeerIndex::Peer& peer : std::span(index.peers).first(count)) {
    writer.u8(static_cast<std::uint8_t>(kPeerAs4 | (peer.address.is_ipv4() ? 0 : kPeerIpv6)));
    writer.u32(peer.identifier.value);
    write_address(peer.address, writer);
    writer.u32(peer.as);
  }
}

void write_mrt_rib(Time at, std::uint32_t sequence, const net::IpPrefix& prefix,
                   std::span<const RecordedPath> paths, std::vector<std::uint8_t>& out) {
  const bool ipv4 = net::is_ipv4(prefix);
  Record record(at, kMrtTableDumpV2, ipv4 ? kRibIpv4Unicast : kRibIpv6Unicast, out);
  net::ByteWriter& writer = record.writer();
  writer.u32(sequence);
  std::visit(
      [&writer](const auto& one) {
        writer.u8(static_cast<std::uint8_t>(one.length()));
        const auto octets = one.address().octets();
        writer.bytes(net::Bytes(octets).first(one.wire_octets()));
      },
      prefix);
  const auto written = paths.first(std::min(paths.size(), kMost));
  writer.u16(static_cast<std::uint16_t>(written.size()));
  for (const RecordedPath& path : written) {
    const auto attributes = attributes_of(path.attributes, ipv4);
    writer.u16(path.peer);
    writer.u32(seconds_of(path.originated));
    writer.u16(static_cast<std::uint16_t>(attributes.size()));
    writer.bytes(attributes);
  }
}

}  // namespace capture
