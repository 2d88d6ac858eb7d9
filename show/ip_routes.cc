#include "show/ip_routes.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/json_layout.h"
#include "show/text.h"
#include "show/words.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kIpv4Codes =
    "Codes: K - kernel route, C - connected, S - static, R - RIP,\n"
    "       O - OSPF, I - IS-IS, B - BGP, E - EIGRP, N - NHRP,\n"
    "       T - Table, v - VNC, V - VNC-Direct, A - Babel, F - PBR,\n";
constexpr std::string_view kIpv6Codes =
    "Codes: K - kernel route, C - connected, S - static, R - RIPng,\n"
    "       O - OSPFv3, I - IS-IS, B - BGP, N - NHRP, T - Table,\n"
    "       v - VNC, V - VNC-Direct, A - Babel, F - PBR,\n";
constexpr std::string_view kCommonCodes =
    "       f - OpenFabric,\n"
    "       > - selected route, * - FIB route, q - queued, r - rejected, b - backup\n"
    "       t - trapped, o - offload failure\n\n";

char code(IpRoute::Source source) {
  switch (source) {
    case IpRoute::Source::Kernel: return 'K';
    case IpRoute::Source::Connected: return 'C';
    case IpRoute::Source::Bgp: return 'B';
  }
  return '?';
}

std::string_view word(IpRoute::Source source) {
  switch (source) {
    case IpRoute::Source::Kernel: return "kernel";
    case IpRoute::Source::Connected: return "connected";
    case IpRoute::Source::Bgp: return "bgp";
  }
  return "";
}

char code(IpRoute::State state) {
  switch (state) {
    case IpRoute::State::Installed: return '*';
    case IpRoute::State::Queued: return 'q';
    case IpRoute::State::Rejected: return 'r';
  }
  return ' ';
}

bool same_prefix(const IpRoute& a, const IpRoute& b) { return a.prefix == b.prefix; }

// Calls `visit(route, selected)`; of sorted routes the first of each prefix is the one in use.
template <class Visit>
void for_each_selected(const std::vector<IpRoute>& routes, const Visit& visit) {
  const IpRoute* before = nullptr;
  for (const IpRoute& route : routes) {
    visit(route, before == nullptr || !same_prefix(*before, route));
    before = &route;
  }
}

Json object(const IpRoute& route, bool selected) {
  const bool installed = selected && route.state == IpRoute::State::Installed;
  Json next_hop = Json::object();
  if (installed) next_hop["fib"] = true;
  if (route.next_hop) {
    next_hop["ip"] = route.next_hop->to_string();
    next_hop["afi"] = route.next_hop->is_ipv4() ? "ipv4" : "ipv6";
  } else {
    next_hop["directlyConnected"] = true;
  }
  if (route.interface != 0) {
    next_hop["interfaceIndex"] = route.interface;
    next_hop["interfaceName"] = route.interface_name;
  }
  next_hop["active"] = true;
  if (route.source == IpRoute::Source::Bgp) next_hop["weight"] = 1;

  Json out{{"prefix", net::to_string(route.prefix)},
           {"prefixLen", net::length_of(route.prefix)},
           {"protocol", word(route.source)},
           {"vrfId", 0},
           {"vrfName", "default"}};
  if (selected) out["selected"] = out["destSelected"] = true;
  out["distance"] = route.distance;
  out["metric"] = route.metric;
  if (installed) out["installed"] = true;
  if (selected && route.state == IpRoute::State::Queued) out["queued"] = true;
  if (selected && route.state == IpRoute::State::Rejected) out["failed"] = true;
  out["table"] = 254;  // RT_TABLE_MAIN
  if (route.age) out["uptime"] = uptime(route.age);
  out["nexthops"] = Json::array({std::move(next_hop)});
  return out;
}

Json all(const std::vector<IpRoute>& routes) {
  Json out = Json::object();
  for_each_selected(routes, [&](const IpRoute& route, bool selected) {
    out[net::to_string(route.prefix)].push_back(object(route, selected));
  });
  return out;
}

}  // namespace

void sort(std::vector<IpRoute>& routes) {
  std::ranges::stable_sort(routes, {}, [](const IpRoute& route) {
    return std::tuple(route.prefix, route.distance, route.source, route.metric);
  });
}

std::string ip_routes_text(const std::vector<IpRoute>& routes) {
  if (routes.empty()) return {};
  std::string out(net::is_ipv4(routes.front().prefix) ? kIpv4Codes : kIpv6Codes);
  out += kCommonCodes;
  for_each_selected(routes, [&](const IpRoute& route, bool selected) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "{}{}{} {}", code(route.source), selected ? '>' : ' ',
                   selected ? code(route.state) : ' ', net::to_string(route.prefix));
    if (route.source != IpRoute::Source::Connected)
      fmt::format_to(to, " [{}/{}]", route.distance, route.metric);
    if (route.next_hop)
      fmt::format_to(to, " via {}", route.next_hop->to_string());
    else
      out += " is directly connected";
    if (route.interface != 0) out += ", " + route.interface_name;
    if (route.source == IpRoute::Source::Bgp) out += ", weight 1";
    if (route.age) out += ", " + uptime(route.age);
    out += '\n';
  });
  return out;
}

std::string ip_routes_json(const std::vector<IpRoute>& routes) { return json_text(all(routes)) + '\n'; }

std::string ip_route_text(const std::vector<IpRoute>& routes) {
  if (routes.empty()) return std::string(kNotInTable);
  std::string out;
  for_each_selected(routes, [&](const IpRoute& route, bool selected) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "Routing entry for {}\n  Known via \"{}\", distance {}, metric {}{}\n",
                   net::to_string(route.prefix), word(route.source), route.distance, route.metric,
                   selected ? ", best" : "");
    if (route.age) fmt::format_to(to, "  Last update {} ago\n", uptime(route.age));
    fmt::format_to(to, "  {} ", selected && route.state == IpRoute::State::Installed ? '*' : ' ');
    if (route.next_hop)
      fmt::format_to(to, "{}, via {}", route.next_hop->to_string(), route.interface_name);
    else
      fmt::format_to(to, "directly connected, {}", route.interface_name);
    out += route.source == IpRoute::Source::Bgp ? ", weight 1\n\n" : "\n\n";
  });
  return out;
}

}  // namespace show
