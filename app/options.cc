#include "app/options.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"
#include "app/record_command_line.h"
#include "app/run_command_line.h"
#include "vty/nearest_word.h"

namespace app {

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
  if (auto run = RunCommandLine::alone({argv + 1, argv + argc})) return *std::move(run);
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
  const RunCommandLine run(cli);

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
  return run.command();
}

}  // namespace app
