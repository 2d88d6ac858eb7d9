#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "show/json.h"
#include "show/json_layout.h"

namespace show {

namespace {

using Json = nlohmann::ordered_json;

std::string_view hostname(const speaker::RouterView& router, const speaker::PathView& path) {
  return path.local ? router.name : path.peer_hostname;
}

Json next_hop_object(const speaker::RouterView& router, const speaker::PathView& path) {
  Json out = Json::object();
  out["ip"] = next_hop(path);
  if (!hostname(router, path).empty()) out["hostname"] = hostname(router, path);
  out["afi"] = path.local || path.attributes.next_hop.is_ipv4() ? "ipv4" : "ipv6";
  return out;
}

Json short_path(const speaker::RouterView& router, const speaker::RouteView& route,
                const speaker::PathView& path) {
  Json out = Json::object();
  if (path.valid) out["valid"] = true;
  if (path.best) {
    out["bestpath"] = true;
    out["selectionReason"] = reason(path.reason);
    if (route.kernel == rib::KernelState::Failed) out["ribFailure"] = true;
  }
  out["pathFrom"] = path.internal ? "internal" : "external";
  out["prefix"] = route.prefix.address().to_string();
  out["prefixLen"] = route.prefix.length();
  out["network"] = route.prefix.to_string();
  out["version"] = route.version;
  if (const auto value = metric(path)) out["metric"] = *value;
  if (path.attributes.local_pref) out["locPrf"] = *path.attributes.local_pref;
  out["weight"] = weight(path);
  out["peerId"] = path.local ? "(unspec)" : path.peer_address.to_string();
  out["path"] = path.attributes.as_path.to_string();
  out["origin"] = origin_word(path.attributes.origin);
  Json next = next_hop_object(router, path);
  next["used"] = true;
  out["nexthops"] = Json::array({std::move(next)});
  return out;
}

Json as_path_object(const bgp::AsPath& as_path) {
  Json segments = Json::array();
  as_path.for_each_segment([&](const bgp::AsPath::Segment& segment) {
    Json list = Json::array();
    for (std::size_t i = 0; i < segment.size(); ++i) list.push_back(segment[i]);
    using enum bgp::AsPath::SegmentType;
    const char* type = segment.type == Set              ? "as-set"
                       : segment.type == Sequence       ? "as-sequence"
                       : segment.type == ConfedSequence ? "as-confed-sequence"
                                                        : "as-confed-set";
    segments.push_back(Json{{"type", type}, {"list", std::move(list)}});
  });
  Json out = Json::object();
  out["string"] = as_path.empty() ? "Local" : as_path.to_string();
  out["segments"] = std::move(segments);
  out["length"] = as_path.length();
  return out;
}

void add_words(Json& out, const char* key, const std::vector<std::string>& text,
               const std::vector<std::string>& list) {
  if (!list.empty()) out[key] = Json{{"string", fmt::format("{}", fmt::join(text, " "))}, {"list", list}};
}

void add_communities(Json& out, const bgp::PathAttributes& attributes) {
  add_words(out, "community", communities(attributes, false), communities(attributes, true));
  if (const auto list = extended_communities(attributes); !list.empty())
    out["extendedCommunity"] = Json{{"string", fmt::format("{}", fmt::join(list, " "))}};
  const auto large = large_communities(attributes);
  add_words(out, "largeCommunity", large, large);
  if (attributes.originator_id) out["originatorId"] = attributes.originator_id->to_string();
  if (attributes.cluster_list.empty()) return;
  Json clusters = Json::array();
  for (const auto& cluster : attributes.cluster_list) clusters.push_back(cluster.to_string());
  out["clusterList"] = Json{{"list", std::move(clusters)}};
}

void add_kernel_state(Json& out, const speaker::RouteView& route) {
  using enum rib::KernelState;
  if (route.kernel == Installed) out["fibInstalled"] = true;
  if (route.kernel == Pending) out["fibPending"] = true;
  if (route.kernel == Failed) out["fibErrno"] = route.kernel_errno;
}

Json long_path(const speaker::RouterView& router, const speaker::RouteView& route,
               const speaker::PathView& path, const Clock& clock) {
  const auto& attributes = path.attributes;
  Json out = Json::object();
  out["aspath"] = as_path_object(attributes.as_path);
  if (attributes.aggregator) {
    out["aggregatorAs"] = attributes.aggregator->as;
    out["aggregatorId"] = attributes.aggregator->speaker.to_string();
  }
  out["origin"] = origin_word(attributes.origin);
  if (const auto value = metric(path)) out["metric"] = *value;
  if (attributes.local_pref) out["locPrf"] = *attributes.local_pref;
  if (weight(path) != 0) out["weight"] = weight(path);
  if (path.valid) out["valid"] = true;
  out["version"] = route.version;
  if (path.local) {
    out["sourced"] = true;
    out["local"] = true;
  }
  if (attributes.atomic_aggregate) out["atomicAggregate"] = true;
  if (attributes.only_to_customer) out["otc"] = *attributes.only_to_customer;
  if (path.best) {
    out["bestpath"] = Json{{"overall", true}, {"selectionReason", reason(path.reason)}};
    add_kernel_state(out, route);
  }
  add_communities(out, attributes);

  const auto since = clock.epoch_seconds_ago(path.age);
  out["lastUpdate"] = Json{{"epoch", since}, {"string", date(since) + '\n'}};
  Json next = next_hop_object(router, path);
  next["metric"] = 0;
  if (path.valid) next["accessible"] = true;
  next["used"] = true;
  out["nexthops"] = Json::array({std::move(next)});

  Json peer = Json::object();
  peer["peerId"] = path.local ? "0.0.0.0" : path.peer_address.to_string();
  peer["routerId"] = (path.local ? router.router_id : path.peer_id).to_string();
  if (!path.local) {
    if (!path.peer_hostname.empty()) peer["hostname"] = path.peer_hostname;
    peer["type"] = path.internal ? "internal" : "external";
  }
  out["peer"] = std::move(peer);
  return out;
}

}  // namespace

std::string routes_json(const speaker::RouterView& router, const std::vector<speaker::RouteView>& routes) {
  std::string out = fmt::format(
      "{{\n \"vrfId\": 0,\n \"vrfName\": \"default\",\n \"tableVersion\": {},\n \"routerId\": \"{}\",\n"
      " \"defaultLocPrf\": {},\n \"localAS\": {},\n \"routes\": {{ ",
      router.table_version, router.router_id.to_string(), rib::kDefaultLocalPref, router.as);
  std::string_view separator;
  for (const auto& route : routes) {
    Json paths = Json::array();
    for (const auto& path : route.paths) paths.push_back(short_path(router, route, path));
    fmt::format_to(std::back_inserter(out), "{}\"{}\": {}\n", separator, route.prefix.to_string(),
                   json_line(paths));
    separator = ",";
  }
  return out + " }  } \n";
}

std::string route_json(const speaker::RouterView& router, const speaker::RouteView* route,
                       const Clock& clock) {
  Json out = Json::object();
  if (route != nullptr) {
    out["prefix"] = route->prefix.to_string();
    out["version"] = route->version;
    if (!route->advertised_to.empty()) {
      Json peers = Json::object();
      for (std::size_t i = 0; i < route->advertised_to.size(); ++i) {
        Json& peer = peers[route->advertised_to[i].to_string()] = Json::object();
        if (i < route->advertised_to_hostnames.size() && !route->advertised_to_hostnames[i].empty())
          peer["hostname"] = route->advertised_to_hostnames[i];
      }
      out["advertisedTo"] = std::move(peers);
    }
    Json paths = Json::array();
    for (const auto& path : route->paths) paths.push_back(long_path(router, *route, path, clock));
    out["paths"] = std::move(paths);
  }
  return json_text(out) + '\n';
}

}  // namespace show
