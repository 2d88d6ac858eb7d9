// What stands behind a `|`: which lines of a command's output are shown. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/result.h"
#include "vty/pattern.h"

namespace vty {

struct Filter {
  enum class Kind : std::uint8_t {
    Begin,    // from the first line that fits on
    Count,    // how many fit, instead of them
    Exclude,  // those that do not fit
    Include,  // those that fit
  };
  Kind kind = Kind::Include;
  Pattern pattern;
};

struct FilterWord {
  std::string_view word;
  Filter::Kind kind;
  std::string_view help;
};
inline constexpr std::array kFilterWords{
    FilterWord{"begin", Filter::Kind::Begin, "From the first line that fits on"},
    FilterWord{"count", Filter::Kind::Count, "How many lines fit"},
    FilterWord{"exclude", Filter::Kind::Exclude, "Lines that do not fit"},
    FilterWord{"include", Filter::Kind::Include, "Lines that fit"},
};

struct Piped {
  std::string_view command;  // of the line that was given
  std::optional<Filter> filter;
};

// Takes a line apart at its first `|`; the error is what to print instead of a command's output.
net::Result<Piped, std::string> split_filter(std::string_view line);

// Lines end in "\n".
std::string filtered(const Filter& filter, std::string_view text);

}  // namespace vty
