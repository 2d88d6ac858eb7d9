// MRT archives, as route collectors and zebra write them: BGP4MP and BGP4MP_ET (messages, state changes),
// TABLE_DUMP and TABLE_DUMP_V2 (tables), and MRTd's BGP records that came before. RFC 6396, RFC 8050; for the
// last, RFC 6396 appendix B.2.
#pragma once

#include <optional>
#include <string>

#include "capture/entry.h"
#include "net/bytes.h"

namespace capture {

inline constexpr std::uint16_t kMrtBgp = 5, kMrtTableDump = 12, kMrtTableDumpV2 = 13, kMrtBgp4mp = 16,
                               kMrtBgp4mpEt = 17;

// Does it begin with a record of a type that the RFC names?
bool is_mrt(net::Bytes octets);

// An entry for each message, state change, path, and for what is of no use here. A damaged archive is read on
// at the next record that makes sense. Return: nothing, or one sentence about what was not in order.
std::optional<std::string> read_mrt(net::Bytes octets, const Options& options, const Sink& sink);

}  // namespace capture
