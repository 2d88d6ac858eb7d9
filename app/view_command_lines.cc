// The command lines of what looks at a running lab (app/command_lines.h).
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/command_lines.h"
#include "app/completion.h"

namespace app {

using std::chrono::milliseconds;

void add_format(CLI::App& app, std::string& word, const std::string& of_what) {
  app.add_option("--format", word, of_what + "table, json or csv [table]")->type_name("table|json|csv");
}

net::Result<Format, std::string> table_format(const std::string& word) {
  if (word == "table" || word == "text") return Format::Text;
  if (word == "json") return Format::Json;
  if (word == "csv") return Format::Csv;
  return std::unexpected(fmt::format("--format takes table, json or csv, not \"{}\"", word));
}

net::Result<milliseconds, std::string> seconds_of(const std::string& option, const std::string& word,
                                                  double least) {
  const auto value = number<double>(word);
  if (!value || !(*value >= least) || *value > 86'400)
    return std::unexpected(
        fmt::format("{} takes seconds from {:g} to 86400, not \"{}\"", option, least, word));
  return milliseconds(std::lround(*value * 1000));
}

namespace {

constexpr const char* kRouters = "ROUTER_50, r50, 50, 10-20, all, or several of these: 1,10-20";

}  // namespace

// --- show ---

ShowCommandLine::ShowCommandLine(CLI::App& cli)
    : app_(add_command(
          cli, "show", "what routers show: a line of the vty, or their tables",
          "  chainrouter show ROUTER_50 \"ip bgp summary\"\n"
          "  chainrouter show ROUTER_50 ip bgp 172.31.7.0/24 json\n"
          "  chainrouter show r10-r20 neighbors\n"
          "  chainrouter show all loc --format csv > routes.csv\n\n"
          "Tables: neighbors, adj-in, adj-in-post, loc, adj-out. A large table comes in pieces, each as "
          "it is\n"
          "at that instant; a route that stays meanwhile is there once.\n")) {
  app_.add_option("routers", routers_, kRouters)->type_name(kRouterType)->required();
  app_.add_option("command", words_, "a line of the vty, or a table")->type_name(kVtyType)->required();
  app_.add_option("--neighbor", neighbor_, "of a table: only what concerns this neighbor");
  add_format(app_, format_, "of a table: ");
}

Command ShowCommandLine::command() const {
  const std::string line = fmt::format("{}", fmt::join(words_, " "));
  const auto format = table_format(format_);
  if (!format) return UsageError{format.error()};
  const auto table = show::table_kind(line);
  if (!table) return ShowCommand{routers_, line};
  const auto address = net::IpAddress::parse(neighbor_);
  if (!neighbor_.empty() && !address)
    return UsageError{fmt::format("--neighbor takes an address, not \"{}\"", neighbor_)};
  return ShowTableCommand{routers_, *table, address, *format};
}

// --- wait ---

WaitCommandLine::WaitCommandLine(CLI::App& cli)
    : app_(add_command(
          cli, "wait", "return when nothing is going on any more, or when a route or a session is there",
          "  chainrouter wait                                   nothing is going on in any running lab\n"
          "  chainrouter wait converged --timeout 30            and all sessions are up\n"
          "  chainrouter wait route ROUTER_100 203.0.113.0/24   it is in the Loc-RIB and the kernel\n"
          "  chainrouter wait route ROUTER_100 203.0.113.0/24 absent\n"
          "  chainrouter wait session ROUTER_50 ROUTER_51 down  or by the neighbor's address\n\n"
          "Exit status: 0 it is so, 3 (converged) nothing is going on, but sessions are missing, 124 "
          "timeout.\n")) {
  app_.add_option(
      "what", words_,
      "converged; route ROUTER PREFIX [absent]; session ROUTER NEIGHBOR [up|down] [nothing goes on]");
  app_.add_option("--timeout", timeout_, "seconds to wait at most [for ever]");
}

Command WaitCommandLine::command() const {
  using What = WaitCommand::What;
  WaitCommand wait;
  if (!timeout_.empty()) {
    const auto timeout = seconds_of("--timeout", timeout_);
    if (!timeout) return UsageError{timeout.error()};
    wait.timeout = *timeout;
  }
  if (words_.empty()) return wait;
  const std::string& what = words_.front();
  if (what == "converged" && words_.size() == 1) {
    wait.what = What::Converged;
    return wait;
  }
  if (what == "route" && (words_.size() == 3 || words_.size() == 4)) {
    const auto prefix = net::parse_ip_prefix(words_[2]);
    if (!prefix)
      return UsageError{
          fmt::format("\"{}\" is not a prefix like 203.0.113.0/24 or 2001:db8::/32", words_[2])};
    wait.holds = words_.size() == 3 || words_[3] == "present";
    if (!wait.holds && words_[3] != "absent")
      return UsageError{fmt::format("wait route takes present or absent, not \"{}\"", words_[3])};
    wait.what = What::Route;
    wait.router = words_[1];
    wait.prefix = *prefix;
    return wait;
  }
  if (what == "session" && (words_.size() == 3 || words_.size() == 4)) {
    wait.holds = words_.size() == 3 || words_[3] == "up";
    if (!wait.holds && words_[3] != "down")
      return UsageError{fmt::format("wait session takes up or down, not \"{}\"", words_[3])};
    wait.what = What::Session;
    wait.router = words_[1];
    wait.neighbor = words_[2];
    return wait;
  }
  return UsageError{
      fmt::format("wait takes nothing, \"converged\", \"route ROUTER PREFIX [absent]\" or "
                  "\"session ROUTER NEIGHBOR [up|down]\", not \"{}\"",
                  fmt::join(words_, " "))};
}

// --- check ---

CheckCommandLine::CheckCommandLine(CLI::App& cli)
    : app_(add_command(cli, "check", "check fib: is every kernel table what BGP says?",
                       "  chainrouter check fib\n"
                       "  chainrouter check fib r10-r20 --format json\n\n"
                       "Exit status: 0 no difference, 4 each is named.\n")) {
  app_.add_option("what", what_, "fib")->required();
  app_.add_option("routers", routers_, std::string(kRouters) + " [all]")->type_name(kRouterType);
  add_format(app_, format_);
}

Command CheckCommandLine::command() const {
  if (what_ != "fib") return UsageError{fmt::format("check takes \"fib\", not \"{}\"", what_)};
  const auto format = table_format(format_);
  if (!format) return UsageError{format.error()};
  return CheckFibCommand{routers_, *format};
}

// --- top ---

TopCommandLine::TopCommandLine(CLI::App& cli)
    : app_(add_command(
          cli, "top", "how busy the routers are, and what they take",
          "  chainrouter top                    live on a terminal: q ends it, c m s u sort by CPU, memory,\n"
          "                                     messages, queue\n"
          "  chainrouter top --once --sort memory\n"
          "  chainrouter top r10-r20 --format csv --interval 5\n\n"
          "CPU % is of one processor; Tables, Attrs and Peers are octets that the router has counted "
          "itself;\n"
          "Queue: octets that neighbors have not taken yet; In/s and Out/s: BGP messages a second.\n")) {
  app_.add_option("routers", routers_, std::string(kRouters) + " [all]")->type_name(kRouterType);
  app_.add_flag("--once", once_, "one table, of one interval");
  app_.add_option("--sort", sort_, "by cpu, memory, messages or queue [cpu]")
      ->type_name("cpu|memory|messages|queue");
  app_.add_option("--interval", interval_, "seconds between two readings [1]");
  add_format(app_, format_, "live as a table; once as ");
}

Command TopCommandLine::command() const {
  const auto format = table_format(format_);
  if (!format) return UsageError{format.error()};
  const auto order = show::load_order(sort_);
  if (!order)
    return UsageError{fmt::format("--sort takes cpu, memory, messages or queue, not \"{}\"", sort_)};
  const auto interval = seconds_of("--interval", interval_, 0.1);
  if (!interval) return UsageError{interval.error()};
  return TopCommand{routers_, *order, *interval, once_, *format};
}

// --- metrics ---

MetricsCommandLine::MetricsCommandLine(CLI::App& cli)
    : app_(add_command(cli, "metrics", "figures of all routers, as Prometheus reads them",
                       "  chainrouter metrics > /var/lib/prometheus/node-exporter/chainrouter.prom\n"
                       "  chainrouter metrics --compat frr      the names that frr_exporter has\n")) {
  app_.add_option("router", router_, "one of the lab that is meant [the only one]")->type_name(kRouterType);
  app_.add_option("--compat", compat_, "frr: names and labels of frr_exporter")->type_name("frr");
}

Command MetricsCommandLine::command() const {
  if (!compat_.empty() && compat_ != "frr")
    return UsageError{fmt::format("--compat takes frr, not \"{}\"", compat_)};
  return MetricsCommand{router_, compat_ == "frr"};
}

}  // namespace app
