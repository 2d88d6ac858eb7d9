// A scenario: what happens to a chain, when, and what is expected of it (docs/scenarios.md is the language).
// Reading one is pure: text in, statements or a sentence out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/prefix.h"
#include "net/result.h"
#include "scenario/outages.h"

namespace scenario {

using std::chrono::milliseconds;

struct Change {
  Thing thing = Thing::Link;
  std::optional<std::uint32_t> number;  // nothing: any, by the seed
  bool up = false;
};
struct Origination {
  std::optional<std::uint32_t> router;  // nothing: any, by the seed
  net::Ipv4Prefix prefix;
  bool announce = true;
};
struct Heal {};  // everything that is down comes up
struct ExpectConverged {
  milliseconds within{0};
};
struct ExpectRoute {
  std::uint32_t router = 0;
  net::Ipv4Prefix prefix;
  bool present = true;
};
struct ExpectTables {};  // every kernel table is what follows from all that was done

using Action = std::variant<Change, Origination, Heal, ExpectConverged, ExpectRoute, ExpectTables>;

struct Statement {
  std::size_t line = 0;
  milliseconds at{0};  // after the scenario's beginning, at the earliest
  Action action;
  std::string text;  // without time and repetition
};

struct Script {
  std::optional<std::uint64_t> seed;
  std::vector<Statement> statements;  // ascending by time; repetitions are written out
};

// The chain that the scenario is for: routers 0 to `hops`, whose names may be given with `name_prefix`.
struct Place {
  std::uint32_t hops = 0;
  std::string name_prefix;
};

inline constexpr std::size_t kMaxStatements = 1'000'000;
inline constexpr milliseconds kMaxTime = std::chrono::hours(24 * 7);

// The error says "FILE:LINE: what is wrong, what to write instead".
net::Result<Script, std::string> read_script(std::string_view text, const std::string& file,
                                             const Place& place);

}  // namespace scenario
