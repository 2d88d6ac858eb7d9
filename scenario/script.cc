#include "scenario/script.h"

#include <algorithm>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "scenario/names.h"

namespace scenario {

namespace {

using Words = std::span<const std::string_view>;
template <class Value>
using Read = net::Result<Value, std::string>;  // the error: a sentence without file and line

constexpr const char* kActions =
    "link, session, router, announce, withdraw, heal or expect; docs/scenarios.md lists all";

std::unexpected<std::string> wrong(std::string sentence) { return std::unexpected(std::move(sentence)); }

std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  constexpr const char* kBlank = " \t\r";
  for (std::size_t begin = line.find_first_not_of(kBlank); begin != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlank, end);
  }
  return words;
}

std::string join(Words words) { return fmt::format("{}", fmt::join(words, " ")); }

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Read<milliseconds> read_time(std::string_view word) {
  const std::size_t digits = std::min(word.find_first_not_of("0123456789."), word.size());
  const auto value = number<double>(word.substr(0, digits));
  const std::string_view unit = word.substr(digits);
  const double factor = unit == "ms" ? 1 : unit == "s" ? 1'000 : unit == "m" ? 60'000 : 0;
  if (!value || factor == 0)
    return wrong(fmt::format("\"{}\" is no time; write 100ms, 2s, 1.5s or 3m", word));
  if (*value * factor > static_cast<double>(kMaxTime.count()))
    return wrong(fmt::format("{} is more than the week that a scenario may last", word));
  return milliseconds(static_cast<std::int64_t>(*value * factor + 0.5));
}

// The statements of one line.
class Reader {
 public:
  explicit Reader(const Place& place) : place_(place) {}

  Read<Action> action(Words words) const {
    const std::string_view verb = words.front();
    if (verb == "link") return change(Thing::Link, words);
    if (verb == "session") return change(Thing::Session, words);
    if (verb == "router") return change(Thing::Router, words);
    if (verb == "announce" || verb == "withdraw") return origination(words);
    if (verb == "heal" && words.size() == 1) return Heal{};
    if (verb == "heal") return wrong("heal stands alone: everything that is down comes up");
    if (verb == "expect") return expectation(words);
    if (verb == "repeat") return wrong("repeat follows a time: at 5s repeat 10 every 100ms link random down");
    return wrong(fmt::format("I do not know \"{}\"; write {}", verb, kActions));
  }

 private:
  Read<std::uint32_t> router(std::string_view word) const {
    const auto name = read_router(word);
    if (!name || (!name->prefix.empty() && name->prefix != place_.name_prefix))
      return wrong(fmt::format("\"{}\" is no router; write 0 to {}, or {}0 to {}{}", word, place_.hops,
                               place_.name_prefix, place_.name_prefix, place_.hops));
    if (name->number > place_.hops)
      return wrong(fmt::format("there is no router {} in a chain of {} hops; write 0 to {}", name->number,
                               place_.hops, place_.hops));
    return name->number;
  }

  Read<std::uint32_t> link(std::string_view word) const {
    const auto name = read_link(word);
    if (!name) return wrong(name.error());
    if (!name->prefix.empty() && name->prefix != place_.name_prefix)
      return wrong(fmt::format("\"{}\" is no link of this chain; write {}", word, link_name(name->number)));
    if (name->number > place_.hops)
      return wrong(fmt::format("there is no link {} in a chain of {} hops; write 0-1 to {}",
                               link_name(name->number), place_.hops, link_name(place_.hops)));
    return name->number;
  }

  static Read<net::Ipv4Prefix> prefix(std::string_view word) {
    if (word == "default") return net::Ipv4Prefix();
    const auto parsed = net::parse_ip_prefix(std::string(word));
    if (!parsed || !net::is_ipv4(*parsed))
      return wrong(fmt::format("\"{}\" is no IPv4 prefix; write one like 203.0.113.0/24, or default", word));
    return std::get<net::Ipv4Prefix>(*parsed);
  }

  Read<Action> change(Thing thing, Words words) const {
    const bool is_router = thing == Thing::Router;
    if (words.size() != 3 || (words[2] != "down" && words[2] != "up"))
      return wrong(fmt::format("{} takes one of them and down or up; write {} {} down", words[0], words[0],
                               is_router ? "0" : "0-1"));
    Change change{thing, std::nullopt, words[2] == "up"};
    if (words[1] == "random") return change;
    const auto number = is_router ? router(words[1]) : link(words[1]);
    if (!number) return wrong(number.error());
    change.number = *number;
    return change;
  }

  Read<Action> origination(Words words) const {
    if (words.size() != 3)
      return wrong(
          fmt::format("{} takes a router and a prefix; write {} 0 203.0.113.0/24", words[0], words[0]));
    const auto what = prefix(words[2]);
    if (!what) return wrong(what.error());
    Origination origination{std::nullopt, *what, words[0] == "announce"};
    if (words[1] == "random") return origination;
    const auto who = router(words[1]);
    if (!who) return wrong(who.error());
    origination.router = *who;
    return origination;
  }

  Read<Action> expectation(Words words) const {
    const std::string_view what = words.size() < 2 ? "" : words[1];
    if (what == "tables" && words.size() == 2) return ExpectTables{};
    if (what == "converged") {
      if (words.size() != 4 || words[2] != "within") return wrong("write expect converged within 2s");
      const auto within = read_time(words[3]);
      if (!within) return wrong(within.error());
      return ExpectConverged{*within};
    }
    if (what == "route") {
      if (words.size() != 5 || (words[4] != "present" && words[4] != "absent"))
        return wrong("write expect route ROUTER PREFIX present, or absent");
      const auto who = router(words[2]);
      if (!who) return wrong(who.error());
      const auto route = prefix(words[3]);
      if (!route) return wrong(route.error());
      return ExpectRoute{*who, *route, words[4] == "present"};
    }
    return wrong("expect takes converged within TIME, route ROUTER PREFIX present|absent, or tables");
  }

  const Place& place_;
};

struct Repetition {
  std::uint64_t times = 1;
  milliseconds every{0};
};

// Takes "repeat N every TIME" off the front of the words.
Read<Repetition> take_repetition(Words& words) {
  if (words.empty() || words[0] != "repeat") return Repetition{};
  const auto times = words.size() < 5 ? std::nullopt : number<std::uint64_t>(words[1]);
  if (!times || *times == 0 || words[2] != "every")
    return wrong("write repeat 10 every 100ms, and then what is to be repeated");
  if (*times > kMaxStatements)
    return wrong(fmt::format("{} repetitions are too many; write at most {}", *times, kMaxStatements));
  const auto every = read_time(words[3]);
  if (!every) return wrong(every.error());
  words = words.subspan(4);
  return Repetition{*times, *every};
}

// Takes a line into the script; `clock` is when the line before it happened.
Read<void> take_line(Words words, std::size_t line, const Place& place, milliseconds& clock, Script& script) {
  if (words[0] == "seed") {
    const auto seed = words.size() == 2 ? number<std::uint64_t>(words[1]) : std::nullopt;
    if (!seed) return wrong("seed takes a whole number; write seed 7");
    if (script.seed) return wrong("there is a seed already; leave one of the two out");
    script.seed = *seed;
    return {};
  }
  if (words[0] == "at") {
    const auto at = words.size() < 3 ? wrong("at takes a time and what happens then; write at 5s heal")
                                     : read_time(words[1]);
    if (!at) return wrong(at.error());
    clock = *at;
    words = words.subspan(2);
  }
  const auto repetition = take_repetition(words);
  if (!repetition) return wrong(repetition.error());
  auto action = Reader(place).action(words);
  if (!action) return wrong(action.error());
  if (script.statements.size() + repetition->times > kMaxStatements)
    return wrong(fmt::format("that makes more than {} statements; repeat less often", kMaxStatements));
  const auto duration = repetition->every * static_cast<std::int64_t>(repetition->times - 1);
  if (duration > kMaxTime || clock + duration > kMaxTime)
    return wrong("that lasts longer than the week that a scenario may last");
  for (std::uint64_t i = 0; i < repetition->times; ++i)
    script.statements.push_back(
        {line, clock + repetition->every * static_cast<std::int64_t>(i), *action, join(words)});
  clock += duration;
  return {};
}

}  // namespace

net::Result<Script, std::string> read_script(std::string_view text, const std::string& file,
                                             const Place& place) {
  Script script;
  milliseconds clock{0};
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) continue;
    if (auto taken = take_line(words, line, place, clock, script); !taken)
      return std::unexpected(fmt::format("{}:{}: {}", file, line, taken.error()));
  }
  std::ranges::stable_sort(script.statements, {}, &Statement::at);
  return script;
}

}  // namespace scenario
