#include "app/selection.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "vty/nearest_word.h"

namespace app {

namespace {

// The place of one router among the names, by any of the ways to call it.
class Names {
 public:
  Names(std::string_view prefix, std::span<const std::string> names) : prefix_(prefix), names_(names) {
    for (std::size_t i = 0; i < names.size(); ++i) places_.emplace(names[i], i);
  }

  std::optional<std::size_t> find(std::string_view word) const {
    if (const auto found = places_.find(std::string(word)); found != places_.end()) return found->second;
    if (word.starts_with('r') || word.starts_with('R')) word.remove_prefix(1);
    if (word.empty() || !std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; }))
      return std::nullopt;
    const auto found = places_.find(std::string(prefix_).append(word));
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

  // A prefix may have dashes of its own, so each one is tried.
  std::optional<std::pair<std::size_t, std::size_t>> find_range(std::string_view word) const {
    for (std::size_t dash = word.find('-'); dash != std::string_view::npos; dash = word.find('-', dash + 1)) {
      const auto first = find(word.substr(0, dash)), last = find(word.substr(dash + 1));
      if (first && last) return std::minmax(*first, *last);
    }
    return std::nullopt;
  }

  std::string complaint(std::string_view word) const {
    const std::vector<std::string> known(names_.begin(), names_.end());
    const auto meant = vty::nearest_word(word, known);
    if (!meant.empty()) return fmt::format("there is no router {}; did you mean {}?", word, meant);
    if (names_.size() < 2) return fmt::format("there is no router {}", word);
    return fmt::format("there is no router {}; they are {} to {}", word, names_.front(), names_.back());
  }

 private:
  std::string_view prefix_;
  std::span<const std::string> names_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

net::Result<Selection, std::string> select_routers(std::string_view words, std::string_view prefix,
                                                   std::span<const std::string> names) {
  const Names known(prefix, names);
  if (const auto one = known.find(words)) return Selection{{names[*one]}, false};
  Selection selection{{}, true};
  std::unordered_set<std::size_t> taken;
  const auto take = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i)
      if (taken.insert(i).second) selection.routers.push_back(names[i]);
  };
  while (true) {
    const std::string_view word = words.substr(0, words.find(','));
    if (word.empty())
      return std::unexpected("name routers like ROUTER_50, 10-20 or all, separated by commas");
    if (word == "all") {
      if (!names.empty()) take(0, names.size() - 1);
    } else if (const auto one = known.find(word)) {
      take(*one, *one);
    } else if (const auto range = known.find_range(word)) {
      take(range->first, range->second);
    } else {
      return std::unexpected(known.complaint(word));
    }
    if (word.size() == words.size()) return selection;
    words.remove_prefix(word.size() + 1);
  }
}

}  // namespace app
