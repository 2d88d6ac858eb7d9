#include "scenario/names.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace scenario {

std::optional<Name> read_router(std::string_view word) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t digits = 0;
  while (digits < word.size() && digit(word[word.size() - 1 - digits])) ++digits;
  const std::string_view number = word.substr(word.size() - digits);
  if (number.empty() || (number.size() > 1 && number.front() == '0')) return std::nullopt;
  Name name;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), name.number);
  if (error != std::errc{}) return std::nullopt;
  name.prefix = word.substr(0, word.size() - digits);
  return name;
}

net::Result<Name, std::string> read_link(std::string_view word) {
  // A prefix may have dashes of its own, so each one is tried.
  for (std::size_t dash = word.find('-'); dash != std::string_view::npos; dash = word.find('-', dash + 1)) {
    const auto left = read_router(word.substr(0, dash)), right = read_router(word.substr(dash + 1));
    if (!left || !right || left->prefix != right->prefix) continue;
    const auto [first, second] = std::minmax(left->number, right->number);
    if (second - first == 1) return Name{left->prefix, second};
    return std::unexpected(fmt::format(
        "\"{}\" are not neighbors: a link joins a router and the next one, such as {}", word,
        left->prefix.empty()
            ? link_name(first + 1)
            : fmt::format("{}{}-{}{}", left->prefix, first, left->prefix, std::uint64_t{first} + 1)));
  }
  return std::unexpected(fmt::format("\"{}\" is not a link like 50-51", word));
}

std::string link_name(std::uint32_t link) { return fmt::format("{}-{}", link - 1, link); }

}  // namespace scenario
