// The front door: octets of whatever container, and an entry for each message in them. Knows no files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "capture/entry.h"
#include "net/bytes.h"

namespace capture {

enum class Container : std::uint8_t { Pcap, Pcapng, Mrt, Hex, Messages };

std::string_view name_of(Container container);  // "pcap"

// By the first octets (all of them for hexadecimal text); nothing: none of ours.
std::optional<Container> recognise(net::Bytes octets);

// Every entry into `sink`, in the order of the capture. Return: nothing, or one sentence about what was not
// in order; what could be read has gone into `sink` all the same. An entry's octets live as long as the call.
// Memory beside `octets`: a few times the TCP payload of a packet capture, of anything else one message or
// record.
std::optional<std::string> read(Container container, net::Bytes octets, const Options& options,
                                const Sink& sink);

}  // namespace capture
