// Every state that two peers can be brought into with at most so many faults, each visited once, and the fair
// steps between them. States are kept as the steps that lead to them and played again where one is looked at:
// Peers need not be copied, and what a run ends with is the shortest story of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/pair_model.h"

namespace model {

struct Bounds {
  unsigned faults = 1;  // in one story, at most
  std::vector<Step::Kind> kinds;
  bool allows(Step::Kind kind) const { return std::ranges::find(kinds, kind) != kinds.end(); }
};

struct Findings {
  std::size_t states = 0, steps = 0;
  std::size_t settled = 0;
  std::size_t deepest = 0;  // the longest story
  // A story each, in words; empty: there is none.
  std::string violation;  // something that must never be
  std::string deadlock;   // nothing can happen, and the session is not up
  std::string livelock;   // no fair run from here ends with the session up
  std::string circle;     // a fair run that comes round without the session having been up
};

Findings explore(const PairConfig& config, const Bounds& bounds);

}  // namespace model
