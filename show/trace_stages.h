// The stages that a route goes through at one hop, in order, by the names that every view of a trace uses.
#pragma once

#include <array>
#include <chrono>

#include "speaker/history.h"

namespace show {

struct TraceStage {
  const char* name;
  std::chrono::nanoseconds speaker::TraceHop::*time;
};
inline constexpr std::array<TraceStage, 6> kTraceStages{{{"session", &speaker::TraceHop::session},
                                                         {"mrai", &speaker::TraceHop::mrai},
                                                         {"write", &speaker::TraceHop::write},
                                                         {"receive", &speaker::TraceHop::receive},
                                                         {"decide", &speaker::TraceHop::decide},
                                                         {"kernel", &speaker::TraceHop::kernel}}};

}  // namespace show
