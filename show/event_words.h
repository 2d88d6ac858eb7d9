// What the views of events share: names of routers and neighbours, times.
#pragma once

#include <string>

#include "speaker/history.h"

namespace show {

// Of a router's neighbour: the router that it is, else its address.
std::string neighbor_name(const speaker::History& history, std::uint32_t router, std::uint16_t peer);
// "ROUTER_5/17".
std::string id_word(const speaker::History& history, speaker::EventId id);
std::string_view kind_word(speaker::EventKind kind);      // of JSON: "updateReceived"
std::string_view trigger_word(speaker::Trigger trigger);  // of JSON: "announce"
std::string_view kernel_word(rib::KernelChange change);   // of JSON: "install"
std::string lost_words(std::uint64_t count);
double milliseconds(std::chrono::nanoseconds duration);

}  // namespace show
