#include "app/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"
#include "app/memory_size.h"
#include "app/record_command_line.h"
#include "vty/nearest_word.h"

namespace app {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr const char* kExamples = R"(Examples:
  chainrouter --hops 100                         build, converge, report, stay until Ctrl-C
  chainrouter --hops 20 --mrai 3                 watch the routes spread as slowly as Quagga let them
  chainrouter --hops 10 --exit-when-converged --format json
  chainrouter --hops 300 --plan                  print the address plan, build nothing
  chainrouter --hops 20 --scenario cut.scenario  play faults, check what is expected (docs/scenarios.md)
  chainrouter trace                              name every hop of a running lab
  chainrouter why ROUTER_73 0.0.0.0/0            how a route came there, and how long each stage took
  chainrouter show ROUTER_50 "ip bgp summary"
  chainrouter show r10-r20 neighbors             tables of many: also --format csv or json
  chainrouter top                                who is busy, and what they take
  chainrouter exec ROUTER_50 -- ping -c 3 198.51.100.1
  chainrouter speak --as 65001 --router-id 10.0.0.1 --local 10.0.0.1 --neighbor 10.0.0.2,as=65002
  chainrouter decode session.pcap                read what BGP speakers said to each other

Exit status: 0 ok, 1 failure, 2 usage, 3 not converged, 4 an expectation of the scenario
not met or a difference found, 5 privilege or kernel feature missing, 124 timeout of wait.
)";

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "5,10" as {5, 10}: ascending, each once.
std::optional<std::vector<std::uint32_t>> numbers(const std::string& text) {
  std::vector<std::uint32_t> values;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const auto value = number<std::uint32_t>(word);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  if (text.ends_with(',')) return std::nullopt;
  std::ranges::sort(values);
  const auto [first, last] = std::ranges::unique(values);
  values.erase(first, last);
  return values;
}

// What CLI11 hands over as text; each is checked below, with a sentence of its own.
struct Raw {
  std::string events = std::to_string(kEventsKept);
  std::string hops = "100", target = "198.51.100.1", mrai = "0", mrai_mode = "quagga", profile = "lab";
  std::string md5, ao, foreign, timeout, scenario, record, router_memory,
      seed = "1", name_prefix = "ROUTER_", format = "table", nexthops = "object", rootless = "auto";
  std::string web, metrics_compat;
  bool exit_when_converged = false, plan = false, no_pin = false, simulate = false, with_page = false;
};

// Long enough for a slow machine, and for MRAI: every hop may wait one interval, there and back.
milliseconds default_timeout(const ChainOptions& chain) {
  return 30s + chain.hops * 50ms + chain.mrai.interval * (chain.hops + 2) * 2;
}

Command run_command(const Raw& raw) {
  RunCommand run;
  ChainOptions& chain = run.lab.chain;
  const auto hops = number<std::uint32_t>(raw.hops);
  if (!hops || *hops < 1 || *hops > kMaxHops)
    return UsageError{fmt::format("--hops takes a number from 1 to {}, not \"{}\"", kMaxHops, raw.hops)};
  chain.hops = *hops;
  if (raw.target == "any") {
    chain.answer_any = true;
  } else {
    const auto target = net::Ipv4Address::parse(raw.target);
    if (!target)
      return UsageError{fmt::format("--target takes an IPv4 address or \"any\", not \"{}\"", raw.target)};
    chain.target = *target;
  }
  const auto mrai = number<double>(raw.mrai);
  if (!mrai || !(*mrai >= 0) || *mrai > 600)
    return UsageError{fmt::format("--mrai takes seconds from 0 to 600, not \"{}\"", raw.mrai)};
  chain.mrai.interval = milliseconds(std::lround(*mrai * 1000));
  if (raw.mrai_mode != "quagga" && raw.mrai_mode != "rfc")
    return UsageError{fmt::format("--mrai-mode takes quagga or rfc, not \"{}\"", raw.mrai_mode)};
  chain.mrai.mode = raw.mrai_mode == "rfc" ? speaker::MraiMode::Rfc : speaker::MraiMode::Quagga;
  if (raw.profile != "lab" && raw.profile != "rfc")
    return UsageError{fmt::format("--profile takes lab or rfc, not \"{}\"", raw.profile)};
  chain.rfc_timers = raw.profile == "rfc";
  if (raw.nexthops != "object" && raw.nexthops != "route")
    return UsageError{fmt::format("--nexthops takes object or route, not \"{}\"", raw.nexthops)};
  chain.nexthops = raw.nexthops == "route" ? netns::Nexthops::InEachRoute : netns::Nexthops::Objects;
  const auto seed = number<std::uint64_t>(raw.seed);
  if (!seed) return UsageError{fmt::format("--seed takes a whole number, not \"{}\"", raw.seed)};
  chain.seed = *seed;
  const auto events = number<std::uint32_t>(raw.events);
  if (!events || *events > kMostEvents)
    return UsageError{
        fmt::format("--events takes a number from 0 to {}, not \"{}\"", kMostEvents, raw.events)};
  chain.events = *events;
  for (const auto& [option, key] : {std::pair("--md5", &raw.md5), {"--ao", &raw.ao}})
    if (key->size() > kMaxTcpKey)
      return UsageError{fmt::format("{} takes a key of 1 to {} octets", option, kMaxTcpKey)};
  if (!raw.md5.empty() && !raw.ao.empty())
    return UsageError{"--md5 and --ao exclude each other (RFC 5925, 2.2): take one"};
  chain.md5_key = raw.md5;
  chain.ao_key = raw.ao;
  const auto memory = read_router_memory(raw.router_memory);
  if (!memory) return UsageError{memory.error()};
  chain.router_memory = *memory;
  const auto foreign = numbers(raw.foreign);
  if (!foreign)
    return UsageError{fmt::format("--foreign takes numbers of routers, like 5,10, not \"{}\"", raw.foreign)};
  chain.foreign = *foreign;
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  if (raw.name_prefix.empty() || raw.name_prefix.size() > 32 ||
      !std::ranges::all_of(raw.name_prefix, allowed))
    return UsageError{"--name-prefix takes up to 32 letters, digits, \"_\" and \"-\""};
  chain.name_prefix = raw.name_prefix;
  run.lab.timeout = default_timeout(chain);
  if (!raw.timeout.empty()) {
    const auto timeout = number<double>(raw.timeout);
    if (!timeout || !(*timeout >= 0.001) || *timeout > 86'400)
      return UsageError{fmt::format("--timeout takes seconds from 0.001 to 86400, not \"{}\"", raw.timeout)};
    run.lab.timeout = milliseconds(std::lround(*timeout * 1000));
  }
  const auto format = table_format(raw.format);
  if (!format) return UsageError{format.error()};
  run.format = *format;
  run.plan_only = raw.plan;
  run.scenario = raw.scenario;
  run.simulate = raw.simulate;
  if (run.simulate && run.scenario.empty())
    return UsageError{"--simulate plays a scenario without a kernel: --scenario FILE says which"};
  if (!run.scenario.empty() && !chain.foreign.empty())
    return UsageError{
        "--scenario knows what our routers do, not what --foreign ones do: leave one of them out"};
  if (raw.rootless == "yes")
    run.rootless = Rootless::Yes;
  else if (raw.rootless == "no")
    run.rootless = Rootless::No;
  else if (raw.rootless != "auto")
    return UsageError{fmt::format("--rootless takes auto, yes or no, not \"{}\"", raw.rootless)};
  if (raw.with_page) {
    const auto address = parse_web_address(raw.web.empty() ? kUsualWebAddress : raw.web);
    if (!address) return UsageError{address.error()};
    if (run.simulate || run.plan_only)
      return UsageError{"--web shows a chain that runs: --simulate and --plan build none"};
    run.web = *address;
  }
  if (!raw.metrics_compat.empty()) {
    if (raw.metrics_compat != "frr")
      return UsageError{fmt::format("--metrics-compat takes frr, not \"{}\"", raw.metrics_compat)};
    if (!raw.with_page) return UsageError{"--metrics-compat is about /metrics over HTTP, which --web serves"};
    run.web_frr_names = true;
  }
  run.lab.record = raw.record;
  run.lab.exit_when_converged = raw.exit_when_converged;
  run.lab.pin_threads = !raw.no_pin;
  if (auto wrong = check(chain); !wrong.empty()) return UsageError{std::move(wrong)};
  return run;
}

// CLI11 says which word it did not understand; what was meant is ours to guess.
UsageError unknown_word(const CLI::App& cli, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* sub : cli.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(sub->get_name());
  for (const CLI::Option* option : cli.get_options()) known.push_back("--" + option->get_single_name());
  const auto meant = vty::nearest_word(word, known);
  const std::string command = cli.get_parent() == nullptr ? "" : " " + cli.get_name();
  return {fmt::format("I do not know \"{}\"{}; chainrouter{} --help lists what there is", word,
                      meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant), command)};
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  Raw raw;
  ExecCommand exec;
  ShellCommand shell;
  TraceCommand trace;
  NetworkCommand announce, withdraw;
  withdraw.announce = false;
  std::string doctor_hops = "100", trace_max = "255", format = "table";

  CLI::App cli{"A chain of BGP routers, each in its own network namespace, in one process.", "chainrouter"};
  cli.footer(kExamples);
  cli.allow_extras();
  cli.set_version_flag("--version", "chainrouter " CHAINROUTER_VERSION);
  cli.require_subcommand(0, 1);
  cli.add_option("--hops", raw.hops,
                 "links in the chain: N links join N+1 routers, ROUTER_0 to ROUTER_N [100]");
  cli.add_option("--target", raw.target,
                 "address behind ROUTER_0, or \"any\" for all of them [198.51.100.1]");
  cli.add_option("--mrai", raw.mrai, "seconds between advertisements to a peer (try 3 and 30) [0]");
  cli.add_option("--mrai-mode", raw.mrai_mode,
                 "quagga: every UPDATE waits for a tick; rfc: a gap since the last [quagga]")
      ->type_name("quagga|rfc");
  cli.add_option("--profile", raw.profile, "timers: lab (hold 9 s, retry 1 s) or rfc (90 s, 120 s) [lab]")
      ->type_name("lab|rfc");
  cli.add_option("--md5", raw.md5, "key of TCP MD5 signatures (RFC 2385) on all sessions");
  cli.add_option("--ao", raw.ao, "key of TCP-AO (RFC 5925, HMAC-SHA-1-96, KeyID 1), where the kernel has it");
  cli.add_option("--timeout", raw.timeout, "seconds within which to converge [from --hops and --mrai]");
  cli.add_option("--seed", raw.seed, "of all jitter and phases [1]");
  cli.add_option("--events", raw.events,
                 "how many of its last events a router keeps, for events, why, watch [512]");
  cli.add_option("--router-memory", raw.router_memory,
                 "what one router's routes may take, like 64M; a neighbor that carries it beyond is sent "
                 "away [no limit]");
  cli.add_option("--name-prefix", raw.name_prefix,
                 "names of the routers, for a second lab beside the first [ROUTER_]");
  add_format(cli, raw.format, "the report on stdout: ");
  cli.add_option("--foreign", raw.foreign,
                 "routers to leave to another BGP speaker, like 5,10: namespace and links only");
  cli.add_flag("--exit-when-converged", raw.exit_when_converged,
               "end after the report (status 3: not converged)");
  cli.add_option("--scenario", raw.scenario,
                 "play the faults and expectations of this file (-: standard input) when converged, then end")
      ->type_name(kFileType);
  cli.add_option("--record", raw.record,
                 "what the routers hear, from the first message to the last, as an MRT archive")
      ->type_name(kFileType);
  cli.add_flag("--simulate", raw.simulate, "with --scenario: in virtual time, without namespaces or root");
  cli.add_flag("--plan", raw.plan, "print who gets which AS number and addresses, build nothing");
  cli.add_option(
         "--rootless", raw.rootless,
         "build everything inside a user namespace: auto (where privileges are missing), yes, no [auto]")
      ->type_name("auto|yes|no");
  auto* web =
      cli.add_option("--web", raw.web, "serve a page that shows it all at this address [127.0.0.1:8080]")
          ->type_name("[ADDR:PORT]")
          ->expected(0, 1);
  cli.add_option("--metrics-compat", raw.metrics_compat,
                 "names of the figures at /metrics, which --web serves: frr_exporter's [our own]")
      ->type_name("frr");
  cli.add_option(
         "--nexthops", raw.nexthops,
         "object: routes to a neighbor share the kernel's one nexthop object, as FRR's do; route: each "
         "names its own, slower to install, and `ip route flush` works [object]")
      ->type_name("object|route");
  cli.add_flag("--no-pin", raw.no_pin, "let the scheduler move router threads between processors");

  const auto command = [&cli](const char* name, const char* what, const std::string& examples) {
    return &add_command(cli, name, what, examples);
  };
  auto* exec_app = command("exec", "run a command inside a router; its exit status is the command's",
                           "  chainrouter exec ROUTER_50 -- ip route\n"
                           "  chainrouter exec ROUTER_100 -- ping -c 3 198.51.100.1\n");
  exec_app->add_option("router", exec.router, "whose network the command sees; the command comes after it")
      ->type_name(kRouterType)
      ->required();
  auto* shell_app = command("shell", "a shell in which `ip netns exec ROUTER_50 ...` works, without root too",
                            "  chainrouter shell\n"
                            "  chainrouter shell ROUTER_50\n");
  shell_app->add_option("router", shell.router, "whose network it sees [the lab's host]")
      ->type_name(kRouterType);
  auto* list_app = command("list", "the routers of the running labs: sessions and routes",
                           "  chainrouter list\n"
                           "  chainrouter list --format json\n");
  add_format(*list_app, format);
  auto* trace_app = command("trace", "every hop from the last router to the target, by name",
                            "  chainrouter trace\n"
                            "  chainrouter trace ROUTER_30 --target 172.31.90.1\n");
  trace_app->add_option("from", trace.from, "the router to start from [the last one]")
      ->type_name(kRouterType);
  trace_app->add_option("--target", trace.target, "where to [the lab's target]");
  trace_app->add_option("--max-hops", trace_max, "how far to look [255]");
  add_format(*trace_app, format);
  auto* doctor_app = command("doctor", "what this machine offers, what is missing, what to do",
                             "  chainrouter doctor\n"
                             "  chainrouter doctor --hops 1000\n");
  doctor_app->add_option("--hops", doctor_hops, "for how large a chain [100]");
  add_format(*doctor_app, format);
  auto* clean_app =
      command("clean", "remove what killed labs left behind, and nothing else", "  chainrouter clean\n");
  auto* announce_app = command("announce", "make a router originate a prefix",
                               "  chainrouter announce ROUTER_0 203.0.113.0/24 && chainrouter wait\n");
  announce_app->add_option("router", announce.router, "which one")->type_name(kRouterType)->required();
  announce_app->add_option("prefix", announce.prefix, "such as 203.0.113.0/24")->required();
  auto* withdraw_app = command("withdraw", "make a router originate a prefix no more",
                               "  chainrouter withdraw ROUTER_0 203.0.113.0/24 && chainrouter wait\n");
  withdraw_app->add_option("router", withdraw.router, "which one")->type_name(kRouterType)->required();
  withdraw_app->add_option("prefix", withdraw.prefix, "such as 203.0.113.0/24")->required();
  ShowCommandLine show(cli);
  WaitCommandLine wait(cli);
  CheckCommandLine check(cli);
  TopCommandLine top(cli);
  MetricsCommandLine metrics(cli);
  EventCommandLine events(cli, format);
  std::string shell_name;
  auto* completion_app =
      command("completion", "what makes a shell's Tab key know commands, options and routers",
              "  source <(chainrouter completion bash)       in ~/.bashrc; zsh alike\n"
              "  chainrouter completion fish | source        in config.fish\n");
  completion_app->add_option("shell", shell_name, "which one")->required()->type_name("bash|zsh|fish");
  SpeakCommandLine speak(cli, format);
  NeighborCommandLine neighbor(cli);
  OutageCommandLine outage(cli);
  MotionCommandLine motion(cli);
  DecodeCommandLine decode(cli);
  RecordCommandLine record(cli);

  // exec's command is its own business, options and "--" included: CLI11 does not get to see it.
  const bool is_exec = argc > 3 && argv[1] == std::string("exec") && argv[2][0] != '-';
  if (is_exec) exec.command.assign(argv + (argv[3] == std::string("--") ? 4 : 3), argv + argc);

  std::vector<std::string> words(argv + 1, argv + (is_exec ? 3 : argc));
  // For the scripts of `completion`, not for people.
  if (words.size() > 2 && words[0] == "complete" && words[1] == "--") {
    words.erase(words.begin(), words.begin() + 2);
    return CompleteCommand{complete(cli, words), words.back()};
  }
  if (auto sentence = SpeakCommandLine::read_file(words); !sentence.empty())
    return UsageError{std::move(sentence)};
  try {
    std::ranges::reverse(words);  // as CLI11 takes them
    cli.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = cli.get_subcommands();
    return PrintCommand{chosen.empty() ? cli.help() : chosen.front()->help(cli.get_name())};
  } catch (const CLI::CallForVersion&) {
    return PrintCommand{"chainrouter " CHAINROUTER_VERSION "\n"};
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    std::ranges::replace(sentence, '\n', ' ');
    return UsageError{sentence + "; chainrouter --help shows how"};
  }
  if (const auto extras = cli.remaining(false); !extras.empty()) return unknown_word(cli, extras.front());
  for (const CLI::App* chosen : cli.get_subcommands())
    if (const auto extras = chosen->remaining(false); !extras.empty())
      return unknown_word(*chosen, extras.front());
  const auto chosen_format = table_format(format);
  if (!chosen_format) return UsageError{chosen_format.error()};

  if (exec_app->parsed()) {
    if (exec.command.empty())
      return UsageError{"exec takes a router and a command: chainrouter exec ROUTER_50 -- ip route"};
    return exec;
  }
  if (shell_app->parsed()) return shell;
  if (show.chosen()) return show.command();
  if (wait.chosen()) return wait.command();
  if (check.chosen()) return check.command();
  if (top.chosen()) return top.command();
  if (metrics.chosen()) return metrics.command();
  if (events.chosen()) return events.command(*chosen_format);
  if (speak.chosen()) return speak.command(*chosen_format);
  if (neighbor.chosen()) return neighbor.command();
  if (outage.chosen()) return outage.command();
  if (motion.chosen()) return motion.command();
  if (decode.chosen()) return decode.command();
  if (record.chosen()) return record.command();
  if (list_app->parsed()) return ListCommand{*chosen_format};
  if (trace_app->parsed()) {
    const auto max_hops = number<int>(trace_max);
    if (!max_hops || *max_hops < 1 || *max_hops > 255)
      return UsageError{fmt::format("--max-hops takes a number from 1 to 255, not \"{}\"", trace_max)};
    trace.max_hops = *max_hops;
    trace.format = *chosen_format;
    return trace;
  }
  if (doctor_app->parsed()) {
    const auto hops = number<std::uint32_t>(doctor_hops);
    if (!hops || *hops < 1 || *hops > kMaxHops)
      return UsageError{fmt::format("--hops takes a number from 1 to {}, not \"{}\"", kMaxHops, doctor_hops)};
    return DoctorCommand{*hops, *chosen_format};
  }
  if (clean_app->parsed()) return CleanCommand{};
  if (announce_app->parsed()) return announce;
  if (withdraw_app->parsed()) return withdraw;
  if (completion_app->parsed()) {
    if (const auto script = completion_script(shell_name)) return PrintCommand{std::string(*script)};
    return UsageError{fmt::format("completion takes bash, zsh or fish, not \"{}\"", shell_name)};
  }
  raw.with_page = web->count() > 0;
  return run_command(raw);
}

}  // namespace app
