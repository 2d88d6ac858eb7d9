#include "app/command_lines.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "app/completion.h"
#include "scenario/names.h"

namespace app {

CLI::App& add_command(CLI::App& cli, const char* name, const char* what, const std::string& examples) {
  CLI::App* added = cli.add_subcommand(name, what);
  added->footer("Examples:\n" + examples);
  return *added;
}

// --- speak ---

namespace {

constexpr std::size_t kMaxFileOctets = 1024 * 1024;

}  // namespace

SpeakCommandLine::SpeakCommandLine(CLI::App& cli, std::string& format)
    : app_(add_command(cli, "speak", "one BGP router in one namespace, with the neighbors you name",
                       "  chainrouter speak --as 65001 --router-id 10.0.0.1 --local 10.0.0.1 \\\n"
                       "      --neighbor 10.0.0.2,as=65002 --network 192.0.2.0/24 --netns blue\n"
                       "  chainrouter speak --config blue.conf    the same words, one option a line\n"
                       "  chainrouter show blue neighbors         while it runs: show, refresh, clear,\n"
                       "                                          shutdown, enable, announce, withdraw\n")) {
  app_.add_option("--as", words_.as, "our AS number")->required();
  app_.add_option("--router-id", words_.router_id, "our BGP identifier")->required();
  app_.add_option("--local", words_.locals, "our address, once a family");
  app_.add_option(
      "--neighbor", words_.neighbors,
      "ADDRESS,as=N[,option…]: local=, port=, passive, shutdown, md5=, ao=, ttl-security, hold=, "
      "open-hold=, send-hold=, retry=, mrai=, families=, max-prefix=, max-prefix-restart=, as-set=, "
      "policy=, role=, next-hop-self, desc=");
  app_.add_option("--network", words_.networks, "a prefix to originate");
  app_.add_option("--netns", words_.netns, "the namespace, of /run/netns [where we are]");
  app_.add_option("--name", words_.name, "for show, clear and the like [--netns, or speaker]");
  app_.add_option("--listen-port", words_.listen_port, "[179]");
  app_.add_option("--profile", words_.profile, "timers: lab (hold 9 s, retry 1 s) or rfc (90 s, 120 s) [lab]")
      ->type_name("lab|rfc");
  app_.add_option("--router-memory", words_.router_memory,
                  "what the routes may take, like 64M; a neighbor that carries it beyond is sent away "
                  "for a minute [no limit]");
  app_.add_option("--seed", words_.seed, "of all jitter [1]");
  app_.add_option("--config", file_, "a file with these options, one a line: neighbor 10.0.0.2,as=65002")
      ->type_name(kFileType);
  add_format(app_, format, "the ready line on stdout: ");
}

Command SpeakCommandLine::command(Format format) const {
  auto options = read_speak_words(words_);
  if (!options) return UsageError{std::move(options.error())};
  return SpeakCommand{*std::move(options), format};
}

std::string SpeakCommandLine::read_file(std::vector<std::string>& words) {
  if (words.empty() || words.front() != "speak") return {};
  const auto config = std::ranges::find(words, "--config");
  if (config == words.end() || config + 1 == words.end()) return {};
  std::ifstream file(*(config + 1));
  if (!file) return fmt::format("cannot read {}: {}", *(config + 1), std::strerror(errno));
  std::string text(kMaxFileOctets + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileOctets) return fmt::format("{} is too long to be a configuration", *(config + 1));
  const auto from_file = words_of_file(text);
  const auto at = words.erase(config, config + 2);
  words.insert(at, from_file.begin(), from_file.end());
  return {};
}

// --- refresh, clear, shutdown, enable ---

NeighborCommandLine::NeighborCommandLine(CLI::App& cli) {
  using Verb = request::Neighbor::Verb;
  const auto add = [&](Verb verb, const char* name, const char* help, bool all) {
    CLI::App& app = add_command(cli, name, help,
                                fmt::format("  chainrouter {} ROUTER_50 172.31.50.2{}\n", name,
                                            verb == Verb::Shutdown ? " \"for maintenance\"" : ""));
    app.add_option("router", router_, "which one")->required()->type_name(kRouterType);
    auto* neighbor = app.add_option("neighbor", neighbor_, all ? "its address [all of them]" : "its address");
    if (!all) neighbor->required();
    if (verb == Verb::Shutdown) app.add_option("text", text_, "why, for the other side to read (RFC 9003)");
    apps_.emplace_back(verb, &app);
  };
  add(Verb::Refresh, "refresh", "ask a neighbor for its routes again", true);
  add(Verb::Clear, "clear", "reset a session; it comes again", true);
  add(Verb::Shutdown, "shutdown", "end a session and keep it down", false);
  add(Verb::Enable, "enable", "let a session that was shut down come again", false);
}

bool NeighborCommandLine::chosen() const {
  return std::ranges::any_of(apps_, [](const auto& one) { return one.second->parsed(); });
}

Command NeighborCommandLine::command() const {
  request::Neighbor action;
  action.router = router_;
  for (const auto& [verb, app] : apps_)
    if (app->parsed()) action.verb = verb;
  if (!neighbor_.empty()) {
    action.neighbor = net::IpAddress::parse(neighbor_);
    if (!action.neighbor) return UsageError{fmt::format("\"{}\" is not a neighbor's address", neighbor_)};
  }
  for (const auto& word : text_) action.text += (action.text.empty() ? "" : " ") + word;
  return NeighborCommand{std::move(action)};
}

// --- link, session, router ---

OutageCommandLine::OutageCommandLine(CLI::App& cli) {
  using scenario::Thing;
  const auto add = [&](Thing thing, const char* name, const char* help, const char* which,
                       const std::string& examples) {
    CLI::App& app = add_command(cli, name, help, examples);
    auto* option = app.add_option("which", which_, which)->required();
    if (thing == Thing::Router) option->type_name(kRouterType);
    app.add_option("state", state_, "down or up")->required()->type_name("down|up");
    apps_.emplace_back(thing, &app);
  };
  add(Thing::Link, "link", "set both ends of a link down, or up again", "the routers it joins, such as 50-51",
      "  chainrouter link 50-51 down && chainrouter wait\n"
      "  chainrouter link B_50-B_51 up               of the lab with --name-prefix B_\n");
  add(Thing::Session, "session", "end a BGP session at both ends, or let it come again",
      "the routers it joins, such as 50-51", "  chainrouter session 50-51 down && chainrouter wait\n");
  add(Thing::Router, "router", "end all that a router does, or let it come back", "such as 50 or ROUTER_50",
      "  chainrouter router 50 down && chainrouter wait\n");
}

bool OutageCommandLine::chosen() const {
  return std::ranges::any_of(apps_, [](const auto& one) { return one.second->parsed(); });
}

Command OutageCommandLine::command() const {
  const auto app = std::ranges::find_if(apps_, [](const auto& one) { return one.second->parsed(); });
  scenario::Name name;
  if (app->first == scenario::Thing::Router) {
    const auto router = scenario::read_router(which_);
    if (!router) return UsageError{fmt::format("\"{}\" is not a router like 50 or ROUTER_50", which_)};
    name = *router;
  } else {
    auto link = scenario::read_link(which_);
    if (!link) return UsageError{std::move(link.error())};
    name = *std::move(link);
  }
  if (state_ != "down" && state_ != "up")
    return UsageError{
        fmt::format("{} {} takes down or up, not \"{}\"", app->second->get_name(), which_, state_)};
  return OutageCommand{name.prefix.empty() ? "" : fmt::format("{}{}", name.prefix, name.number),
                       {app->first, name.number, state_ == "up"}};
}

// --- decode ---

DecodeCommandLine::DecodeCommandLine(CLI::App& cli)
    : app_(add_command(
          cli, "decode", "BGP messages in a capture, as text or JSON",
          "  chainrouter decode session.pcap\n"
          "  tcpdump -w - -i right port 179 | chainrouter decode -\n"
          "  chainrouter decode updates.20160811.1600.gz --format bgpdump | grep 203.0.113.0/24\n"
          "  echo \"0017 02 00000000  # End-of-RIB\" | chainrouter decode - --format json\n\n"
          "FILE may be a packet capture (pcap, pcapng), an MRT archive of a route collector, messages as "
          "they\n"
          "were on the wire, or hexadecimal text (\"#\" starts a remark); gzip and bzip2 are undone. A "
          "message\n"
          "that cannot be decoded is shown with the NOTIFICATION that chainrouter would answer with.\n\n"
          "Exit status: 0 read to the end, 1 the file could not be opened or is damaged (what could be read\n"
          "is shown), 2 usage.\n")) {
  app_.add_option("file", file_, "the file, or - for standard input")->required()->type_name(kFileType);
  app_.add_option("--format", format_,
                  "table (text), json, csv, or bgpdump: the lines of bgpdump -m, for MRT [table]")
      ->type_name("table|json|csv|bgpdump");
  app_.add_option("--as-width", as_width_,
                  "octets of an AS number, 2 or 4 [as the OPENs or the archive say, else guessed]")
      ->type_name("2|4");
  app_.add_option("--family", family_,
                  "read prefixes of ipv4, ipv6 or ipv4+ipv6 [as the OPENs agree, else both]")
      ->type_name("ipv4|ipv6|ipv4+ipv6");
  app_.add_option("--max-size", max_size_, "MiB to read at most, decompressed [1024]");
}

Command DecodeCommandLine::command() const {
  DecodeCommand decode;
  decode.file = file_;
  if (format_ == "bgpdump") {
    decode.format = DecodeFormat::Bgpdump;
  } else if (const auto format = table_format(format_); !format) {
    return UsageError{fmt::format("--format takes table, json, csv or bgpdump, not \"{}\"", format_)};
  } else {
    decode.format = *format == Format::Json  ? DecodeFormat::Json
                    : *format == Format::Csv ? DecodeFormat::Csv
                                             : DecodeFormat::Text;
  }
  if (as_width_ == "2" || as_width_ == "4") {
    decode.options.four_octet_as = as_width_ == "4";
  } else if (!as_width_.empty()) {
    return UsageError{fmt::format("--as-width takes 2 or 4, not \"{}\"", as_width_)};
  }
  if (family_ == "ipv4" || family_ == "ipv6" || family_ == "ipv4+ipv6") {
    decode.options.ipv4_unicast = family_ != "ipv6";
    decode.options.ipv6_unicast = family_ != "ipv4";
  } else if (!family_.empty()) {
    return UsageError{fmt::format("--family takes ipv4, ipv6 or ipv4+ipv6, not \"{}\"", family_)};
  }
  const auto max_mib = number<decltype(decode.max_mib)>(max_size_);
  if (!max_mib || *max_mib < 1 || *max_mib > 65'536)
    return UsageError{fmt::format("--max-size takes MiB from 1 to 65536, not \"{}\"", max_size_)};
  decode.max_mib = *max_mib;
  return decode;
}

}  // namespace app
