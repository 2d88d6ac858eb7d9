#include "capture/pcapng_writer.h"

namespace capture {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kEthernet = 1;  // LINKTYPE_ETHERNET
constexpr std::uint16_t kEnd = 0, kApplication = 4;
constexpr std::uint16_t kName = 2, kDescription = 3, kTimeResolution = 9, kFilter = 11;
constexpr std::uint16_t kPacketFlags = 2;
constexpr std::uint16_t kBegan = 2, kEnded = 3, kReceived = 4, kDropped = 5;
constexpr std::uint32_t kInbound = 1, kOutbound = 2;

// Type, length, body, length again (§3.1); everything on a boundary of four octets.
class Block {
 public:
  Block(std::uint32_t type, std::vector<std::uint8_t>& out) : out_(out), writer_(out), start_(out.size()) {
    writer_.u32(type);
    writer_.u32(0);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    const auto length = static_cast<std::uint32_t>(out_.size() + 4 - start_);
    writer_.u32(length);
    writer_.patch_u16(start_ + 4, length >> 16);
    writer_.patch_u16(start_ + 6, length & 0xffff);
  }

  void u16(std::uint16_t value) { writer_.u16(value); }
  void u32(std::uint32_t value) { writer_.u32(value); }
  void u64(std::uint64_t value) {
    u32(static_cast<std::uint32_t>(value >> 32));
    u32(static_cast<std::uint32_t>(value));
  }
  void padded(net::Bytes octets) {
    writer_.bytes(octets);
    while ((out_.size() - start_) % 4 != 0) writer_.u8(0);
  }
  void option(std::uint16_t code, const std::string& text, bool is_filter = false) {
    if (text.empty()) return;
    const std::string value = (is_filter ? std::string(1, '\0') : std::string()) + text.substr(0, 0xff00);
    u16(code);
    u16(static_cast<std::uint16_t>(value.size()));
    padded({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
  }
  void option(std::uint16_t code, std::uint64_t value) {
    u16(code);
    u16(8);
    u64(value);
  }
  void end_options() { u32(kEnd); }

 private:
  std::vector<std::uint8_t>& out_;
  net::ByteWriter writer_;
  std::size_t start_;
};

std::uint64_t ticks(PacketTime at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }

}  // namespace

void write_pcapng_section(const std::string& application, std::vector<std::uint8_t>& out) {
  Block block(kSectionHeader, out);
  block.u32(kByteOrderMagic);
  block.u16(1);
  block.u16(0);
  block.u64(~std::uint64_t{0});  // how long the section is: not said, for it is a stream
  block.option(kApplication, application);
  block.end_options();
}

void write_pcapng_interface(const std::string& name, const std::string& description,
                            const std::string& filter, std::vector<std::uint8_t>& out) {
  Block block(kInterface, out);
  block.u16(kEthernet);
  block.u16(0);
  block.u32(0);  // no limit to what is captured of a packet
  block.option(kName, name);
  block.option(kDescription, description);
  block.u16(kTimeResolution);
  block.u16(1);
  block.padded(std::vector<std::uint8_t>{9});  // ten to the minus nine
  block.option(kFilter, filter, true);
  block.end_options();
}

void write_pcapng_packet(std::uint32_t interface, PacketTime at, bool outbound, std::size_t original_octets,
                         net::Bytes octets, std::vector<std::uint8_t>& out) {
  Block block(kEnhancedPacket, out);
  block.u32(interface);
  block.u64(ticks(at));
  block.u32(static_cast<std::uint32_t>(octets.size()));
  block.u32(static_cast<std::uint32_t>(original_octets));
  block.padded(octets);
  block.u16(kPacketFlags);
  block.u16(4);
  block.u32(outbound ? kOutbound : kInbound);
  block.end_options();
}

void write_pcapng_statistics(std::uint32_t interface, const InterfaceStatistics& statistics,
                             std::vector<std::uint8_t>& out) {
  Block block(kStatistics, out);
  block.u32(interface);
  block.u64(ticks(statistics.ended));
  block.option(kBegan, ticks(statistics.began));
  block.option(kEnded, ticks(statistics.ended));
  block.option(kReceived, statistics.received);
  block.option(kDropped, statistics.dropped);
  block.end_options();
}

}  // namespace capture
