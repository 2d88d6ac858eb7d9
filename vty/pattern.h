// The regular expressions of `| include`: POSIX's extended ones (IEEE 1003.1, 9.4) without repetition counts
// and back-references. Whoever types here may be hostile and shares a thread with a router: an expression is
// at most so long, and a line costs at most its length times that, whatever either looks like. Pure.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/result.h"

namespace vty {

class Pattern {
 public:
  static constexpr std::size_t kMaxLength = 128;

  // The error says what is wrong, without a full stop.
  static net::Result<Pattern, std::string> parse(std::string_view text);

  // Is there a place in `line` that it fits?
  bool matches(std::string_view line) const;

 private:
  friend class PatternParser;

  // An automaton without empty steps (Glushkov's): a state for each character of the expression; being in it
  // means that this character has just been read. The beginning and the end of a line are characters, too.
  using Set = std::bitset<kMaxLength>;
  static constexpr std::size_t kBegin = 256, kEnd = 257, kSymbols = 258;

  Set step(const Set& states, std::size_t symbol) const;
  Set step_in_place(Set states, std::size_t symbol) const;

  std::array<Set, kSymbols> fits_{};  // by symbol: the states that it leads to
  std::vector<Set> follow_;           // by state
  Set first_, last_;
  bool empty_fits_ = false;
};

}  // namespace vty
