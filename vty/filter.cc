#include "vty/filter.h"

#include <algorithm>

#include <fmt/format.h>

namespace vty {

namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

net::Result<Piped, std::string> split_filter(std::string_view line) {
  const auto bar = line.find('|');
  if (bar == std::string_view::npos) return Piped{line, std::nullopt};
  const auto words = trimmed(line.substr(bar + 1));
  const auto action = words.substr(0, words.find_first_of(kBlanks));
  const auto known = std::ranges::find_if(
      kFilterWords, [&](const FilterWord& one) { return !action.empty() && one.word.starts_with(action); });
  if (known == kFilterWords.end()) return std::unexpected(fmt::format("% Unknown action '{}'\n", action));
  const auto expression = trimmed(words.substr(action.size()));
  if (expression.empty() && known->kind != Filter::Kind::Count)
    return std::unexpected("% Need a regexp to filter with\n");
  auto pattern = Pattern::parse(expression);
  if (!pattern)
    return std::unexpected(
        fmt::format("% Regex compilation error: {}\n% Bad regexp '{}'\n", pattern.error(), expression));
  return Piped{line.substr(0, bar), Filter{known->kind, *std::move(pattern)}};
}

std::string filtered(const Filter& filter, std::string_view text) {
  std::string out;
  std::size_t fitting = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const bool fits = filter.pattern.matches(text.substr(0, end));
    fitting += fits;
    if (fits && filter.kind == Filter::Kind::Begin) return out.append(text);
    if (fits ? filter.kind == Filter::Kind::Include : filter.kind == Filter::Kind::Exclude)
      out.append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (filter.kind == Filter::Kind::Count)
    out = fmt::format("Number of lines which match regexp = {}\n", fitting);
  return out;
}

}  // namespace vty
