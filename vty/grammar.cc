#include "vty/grammar.h"

#include <array>
#include <limits>
#include <utility>

namespace vty {

namespace {

using enum WordKind;
using Make = Command (*)(const Arguments&);

constexpr std::string_view kJson = "JavaScript Object Notation";

Node plain(std::string_view word, std::string_view help, Make make) {
  return {.word = word, .help = help, .next = {}, .make = make};
}

Node group(std::string_view word, std::string_view help, std::vector<Node> next, Make make = nullptr) {
  return {.word = word, .help = help, .next = std::move(next), .make = make};
}

Node parameter(WordKind kind, std::string_view word, std::string_view help, std::vector<Node> next,
               Make make = nullptr) {
  return {.kind = kind, .word = word, .help = help, .next = std::move(next), .make = make};
}

// A word after which a command may end, with or without `json`.
Node shown(WordKind kind, std::string_view word, std::string_view help, Make make,
           std::vector<Node> more = {}) {
  more.push_back({.word = "json", .help = kJson, .next = {}, .make = make});
  return {.kind = kind, .word = word, .help = help, .next = std::move(more), .make = make};
}

// --- show ---

template <command::ShowNeighborRoutes::Which which>
Node neighbor_routes(std::string_view word, std::string_view help) {
  return shown(Keyword, word, help, [](const Arguments& a) -> Command {
    return ShowCommand(command::ShowNeighborRoutes{*a.address, which, a.json});
  });
}

Node one_neighbor(WordKind kind, std::string_view word, Make show_neighbor) {
  using enum command::ShowNeighborRoutes::Which;
  return shown(kind, word, "Only this neighbor", show_neighbor,
               {neighbor_routes<Advertised>("advertised-routes", "What it is told"),
                neighbor_routes<Received>("received-routes", "What it has said, before policy"),
                neighbor_routes<Accepted>("routes", "What it has said, as far as it may be used")});
}

Node show_bgp() {
  const auto neighbors = [](const Arguments& a) -> Command {
    return ShowCommand(command::ShowNeighbors{a.address, a.json});
  };
  return shown(
      Keyword, "bgp", "The BGP table",
      [](const Arguments& a) -> Command { return ShowCommand(command::ShowRoutes{a.json}); },
      {shown(Ipv4Address, "A.B.C.D", "Address: the route with the longest prefix that has it",
             [](const Arguments& a) -> Command {
               return ShowCommand(command::ShowLongestMatch{a.address->ipv4(), a.json});
             }),
       shown(Ipv4Prefix, "A.B.C.D/M", "Prefix: its paths in full",
             [](const Arguments& a) -> Command {
               return ShowCommand(command::ShowRoute{a.ipv4_prefix(), a.json});
             }),
       shown(Keyword, "neighbors", "Sessions in full: state, timers, capabilities, counters", neighbors,
             {one_neighbor(Ipv4Address, "A.B.C.D", neighbors),
              one_neighbor(Ipv6Address, "X:X::X:X", neighbors)}),
       shown(Keyword, "summary", "One line for each neighbor",
             [](const Arguments& a) -> Command { return ShowCommand(command::ShowSummary{a.json}); })});
}

template <bool ipv6>
Command ip_routes(const Arguments& a) {
  return ShowCommand(command::ShowIpRoutes{ipv6, std::nullopt, a.json});
}

template <bool ipv6, show::IpRoute::Source source>
Command ip_routes_of(const Arguments& a) {
  return ShowCommand(command::ShowIpRoutes{ipv6, source, a.json});
}

template <bool ipv6>
Node show_ip_route() {
  using enum show::IpRoute::Source;
  const auto one = [](const Arguments& a) -> Command {
    using Where = decltype(command::ShowIpRoute::where);
    return ShowCommand(command::ShowIpRoute{a.prefix ? Where(*a.prefix) : Where(*a.address), a.json});
  };
  return shown(Keyword, "route", "The routing table", ip_routes<ipv6>,
               {shown(ipv6 ? Ipv6Address : Ipv4Address, ipv6 ? "X:X::X:X" : "A.B.C.D",
                      "Address: the route that packets to it take", one),
                shown(ipv6 ? Ipv6Prefix : Ipv4Prefix, ipv6 ? "X:X::X:X/M" : "A.B.C.D/M",
                      "Prefix: its route in full", one),
                shown(Keyword, "bgp", "Only BGP's", ip_routes_of<ipv6, Bgp>),
                shown(Keyword, "connected", "Only those of our own subnets", ip_routes_of<ipv6, Connected>),
                shown(Keyword, "kernel", "Only those that others have put into the kernel",
                      ip_routes_of<ipv6, Kernel>)});
}

Command running_config(const Arguments&) { return ShowCommand(command::ShowRunningConfig{}); }

Node show_words(bool enabled) {
  std::vector<Node> words{
      show_bgp(), group("ip", "IPv4", {show_bgp(), show_ip_route<false>()}),
      group("ipv6", "IPv6", {show_ip_route<true>()}),
      shown(Keyword, "version", "Which program this is",
            [](const Arguments& a) -> Command { return ShowCommand(command::ShowVersion{a.json}); })};
  if (enabled) words.push_back(plain("running-config", "What is configured now", running_config));
  return group("show", "Look at the running router", std::move(words));
}

// --- what every mode has ---

Command leave(const Arguments&) { return command::Exit{}; }

void add_common(std::vector<Node>& words, std::string_view exit_help) {
  words.push_back(plain("exit", exit_help, leave));
  words.push_back(plain("quit", exit_help, leave));
  words.push_back(
      plain("help", "How to get help here", [](const Arguments&) -> Command { return command::Help{}; }));
  words.push_back(plain("list", "All commands of this mode",
                        [](const Arguments&) -> Command { return command::List{}; }));
}

Node end_word(std::string_view help) {
  return plain("end", help, [](const Arguments&) -> Command { return command::End{}; });
}

// --- view and enable ---

Node terminal() {
  Node length = parameter(Number, "(0-512)", "How many; 0: never pause", {},
                          [](const Arguments& a) -> Command { return command::TerminalLength{a.number}; });
  length.most = 512;
  return group("terminal", "How this terminal behaves",
               {group("length", "Lines of a screen", {std::move(length)}),
                group("no", "Back to the default",
                      {plain("length", "Lines of a screen", [](const Arguments&) -> Command {
                        return command::TerminalLength{std::nullopt};
                      })})});
}

template <command::ClearNeighbors::How how>
Command clear(const Arguments& a) {
  return ChangeCommand(command::ClearNeighbors{a.address, how});
}

Node clear_bgp() {
  using enum command::ClearNeighbors::How;
  const auto target = [](WordKind kind, std::string_view word, std::string_view help) {
    return parameter(kind, word, help,
                     {group("soft", "Without ending the session",
                            {plain("in", "Ask for everything again (RFC 2918)", clear<SoftIn>),
                             plain("out", "Say everything again", clear<SoftOut>)},
                            clear<Soft>)},
                     clear<Hard>);
  };
  return group("bgp", "BGP's sessions",
               {target(Keyword, "*", "All neighbors"), target(Ipv4Address, "A.B.C.D", "This neighbor"),
                target(Ipv6Address, "X:X::X:X", "This neighbor")});
}

std::vector<Node> look_words(bool enabled) {
  std::vector<Node> words{
      plain("enable", "Enter privileged mode", [](const Arguments&) -> Command { return command::Enable{}; }),
      show_words(enabled), terminal()};
  add_common(words, "Close this connection");
  if (!enabled) return words;
  words.push_back(group("clear", "Begin something anew", {clear_bgp(), group("ip", "IPv4", {clear_bgp()})}));
  words.push_back(group("configure", "Change the router",
                        {plain("terminal", "From here",
                               [](const Arguments&) -> Command { return command::ConfigureTerminal{}; })}));
  words.push_back(plain("disable", "Leave privileged mode",
                        [](const Arguments&) -> Command { return command::Disable{}; }));
  words.push_back(end_word("Stay in privileged mode; there is no mode above it"));
  words.push_back(
      group("write", "The configuration", {plain("terminal", "What is configured now", running_config)}));
  return words;
}

// --- configure ---

Node network(WordKind kind, std::string_view word, bool announced) {
  const Make announce = [](const Arguments& a) -> Command {
    return ChangeCommand(command::SetNetwork{*a.prefix, true});
  };
  const Make withdraw = [](const Arguments& a) -> Command {
    return ChangeCommand(command::SetNetwork{*a.prefix, false});
  };
  return group("network", announced ? "Originate a prefix" : "Originate it no more",
               {parameter(kind, word, "Prefix", {}, announced ? announce : withdraw)});
}

Node neighbor_shutdown(bool down) {
  const Make take_down = [](const Arguments& a) -> Command {
    return ChangeCommand(command::SetNeighborShutdown{*a.address, true, a.text});
  };
  const Make bring_back = [](const Arguments& a) -> Command {
    return ChangeCommand(command::SetNeighborShutdown{*a.address, false, {}});
  };
  const auto shutdown = [&] {
    const Make make = down ? take_down : bring_back;
    return group("shutdown", down ? "End its session, and begin none" : "May have a session again",
                 {group("message", "Why, for the neighbor's operator (RFC 9003)",
                        {parameter(Text, "MSG...", "Up to 255 octets", {}, make)})},
                 make);
  };
  return group("neighbor", "A neighbor",
               {parameter(Ipv4Address, "A.B.C.D", "Its address", {shutdown()}),
                parameter(Ipv6Address, "X:X::X:X", "Its address", {shutdown()})});
}

Node make_grammar(Mode mode) {
  if (!configures(mode)) return group("", "", look_words(mode == Mode::Enable));
  std::vector<Node> words;
  add_common(words, "One mode up");
  words.push_back(end_word("Back to privileged mode"));
  words.push_back(group(kDo, "A command of privileged mode", look_words(true)));
  switch (mode) {
    case Mode::Config: {
      const Make enter = [](const Arguments& a) -> Command { return command::RouterBgp{a.number}; };
      Node as = parameter(Number, "(1-4294967295)", "Its AS number", {}, enter);
      as.least = 1;
      as.most = std::numeric_limits<std::uint32_t>::max();
      words.push_back(group("router", "A routing protocol", {group("bgp", "BGP", {std::move(as)}, enter)}));
      break;
    }
    case Mode::Router: {
      const Make ipv4 = [](const Arguments&) -> Command { return command::AddressFamily{false}; };
      const Make ipv6 = [](const Arguments&) -> Command { return command::AddressFamily{true}; };
      words.push_back(group("address-family", "What is exchanged of a family",
                            {group("ipv4", "IPv4", {plain("unicast", "Unicast", ipv4)}, ipv4),
                             group("ipv6", "IPv6", {plain("unicast", "Unicast", ipv6)}, ipv6)}));
      words.push_back(neighbor_shutdown(true));
      words.push_back(network(Ipv4Prefix, "A.B.C.D/M", true));
      words.push_back(
          group("no", "The opposite", {neighbor_shutdown(false), network(Ipv4Prefix, "A.B.C.D/M", false)}));
      break;
    }
    default: {
      const bool ipv6 = mode == Mode::Ipv6Family;
      const auto kind = ipv6 ? Ipv6Prefix : Ipv4Prefix;
      const auto word = ipv6 ? "X:X::X:X/M" : "A.B.C.D/M";
      words.push_back(plain("exit-address-family", "Back to the router",
                            [](const Arguments&) -> Command { return command::ExitAddressFamily{}; }));
      words.push_back(network(kind, word, true));
      words.push_back(group("no", "The opposite", {network(kind, word, false)}));
    }
  }
  return group("", "", std::move(words));
}

}  // namespace

const Node& grammar(Mode mode) {
  static const std::array<Node, 6> trees{make_grammar(Mode::View),       make_grammar(Mode::Enable),
                                         make_grammar(Mode::Config),     make_grammar(Mode::Router),
                                         make_grammar(Mode::Ipv4Family), make_grammar(Mode::Ipv6Family)};
  return trees[static_cast<std::size_t>(mode)];
}

}  // namespace vty
