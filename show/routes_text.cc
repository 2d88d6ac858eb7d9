#include <iterator>

#include <fmt/format.h>

#include "show/routes_layout.h"
#include "show/text.h"

namespace show {

namespace {

constexpr std::size_t kNetworkWidth = 17, kNextHopWidth = 16;

// "*> ", "*>i", "r> ": may it be used, is it the best, is it internal. 'r' (RIB-failure) is the best path of
// a route that the kernel has refused.
std::string status(const speaker::RouteView& route, const speaker::PathView& path) {
  std::string code = "   ";
  if (path.valid) code[0] = path.best && route.kernel == rib::KernelState::Failed ? 'r' : '*';
  if (path.best) code[1] = '>';
  if (path.internal) code[2] = 'i';
  return code;
}

// `text` and the blanks after it; when it fills its column, a new line and the blanks before the next one.
void column(std::string& out, const std::string& text, std::size_t width, std::size_t next_starts_at) {
  out += text;
  if (text.size() < width)
    out.append(width - text.size(), ' ');
  else
    out.append("\n").append(next_starts_at, ' ');
}

}  // namespace

void append_route_row(std::string& out, const speaker::RouteView& route, const speaker::PathView& path,
                      bool first) {
  out += status(route, path);
  if (first)
    column(out, route.prefix.to_string(), kNetworkWidth, 3 + kNetworkWidth);
  else
    out.append(kNetworkWidth, ' ');
  column(out, next_hop(path), kNextHopWidth, 3 + kNetworkWidth + kNextHopWidth);
  const auto number = [](std::optional<std::uint32_t> value) { return value ? std::to_string(*value) : ""; };
  const std::string as_path = path.attributes.as_path.to_string();
  fmt::format_to(std::back_inserter(out), "{:>10}{:>7}{:>7} {}{}{}\n", number(metric(path)),
                 number(path.attributes.local_pref), weight(path), as_path, as_path.empty() ? "" : " ",
                 origin_code(path.attributes.origin));
}

std::string routes_heading(const speaker::RouterView& router) {
  return fmt::format(
      "BGP table version is {}, local router ID is {}, vrf id 0\n"
      "Default local pref {}, local AS {}\n"
      "Status codes:  s suppressed, d damped, h history, * valid, > best, = multipath,\n"
      "               i internal, r RIB-failure, S Stale, R Removed\n"
      "Nexthop codes: @NNN nexthop's vrf id, < announce-nh-self\n"
      "Origin codes:  i - IGP, e - EGP, ? - incomplete\n"
      "RPKI validation codes: V valid, I invalid, N Not found\n\n"
      "   Network          Next Hop            Metric LocPrf Weight Path\n",
      router.table_version, router.router_id.to_string(), rib::kDefaultLocalPref, router.as);
}

std::string routes_text(const speaker::RouterView& router, const std::vector<speaker::RouteView>& routes) {
  if (routes.empty()) return "No BGP prefixes displayed, 0 exist\n";
  std::string out = routes_heading(router);
  for (const auto& route : routes)
    for (const auto& path : route.paths) append_route_row(out, route, path, &path == &route.paths.front());
  fmt::format_to(std::back_inserter(out), "\nDisplayed  {} routes and {} total paths\n", routes.size(),
                 path_count(routes));
  return out;
}

}  // namespace show
