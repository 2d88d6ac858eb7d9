// The packets of a capture file: pcap (both byte orders, micro- and nanoseconds) and pcapng. Owns the
// containers' framing; knows neither what is in a packet nor files. draft-ietf-opsawg-pcap,
// draft-ietf-opsawg-pcapng.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "net/bytes.h"

namespace capture {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

struct Packet {
  std::optional<Time> at;       // pcapng's simple packets have none
  std::uint32_t link_type = 0;  // LINKTYPE_ of the tcpdump group's list
  net::Bytes octets;            // what was captured, into the octets that were read
};

bool is_pcap(net::Bytes octets);
bool is_pcapng(net::Bytes octets);

// Calls `take` for each packet, in the file's order. Return: nothing, or one sentence about the place from
// which the file could not be read on; what stands before it has been taken.
std::optional<std::string> read_pcap(net::Bytes octets, const std::function<void(const Packet&)>& take);
std::optional<std::string> read_pcapng(net::Bytes octets, const std::function<void(const Packet&)>& take);

}  // namespace capture
