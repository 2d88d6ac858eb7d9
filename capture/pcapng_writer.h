// Blocks of pcapng as octets: one section in network byte order, Ethernet interfaces that count nanoseconds.
// Appends whole blocks; knows no sockets, files or clock. draft-ietf-opsawg-pcapng.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "net/bytes.h"

namespace capture {

using PacketTime = std::chrono::sys_time<std::chrono::nanoseconds>;

void write_pcapng_section(const std::string& application, std::vector<std::uint8_t>& out);
// The first one is number 0, and so on. `filter`: in words; empty: none.
void write_pcapng_interface(const std::string& name, const std::string& description,
                            const std::string& filter, std::vector<std::uint8_t>& out);
// `original_octets`: on the wire, where `octets` are fewer. `outbound`: as seen from the interface.
void write_pcapng_packet(std::uint32_t interface, PacketTime at, bool outbound, std::size_t original_octets,
                         net::Bytes octets, std::vector<std::uint8_t>& out);
struct InterfaceStatistics {
  PacketTime began, ended;
  std::uint64_t received = 0, dropped = 0;  // received: those that were dropped, too
};
void write_pcapng_statistics(std::uint32_t interface, const InterfaceStatistics& statistics,
                             std::vector<std::uint8_t>& out);

}  // namespace capture
