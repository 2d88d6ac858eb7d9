#include "vty/command.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "vty/filter.h"
#include "vty/grammar.h"
#include "vty/nearest_word.h"

namespace vty {

namespace {

constexpr std::string_view kBlanks = " \t";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto from = line.find_first_not_of(kBlanks);
    if (from == std::string_view::npos) return words;
    line.remove_prefix(from);
    const auto to = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, to));
    line.remove_prefix(to);
  }
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Host bits are dropped, as FRR does: `show ip bgp 192.0.2.1/24` looks for 192.0.2.0/24.
template <class Prefix>
std::optional<net::IpPrefix> prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Prefix::Address::parse(text.substr(0, slash));
  const auto length = number(text.substr(slash + 1));
  if (!address || !length || *length > Prefix::Address::kBits) return std::nullopt;
  return Prefix(*address, *length);
}

// Does `word` stand for `node`? A parameter's value is put into `arguments`.
bool take(const Node& node, std::string_view word, Arguments& arguments) {
  switch (node.kind) {
    case WordKind::Keyword:
      if (!node.word.starts_with(word)) return false;
      if (node.word == "json") arguments.json = true;
      return true;
    case WordKind::Ipv4Address: return (arguments.address = net::Ipv4Address::parse(word)).has_value();
    case WordKind::Ipv6Address: return (arguments.address = net::Ipv6Address::parse(word)).has_value();
    case WordKind::Ipv4Prefix: return (arguments.prefix = prefix<net::Ipv4Prefix>(word)).has_value();
    case WordKind::Ipv6Prefix: return (arguments.prefix = prefix<net::Ipv6Prefix>(word)).has_value();
    case WordKind::Number:
      arguments.number = number(word);
      return arguments.number && *arguments.number >= node.least && *arguments.number <= node.most;
    case WordKind::Text: arguments.text.append(arguments.text.empty() ? "" : " ").append(word); return true;
  }
  return false;
}

// Might `word` become what `node` wants when it is typed on?
bool begins(const Node& node, std::string_view word) {
  const auto only = [&](std::string_view set) {
    return word.find_first_not_of(set) == std::string_view::npos;
  };
  switch (node.kind) {
    case WordKind::Keyword: return node.word.starts_with(word);
    case WordKind::Ipv4Address: return only("0123456789.");
    case WordKind::Ipv4Prefix: return only("0123456789./");
    case WordKind::Ipv6Address: return only("0123456789abcdefABCDEF:.");
    case WordKind::Ipv6Prefix: return only("0123456789abcdefABCDEF:./");
    case WordKind::Number: {
      const auto value = number(word);
      return word.empty() || (value && *value <= node.most);
    }
    case WordKind::Text: return true;
  }
  return false;
}

// A place in the tree that the words so far lead to.
struct Place {
  const Node* node;
  Arguments arguments;
};

// All places that `words` may mean; none: nothing begins like that. A word in full hides what it begins.
std::vector<Place> follow(const std::vector<std::string_view>& words, Mode mode) {
  std::vector<Place> places{{&grammar(mode), {}}};
  for (const std::string_view word : words) {
    std::vector<Place> further, exact;
    for (const Place& place : places) {
      if (place.node->kind == WordKind::Text) {  // goes on to the end of the line
        further.push_back(place);
        take(*place.node, word, further.back().arguments);
      }
      for (const Node& next : place.node->next) {
        Arguments arguments = place.arguments;
        if (!take(next, word, arguments)) continue;
        const bool whole = next.kind == WordKind::Keyword && next.word == word;
        (whole ? exact : further).push_back({&next, std::move(arguments)});
      }
    }
    places = exact.empty() ? std::move(further) : std::move(exact);
  }
  return places;
}

void collect(const Node& node, const std::string& before, std::vector<std::string>& out) {
  for (const Node& next : node.next) {
    // `json` is an option of the command before it, not a command.
    if (next.word == "json" && node.make != nullptr) continue;
    const std::string line =
        before.empty() ? std::string(next.word) : fmt::format("{} {}", before, next.word);
    if (next.word == kDo) {  // all of another mode
      out.push_back(line + " COMMAND");
      continue;
    }
    if (next.make != nullptr) {
      const bool json = std::ranges::any_of(next.next, [](const Node& n) { return n.word == "json"; });
      out.push_back(line + (json ? " [json]" : ""));
    }
    collect(next, line, out);
  }
}

// What may stand after the bar.
std::vector<Candidate> filter_candidates(std::string_view typed) {
  typed.remove_prefix(std::min(typed.find_first_not_of(kBlanks), typed.size()));
  if (typed.find_first_of(kBlanks) != std::string_view::npos)
    return {{"REGEX", "A regular expression", false}};
  std::vector<Candidate> out;
  for (const FilterWord& one : kFilterWords)
    if (one.word.starts_with(typed)) out.push_back({std::string(one.word), one.help});
  return out;
}

}  // namespace

std::optional<Mode> mode_above(Mode mode) {
  switch (mode) {
    case Mode::View:
    case Mode::Enable: return std::nullopt;
    case Mode::Config: return Mode::Enable;
    case Mode::Router: return Mode::Config;
    case Mode::Ipv4Family:
    case Mode::Ipv6Family: return Mode::Router;
  }
  return std::nullopt;
}

net::Result<Command, std::string> parse(std::string_view line, Mode mode) {
  const auto words = words_of(line);
  if (words.empty() || words.front().starts_with('!') || words.front().starts_with('#'))
    return command::Nothing{};
  const auto places = follow(words, mode);
  const Place* found = nullptr;
  for (const Place& place : places) {
    if (place.node->make == nullptr) continue;
    if (found != nullptr) return std::unexpected("% Ambiguous command.\n");
    found = &place;
  }
  if (found != nullptr) return found->node->make(found->arguments);
  if (!places.empty()) return std::unexpected("% Command incomplete.\n");
  return std::unexpected(fmt::format("% [BGP] Unknown command: {}\n", line));
}

std::vector<Candidate> candidates(std::string_view line, Mode mode) {
  if (const auto bar = line.find('|'); bar != std::string_view::npos)
    return filter_candidates(line.substr(bar + 1));
  auto words = words_of(line);
  std::string_view last;
  const bool typing = !words.empty() && kBlanks.find(line.back()) == std::string_view::npos;
  if (typing) {
    last = words.back();
    words.pop_back();
  }
  std::vector<Candidate> out;
  bool end = false, shows = false;
  for (const Place& place : follow(words, mode)) {
    if (!typing && place.node->make != nullptr) {
      end = true;
      shows |= std::holds_alternative<ShowCommand>(place.node->make(place.arguments));
    }
    if (place.node->kind == WordKind::Text)
      out.push_back({std::string(place.node->word), place.node->help, false});
    for (const Node& next : place.node->next)
      if (begins(next, last))
        out.push_back({std::string(next.word), next.help, next.kind == WordKind::Keyword});
  }
  std::ranges::sort(out, {}, &Candidate::word);
  const auto same = std::ranges::unique(out, {}, &Candidate::word);
  out.erase(same.begin(), same.end());
  if (shows) out.push_back({"|", "Choose lines of what is printed", false});
  if (end) out.push_back({"<cr>", "", false});
  return out;
}

std::string nearest_command(std::string_view line, Mode mode) {
  constexpr std::size_t kLongestWord = 32;  // no keyword comes near; whoever sends more does not want help
  std::string meant;
  for (const std::string_view word : words_of(line)) {
    const std::string before = meant.empty() ? "" : meant + ' ';
    meant = before + std::string(word);
    if (!follow(words_of(meant), mode).empty()) continue;
    std::vector<std::string> keywords;
    for (const Candidate& candidate : candidates(before, mode))
      if (candidate.keyword) keywords.push_back(candidate.word);
    const auto nearest = word.size() > kLongestWord ? std::string() : nearest_word(word, keywords);
    if (nearest.empty()) return {};
    meant = before + nearest;
  }
  return parse(meant, mode) ? meant : std::string();
}

std::vector<std::string> commands(Mode mode) {
  std::vector<std::string> out;
  collect(grammar(mode), "", out);
  return out;
}

}  // namespace vty
