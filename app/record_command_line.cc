#include "app/record_command_line.h"

#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"

namespace app {

namespace {

constexpr const char* kWhichRouters = "which routers: 50, r10-r20, all ... [all]";

// 0: it is none.
std::uint16_t port_of(const std::string& text) { return number<std::uint16_t>(text).value_or(0); }

}  // namespace

RecordCommandLine::RecordCommandLine(CLI::App& cli)
    : record_(add_command(cli, "record", "what the routers hear from now on: mrt FILE, or bmp HOST:PORT",
                          "  chainrouter record mrt run.mrt                  until Ctrl-C\n"
                          "  chainrouter record mrt run.mrt --routers r10-r20 --sent --for 10\n"
                          "  chainrouter record mrt - | bgpdump -m -\n"
                          "  chainrouter record bmp 127.0.0.1:1790\n\n"
                          "mrt: BGP messages and state changes of all these routers (BGP4MP_ET, RFC 6396),\n"
                          "in order of time, to the microsecond. Exit status 1: messages were lost, and how\n"
                          "many is said. chainrouter --hops N --record FILE has all from the first message\n"
                          "to the last.\n\n"
                          "bmp: to a collector (RFC 7854, RFC 9069), a connection a router: whole tables\n"
                          "first, then every UPDATE received and every change of the Loc-RIB; from the\n"
                          "beginning when the collector comes back.\n")),
      mrt_(add_command(cli, "mrt", "rib FILE: the routes of routers as an MRT archive",
                       "  chainrouter mrt rib rib.mrt\n"
                       "  chainrouter mrt rib rib.mrt --routers r10-r20\n\n"
                       "TABLE_DUMP_V2 (RFC 6396): of one router after the other the index of its\n"
                       "neighbors, with its name as the view, then every path that it has heard or\n"
                       "originates. Peer 0 is the router itself.\n")),
      capture_(add_command(cli, "capture", "the packets of links, as a pcapng file",
                           "  chainrouter capture run.pcapng                  all links, until Ctrl-C\n"
                           "  chainrouter capture run.pcapng --link 50-51 --bgp --for 10\n"
                           "  chainrouter capture - --link r10-r20 | tshark -r - -Y bgp\n\n"
                           "One interface a link, named like ROUTER_50--ROUTER_51; every packet once, with\n"
                           "the kernel's nanoseconds, in order of time. Exit status 1: packets were lost,\n"
                           "and the file says how many on which link.\n")),
      report_(add_command(cli, "report", "--html FILE: a page about the running lab, to keep or to send",
                          "  chainrouter report --html run.html\n\n"
                          "One file that needs no other: how it converged, the wave of the default route,\n"
                          "where the time went, every router's figures.\n")) {
  capture_.add_option("file", file_, "where to (-: standard output)")->required()->type_name(kFileType);
  capture_.add_option("--link,--links", links_, "such as 50-51; r10-r20: all between these [all]");
  capture_.add_flag("--bgp", bgp_, "BGP alone: TCP port 179");
  capture_.add_option("--port", port_, "segments from or to this TCP port alone");
  capture_.add_option("--for", duration_, "seconds, then it ends [until Ctrl-C]");
  report_.add_option("--html", file_, "where to (-: standard output)")->required()->type_name(kFileType);
  report_.add_option("router", routers_, "any of the lab that is meant [the only one]")
      ->type_name(kRouterType);
  for (CLI::App* app : {&record_, &mrt_}) {
    app->add_option("what", what_, app == &record_ ? "mrt or bmp" : "rib")
        ->required()
        ->type_name(app == &record_ ? "mrt|bmp" : "rib");
    app->add_option("file", file_,
                    app == &record_ ? "where to (-: standard output), or the collector's HOST:PORT"
                                    : "where to (-: standard output)")
        ->required()
        ->type_name(kFileType);
    app->add_option("--routers", routers_, kWhichRouters)->type_name(kRouterType);
  }
  record_.add_flag("--sent", sent_, "what they send, too (marked as such)");
  record_.add_option("--for", duration_, "seconds, then it ends [until Ctrl-C]");
}

Command RecordCommandLine::command() const {
  if (capture_.parsed()) return capture();
  if (report_.parsed()) return HtmlReportCommand{file_, routers_ == "all" ? "" : routers_};
  if (mrt_.parsed()) {
    if (what_ != "rib") return UsageError{fmt::format("mrt takes rib and a file, not \"{}\"", what_)};
    return MrtCommand{file_, routers_};
  }
  if (what_ == "bmp") return bmp();
  if (what_ != "mrt")
    return UsageError{fmt::format("record takes mrt and a file, or bmp and HOST:PORT, not \"{}\"", what_)};
  RecordCommand record{file_, routers_, sent_, {}};
  if (auto wrong = read_duration(record.duration)) return *wrong;
  return record;
}

Command RecordCommandLine::bmp() const {
  const auto colon = file_.rfind(':');
  const std::uint16_t port = colon == std::string::npos ? std::uint16_t{0} : port_of(file_.substr(colon + 1));
  std::string host = file_.substr(0, std::min(colon, file_.size()));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || port == 0)
    return UsageError{fmt::format("record bmp takes HOST:PORT, like 127.0.0.1:1790, not \"{}\"", file_)};
  if (sent_) return UsageError{"--sent is of record mrt: BMP tells what routers receive"};
  BmpCommand bmp{host, port, routers_, {}};
  if (auto wrong = read_duration(bmp.duration)) return *wrong;
  return bmp;
}

Command RecordCommandLine::capture() const {
  CaptureCommand capture{file_, links_, {}, {}};
  if (bgp_) capture.port = bgp::kPort;
  if (!port_.empty()) {
    const std::uint16_t port = port_of(port_);
    if (port == 0) return UsageError{fmt::format("--port takes a number from 1 to 65535, not \"{}\"", port_)};
    if (bgp_) return UsageError{"--bgp is --port 179: take one of them"};
    capture.port = port;
  }
  if (auto wrong = read_duration(capture.duration)) return *wrong;
  return capture;
}

std::optional<UsageError> RecordCommandLine::read_duration(
    std::optional<std::chrono::milliseconds>& out) const {
  if (duration_.empty()) return std::nullopt;
  const auto duration = seconds_of("--for", duration_);
  if (!duration) return UsageError{duration.error()};
  out = *duration;
  return std::nullopt;
}

}  // namespace app
