// `--scenario FILE`: reads the file, plays it in the simulator or hands it to a lab, and says how it went.
#pragma once

#include "app/options.h"
#include "scenario/play.h"

namespace app {

class ScenarioRun {
 public:
  // Reads and checks the file; throws std::runtime_error with one sentence.
  explicit ScenarioRun(const RunCommand& command);

  // Plays it on this stage; returns the exit status. Any thread, once.
  int play(scenario::Stage& stage);
  // With virtual time, in no namespace: the same speakers, joined in memory.
  int simulate();

 private:
  void tell(const scenario::Played& played);
  int report(const scenario::Outcome& outcome) const;

  const RunCommand& command_;
  scenario::Script script_;
  std::string played_;  // what has been: the elements of a JSON array, or rows of CSV
};

// The oracle of a chain, before anything has happened.
scenario::Oracle oracle_of(const ChainOptions& options);

}  // namespace app
