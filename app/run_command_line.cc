#include "app/run_command_line.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"
#include "app/memory_size.h"

namespace app {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

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

// Long enough for a slow machine, and for MRAI: every hop may wait one interval, there and back.
milliseconds default_timeout(const ChainOptions& chain) {
  return 30s + chain.hops * 50ms + chain.mrai.interval * (chain.hops + 2) * 2;
}

}  // namespace

RunCommandLine::RunCommandLine(CLI::App& cli) {
  cli.add_option("--hops", raw_.hops,
                 "links in the chain: N links join N+1 routers, ROUTER_0 to ROUTER_N [100]");
  cli.add_option("--target", raw_.target,
                 "address behind ROUTER_0, or \"any\" for all of them [198.51.100.1]");
  cli.add_option("--mrai", raw_.mrai, "seconds between advertisements to a peer (try 3 and 30) [0]");
  cli.add_option("--mrai-mode", raw_.mrai_mode,
                 "quagga: every UPDATE waits for a tick; rfc: a gap since the last [quagga]")
      ->type_name("quagga|rfc");
  cli.add_option("--profile", raw_.profile, "timers: lab (hold 9 s, retry 1 s) or rfc (90 s, 120 s) [lab]")
      ->type_name("lab|rfc");
  cli.add_option("--md5", raw_.md5, "key of TCP MD5 signatures (RFC 2385) on all sessions");
  cli.add_option("--ao", raw_.ao,
                 "key of TCP-AO (RFC 5925, HMAC-SHA-1-96, KeyID 1), where the kernel has it");
  cli.add_option("--timeout", raw_.timeout, "seconds within which to converge [from --hops and --mrai]");
  cli.add_option("--seed", raw_.seed, "of all jitter and phases [1]");
  cli.add_option("--events", raw_.events,
                 "how many of its last events a router keeps, for events, why, watch [512]");
  cli.add_option("--router-memory", raw_.router_memory,
                 "what one router's routes may take, like 64M; a neighbor that carries it beyond is sent "
                 "away [no limit]");
  cli.add_option("--name-prefix", raw_.name_prefix,
                 "names of the routers, for a second lab beside the first [ROUTER_]");
  add_format(cli, raw_.format, "the report on stdout: ");
  cli.add_option("--foreign", raw_.foreign,
                 "routers to leave to another BGP speaker, like 5,10: namespace and links only");
  cli.add_flag("--exit-when-converged", raw_.exit_when_converged,
               "end after the report (status 3: not converged)");
  cli.add_option("--scenario", raw_.scenario,
                 "play the faults and expectations of this file (-: standard input) when converged, then end")
      ->type_name(kFileType);
  cli.add_option("--record", raw_.record,
                 "what the routers hear, from the first message to the last, as an MRT archive")
      ->type_name(kFileType);
  cli.add_flag("--simulate", raw_.simulate, "with --scenario: in virtual time, without namespaces or root");
  cli.add_flag("--plan", raw_.plan, "print who gets which AS number and addresses, build nothing");
  cli.add_option(
         "--rootless", raw_.rootless,
         "build everything inside a user namespace: auto (where privileges are missing), yes, no [auto]")
      ->type_name("auto|yes|no");
  web_ = cli.add_option("--web", raw_.web, "serve a page that shows it all at this address [127.0.0.1:8080]")
             ->type_name("[ADDR:PORT]")
             ->expected(0, 1);
  cli.add_option("--metrics-compat", raw_.metrics_compat,
                 "names of the figures at /metrics, which --web serves: frr_exporter's [our own]")
      ->type_name("frr");
  cli.add_option(
         "--nexthops", raw_.nexthops,
         "object: routes to a neighbor share the kernel's one nexthop object, as FRR's do; route: each "
         "names its own, slower to install, and `ip route flush` works [object]")
      ->type_name("object|route");
  cli.add_flag("--no-pin", raw_.no_pin, "let the scheduler move router threads between processors");
}

std::optional<Command> RunCommandLine::alone(std::vector<std::string> words) {
  if (!words.empty() && !words.front().starts_with("-")) return std::nullopt;
  // Its value may be left out, and a command's name come next.
  if (std::ranges::find(words, "--web") != words.end()) return std::nullopt;
  CLI::App cli;
  cli.allow_extras();
  const RunCommandLine run(cli);
  try {
    std::ranges::reverse(words);  // as CLI11 takes them
    cli.parse(std::move(words));
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  if (!cli.remaining().empty()) return std::nullopt;
  return run.command();
}

Command RunCommandLine::command() const {
  const bool with_page = web_->count() > 0;
  RunCommand run;
  ChainOptions& chain = run.lab.chain;
  const auto hops = number<std::uint32_t>(raw_.hops);
  if (!hops || *hops < 1 || *hops > kMaxHops)
    return UsageError{fmt::format("--hops takes a number from 1 to {}, not \"{}\"", kMaxHops, raw_.hops)};
  chain.hops = *hops;
  if (raw_.target == "any") {
    chain.answer_any = true;
  } else {
    const auto target = net::Ipv4Address::parse(raw_.target);
    if (!target)
      return UsageError{fmt::format("--target takes an IPv4 address or \"any\", not \"{}\"", raw_.target)};
    chain.target = *target;
  }
  const auto mrai = number<double>(raw_.mrai);
  if (!mrai || !(*mrai >= 0) || *mrai > 600)
    return UsageError{fmt::format("--mrai takes seconds from 0 to 600, not \"{}\"", raw_.mrai)};
  chain.mrai.interval = milliseconds(std::lround(*mrai * 1000));
  if (raw_.mrai_mode != "quagga" && raw_.mrai_mode != "rfc")
    return UsageError{fmt::format("--mrai-mode takes quagga or rfc, not \"{}\"", raw_.mrai_mode)};
  chain.mrai.mode = raw_.mrai_mode == "rfc" ? speaker::MraiMode::Rfc : speaker::MraiMode::Quagga;
  if (raw_.profile != "lab" && raw_.profile != "rfc")
    return UsageError{fmt::format("--profile takes lab or rfc, not \"{}\"", raw_.profile)};
  chain.rfc_timers = raw_.profile == "rfc";
  if (raw_.nexthops != "object" && raw_.nexthops != "route")
    return UsageError{fmt::format("--nexthops takes object or route, not \"{}\"", raw_.nexthops)};
  chain.nexthops = raw_.nexthops == "route" ? netns::Nexthops::InEachRoute : netns::Nexthops::Objects;
  const auto seed = number<std::uint64_t>(raw_.seed);
  if (!seed) return UsageError{fmt::format("--seed takes a whole number, not \"{}\"", raw_.seed)};
  chain.seed = *seed;
  const auto events = number<std::uint32_t>(raw_.events);
  if (!events || *events > kMostEvents)
    return UsageError{
        fmt::format("--events takes a number from 0 to {}, not \"{}\"", kMostEvents, raw_.events)};
  chain.events = *events;
  for (const auto& [option, key] : {std::pair("--md5", &raw_.md5), {"--ao", &raw_.ao}})
    if (key->size() > kMaxTcpKey)
      return UsageError{fmt::format("{} takes a key of 1 to {} octets", option, kMaxTcpKey)};
  if (!raw_.md5.empty() && !raw_.ao.empty())
    return UsageError{"--md5 and --ao exclude each other (RFC 5925, 2.2): take one"};
  chain.md5_key = raw_.md5;
  chain.ao_key = raw_.ao;
  const auto memory = read_router_memory(raw_.router_memory);
  if (!memory) return UsageError{memory.error()};
  chain.router_memory = *memory;
  const auto foreign = numbers(raw_.foreign);
  if (!foreign)
    return UsageError{fmt::format("--foreign takes numbers of routers, like 5,10, not \"{}\"", raw_.foreign)};
  chain.foreign = *foreign;
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  if (raw_.name_prefix.empty() || raw_.name_prefix.size() > 32 ||
      !std::ranges::all_of(raw_.name_prefix, allowed))
    return UsageError{"--name-prefix takes up to 32 letters, digits, \"_\" and \"-\""};
  chain.name_prefix = raw_.name_prefix;
  run.lab.timeout = default_timeout(chain);
  if (!raw_.timeout.empty()) {
    const auto timeout = seconds_of("--timeout", raw_.timeout);
    if (!timeout) return UsageError{timeout.error()};
    run.lab.timeout = *timeout;
  }
  const auto format = table_format(raw_.format);
  if (!format) return UsageError{format.error()};
  run.format = *format;
  run.plan_only = raw_.plan;
  run.scenario = raw_.scenario;
  run.simulate = raw_.simulate;
  if (run.simulate && run.scenario.empty())
    return UsageError{"--simulate plays a scenario without a kernel: --scenario FILE says which"};
  if (!run.scenario.empty() && !chain.foreign.empty())
    return UsageError{
        "--scenario knows what our routers do, not what --foreign ones do: leave one of them out"};
  if (raw_.rootless == "yes")
    run.rootless = Rootless::Yes;
  else if (raw_.rootless == "no")
    run.rootless = Rootless::No;
  else if (raw_.rootless != "auto")
    return UsageError{fmt::format("--rootless takes auto, yes or no, not \"{}\"", raw_.rootless)};
  if (with_page) {
    const auto address = parse_web_address(raw_.web.empty() ? kUsualWebAddress : raw_.web);
    if (!address) return UsageError{address.error()};
    if (run.simulate || run.plan_only)
      return UsageError{"--web shows a chain that runs: --simulate and --plan build none"};
    run.web = *address;
  }
  if (!raw_.metrics_compat.empty()) {
    if (raw_.metrics_compat != "frr")
      return UsageError{fmt::format("--metrics-compat takes frr, not \"{}\"", raw_.metrics_compat)};
    if (!with_page) return UsageError{"--metrics-compat is about /metrics over HTTP, which --web serves"};
    run.web_frr_names = true;
  }
  run.lab.record = raw_.record;
  run.lab.exit_when_converged = raw_.exit_when_converged;
  run.lab.pin_threads = !raw_.no_pin;
  if (auto wrong = check(chain); !wrong.empty()) return UsageError{std::move(wrong)};
  return run;
}

}  // namespace app
