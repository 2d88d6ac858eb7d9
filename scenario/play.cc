#include "scenario/play.h"

#include <numeric>
#include <random>

#include <fmt/format.h>

#include "scenario/names.h"

namespace scenario {

namespace {

class Play {
 public:
  Play(std::uint64_t seed, Oracle oracle, Stage& stage)
      : random_(seed), oracle_(std::move(oracle)), stage_(stage) {}

  // What could not be done; empty: nothing.
  std::string act(const Statement& statement, Played& played) {
    return std::visit([&](const auto& action) { return act(action, played); }, statement.action);
  }

 private:
  std::string act(const Change& change, Played& played) {
    const Outages& outages = oracle_.outages();
    auto number = change.number;
    if (!number) {
      number = choose([&](std::uint32_t one) {
        return outages.exists(change.thing, one) && outages.is_up(change.thing, one) != change.up;
      });
      played.what = !number                         ? "there is none"
                    : change.thing == Thing::Router ? oracle_.name(*number)
                                                    : link_name(*number);
      if (!number) return {};
    }
    return set(change.thing, *number, change.up);
  }

  std::string act(const Origination& origination, Played& played) {
    auto router = origination.router;
    if (!router) {
      router = choose([&](std::uint32_t one) {
        return oracle_.announces(one, origination.prefix) != origination.announce;
      });
      played.what = router ? oracle_.name(*router) : "there is none";
      if (!router) return {};
    }
    if (origination.announce)
      oracle_.announce(*router, origination.prefix);
    else
      oracle_.withdraw(*router, origination.prefix);
    return stage_.originate(*router, origination.prefix, origination.announce);
  }

  std::string act(const Heal&, Played&) {
    for (const Thing thing : {Thing::Router, Thing::Link, Thing::Session}) {
      const auto down = oracle_.outages().of(thing);
      for (const std::uint32_t number : down)
        if (auto error = set(thing, number, true); !error.empty()) return error;
    }
    return {};
  }

  std::string act(const ExpectConverged& expected, Played& played) {
    played.is_expectation = true;
    played.met = stage_.await_quiet(expected.within);
    return {};
  }

  std::string act(const ExpectRoute& expected, Played& played) {
    played.is_expectation = true;
    const auto tables = stage_.tables({expected.router});
    if (tables.empty()) return {};  // broken off
    const auto found = tables.front().find(expected.prefix);
    const bool present = found != tables.front().end();
    played.met = present == expected.present;
    played.what = present ? "it goes via " + found->second.to_string() : "there is none";
    return {};
  }

  std::string act(const ExpectTables&, Played& played) {
    played.is_expectation = true;
    std::vector<std::uint32_t> all(std::size_t{oracle_.outages().hops()} + 1);
    std::iota(all.begin(), all.end(), 0u);
    const auto tables = stage_.tables(all);
    if (tables.empty()) return {};  // broken off
    for (const std::uint32_t router : all) {
      const auto differs = difference(tables[router], oracle_.table(router));
      if (differs.empty()) continue;
      played.met = false;
      played.what = fmt::format("{} {}", oracle_.name(router), differs);
      return {};
    }
    return {};
  }

  std::string set(Thing thing, std::uint32_t number, bool up) {
    oracle_.outages().set(thing, number, up);
    return stage_.change(thing, number, up);
  }

  // One of the numbers that are right, each as likely; nothing when there is none.
  std::optional<std::uint32_t> choose(const std::function<bool(std::uint32_t)>& right) {
    std::vector<std::uint32_t> candidates;
    for (std::uint32_t number = 0; number <= oracle_.outages().hops(); ++number)
      if (right(number)) candidates.push_back(number);
    if (candidates.empty()) return std::nullopt;
    // The standard says what this generator yields, but not what its distributions make of it.
    return candidates[random_() % candidates.size()];
  }

  std::mt19937_64 random_;
  Oracle oracle_;
  Stage& stage_;
};

}  // namespace

Outcome play(const Script& script, std::uint64_t seed, Oracle oracle, Stage& stage,
             const std::function<void(const Played&)>& watch) {
  Play play(script.seed.value_or(seed), std::move(oracle), stage);
  Outcome outcome;
  for (const Statement& statement : script.statements) {
    outcome.broken_off = !stage.wait_until(statement.at);
    if (outcome.broken_off) return outcome;
    Played played;
    played.statement = &statement;
    played.at = stage.now();
    outcome.error = play.act(statement, played);
    played.took = stage.now() - played.at;
    if (!outcome.error.empty()) {
      outcome.error = fmt::format("{}: {}: {}", statement.line, statement.text, outcome.error);
      return outcome;
    }
    // What was asked while the end came has no answer.
    outcome.broken_off = !stage.wait_until(milliseconds(0));
    if (outcome.broken_off) return outcome;
    ++(played.is_expectation ? outcome.expectations : outcome.changes);
    if (!played.met) ++outcome.unmet;
    watch(played);
  }
  return outcome;
}

}  // namespace scenario
