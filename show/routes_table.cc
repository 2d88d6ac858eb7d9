// The RIBs in our own words (show/tables.h).
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/attributes_json.h"
#include "show/json_layout.h"
#include "show/tables.h"

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

// One route a line: a large table is written without a tree of all of it in memory.
template <class Route, class Render>
std::string document(std::string_view schema, std::string_view router, const std::vector<Route>& routes,
                     const Render& render) {
  std::string text = fmt::format("{{\n  \"schema\":\"chainrouter.{}/1\",\n  \"router\":{},\n  \"routes\":[",
                                 schema, json_line(Json(router)));
  const char* separator = "\n";
  for (const Route& route : routes) {
    text += separator;
    text += "    " + json_line(render(route));
    separator = ",\n";
  }
  return text + (routes.empty() ? "]\n}\n" : "\n  ]\n}\n");
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

std::string line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace

std::string adj_table_json(TableKind kind, std::string_view router,
                           const std::vector<speaker::AdjRoute>& routes) {
  return document(to_string(kind), router, routes, adj_route);
}

std::string adj_table_text(const std::vector<speaker::AdjRoute>& routes) {
  std::string text =
      line(fmt::format("{:<24} {:<28} {:<24} {}", "Neighbor", "Prefix", "Next hop", "AS path"));
  for (const auto& route : routes)
    text += line(fmt::format("{:<24} {:<28} {:<24} {}{}{}", route.neighbor.to_string(),
                             net::to_string(route.prefix), route.attributes.next_hop.to_string(),
                             as_path_text(route.attributes.as_path), route.stale ? "  stale" : "",
                             route.rejected == rib::RejectReason::None
                                 ? ""
                                 : fmt::format("  not used: {}", rib::to_string(route.rejected))));
  return text;
}

std::string loc_table_json(std::string_view router, const std::vector<speaker::LocRoute>& routes) {
  return document("loc", router, routes, loc_route);
}

std::string loc_table_text(const std::vector<speaker::LocRoute>& routes) {
  std::string text = line(
      fmt::format("{:<28} {:<24} {:<10} {:<20} {}", "Prefix", "Next hop", "Kernel", "Best by", "AS path"));
  for (const auto& route : routes)
    text += line(fmt::format("{:<28} {:<24} {:<10} {:<20} {}", net::to_string(route.prefix),
                             route.neighbor ? route.attributes.next_hop.to_string() : std::string("local"),
                             kernel_word(route.kernel), rib::to_string(route.reason),
                             as_path_text(route.attributes.as_path)));
  return text;
}

}  // namespace show
