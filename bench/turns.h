// Two or three subjects by turns, so that they share what the machine is like in that minute, and the ratio
// of the first one's median to the last one's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/outside.h"

namespace bench {

inline std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

// What takes turns, and how long each turn took.
struct Subject {
  std::string name;
  std::function<Clock::duration()> turn;
  std::vector<double> milliseconds = {};
};

inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// The first subject is ours, the last one the limit. Each iteration is a turn of each.
inline void take_turns(benchmark::State& state, std::vector<Subject> subjects) {
  for (auto _ : state) {
    try {
      for (Subject& subject : subjects)
        subject.milliseconds.push_back(std::chrono::duration<double, std::milli>(subject.turn()).count());
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
      return;
    }
    state.SetIterationTime(subjects.front().milliseconds.back() / 1000);
  }
  for (const Subject& subject : subjects) {
    state.counters[subject.name + "_ms"] = median(subject.milliseconds);
    state.counters[subject.name + "_least"] = *std::ranges::min_element(subject.milliseconds);
  }
  state.counters["ratio"] = median(subjects.front().milliseconds) / median(subjects.back().milliseconds);
}

struct Binary {
  std::string name, path;
};

// The one to be measured, and the one that it is to be compared with, if there is one.
inline std::vector<Binary> binaries() {
  std::vector<Binary> found{{"ours", from_environment("CHAINROUTER", CHAINROUTER_BINARY)}};
  if (auto baseline = from_environment("BASELINE", ""); !baseline.empty())
    found.push_back({"baseline", baseline});
  return found;
}

}  // namespace bench
