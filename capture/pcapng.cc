// Sections of blocks: interfaces, and the packets that name them. See capture/packets.h.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "capture/byte_order.h"
#include "capture/packets.h"

namespace capture {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterface = 1, kOldPacket = 2, kSimplePacket = 3,
                        kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::size_t kBlockFrameOctets = 12;  // type, length, length again
constexpr std::uint16_t kOptionEnd = 0, kOptionTimeResolution = 9, kOptionTimeOffset = 14;
constexpr std::size_t kMaxInterfaces = 4096;

struct Interface {
  std::uint32_t link_type = 0;
  std::uint64_t ticks_a_second = 1'000'000;
  std::int64_t offset_seconds = 0;
};

// if_tsresol: a power of ten, or of two where the high bit is set.
std::uint64_t ticks_a_second(std::uint8_t resolution) {
  const unsigned exponent = resolution & 0x7fu;
  if ((resolution & 0x80) != 0) return exponent < 63 ? std::uint64_t{1} << exponent : 0;
  if (exponent > 18) return 0;
  std::uint64_t ticks = 1;
  for (unsigned i = 0; i < exponent; ++i) ticks *= 10;
  return ticks;
}

std::optional<Time> time_of(const Interface& interface, std::uint64_t ticks) {
  if (interface.ticks_a_second == 0) return std::nullopt;
  const std::uint64_t seconds = ticks / interface.ticks_a_second, rest = ticks % interface.ticks_a_second;
  constexpr std::uint64_t kLatest = std::uint64_t{1} << 40;  // year 36812: what is later is damage
  if (seconds > kLatest || static_cast<std::uint64_t>(std::abs(interface.offset_seconds)) > kLatest)
    return std::nullopt;
  const auto fraction = static_cast<std::int64_t>(static_cast<double>(rest) * 1e6 /
                                                  static_cast<double>(interface.ticks_a_second));
  return Time(std::chrono::seconds(static_cast<std::int64_t>(seconds) + interface.offset_seconds) +
              std::chrono::microseconds(fraction));
}

class PcapngReader {
 public:
  PcapngReader(net::Bytes octets, const std::function<void(const Packet&)>& take)
      : rest_(octets), take_(take) {}

  std::optional<std::string> read() {
    for (std::size_t number = 1; !rest_.empty(); ++number)
      if (auto fault = block(number)) return fault;
    return std::nullopt;
  }

 private:
  std::optional<std::string> block(std::size_t number) {
    OrderedReader head(rest_, little_endian_);
    const auto type = head.u32();
    if (type == kSectionHeader && !start_section())
      return fmt::format("block {} of the pcapng file starts a section without a byte order", number);
    OrderedReader framed(rest_.subspan(std::min<std::size_t>(rest_.size(), 4)), little_endian_);
    const auto length = framed.u32();
    if (!length) return fmt::format("the pcapng file ends inside the header of block {}", number);
    if (*length < kBlockFrameOctets || *length % 4 != 0)
      return fmt::format("block {} of the pcapng file claims {} octets", number, *length);
    if (*length > rest_.size())
      return fmt::format("the pcapng file ends inside block {}: {} of {} octets", number, rest_.size(),
                         *length);
    const net::Bytes body = rest_.subspan(8, *length - kBlockFrameOctets);
    rest_ = rest_.subspan(*length);
    OrderedReader reader(body, little_endian_);
    if (type == kInterface) return interface(reader, number);
    if (type == kEnhancedPacket || type == kOldPacket) return packet(reader, *type, number);
    if (type == kSimplePacket) return simple_packet(reader, number);
    return std::nullopt;  // names, statistics, what others have put there
  }

  bool start_section() {
    if (rest_.size() < 12) return true;  // told as a block that is cut off
    for (const bool little_endian : {false, true}) {
      if (OrderedReader(rest_.subspan(8), little_endian).u32() != kByteOrderMagic) continue;
      little_endian_ = little_endian;
      interfaces_.clear();
      return true;
    }
    return false;
  }

  std::optional<std::string> interface(OrderedReader reader, std::size_t number) {
    const auto link_type = reader.u16();
    const auto reserved = reader.u16();
    const auto snapshot = reader.u32();
    if (!link_type || !reserved || !snapshot || interfaces_.size() >= kMaxInterfaces)
      return fmt::format("block {} of the pcapng file describes no interface", number);
    Interface made{*link_type, 1'000'000, 0};
    while (const auto code = reader.u16()) {
      const auto length = reader.u16();
      const auto value = length ? reader.take(*length) : std::nullopt;
      if (code == kOptionEnd || !value) break;
      reader.take((4 - *length % 4) % 4);
      if (code == kOptionTimeResolution && value->size() == 1)
        made.ticks_a_second = ticks_a_second((*value)[0]);
      if (code == kOptionTimeOffset && value->size() == 8) {
        OrderedReader halves(*value, little_endian_);
        const std::uint64_t first = *halves.u32(), second = *halves.u32();
        made.offset_seconds =
            static_cast<std::int64_t>(little_endian_ ? second << 32 | first : first << 32 | second);
      }
    }
    interfaces_.push_back(made);
    return std::nullopt;
  }

  std::optional<std::string> packet(OrderedReader reader, std::uint32_t type, std::size_t number) {
    const auto id = type == kOldPacket ? std::optional<std::uint32_t>(reader.u16()) : reader.u32();
    if (type == kOldPacket) reader.u16();  // drops
    const auto high = reader.u32();
    const auto low = reader.u32();
    const auto captured = reader.u32();
    const auto original = reader.u32();
    const auto data = original ? reader.take(*captured) : std::nullopt;
    if (!data) return fmt::format("block {} of the pcapng file holds a packet larger than itself", number);
    if (*id >= interfaces_.size())
      return fmt::format("block {} of the pcapng file is of an interface that was not described", number);
    const Interface& interface = interfaces_[*id];
    take_({time_of(interface, std::uint64_t{*high} << 32 | *low), interface.link_type, *data});
    return std::nullopt;
  }

  std::optional<std::string> simple_packet(OrderedReader reader, std::size_t number) {
    const auto original = reader.u32();
    if (!original || interfaces_.empty())
      return fmt::format("block {} of the pcapng file is of an interface that was not described", number);
    const auto data = reader.take(std::min<std::size_t>(*original, reader.remaining()));
    take_({std::nullopt, interfaces_[0].link_type, *data});
    return std::nullopt;
  }

  net::Bytes rest_;
  const std::function<void(const Packet&)>& take_;
  bool little_endian_ = false;
  std::vector<Interface> interfaces_;
};

}  // namespace

bool is_pcapng(net::Bytes octets) { return OrderedReader(octets, false).u32() == kSectionHeader; }

std::optional<std::string> read_pcapng(net::Bytes octets, const std::function<void(const Packet&)>& take) {
  return PcapngReader(octets, take).read();
}

}  // namespace capture
