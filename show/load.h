// How busy routers are and what they take: the table of `top`. Two readings of each router, some time apart,
// make rates. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "speaker/view.h"

namespace show {

// What is known of a router at an instant: what it shows of itself, and what its thread has taken.
struct Figures {
  speaker::RouterView view;
  std::chrono::steady_clock::time_point at;
  std::chrono::nanoseconds cpu{0};  // of its thread, since that began
};

struct Load {
  std::string router;
  std::chrono::nanoseconds at{0};  // of the monotonic clock
  std::chrono::nanoseconds cpu{0};
  std::uint64_t table_bytes = 0, attribute_bytes = 0, session_bytes = 0;  // counted
  std::uint64_t octets_waiting = 0;
  std::uint64_t received = 0, sent = 0;  // messages of all kinds, since the router began
  std::uint64_t sessions = 0, sessions_configured = 0, routes = 0;

  std::uint64_t bytes() const { return table_bytes + attribute_bytes + session_bytes; }
};

Load load_of(const Figures& figures);
nlohmann::ordered_json to_json(const Load& load);
// Nothing: it is not the JSON of a load.
std::optional<Load> load_from(const nlohmann::ordered_json& json);

// A reading, with what has become of it since the one before.
struct LoadRate {
  Load load;
  double cpu_percent = 0;         // of one processor
  double received = 0, sent = 0;  // messages a second
};

enum class LoadOrder : std::uint8_t { Cpu, Memory, Messages, Queue };
std::optional<LoadOrder> load_order(std::string_view word);  // "cpu", "memory", "messages", "queue"

// Of the routers of `after`; those that are not in `before` have no rates. The largest first, equal ones in
// the order of `after`.
std::vector<LoadRate> load_rates(const std::vector<Load>& before, const std::vector<Load>& after,
                                 LoadOrder order);

// A summary of all, then at most `rows` routers; no line is longer than 80 columns where names are not longer
// than 11. `emphasis`: the names of the columns stand out (a terminal that takes it).
std::string load_text(const std::vector<LoadRate>& rates, std::size_t rows, bool emphasis = false);
std::string load_json(const std::vector<LoadRate>& rates);
std::string load_csv(const std::vector<LoadRate>& rates);

}  // namespace show
