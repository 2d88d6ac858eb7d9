#include "show/tables.h"

#include <array>
#include <utility>

namespace show {

namespace {

constexpr std::array<std::pair<std::string_view, TableKind>, 5> kTables{{
    {"neighbors", TableKind::Neighbors},
    {"adj-in", TableKind::AdjIn},
    {"adj-in-post", TableKind::AdjInPost},
    {"loc", TableKind::Loc},
    {"adj-out", TableKind::AdjOut},
}};

}  // namespace

std::optional<TableKind> table_kind(std::string_view word) {
  for (const auto& [name, kind] : kTables)
    if (name == word) return kind;
  return std::nullopt;
}

std::string_view to_string(TableKind kind) { return kTables[static_cast<std::size_t>(kind)].first; }

}  // namespace show
