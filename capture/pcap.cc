// The classic format: one header, then records. See capture/packets.h.
#include <fmt/format.h>

#include "capture/byte_order.h"
#include "capture/packets.h"

namespace capture {

namespace {

constexpr std::size_t kHeaderOctets = 24, kMagicOctets = 4;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d;
// Far above any snapshot length (tcpdump's is 262,144): a larger one is damage, not a packet.
constexpr std::uint32_t kMaxPacketOctets = 1u << 26;

struct Magic {
  bool little_endian = false;
  bool nanoseconds = false;
};

std::optional<Magic> magic_of(net::Bytes octets) {
  for (const bool little_endian : {false, true}) {
    const auto magic = OrderedReader(octets, little_endian).u32();
    if (magic == kMicroseconds) return Magic{little_endian, false};
    if (magic == kNanoseconds) return Magic{little_endian, true};
  }
  return std::nullopt;
}

}  // namespace

bool is_pcap(net::Bytes octets) { return magic_of(octets).has_value(); }

std::optional<std::string> read_pcap(net::Bytes octets, const std::function<void(const Packet&)>& take) {
  const auto magic = magic_of(octets);
  if (!magic) return "this is no pcap file";
  if (octets.size() < kHeaderOctets)
    return fmt::format("the pcap header has 24 octets, of which {} are there", octets.size());
  // The link type's upper bits say how long a frame check sequence is.
  OrderedReader header(octets.subspan(kHeaderOctets - kMagicOctets), magic->little_endian);
  const std::uint32_t link_type = header.u32().value_or(0) & 0xffff;

  OrderedReader reader(octets.subspan(kHeaderOctets), magic->little_endian);
  for (std::size_t number = 1; !reader.empty(); ++number) {
    const auto seconds = reader.u32();
    const auto fraction = reader.u32();
    const auto captured = reader.u32();
    const auto original = reader.u32();
    if (!original) return fmt::format("the pcap file ends inside the header of packet {}", number);
    if (*captured > kMaxPacketOctets)
      return fmt::format("packet {} of the pcap file claims {} octets", number, *captured);
    const auto data = reader.take(*captured);
    if (!data)
      return fmt::format("the pcap file ends inside packet {}: {} of {} octets", number, reader.remaining(),
                         *captured);
    const std::chrono::microseconds since(std::int64_t{*seconds} * 1'000'000 +
                                          (magic->nanoseconds ? *fraction / 1000 : *fraction));
    take({Time(since), link_type, *data});
  }
  return std::nullopt;
}

}  // namespace capture
