// The tables of `show NAME TABLE`: a router's neighbours and RIBs in our own words, not in FRR's, as JSON for
// programs (docs/schema/ has the schemas) and as text for people. Every text ends in "\n". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "speaker/view.h"

namespace show {

enum class TableKind : std::uint8_t { Neighbors, AdjIn, AdjInPost, Loc, AdjOut };

std::optional<TableKind> table_kind(std::string_view word);  // "neighbors", "adj-in", "adj-in-post", …
std::string_view to_string(TableKind kind);

// Whatever neighbours the view has: the caller leaves out those that were not asked for.
std::string neighbors_table_json(const speaker::RouterView& router);
std::string neighbors_table_text(const speaker::RouterView& router);

}  // namespace show
