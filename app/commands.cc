#include "app/commands.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <linux/capability.h>
#include <set>
#include <stdexcept>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/rootless.h"
#include "app/scenario_command.h"
#include "app/speaker_process.h"
#include "app/standard_error.h"
#include "app/standard_streams.h"
#include "app/terminal_progress.h"
#include "app/web_assets.h"
#include "app/web_listener.h"
#include "app/written.h"
#include "netns/namespace.h"
#include "show/csv.h"
#include "vty/nearest_word.h"

namespace app {

using nlohmann::ordered_json;

void complain(const std::string& sentence) { tell("chainrouter: {}\n", sentence); }

LabRecord lab_of(const std::string& router) {
  if (auto lab = find_lab(router)) return *std::move(lab);
  std::vector<std::string> prefixes, names;
  for (const auto& record : all_records()) {
    if (!record.owner_lives()) continue;
    prefixes.push_back(record.prefix);
    for (const auto& name : record.names) names.push_back(name.name);
  }
  if (prefixes.empty()) throw std::runtime_error(kNoLab);
  if (router.empty())
    throw std::runtime_error(
        fmt::format("several labs are running ({}*); name a router", fmt::join(prefixes, "*, ")));
  const auto meant = vty::nearest_word(router, names);
  throw std::runtime_error(fmt::format("no running lab has a router {}{}", router,
                                       meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

Chosen choose_routers(const std::string& words) {
  std::vector<Chosen> found;
  std::vector<std::string> prefixes, complaints;
  for (auto& record : all_records()) {
    if (!record.owner_lives()) continue;
    std::vector<std::string> names;
    for (const auto& name : record.names) names.push_back(name.name);
    auto selection = select_routers(words, record.prefix, names);
    prefixes.push_back(record.prefix);
    if (selection)
      found.push_back({std::move(record), *std::move(selection)});
    else
      complaints.push_back(std::move(selection.error()));
  }
  if (prefixes.empty()) throw std::runtime_error(kNoLab);
  if (found.empty())
    throw std::runtime_error(prefixes.size() == 1 ? complaints.front()
                                                  : fmt::format("no running lab has a router {}", words));
  // A name in full means the first lab that has it.
  if (found.size() > 1 &&
      (found.front().selection.several || found.front().selection.routers.front() != words))
    throw std::runtime_error(fmt::format("several labs are running ({}*); give names of routers in full",
                                         fmt::join(prefixes, "*, ")));
  Chosen& chosen = found.front();
  if (chosen.selection.several) {  // without the places of foreign routers, which are not ours to ask
    std::set<std::string> ours;
    const auto listed = ask(chosen.lab, request::List{});
    for (const auto& row : listed.at("routers")) ours.insert(row.at("name").get<std::string>());
    std::erase_if(chosen.selection.routers, [&](const std::string& name) { return !ours.contains(name); });
  }
  return std::move(chosen);
}

std::string missing_privilege(const std::string& what) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return {};
  const auto has = [&](unsigned capability) {
    return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
  };
  std::string missing;
  for (const auto& [capability, name] : {std::pair{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
                                         {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
                                         {CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE"}})
    if (!has(static_cast<unsigned>(capability))) missing += (missing.empty() ? "" : ", ") + std::string(name);
  if (missing.empty()) return {};
  return fmt::format("{} needs root ({} missing); run it with sudo", what, missing);
}

void outlive_readers() { std::signal(SIGPIPE, SIG_IGN); }

namespace {

void say_what_was_swept(const std::vector<std::string>& swept) {
  if (!swept.empty())
    tell("removed what a killed lab left: {}{}\n", swept.front(),
         swept.size() == 1 ? "" : fmt::format(" and {} more", swept.size() - 1));
}

}  // namespace

ordered_json ask(const LabRecord& lab, const Request& request) {
  return ask_lab(control_socket_path(lab), to_json(request));
}

namespace {

std::string ready_line(Format format, const RouterPlan& plan) {
  const std::string as = std::to_string(plan.speaker.as), id = plan.speaker.router_id.to_string(),
                    port = std::to_string(plan.tcp.listen_port);
  switch (format) {
    case Format::Json:
      return ordered_json{{"event", "ready"},
                          {"name", plan.name},
                          {"as", plan.speaker.as},
                          {"routerId", id},
                          {"port", plan.tcp.listen_port}}
                 .dump() +
             "\n";
    case Format::Csv:
      return "event,name,as,router_id,port\n" +
             show::csv_line(std::array<std::string, 5>{"ready", plan.name, as, id, port});
    case Format::Text: break;
  }
  return fmt::format("ready {} AS {} port {}\n", plan.name, as, port);
}

}  // namespace

int run(const RunCommand& command, std::chrono::steady_clock::time_point process_start) {
  const ChainOptions& chain = command.lab.chain;
  if (command.plan_only) {
    fmt::print("{}", written(command.format, plan_table, plan_json, plan_csv, chain));
    return kOk;
  }
  std::optional<ScenarioRun> scenario;
  if (!command.scenario.empty()) try {
      scenario.emplace(command);
    } catch (const std::runtime_error& error) {
      complain(error.what());
      return kUsage;
    }
  if (command.simulate) return scenario->simulate();
  const auto missing = missing_privilege("building network namespaces");
  if (!missing.empty() && command.rootless == Rootless::No) {
    complain(missing);
    return kPrivilege;
  }
  const bool rootless = !missing.empty() || command.rootless == Rootless::Yes;
  if (!chain.ao_key.empty() && !kernel_has_tcp_ao()) {
    complain(fmt::format("--ao: {}", kNoTcpAo));
    return kPrivilege;
  }
  const Machine machine = this_machine(!rootless && may_raise_limits());
  if (const auto lacking = too_little(std::uint64_t{chain.hops} + 1, machine)) {
    complain(*lacking);
    return kPrivilege;
  }
  outlive_readers();
  std::optional<WebListener> page;
  if (command.web) {
    if (web_assets().empty()) {
      complain(kNoPage);
      return kRuntimeFailure;
    }
    try {
      page.emplace(*command.web, command.web_frr_names);  // in the user's own network, whatever follows
    } catch (const std::system_error& error) {
      complain(fmt::format("--web: cannot {}; --web 127.0.0.1:0 takes any free port", error.what()));
      return kRuntimeFailure;
    }
  }
  LabOptions options = command.lab;
  options.rootless = rootless;
  if (rootless)
    if (const auto obstacle = become_rootless()) {
      complain(*obstacle);
      return kPrivilege;
    }
  say_what_was_swept(sweep_dead_labs());
  if (chain.hops > kMaxHopsForPackets)
    tell(
        "{} hops: BGP will converge, but no packet crosses the whole chain: IP's TTL has 8 bits, so "
        "it crosses "
        "at most 254 routers.\n",
        chain.hops);
  if (command.format == Format::Text) tell("{}\n", machine_line(chain.hops, machine));
  if (page) {
    tell("the page: {}\n", page->door().url());
    if (!is_loopback(command.web->address))
      tell("whoever reaches {} and knows the page's address may do with this lab what you may\n",
           to_string(page->door().listens));
  }
  TerminalProgress progress(command.format != Format::Text);
  bool reported = false;
  Lab* running = nullptr;
  Lab lab(options, process_start,
          {.progressed = [&] { progress.show(running->progress()); },
           .converged =
               [&](const Report& report) {
                 reported = true;
                 progress.end(running->progress());
                 if (scenario) return;  // its own report follows
                 // That it could not be written is said at the end (main.cc): no reason to end now.
                 std::fputs(written(command.format, report_text, report_json, report_csv, report).c_str(),
                            stdout);
                 if (!command.lab.exit_when_converged && command.format == Format::Text)
                   std::fputs("\nCtrl-C ends it and removes everything.\n", stdout);
                 flush_output();
               },
           .timed_out =
               [&] {
                 progress.end(running->progress());
                 tell_if_read("chainrouter: not converged within {:g} s: {} of {} sessions are up\n",
                              std::chrono::duration<double>(command.lab.timeout).count(),
                              running->progress().sessions, chain.hops);
               },
           .news = [](const std::string& news) { tell_if_read("{}\n", news); },
           .play = scenario ? std::function([&](scenario::Stage& stage) { return scenario->play(stage); })
                            : std::function<int(scenario::Stage&)>()});
  running = &lab;
  if (page) lab.open_page(*std::move(page));
  const int status = lab.run();
  if (!reported) progress.end(lab.progress());
  tell_if_read("everything is gone again ({:.1f} ms)\n",
               std::chrono::duration<double, std::milli>(lab.teardown_time()).count());
  return status;
}

int run(const SpeakCommand& command) {
  for (const TcpPeer& peer : command.options.plan.tcp.peers)
    if (!peer.ao_key.empty() && !kernel_has_tcp_ao()) {
      complain(fmt::format("--neighbor {}: ao=: {}", peer.address.to_string(), kNoTcpAo));
      return kPrivilege;
    }
  if (auto missing = missing_privilege("a router of its own"); !missing.empty()) {
    complain(missing);
    return kPrivilege;
  }
  outlive_readers();
  SpeakerProcess process(command.options,
                         {.ready =
                              [&] {
                                fmt::print("{}", ready_line(command.format, command.options.plan));
                                flush_output();
                              },
                          .news = [](const std::string& news) { tell_if_read("{}\n", news); }});
  say_what_was_swept(process.swept());
  process.run();
  return kOk;
}

namespace {

// Becomes the command, in that router's network; or says why not.
int become(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  const int error = errno;
  complain(fmt::format("cannot run {}: {}", command.front(), std::generic_category().message(error)));
  return error == ENOENT ? 127 : 126;
}

void go_inside(const LabRecord& lab, const std::string& router) {
  const auto name = std::ranges::find(lab.names, router, &RecordedName::name);
  netns::Namespace::open(fmt::format("/proc/{}/fd/{}", lab.pid, name->fd)).enter();
}

}  // namespace

int run(const ExecCommand& command) {
  const LabRecord lab = lab_of(command.router);
  go_where(lab);
  go_inside(lab, command.router);
  return become(command.command);
}

int run(const ShellCommand& command) {
  const LabRecord lab = lab_of(command.router);
  go_where(lab);
  if (!command.router.empty()) go_inside(lab, command.router);
  const char* shell = std::getenv("SHELL");
  if (isatty(STDIN_FILENO) != 0)
    tell("{}: ip netns exec {} ... goes further in; exit leaves\n",
         command.router.empty() ? "the lab's host" : command.router, lab.names.back().name);
  return become({shell != nullptr && *shell != '\0' ? shell : "/bin/sh"});
}

int run(const CleanCommand&) {
  const auto removed = sweep_dead_labs();
  for (const auto& path : removed) fmt::print("removed {}\n", path);
  if (removed.empty()) tell("nothing to clean\n");
  return kOk;
}

int run(const NetworkCommand& command) {
  const auto prefix = net::parse_ip_prefix(command.prefix);
  if (!prefix) {
    complain(fmt::format("\"{}\" is not a prefix like 203.0.113.0/24 or 2001:db8::/32", command.prefix));
    return kUsage;
  }
  (void)ask(lab_of(command.router), request::Network{command.router, *prefix, command.announce});
  return kOk;
}

int run(const NeighborCommand& command) {
  (void)ask(lab_of(command.action.router), command.action);
  return kOk;
}

int run(const OutageCommand& command) {
  (void)ask(lab_of(command.router), command.outage);
  return kOk;
}

int run(const MetricsCommand& command) {
  const auto reply = ask(lab_of(command.router), request::Metrics{command.frr_names});
  fmt::print("{}", reply.at("text").get<std::string>());
  return kOk;
}

int run(const CompleteCommand& command) {
  const auto& completion = command.completion;
  for (const auto& [word, help] : completion.words) fmt::print("{}\t{}\n", word, help);
  if (completion.files) fmt::print(":files\n");
  if (completion.commands) fmt::print(":commands\n");
  if (!completion.routers) return kOk;
  for (const auto& record : all_records())
    if (record.owner_lives())
      for (const auto& router : record.names)
        if (router.name.starts_with(command.typed)) fmt::print("{}\ta router\n", router.name);
  return kOk;
}

}  // namespace app
