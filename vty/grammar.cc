#include "vty/grammar.h"

namespace vty {

namespace {

constexpr std::string_view kJson = "JavaScript Object Notation";

// A word after which a command may end, with or without `json`.
Node shown(WordKind kind, std::string_view word, std::string_view help, Command (*make)(const Arguments&),
           std::vector<Node> more = {}) {
  more.push_back({.word = "json", .help = kJson, .next = {}, .make = make});
  return {.kind = kind, .word = word, .help = help, .next = std::move(more), .make = make};
}

Node show_bgp() {
  using enum WordKind;
  const auto neighbors = [](const Arguments& a) -> Command {
    return ShowCommand(command::ShowNeighbors{a.address, a.json});
  };
  std::vector<Node> views;
  views.push_back(shown(Address, "A.B.C.D", "Address: the route with the longest prefix that has it",
                        [](const Arguments& a) -> Command {
                          return ShowCommand(command::ShowLongestMatch{*a.address, a.json});
                        }));
  views.push_back(shown(Prefix, "A.B.C.D/M", "Prefix: its paths in full", [](const Arguments& a) -> Command {
    return ShowCommand(command::ShowRoute{*a.prefix, a.json});
  }));
  views.push_back(shown(Keyword, "neighbors", "Sessions in full: state, timers, capabilities, counters",
                        neighbors, {shown(Address, "A.B.C.D", "Only this neighbor", neighbors)}));
  views.push_back(shown(Keyword, "summary", "One line for each neighbor", [](const Arguments& a) -> Command {
    return ShowCommand(command::ShowSummary{a.json});
  }));
  return shown(
      Keyword, "bgp", "The BGP table",
      [](const Arguments& a) -> Command { return ShowCommand(command::ShowRoutes{a.json}); },
      std::move(views));
}

Node plain(std::string_view word, std::string_view help, Command (*make)(const Arguments&)) {
  return {.word = word, .help = help, .next = {}, .make = make};
}

Node group(std::string_view word, std::string_view help, std::vector<Node> next) {
  return {.word = word, .help = help, .next = std::move(next)};
}

Node enabled(Node node) {
  node.enabled_only = true;
  return node;
}

Node make_grammar() {
  const auto leave = [](const Arguments&) -> Command { return command::Exit{}; };
  const auto set_length = [](const Arguments& a) -> Command { return command::TerminalLength{a.length}; };
  Node length{.word = "length", .help = "Lines of a screen", .next = {}};
  length.next.push_back({.kind = WordKind::Length,
                         .word = "(0-512)",
                         .help = "How many; 0: never pause",
                         .next = {},
                         .make = set_length});
  const Node no_length = plain("length", "Lines of a screen", [](const Arguments&) -> Command {
    return command::TerminalLength{std::nullopt};
  });

  return group(
      "", "",
      {enabled(plain("disable", "Leave privileged mode",
                     [](const Arguments&) -> Command { return command::Disable{}; })),
       plain("enable", "Enter privileged mode",
             [](const Arguments&) -> Command { return command::Enable{}; }),
       enabled(plain("end", "Stay in privileged mode; there is no mode above it",
                     [](const Arguments&) -> Command { return command::End{}; })),
       plain("exit", "Close this connection", leave),
       plain("help", "How to get help here", [](const Arguments&) -> Command { return command::Help{}; }),
       plain("list", "All commands", [](const Arguments&) -> Command { return command::List{}; }),
       plain("quit", "Close this connection", leave),
       group(
           "show", "Look at the running router",
           {show_bgp(), group("ip", "IPv4", {show_bgp()}),
            shown(WordKind::Keyword, "version", "Which program this is",
                  [](const Arguments& a) -> Command { return ShowCommand(command::ShowVersion{a.json}); })}),
       group("terminal", "How this terminal behaves",
             {std::move(length), group("no", "Back to the default", {no_length})})});
}

}  // namespace

const Node& grammar() {
  static const Node root = make_grammar();
  return root;
}

}  // namespace vty
