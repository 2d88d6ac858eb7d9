// What a capture holds, shown: as readable text, as JSON, and in the one-line layout of `bgpdump -m`, which
// so many scripts read. One entry at a time, so that the size of a capture does not matter. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "capture/entry.h"

namespace show {

// A head line that says when, between whom and what; two blanks before each line about the inside. Octets of
// strangers never reach the terminal raw.
std::string entry_text(const capture::Entry& entry);

// Keys: docs/decode.md.
nlohmann::ordered_json entry_json(const capture::Entry& entry);

// A line for each prefix and state change; nothing for other messages, as bgpdump has it. Of what bgpdump
// does not know (a fault of RFC 7606), what our speaker would do is shown: a route treated as withdrawn is a
// W line.
std::string entry_bgpdump(const capture::Entry& entry);

// A row for each prefix of an UPDATE and each path of a table, one for anything else. Columns:
// docs/decode.md.
std::string entries_csv_heading();
std::string entry_csv(const capture::Entry& entry);

// OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH, refused, skipped, stateChange, peerIndex, ribPath.
std::string_view kind_of(const capture::Entry& entry);

// How many entries of which kind there were.
using EntryCounts = std::map<std::string_view, std::size_t>;
std::string counts_text(const EntryCounts& counts);  // "3 OPEN, 1 refused"

// "2016-08-11 16:00:00.000000", UTC; without the fraction where the container has none.
std::string time_text(capture::Time at, bool microseconds);
// "2016-08-11T16:00:00.000000Z", likewise.
std::string iso_time_text(capture::Time at, bool microseconds);
std::string endpoint_text(const capture::Endpoint& end);  // "10.0.0.1:179", "[2001:db8::1]:179"; port 0: none
std::string state_text(std::uint16_t state);              // of MRT: 1 is "Idle"
// "ipv4-unicast", else the two numbers: "1/128".
std::string family_text(bgp::Family family);
// Printable ASCII as it is, all else as '?'.
std::string printable(std::string_view text);

}  // namespace show
