// Figures of routers in Prometheus' text format (version 0.0.4): for `chainrouter metrics`, and for whoever
// serves it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "show/load.h"

namespace show {

struct ProcessFigures {
  std::string_view version;
  double cpu_seconds = 0;
  std::size_t resident_bytes = 0;
};

// Names of our own: chainrouter_…
std::string metrics_text(const ProcessFigures& process, std::span<const Figures> routers);

// The names and labels that frr_exporter gives to FRR's figures: frr_bgp_…, for dashboards that are there
// already. Every router is told by its AS number.
std::string frr_metrics_text(std::span<const Figures> routers);

}  // namespace show
