// The tables of `show NAME TABLE`: a router's neighbours and RIBs in our own words, not in FRR's, as JSON for
// programs (docs/schema/ has the schemas) and as text for people. Every text ends in "\n". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "speaker/route_records.h"
#include "speaker/view.h"

namespace show {

enum class TableKind : std::uint8_t { Neighbors, AdjIn, AdjInPost, Loc, AdjOut };

std::optional<TableKind> table_kind(std::string_view word);  // "neighbors", "adj-in", "adj-in-post", …
std::string_view to_string(TableKind kind);

// Whatever neighbours the view has: the caller leaves out those that were not asked for.
std::string neighbors_table_json(const speaker::RouterView& router);
std::string neighbors_table_text(const speaker::RouterView& router);

// `kind`: AdjIn, AdjInPost or AdjOut.
std::string adj_table_json(TableKind kind, std::string_view router,
                           const std::vector<speaker::AdjRoute>& routes);
std::string adj_table_text(const std::vector<speaker::AdjRoute>& routes);
std::string loc_table_json(std::string_view router, const std::vector<speaker::LocRoute>& routes);
std::string loc_table_text(const std::vector<speaker::LocRoute>& routes);

// How the families are called in all of them.
inline constexpr const char* kIpv4Word = "ipv4-unicast";
inline constexpr const char* kIpv6Word = "ipv6-unicast";

}  // namespace show
