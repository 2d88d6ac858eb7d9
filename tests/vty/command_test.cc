#include "vty/command.h"

#include <algorithm>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/show/views.h"
#include "tests/vty/spell.h"

using namespace vty;

namespace {

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
    {"show ip bgp neighbors 10.0.0.1 advertised-routes", "advertised 10.0.0.1"},
    {"show ip bgp neighbors 10.0.0.1 advertised-routes json", "advertised 10.0.0.1 json"},
    {"show ip bgp neighbors 10.0.0.1 received-routes", "received 10.0.0.1"},
    {"show ip bgp neighbors 10.0.0.1 routes", "accepted 10.0.0.1"},
    {"show ip route", "ip routes"},
    {"show ip route json", "ip routes json"},
    {"show ip route bgp", "ip routes bgp"},
    {"show ip route connected", "ip routes connected"},
    {"show ip route kernel json", "ip routes kernel json"},
    {"show ip route 10.0.0.1", "ip route 10.0.0.1"},
    {"show ip route 10.0.0.0/8 json", "ip route 10.0.0.0/8 json"},
    {"show ipv6 route", "ipv6 routes"},
    {"show ipv6 route kernel json", "ipv6 routes kernel json"},
    {"show ipv6 route 2001:db8::1", "ip route 2001:db8::1"},
    {"show ipv6 route 2001:db8::/32 json", "ip route 2001:db8::/32 json"},
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

struct ModeRow {
  Mode mode;
  std::string line, meaning;
};

const std::vector<ModeRow> kModeCommands{
    {Mode::Enable, "disable", "disable"},
    {Mode::Enable, "end", "end"},
    {Mode::Enable, "configure terminal", "configure"},
    {Mode::Enable, "conf t", "configure"},
    {Mode::Enable, "show running-config", "configuration"},
    {Mode::Enable, "sh run", "configuration"},
    {Mode::Enable, "write terminal", "configuration"},
    {Mode::Enable, "wr t", "configuration"},
    {Mode::Enable, "clear ip bgp *", "clear all hard"},
    {Mode::Enable, "clear bgp * soft", "clear all soft"},
    {Mode::Enable, "clear ip bgp 10.0.0.1", "clear 10.0.0.1 hard"},
    {Mode::Enable, "clear ip bgp 10.0.0.1 soft in", "clear 10.0.0.1 soft in"},
    {Mode::Enable, "clear ip bgp 10.0.0.1 soft out", "clear 10.0.0.1 soft out"},
    {Mode::Enable, "clear bgp 2001:db8::1 soft", "clear 2001:db8::1 soft"},
    {Mode::Enable, "show bgp neighbors 2001:db8::1", "neighbors 2001:db8::1"},
    {Mode::Config, "router bgp", "router 0"},
    {Mode::Config, "router bgp 1050", "router 1050"},
    {Mode::Config, "router bgp 4294967295", "router 4294967295"},
    {Mode::Config, "do show ip bgp summary", "summary"},
    {Mode::Config, "do sh run", "configuration"},
    {Mode::Config, "do clear ip bgp *", "clear all hard"},
    {Mode::Config, "end", "end"},
    {Mode::Router, "network 10.0.0.0/8", "announce 10.0.0.0/8"},
    {Mode::Router, "network 10.1.2.3/8", "announce 10.0.0.0/8"},
    {Mode::Router, "no network 10.0.0.0/8", "withdraw 10.0.0.0/8"},
    {Mode::Router, "neighbor 10.0.0.1 shutdown", "down 10.0.0.1 <>"},
    {Mode::Router, "neighbor 10.0.0.1 shut message good  bye", "down 10.0.0.1 <good bye>"},
    {Mode::Router, "neighbor 10.0.0.1 shutdown message a|b", "down 10.0.0.1 <a|b>"},
    {Mode::Router, "no neighbor 10.0.0.1 shutdown", "up 10.0.0.1 <>"},
    {Mode::Router, "no neighbor 10.0.0.1 shutdown message x", "up 10.0.0.1 <>"},
    {Mode::Router, "no neighbor 2001:db8::1 shutdown", "up 2001:db8::1 <>"},
    {Mode::Router, "address-family ipv4 unicast", "family ipv4"},
    {Mode::Router, "address-family ipv6", "family ipv6"},
    {Mode::Ipv4Family, "network 10.0.0.0/8", "announce 10.0.0.0/8"},
    {Mode::Ipv4Family, "exit-address-family", "exit family"},
    {Mode::Ipv4Family, "exit", "exit"},
    {Mode::Ipv6Family, "network 2001:db8::/32", "announce 2001:db8::/32"},
    {Mode::Ipv6Family, "no network 2001:db8::1/32", "withdraw 2001:db8::/32"},
    // Not here, or not at all.
    {Mode::View, "show running-config", "% [BGP] Unknown command: show running-config\n"},
    {Mode::View, "configure terminal", "% [BGP] Unknown command: configure terminal\n"},
    {Mode::View, "clear ip bgp *", "% [BGP] Unknown command: clear ip bgp *\n"},
    {Mode::Enable, "clear ip bgp 1.2.3", "% [BGP] Unknown command: clear ip bgp 1.2.3\n"},
    {Mode::Enable, "clear ip bgp", "% Command incomplete.\n"},
    {Mode::Config, "show version", "% [BGP] Unknown command: show version\n"},
    {Mode::Config, "router bgp 0", "% [BGP] Unknown command: router bgp 0\n"},
    {Mode::Config, "router bgp 4294967296", "% [BGP] Unknown command: router bgp 4294967296\n"},
    {Mode::Config, "do", "% Command incomplete.\n"},
    {Mode::Config, "do do show version", "% [BGP] Unknown command: do do show version\n"},
    {Mode::Router, "n", "% Command incomplete.\n"},
    {Mode::Router, "network 2001:db8::/32", "% [BGP] Unknown command: network 2001:db8::/32\n"},
    {Mode::Router, "neighbor 10.0.0.1 shutdown message", "% Command incomplete.\n"},
    {Mode::Ipv6Family, "network 10.0.0.0/8", "% [BGP] Unknown command: network 10.0.0.0/8\n"},
};

constexpr Mode kModes[] = {Mode::View,   Mode::Enable,     Mode::Config,
                           Mode::Router, Mode::Ipv4Family, Mode::Ipv6Family};

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
  for (const auto& [mode, line, meaning] : kModeCommands) {
    INFO(line);
    CHECK(spell(line, mode) == meaning);
  }
}

TEST_CASE("exit leads one mode up, and out of the first two") {
  CHECK_FALSE(mode_above(Mode::View));
  CHECK_FALSE(mode_above(Mode::Enable));
  CHECK(mode_above(Mode::Config) == Mode::Enable);
  CHECK(mode_above(Mode::Router) == Mode::Config);
  CHECK(mode_above(Mode::Ipv4Family) == Mode::Router);
  CHECK(mode_above(Mode::Ipv6Family) == Mode::Router);
}

TEST_CASE("every abbreviation of every command means it, unless it begins two commands") {
  std::size_t ambiguous = 0, tried = 0;
  for (const auto& [line, meaning] : kCommands)
    for (const auto& shortened : abbreviations(line)) {
      INFO(shortened);
      // A word that is whole is meant, whatever else begins with it.
      if (line.starts_with("show ipv6") && shortened.find(" ip ") != std::string::npos) {
        CHECK(spell(shortened) != meaning);
        continue;
      }
      // What two words begin with: the e of enable and exit, the r of received-routes and routes, the i of ip
      // and ipv6, which both have routes.
      const bool routes = meaning.starts_with("received") || meaning.starts_with("accepted");
      const bool families = meaning.starts_with("ip routes") || meaning.starts_with("ipv6 routes");
      const bool two = shortened == "e" || (routes && shortened.ends_with(" r")) ||
                       (families && shortened.find(" i ") != std::string::npos);
      CHECK(spell(shortened) == (two ? "% Ambiguous command.\n" : meaning));
      ambiguous += two;
      ++tried;
    }
  CHECK(ambiguous > 2);
  CHECK(tried > 10'000);
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
  CHECK(words("", Mode::Enable) == Words{"clear", "configure", "disable", "enable", "end", "exit", "help",
                                         "list", "quit", "show", "terminal", "write"});
  CHECK(words("", Mode::Config) == Words{"do", "end", "exit", "help", "list", "quit", "router"});
  CHECK(words("", Mode::Router) ==
        Words{"address-family", "do", "end", "exit", "help", "list", "neighbor", "network", "no", "quit"});
  CHECK(words("do cl", Mode::Router) == Words{"clear"});
  CHECK(words("clear ip bgp ", Mode::Enable) == Words{"*", "A.B.C.D", "X:X::X:X"});
  CHECK(words("neighbor 10.0.0.1 shutdown message a ", Mode::Router) == Words{"MSG...", "<cr>"});
  CHECK(words("show version | ") == Words{"begin", "count", "exclude", "include"});
  CHECK(words("show version |e") == Words{"exclude"});
  CHECK(words("show version | inc x") == Words{"REGEX"});
  CHECK(words("e") == Words{"enable", "exit"});
  CHECK(words("show ") == Words{"bgp", "ip", "ipv6", "version"});
  CHECK(words("sh i b ") == Words{"A.B.C.D", "A.B.C.D/M", "json", "neighbors", "summary", "|", "<cr>"});
  CHECK(words("show ip bgp sum") == Words{"summary"});
  CHECK(words("show ip bgp 10.") == Words{"A.B.C.D", "A.B.C.D/M"});
  CHECK(words("show ip bgp 10.0.0.0/") == Words{"A.B.C.D/M"});
  CHECK(words("show ip bgp neighbors ") == Words{"A.B.C.D", "X:X::X:X", "json", "|", "<cr>"});
  CHECK(words("show ip bgp summary json ") == Words{"|", "<cr>"});
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
  CHECK(std::ranges::count(commands(Mode::View), "show ip bgp summary [json]") == 1);
  CHECK(std::ranges::count(commands(Mode::View), "disable") == 0);
  CHECK(std::ranges::count(commands(Mode::Config), "do COMMAND") == 1);
  const std::pair<std::string, std::string> values[] = {{" [json]", ""},
                                                        {"A.B.C.D/M", "10.0.0.0/8"},
                                                        {"A.B.C.D", "10.0.0.1"},
                                                        {"(0-512)", "24"},
                                                        {"(1-4294967295)", "1"},
                                                        {"X:X::X:X/M", "2001:db8::/32"},
                                                        {"X:X::X:X", "2001:db8::1"},
                                                        {"COMMAND", "show version"}};
  for (const Mode mode : kModes) {
    auto lines = commands(mode);
    for (auto line : lines) {
      for (const auto& [parameter, value] : values)
        if (const auto at = line.find(parameter); at != std::string::npos)
          line.replace(at, parameter.size(), value);
      INFO(line);
      CHECK(spell(line, mode)[0] != '%');
    }
    std::ranges::sort(lines);
    CHECK(std::ranges::adjacent_find(lines) == lines.end());
  }
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
                                            "do",
                                            "|",
                                            "include",
                                            "neighbor",
                                            "shutdown",
                                            "message",
                                            "2001:db8::/32",
                                            "no",
                                            "network",
                                            std::string(2000, '9')};
  for (int i = 0; i < 20000; ++i) {
    std::string line;
    for (auto count = random() % 6; count > 0; --count)
      line += vocabulary[random() % vocabulary.size()] + ' ';
    const Mode mode = kModes[random() % std::size(kModes)];
    const auto parsed = parse(line, mode);
    if (!parsed) REQUIRE((parsed.error().starts_with("% ") && parsed.error().ends_with('\n')));
    for (const auto& candidate : candidates(line, mode)) REQUIRE_FALSE(candidate.word.empty());
  }
}
