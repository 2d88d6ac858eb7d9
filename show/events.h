// The routers' events for people and for programs: one line each, as text, as JSON
// (docs/schema/event.json) and as CSV; why a router has its route to a prefix; how a prefix spread. From a
// History alone. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "speaker/history.h"

namespace show {

// Seconds since `began` (ns of the monotonic clock), router, number, what happened, and the cause's number
// (with its router where that is another one). 80 columns for names of up to ten letters.
std::string event_text(const speaker::History& history, speaker::EventId id, std::int64_t began);
std::string event_json(const speaker::History& history, speaker::EventId id);
std::string events_csv_heading();
std::string event_csv(const speaker::History& history, speaker::EventId id, std::int64_t began);
// So many events of a router were overwritten before they were read.
std::string lost_text(const std::string& router, std::uint64_t count);
std::string lost_json(const std::string& router, std::uint64_t count);
std::string lost_csv(const std::string& router, std::uint64_t count);

// The event in words, without time and place.
std::string event_words(const speaker::History& history, speaker::EventId id, std::int64_t began);

// The way of a prefix from the root event to this change of its best path at a router, hop by hop.
std::string why_text(const speaker::History& history, speaker::EventId route);
std::string why_json(const speaker::History& history, speaker::EventId route);
std::string why_csv(const speaker::History& history, speaker::EventId route);  // a row a hop

struct Screen {
  std::size_t columns = 80, rows = 24;
  bool color = false;
};
// Routers from left to right, time downwards: when the last wave of the prefix came to whom. `rows` lines.
std::string wave_text(const speaker::History& history, const net::IpPrefix& prefix, const Screen& screen);

}  // namespace show
