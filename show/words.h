// The words and number formats that every view shares: ages, memory, dates, reasons, states, communities, as
// FRR 8.4.4 spells them, because people's scripts read that spelling. Knows no view and no layout.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/attributes.h"
#include "rib/decision.h"
#include "speaker/view.h"

namespace show {

// What a view cannot know: the wall clock at the moment it is shown. Views hold ages only.
struct Clock {
  std::chrono::system_clock::time_point now;

  std::int64_t epoch_seconds_ago(std::chrono::milliseconds age) const;
};

// never, HH:MM:SS, NdNNhNNm, NNwNdNNh, NNyNNwNd.
std::string uptime(std::optional<std::chrono::milliseconds> age);

// "0 bytes", "576 bytes", "38 KiB", "11 MiB": the next unit from 11 of it on, rounded to the nearest.
std::string memory(std::size_t bytes);

// "1 router", "12 routers".
std::string counted(std::uint64_t count, std::string_view one);

// "Tue Nov 24 02:25:48 2026", UTC.
std::string date(std::int64_t epoch_seconds);

// Why a path is the best, in FRR's words: "First path received", "AS Path".
std::string_view reason(rib::DecisionStep step);

std::string_view origin_word(bgp::Origin origin);  // IGP, EGP, incomplete
char origin_code(bgp::Origin origin);              // i, e, ?

// "Idle (Admin)" for a neighbor that is shut down, else the name of the state.
std::string state_word(const speaker::PeerView& peer);

// Up: since when Established. Down: since when not. Nothing: never was up.
std::optional<std::chrono::milliseconds> in_state_for(const speaker::PeerView& peer);

std::size_t path_count(const std::vector<speaker::RouteView>& routes);

// One word each; `for_json` gives well-known ones in camelCase ("noExport"), as FRR's lists have them.
std::vector<std::string> communities(const bgp::PathAttributes& attributes, bool for_json);
std::vector<std::string> extended_communities(const bgp::PathAttributes& attributes);  // "RT:100:1"
std::vector<std::string> large_communities(const bgp::PathAttributes& attributes);     // "101:2:3"

// What is shown of a path depends on where it came from.
std::string next_hop(const speaker::PathView& path);                 // 0.0.0.0 of a local one
std::optional<std::uint32_t> metric(const speaker::PathView& path);  // 0 of a local one
std::uint32_t weight(const speaker::PathView& path);                 // 32768 of a local one
std::string as_path_or_local(const speaker::PathView& path);         // "Local" when empty

// In words why the best path is not in the kernel's table; empty when there is nothing to tell.
std::string kernel_trouble(const speaker::RouteView& route);

}  // namespace show
