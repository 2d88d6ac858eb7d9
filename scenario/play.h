// Plays a scenario on a stage: the simulator, where time is virtual, or the kernel. What is done and what is
// judged is decided here, so that it is the same on both.
#pragma once

#include <functional>

#include "scenario/oracle.h"
#include "scenario/script.h"

namespace scenario {

// Where a scenario takes place. Each call returns when what it asks for is so.
class Stage {
 public:
  virtual ~Stage() = default;

  virtual milliseconds now() = 0;  // since the beginning
  // At that time, or at once when it has passed. False: broken off; no other call will be answered.
  virtual bool wait_until(milliseconds at) = 0;
  // Both ends know of it. An empty text, or what prevented it.
  virtual std::string change(Thing thing, std::uint32_t number, bool up) = 0;
  virtual std::string originate(std::uint32_t router, net::Ipv4Prefix prefix, bool announce) = 0;
  // Was nothing going on any more at an instant within that time?
  virtual bool await_quiet(milliseconds within) = 0;
  // The kernel tables of these routers, in their order.
  virtual std::vector<Table> tables(const std::vector<std::uint32_t>& routers) = 0;
};

// One statement, as it was played.
struct Played {
  const Statement* statement = nullptr;
  milliseconds at{0}, took{0};
  bool is_expectation = false, met = true;
  std::string what;  // of a random choice: what was chosen; of an expectation: what was found
};

struct Outcome {
  std::size_t changes = 0, expectations = 0, unmet = 0;
  bool broken_off = false;
  std::string error;  // what could not be done, with the line; the play ended there
};

// `watch` is told of each statement when it has been played. `seed`: unless the script has one.
Outcome play(const Script& script, std::uint64_t seed, Oracle oracle, Stage& stage,
             const std::function<void(const Played&)>& watch);

}  // namespace scenario
