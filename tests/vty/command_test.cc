#include "vty/command.h"

#include <algorithm>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/show/views.h"

using namespace vty;

namespace {

// A command back as text, so that two of them can be compared and read.
std::string spell(const ShowCommand& show) {
  const auto json = [](bool wanted) { return wanted ? " json" : ""; };
  return std::visit(net::overloaded{
                        [&](const command::ShowSummary& c) { return fmt::format("summary{}", json(c.json)); },
                        [&](const command::ShowRoutes& c) { return fmt::format("routes{}", json(c.json)); },
                        [&](const command::ShowRoute& c) {
                          return fmt::format("route {}{}", c.prefix.to_string(), json(c.json));
                        },
                        [&](const command::ShowLongestMatch& c) {
                          return fmt::format("match {}{}", c.address.to_string(), json(c.json));
                        },
                        [&](const command::ShowNeighbors& c) {
                          return fmt::format("neighbors{}{}", c.address ? ' ' + c.address->to_string() : "",
                                             json(c.json));
                        },
                        [&](const command::ShowVersion& c) { return fmt::format("version{}", json(c.json)); },
                    },
                    show);
}

std::string spell(std::string_view line, Mode mode = Mode::View) {
  const auto parsed = parse(line, mode);
  if (!parsed) return parsed.error();
  return std::visit(net::overloaded{
                        [](const command::Nothing&) -> std::string { return "nothing"; },
                        [](const ShowCommand& c) -> std::string { return spell(c); },
                        [](const command::Help&) -> std::string { return "help"; },
                        [](const command::List&) -> std::string { return "list"; },
                        [](const command::Exit&) -> std::string { return "exit"; },
                        [](const command::TerminalLength& c) -> std::string {
                          return c.lines ? fmt::format("length {}", *c.lines) : "no length";
                        },
                        [](const command::Enable&) -> std::string { return "enable"; },
                        [](const command::Disable&) -> std::string { return "disable"; },
                        [](const command::End&) -> std::string { return "end"; },
                    },
                    *parsed);
}

std::vector<std::string> words(std::string_view line, Mode mode = Mode::View) {
  std::vector<std::string> out;
  for (const auto& candidate : candidates(line, mode)) out.push_back(candidate.word);
  return out;
}

using Words = std::vector<std::string>;

struct Row {
  std::string line, meaning;
};

const std::vector<Row> kCommands{
    {"show ip bgp", "routes"},
    {"show ip bgp json", "routes json"},
    {"show ip bgp summary", "summary"},
    {"show ip bgp summary json", "summary json"},
    {"show ip bgp 10.0.0.0/8", "route 10.0.0.0/8"},
    {"show ip bgp 0.0.0.0/0 json", "route 0.0.0.0/0 json"},
    {"show ip bgp 10.1.2.3", "match 10.1.2.3"},
    {"show ip bgp 10.1.2.3 json", "match 10.1.2.3 json"},
    {"show ip bgp neighbors", "neighbors"},
    {"show ip bgp neighbors json", "neighbors json"},
    {"show ip bgp neighbors 10.0.0.1", "neighbors 10.0.0.1"},
    {"show ip bgp neighbors 10.0.0.1 json", "neighbors 10.0.0.1 json"},
    {"show bgp summary", "summary"},
    {"show bgp summary json", "summary json"},
    {"show version", "version"},
    {"show version json", "version json"},
    {"help", "help"},
    {"list", "list"},
    {"exit", "exit"},
    {"quit", "exit"},
    {"terminal length 0", "length 0"},
    {"terminal length 512", "length 512"},
    {"terminal no length", "no length"},
    {"enable", "enable"},
};

// Every way to shorten each word of `line` to at least one letter.
std::vector<std::string> abbreviations(const std::string& line) {
  std::vector<std::string> out{""};
  for (std::size_t at = 0; at < line.size();) {
    const auto end = std::min(line.find(' ', at), line.size());
    const std::string word = line.substr(at, end - at);
    const bool keyword = word.find_first_of("0123456789") == std::string::npos;
    std::vector<std::string> longer;
    for (const auto& before : out)
      for (std::size_t length = keyword ? 1 : word.size(); length <= word.size(); ++length)
        longer.push_back(before + (before.empty() ? "" : " ") + word.substr(0, length));
    out = std::move(longer);
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("every command in full, with any blanks") {
  for (const auto& [line, meaning] : kCommands) {
    INFO(line);
    CHECK(spell(line) == meaning);
    CHECK(spell(line, Mode::Enable) == meaning);
    CHECK(spell("  \t" + line + " \t ") == meaning);
  }
  CHECK(spell("disable", Mode::Enable) == "disable");
  CHECK(spell("end", Mode::Enable) == "end");
}

TEST_CASE("every abbreviation of every command means it, unless it begins two commands") {
  std::size_t ambiguous = 0, tried = 0;
  for (const auto& [line, meaning] : kCommands)
    for (const auto& shortened : abbreviations(line)) {
      INFO(shortened);
      // The only letter that two words of the view mode begin with is the e of enable and exit.
      const bool two = shortened == "e";
      CHECK(spell(shortened) == (two ? "% Ambiguous command.\n" : meaning));
      ambiguous += two;
      ++tried;
    }
  CHECK(ambiguous == 2);
  CHECK(tried > 1000);
  CHECK(spell("sh ip bgp sum") == "summary");
  CHECK(spell("sh ip bgp nei") == "neighbors");
  CHECK(spell("en", Mode::Enable) == "% Ambiguous command.\n");
  CHECK(spell("d", Mode::Enable) == "disable");
  CHECK(spell("end", Mode::Enable) == "end");
}

TEST_CASE("messages are FRR's") {
  CHECK(spell("show ip bgp nonsense") == views::frr("ROUTER_50.show-ip-bgp-nonsense.txt"));
  CHECK(spell("sh") == views::frr("ROUTER_50.sh.txt"));
  for (const char* line : {"s", "show", "show ip", "terminal", "terminal length", "terminal no"})
    CHECK(spell(line) == "% Command incomplete.\n");
  for (const char* line : {"x",
                           "show x",
                           "showw",
                           "SHOW version",
                           "show ip bgp summary x",
                           "show ip bgp 1.2.3",
                           "show ip bgp 1.2.3.0/33",
                           "show ip bgp 1.2.3.0/",
                           "show ip bgp 1.2.3.0/-1",
                           "show ip bgp 1.2.3.256",
                           "show ip bgp /8",
                           "show ip bgp nei 1.2.3.4.5",
                           "show ip bgp nei 10.0.0.0/8",
                           "terminal length 513",
                           "terminal length -1",
                           "terminal length x",
                           "terminal length 99999999999",
                           "exit now",
                           "disable",
                           "end",
                           "json"})
    CHECK(spell(line) == fmt::format("% [BGP] Unknown command: {}\n", line));
}

TEST_CASE("a wrong word gets the nearest right one that may stand there") {
  const std::pair<const char*, const char*> rows[] = {
      {"shwo ip bgp sumary", "show ip bgp summary"},
      {"show ip bgp summayr", "show ip bgp summary"},
      {"sh ip bgp neighbours 10.0.0.1 jsno", "sh ip bgp neighbors 10.0.0.1 json"},
      {"show ip gbp", "show ip bgp"},
      {"show verison", "show version"},
      {"hepl", "help"},
      // Nothing near, nothing missing but the rest, nothing that a word would mend.
      {"nonsense", ""},
      {"show ip bgp nonsense", ""},
      {"show x", ""},
      {"sohw", ""},
      {"show ip bgp 1.2.3", ""},
      {"exit now", ""},
      {"disable", ""},
  };
  for (const auto& [line, meant] : rows) {
    INFO(line);
    CHECK(nearest_command(line, Mode::View) == meant);
  }
  CHECK(nearest_command("disabel", Mode::Enable) == "disable");
  CHECK(nearest_command("show ip bgp " + std::string(100'000, 's'), Mode::View).empty());
}

TEST_CASE("host bits of a prefix are dropped, comments and empty lines are nothing") {
  CHECK(spell("show ip bgp 192.0.2.1/24") == "route 192.0.2.0/24");
  for (const char* line : {"", "   ", "! show version", "#x", " !"}) CHECK(spell(line) == "nothing");
}

TEST_CASE("what may stand next") {
  CHECK(words("") == Words{"enable", "exit", "help", "list", "quit", "show", "terminal"});
  CHECK(words("", Mode::Enable) ==
        Words{"disable", "enable", "end", "exit", "help", "list", "quit", "show", "terminal"});
  CHECK(words("e") == Words{"enable", "exit"});
  CHECK(words("show ") == Words{"bgp", "ip", "version"});
  CHECK(words("sh i b ") == Words{"A.B.C.D", "A.B.C.D/M", "json", "neighbors", "summary", "<cr>"});
  CHECK(words("show ip bgp sum") == Words{"summary"});
  CHECK(words("show ip bgp 10.") == Words{"A.B.C.D", "A.B.C.D/M"});
  CHECK(words("show ip bgp 10.0.0.0/") == Words{"A.B.C.D/M"});
  CHECK(words("show ip bgp neighbors ") == Words{"A.B.C.D", "json", "<cr>"});
  CHECK(words("show ip bgp summary json ") == Words{"<cr>"});
  CHECK(words("terminal length ") == Words{"(0-512)"});
  CHECK(words("terminal length 51") == Words{"(0-512)"});
  CHECK(words("terminal length 513").empty());
  CHECK(words("show ip bgp nonsense ").empty());
  CHECK(words("nonsense").empty());
  for (const auto& candidate : candidates("show ip bgp ", Mode::View)) {
    CHECK((candidate.word == "<cr>" || !candidate.help.empty()));
    CHECK(candidate.keyword == (candidate.word[0] >= 'a' && candidate.word[0] <= 'z'));
  }
}

TEST_CASE("list names every command once, and each can be typed") {
  auto lines = commands(Mode::View);
  CHECK(std::ranges::count(lines, "show ip bgp summary [json]") == 1);
  CHECK(std::ranges::count(lines, "disable") == 0);
  CHECK(commands(Mode::Enable).size() == lines.size() + 2);
  for (auto line : lines) {
    if (const auto at = line.find(" [json]"); at != std::string::npos) line.erase(at);
    if (const auto at = line.find("A.B.C.D/M"); at != std::string::npos) line.replace(at, 9, "10.0.0.0/8");
    if (const auto at = line.find("A.B.C.D"); at != std::string::npos) line.replace(at, 7, "10.0.0.1");
    if (const auto at = line.find("(0-512)"); at != std::string::npos) line.replace(at, 7, "24");
    INFO(line);
    CHECK(spell(line)[0] != '%');
  }
  std::ranges::sort(lines);
  CHECK(std::ranges::adjacent_find(lines) == lines.end());
}

TEST_CASE("any words at all get a command or a message") {
  std::mt19937 random(1);
  const std::vector<std::string> vocabulary{"show",
                                            "s",
                                            "ip",
                                            "bgp",
                                            "neighbors",
                                            "json",
                                            "1.2.3.4",
                                            "1.2.3.4/5",
                                            "e",
                                            "",
                                            "\xff",
                                            "/",
                                            "terminal",
                                            "length",
                                            "no",
                                            "512",
                                            "!",
                                            "\t",
                                            "?",
                                            "sum",
                                            "version",
                                            "1.2.3.4/",
                                            std::string(2000, '9')};
  for (int i = 0; i < 20000; ++i) {
    std::string line;
    for (auto count = random() % 6; count > 0; --count)
      line += vocabulary[random() % vocabulary.size()] + ' ';
    const auto parsed = parse(line, random() % 2 != 0 ? Mode::View : Mode::Enable);
    if (!parsed) REQUIRE((parsed.error().starts_with("% ") && parsed.error().ends_with('\n')));
    for (const auto& candidate : candidates(line, Mode::Enable)) REQUIRE_FALSE(candidate.word.empty());
  }
}
