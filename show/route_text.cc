#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "show/text.h"

namespace show {

namespace {

void header(std::string& out, const speaker::RouteView& route) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "BGP routing table entry for {}, version {}\n", route.prefix.to_string(), route.version);
  const auto best = std::ranges::find_if(route.paths, &speaker::PathView::best);
  fmt::format_to(to, "Paths: ({} available, ", route.paths.size());
  if (best == route.paths.end())
    out += "no best path)\n";
  else
    fmt::format_to(to, "best #{}, table default)\n", best - route.paths.begin() + 1);

  if (route.advertised_to.empty()) {
    out += "  Not advertised to any peer\n";
    return;
  }
  out += "  Advertised to non peer-group peers:\n ";
  for (const auto& address : route.advertised_to) out += ' ' + address.to_string();
  out += '\n';
}

void origin_line(std::string& out, const speaker::PathView& path) {
  const auto to = std::back_inserter(out);
  const auto& attributes = path.attributes;
  fmt::format_to(to, "      Origin {}", origin_word(attributes.origin));
  if (const auto value = metric(path)) fmt::format_to(to, ", metric {}", *value);
  if (attributes.local_pref) fmt::format_to(to, ", localpref {}", *attributes.local_pref);
  if (weight(path) != 0) fmt::format_to(to, ", weight {}", weight(path));
  if (path.valid) out += ", valid";
  out += path.local ? ", sourced, local" : path.internal ? ", internal" : ", external";
  if (attributes.atomic_aggregate) out += ", atomic-aggregate";
  if (attributes.only_to_customer) fmt::format_to(to, ", otc {}", *attributes.only_to_customer);
  if (path.best) fmt::format_to(to, ", best ({})", reason(path.reason));
  out += '\n';
}

void path_block(std::string& out, const speaker::RouterView& router, const speaker::RouteView& route,
                const speaker::PathView& path, const Clock& clock) {
  const auto to = std::back_inserter(out);
  const auto& attributes = path.attributes;
  fmt::format_to(to, "  {}", as_path_or_local(path));
  if (attributes.aggregator)
    fmt::format_to(to, ", (aggregated by {} {})", attributes.aggregator->as,
                   attributes.aggregator->speaker.to_string());
  out += '\n';

  fmt::format_to(to, "    {}{} from {} ({})\n", next_hop(path), path.valid ? "" : " (inaccessible)",
                 path.local ? "0.0.0.0" : path.peer_address.to_string(),
                 (path.local ? router.router_id : path.peer_id).to_string());
  origin_line(out, path);

  const auto words = [&](std::string_view title, const std::vector<std::string>& list) {
    if (!list.empty()) fmt::format_to(to, "      {}: {}\n", title, fmt::join(list, " "));
  };
  words("Community", communities(attributes, false));
  words("Extended Community", extended_communities(attributes));
  words("Large Community", large_communities(attributes));
  if (attributes.originator_id || !attributes.cluster_list.empty()) {
    fmt::format_to(to, "      Originator: {}", attributes.originator_id.value_or(path.peer_id).to_string());
    if (!attributes.cluster_list.empty()) out += ", Cluster list: ";
    for (const auto& cluster : attributes.cluster_list) out += cluster.to_string() + ' ';
    out += '\n';
  }
  const std::string trouble = path.best ? kernel_trouble(route) : "";
  if (!trouble.empty()) fmt::format_to(to, "      Not in the kernel's table: {}\n", trouble);
  fmt::format_to(to, "      Last update: {}\n", date(clock.epoch_seconds_ago(path.age)));
}

}  // namespace

std::string route_text(const speaker::RouterView& router, const speaker::RouteView* route,
                       const Clock& clock) {
  if (route == nullptr) return std::string(kNotInTable);
  std::string out;
  header(out, *route);
  for (const auto& path : route->paths) path_block(out, router, *route, path, clock);
  return out;
}

}  // namespace show
