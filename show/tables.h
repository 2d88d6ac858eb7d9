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

enum class TableFormat : std::uint8_t { Text, Json, Csv };

// A table may be written in pieces, and the tables of many routers as one: where a piece belongs.
struct Piece {
  TableFormat format = TableFormat::Text;
  std::string router;
  std::size_t router_width = 0;    // Text: of a first column with the router's name; 0: there is none
  bool heading = true;             // Text, Csv: the names of the columns come first
  bool wide = true;                // Text: the columns are as wide as IPv6 takes
  bool first = true, last = true;  // of this router's pieces
  std::size_t rows_before = 0;     // in its pieces so far
};

// Whatever neighbours the view has: the caller leaves out those that were not asked for. In one piece.
std::string neighbors_table(const Piece& piece, const speaker::RouterView& router);

// `kind`: AdjIn, AdjInPost or AdjOut. All pieces of a router, one after the other, are one JSON document; of
// Csv every line has the router's name.
std::string adj_table(TableKind kind, const Piece& piece, const std::vector<speaker::AdjRoute>& routes);
std::string loc_table(const Piece& piece, const std::vector<speaker::LocRoute>& routes);

// How the families are called in all of them.
inline constexpr const char* kIpv4Word = "ipv4-unicast";
inline constexpr const char* kIpv6Word = "ipv6-unicast";

}  // namespace show
