#include "show/metrics.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace show {

namespace {

using speaker::PeerView;
using speaker::RouterView;

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value));
}

// All samples of a metric stand together, under its own lines: so the routers are gone through once a metric.
class Exposition {
 public:
  explicit Exposition(std::span<const Figures> routers) : routers_(routers) {}

  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  template <class Value>
  void sample(std::string_view labels, Value value) {
    text_ += labels.empty() ? fmt::format("{} {}\n", name_, value)
                            : fmt::format("{}{{{}}} {}\n", name_, labels, value);
  }

  std::span<const Figures> routers() const { return routers_; }
  std::string take() { return std::move(text_); }

 private:
  std::span<const Figures> routers_;
  std::string name_, text_;
};

// --- Our own names ---

std::string labels_of(const RouterView& router) { return label("router", router.name); }
std::string labels_of(const RouterView& router, const PeerView& peer) {
  return fmt::format("{},{},{}", labels_of(router), label("neighbor", peer.address.to_string()),
                     label("remote_as", std::to_string(peer.remote_as)));
}

template <class Value>
void router_metric(Exposition& out, std::string_view name, std::string_view type, std::string_view help,
                   const Value& value) {
  out.metric(name, type, help);
  for (const Figures& router : out.routers()) out.sample(labels_of(router.view), value(router));
}

// Several samples a router, told apart by one more label.
template <class Values>
void router_metric_by(Exposition& out, std::string_view name, std::string_view help, std::string_view by,
                      const Values& values) {
  out.metric(name, "gauge", help);
  for (const Figures& router : out.routers())
    for (const auto& [word, value] : values(router.view))
      out.sample(fmt::format("{},{}", labels_of(router.view), label(by, word)), value);
}

template <class Value>
void peer_metric(Exposition& out, std::string_view name, std::string_view type, std::string_view help,
                 const Value& value) {
  out.metric(name, type, help);
  for (const Figures& router : out.routers())
    for (const PeerView& peer : router.view.peers) out.sample(labels_of(router.view, peer), value(peer));
}

void message_metric(Exposition& out, std::string_view name, std::string_view help,
                    speaker::MessageCounters PeerView::*counters) {
  out.metric(name, "counter", help);
  for (const Figures& router : out.routers())
    for (const PeerView& peer : router.view.peers) {
      const auto& messages = peer.*counters;
      for (const auto& [type, count] : {std::pair{"open", messages.opens},
                                        {"update", messages.updates},
                                        {"notification", messages.notifications},
                                        {"keepalive", messages.keepalives},
                                        {"route_refresh", messages.route_refreshes}})
        out.sample(fmt::format("{},{}", labels_of(router.view, peer), label("type", type)), count);
    }
}

void prefix_metric(Exposition& out, std::string_view name, std::string_view help,
                   std::size_t speaker::FamilyView::*count) {
  out.metric(name, "gauge", help);
  for (const Figures& router : out.routers())
    for (const PeerView& peer : router.view.peers)
      for (const auto& [word, family] : {std::pair{"ipv4", &peer.ipv4}, {"ipv6", &peer.ipv6}})
        if (*family)
          out.sample(fmt::format("{},{}", labels_of(router.view, peer), label("family", word)),
                     **family.*count);
}

double seconds(std::optional<std::chrono::milliseconds> time) {
  return time ? std::chrono::duration<double>(*time).count() : 0;
}

}  // namespace

std::string metrics_text(const ProcessFigures& process, std::span<const Figures> routers) {
  using Values = std::vector<std::pair<const char*, std::size_t>>;
  Exposition out(routers);
  out.metric("chainrouter_build_info", "gauge", "Which version this is.");
  out.sample(label("version", process.version), 1);
  out.metric("chainrouter_process_cpu_seconds_total", "counter", "Processor time of all threads.");
  out.sample("", process.cpu_seconds);
  out.metric("chainrouter_process_resident_memory_bytes", "gauge", "Memory of the whole process (RSS).");
  out.sample("", process.resident_bytes);

  router_metric(out, "chainrouter_router_cpu_seconds_total", "counter",
                "Processor time of the router's thread.",
                [](const Figures& router) { return std::chrono::duration<double>(router.cpu).count(); });
  router_metric_by(out, "chainrouter_router_memory_bytes", "Memory that the router has counted, by kind.",
                   "kind", [](const RouterView& view) {
                     return Values{{"tables", view.rib_bytes - view.attribute_bytes},
                                   {"attributes", view.attribute_bytes},
                                   {"sessions", view.peer_bytes}};
                   });
  router_metric(out, "chainrouter_router_queue_bytes", "gauge",
                "Octets written for neighbors that their sockets have not taken.",
                [](const Figures& router) { return router.view.octets_waiting; });
  router_metric_by(out, "chainrouter_router_prefixes", "Prefixes in the router's tables.", "family",
                   [](const RouterView& view) {
                     Values values{{"ipv4", view.rib_entries}};
                     if (view.ipv6_entries) values.emplace_back("ipv6", *view.ipv6_entries);
                     return values;
                   });
  router_metric_by(out, "chainrouter_router_kernel_routes", "Routes by what the kernel has made of them.",
                   "state", [](const RouterView& view) {
                     return Values{{"installed", view.kernel_installed},
                                   {"pending", view.kernel_pending},
                                   {"failed", view.kernel_failed}};
                   });

  peer_metric(out, "chainrouter_neighbor_up", "gauge", "1: the session is Established.",
              [](const PeerView& peer) { return peer.state == bgp::State::Established ? 1 : 0; });
  peer_metric(out, "chainrouter_neighbor_admin_down", "gauge", "1: the session is shut down on purpose.",
              [](const PeerView& peer) { return peer.admin_down ? 1 : 0; });
  peer_metric(out, "chainrouter_neighbor_uptime_seconds", "gauge",
              "For how long the session has been up; 0: it is not.",
              [](const PeerView& peer) { return seconds(peer.up_for); });
  message_metric(out, "chainrouter_neighbor_messages_received_total", "Messages received, by type.",
                 &PeerView::received);
  message_metric(out, "chainrouter_neighbor_messages_sent_total", "Messages sent, by type.", &PeerView::sent);
  prefix_metric(out, "chainrouter_neighbor_prefixes_received", "Prefixes in the Adj-RIB-In.",
                &speaker::FamilyView::received);
  prefix_metric(out, "chainrouter_neighbor_prefixes_accepted",
                "Prefixes of the Adj-RIB-In that policy lets in.", &speaker::FamilyView::accepted);
  prefix_metric(out, "chainrouter_neighbor_prefixes_sent", "Prefixes in the Adj-RIB-Out.",
                &speaker::FamilyView::sent);
  peer_metric(out, "chainrouter_neighbor_sessions_established_total", "counter",
              "How often the session came up.",
              [](const PeerView& peer) { return peer.connections_established; });
  peer_metric(out, "chainrouter_neighbor_sessions_dropped_total", "counter", "How often the session fell.",
              [](const PeerView& peer) { return peer.connections_dropped; });
  peer_metric(out, "chainrouter_neighbor_update_faults_total", "counter",
              "Malformed UPDATEs that the session survived (RFC 7606).",
              [](const PeerView& peer) { return peer.update_faults; });
  return out.take();
}

// --- frr_exporter's names ---

namespace {

bool speaks(const PeerView& peer, bool ipv6) {
  if (peer.ipv4 || peer.ipv6) return (ipv6 ? peer.ipv6 : peer.ipv4).has_value();
  return peer.address.is_ipv6() == ipv6;  // nothing is agreed on yet
}

std::string frr_labels(const RouterView& router, bool ipv6) {
  return fmt::format("vrf=\"default\",afi=\"{}\",safi=\"unicast\",local_as=\"{}\"", ipv6 ? "ipv6" : "ipv4",
                     router.as);
}

template <class Value>
void frr_router_metric(Exposition& out, std::string_view name, std::string_view help, const Value& value) {
  out.metric(name, "gauge", help);
  for (const Figures& router : out.routers())
    for (const bool ipv6 : {false, true})
      if (!ipv6 || router.view.ipv6_entries)
        out.sample(frr_labels(router.view, ipv6), value(router.view, ipv6));
}

template <class Value>
void frr_peer_metric(Exposition& out, std::string_view name, std::string_view type, std::string_view help,
                     const Value& value) {
  out.metric(name, type, help);
  for (const Figures& router : out.routers())
    for (const bool ipv6 : {false, true})
      for (const PeerView& peer : router.view.peers)
        if (speaks(peer, ipv6))
          out.sample(
              fmt::format("{},{},{}", frr_labels(router.view, ipv6), label("peer", peer.address.to_string()),
                          label("peer_as", std::to_string(peer.remote_as))),
              value(peer, ipv6 ? peer.ipv6 : peer.ipv4));
}

}  // namespace

std::string frr_metrics_text(std::span<const Figures> routers) {
  using Family = std::optional<speaker::FamilyView>;
  Exposition out(routers);
  frr_router_metric(
      out, "frr_bgp_rib_count_total", "Prefixes in the RIB.",
      [](const RouterView& view, bool ipv6) { return ipv6 ? *view.ipv6_entries : view.rib_entries; });
  frr_router_metric(out, "frr_bgp_rib_memory_bytes", "Memory of the RIB.",
                    [](const RouterView& view, bool ipv6) {
                      return ipv6 ? view.ipv6_bytes : view.rib_bytes - view.ipv6_bytes;
                    });
  frr_router_metric(
      out, "frr_bgp_peers_count_total", "Neighbors configured.", [](const RouterView& view, bool ipv6) {
        return std::ranges::count_if(view.peers, [ipv6](const PeerView& peer) { return speaks(peer, ipv6); });
      });
  frr_router_metric(out, "frr_bgp_peers_memory_bytes", "Memory of the neighbors' sessions.",
                    [](const RouterView& view, bool) { return view.peer_bytes; });
  frr_router_metric(out, "frr_bgp_peer_groups_count_total", "Peer groups; there are none.",
                    [](const RouterView&, bool) { return 0; });
  frr_router_metric(out, "frr_bgp_peer_groups_memory_bytes", "Memory of peer groups; there are none.",
                    [](const RouterView&, bool) { return 0; });
  frr_peer_metric(out, "frr_bgp_peer_message_received_total", "counter", "Messages received.",
                  [](const PeerView& peer, const Family&) { return peer.received.total(); });
  frr_peer_metric(out, "frr_bgp_peer_message_sent_total", "counter", "Messages sent.",
                  [](const PeerView& peer, const Family&) { return peer.sent.total(); });
  frr_peer_metric(out, "frr_bgp_peer_prefixes_received_count_total", "gauge", "Prefixes received.",
                  [](const PeerView&, const Family& family) { return family ? family->accepted : 0; });
  frr_peer_metric(out, "frr_bgp_peer_prefixes_advertised_count_total", "gauge", "Prefixes advertised.",
                  [](const PeerView&, const Family& family) { return family ? family->sent : 0; });
  frr_peer_metric(out, "frr_bgp_peer_state", "gauge", "2: administratively down, 1: Established, 0: down.",
                  [](const PeerView& peer, const Family&) {
                    return peer.state == bgp::State::Established ? 1 : peer.admin_down ? 2 : 0;
                  });
  frr_peer_metric(out, "frr_bgp_peer_uptime_seconds", "gauge", "For how long the session has been up.",
                  [](const PeerView& peer, const Family&) { return seconds(peer.up_for); });
  return out.take();
}

}  // namespace show
