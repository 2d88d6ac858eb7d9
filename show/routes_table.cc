// The RIBs in our own words (show/tables.h).
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "show/attributes_json.h"
#include "show/csv.h"
#include "show/json_layout.h"
#include "show/tables.h"
#include "show/words.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

const char* family_word(const net::IpPrefix& prefix) {
  return std::holds_alternative<net::Ipv4Prefix>(prefix) ? kIpv4Word : kIpv6Word;
}

const char* kernel_word(rib::KernelState state) {
  switch (state) {
    case rib::KernelState::NotWanted: return "notWanted";
    case rib::KernelState::Pending: return "pending";
    case rib::KernelState::Installed: return "installed";
    case rib::KernelState::Failed: return "failed";
  }
  return "";
}

Json adj_route(const speaker::AdjRoute& route) {
  Json out{{"neighbor", route.neighbor.to_string()},
           {"family", family_word(route.prefix)},
           {"prefix", net::to_string(route.prefix)},
           {"attributes", attributes_json(route.attributes)}};
  if (route.age) out["ageMs"] = route.age->count();
  if (route.stale) out["stale"] = true;
  if (route.rejected != rib::RejectReason::None) out["rejected"] = rib::to_string(route.rejected);
  return out;
}

Json loc_route(const speaker::LocRoute& route) {
  Json out{{"family", family_word(route.prefix)}, {"prefix", net::to_string(route.prefix)}};
  if (route.neighbor) out["neighbor"] = route.neighbor->to_string();
  out["attributes"] = attributes_json(route.attributes);
  out["ageMs"] = route.age.count();
  out["reason"] = rib::to_string(route.reason);
  out["kernel"] = kernel_word(route.kernel);
  if (route.kernel_errno != 0) out["kernelErrno"] = route.kernel_errno;
  return out;
}

// One route a line: a large table is written without a tree of all of it in memory.
template <class Route, class Render>
std::string json_piece(std::string_view kind, const Piece& piece, const std::vector<Route>& routes,
                       const Render& render) {
  std::string text;
  if (piece.first)
    text = fmt::format("{{\n  \"schema\":\"chainrouter.{}/1\",\n  \"router\":{},\n  \"routes\":[", kind,
                       json_line(Json(piece.router)));
  const char* separator = piece.rows_before == 0 ? "\n" : ",\n";
  for (const Route& route : routes) {
    text += separator;
    text += "    " + json_line(render(route));
    separator = ",\n";
  }
  if (piece.last) text += piece.rows_before + routes.size() == 0 ? "]\n}\n" : "\n  ]\n}\n";
  return text;
}

// Text: each value in its column, the last one as long as it is.
std::string line(const Piece& piece, std::string_view router, const std::vector<std::string>& values,
                 std::span<const std::size_t> widths) {
  std::string text;
  if (piece.router_width > 0) text = fmt::format("{:<{}} ", router, piece.router_width);
  for (std::size_t i = 0; i < values.size(); ++i)
    text += i < widths.size() ? fmt::format("{:<{}} ", values[i], widths[i]) : values[i];
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string optional_text(const std::optional<std::uint32_t>& value) {
  return value ? std::to_string(*value) : std::string();
}

// What both kinds of routes have in their CSV.
void add_attributes(std::vector<std::string>& values, const bgp::PathAttributes& attributes) {
  values.push_back(attributes.next_hop.to_string());
  values.push_back(as_path_text(attributes.as_path));
  values.emplace_back(origin_word(attributes.origin));
  values.push_back(optional_text(attributes.med));
  values.push_back(optional_text(attributes.local_pref));
  values.push_back(fmt::format("{}", fmt::join(communities(attributes, false), " ")));
}

std::string adj_csv(const Piece& piece, const std::vector<speaker::AdjRoute>& routes) {
  static const std::vector<std::string> kNames{"router",   "neighbor", "family", "prefix",     "next_hop",
                                               "as_path",  "origin",   "med",    "local_pref", "communities",
                                               "rejected", "stale",    "age_ms"};
  std::string text = piece.heading ? csv_line(kNames) : std::string();
  for (const auto& route : routes) {
    std::vector<std::string> values{piece.router, route.neighbor.to_string(), family_word(route.prefix),
                                    net::to_string(route.prefix)};
    add_attributes(values, route.attributes);
    values.emplace_back(route.rejected == rib::RejectReason::None ? "" : rib::to_string(route.rejected));
    values.emplace_back(route.stale ? "true" : "false");
    values.push_back(route.age ? std::to_string(route.age->count()) : std::string());
    text += csv_line(values);
  }
  return text;
}

std::string loc_csv(const Piece& piece, const std::vector<speaker::LocRoute>& routes) {
  static const std::vector<std::string> kNames{
      "router", "neighbor",   "family",      "prefix", "next_hop", "as_path",      "origin",
      "med",    "local_pref", "communities", "reason", "kernel",   "kernel_errno", "age_ms"};
  std::string text = piece.heading ? csv_line(kNames) : std::string();
  for (const auto& route : routes) {
    std::vector<std::string> values{piece.router, route.neighbor ? route.neighbor->to_string() : "",
                                    family_word(route.prefix), net::to_string(route.prefix)};
    add_attributes(values, route.attributes);
    values.emplace_back(rib::to_string(route.reason));
    values.emplace_back(kernel_word(route.kernel));
    values.push_back(route.kernel_errno != 0 ? std::to_string(route.kernel_errno) : std::string());
    values.push_back(std::to_string(route.age.count()));
    text += csv_line(values);
  }
  return text;
}

}  // namespace

std::string adj_table(TableKind kind, const Piece& piece, const std::vector<speaker::AdjRoute>& routes) {
  if (piece.format == TableFormat::Json) return json_piece(to_string(kind), piece, routes, adj_route);
  if (piece.format == TableFormat::Csv) return adj_csv(piece, routes);
  const std::size_t narrow[] = {15, 18, 15}, wide[] = {24, 28, 24};
  const std::span widths = piece.wide ? wide : narrow;
  std::string text =
      piece.heading ? line(piece, "Router", {"Neighbor", "Prefix", "Next hop", "AS path"}, widths) : "";
  for (const auto& route : routes)
    text +=
        line(piece, piece.router,
             {route.neighbor.to_string(), net::to_string(route.prefix), route.attributes.next_hop.to_string(),
              fmt::format("{}{}{}", as_path_text(route.attributes.as_path), route.stale ? "  stale" : "",
                          route.rejected == rib::RejectReason::None
                              ? ""
                              : fmt::format("  not used: {}", rib::to_string(route.rejected)))},
             widths);
  return text;
}

std::string loc_table(const Piece& piece, const std::vector<speaker::LocRoute>& routes) {
  if (piece.format == TableFormat::Json) return json_piece("loc", piece, routes, loc_route);
  if (piece.format == TableFormat::Csv) return loc_csv(piece, routes);
  const std::size_t narrow[] = {18, 15, 9, 16}, wide[] = {28, 24, 10, 20};
  const std::span widths = piece.wide ? wide : narrow;
  std::string text =
      piece.heading ? line(piece, "Router", {"Prefix", "Next hop", "Kernel", "Best by", "AS path"}, widths)
                    : "";
  for (const auto& route : routes)
    text += line(piece, piece.router,
                 {net::to_string(route.prefix),
                  route.neighbor ? route.attributes.next_hop.to_string() : "local", kernel_word(route.kernel),
                  std::string(rib::to_string(route.reason)), as_path_text(route.attributes.as_path)},
                 widths);
  return text;
}

}  // namespace show
