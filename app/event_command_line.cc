#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"

namespace app {

EventCommandLine::EventCommandLine(CLI::App& cli, std::string& format)
    : events_(add_command(
          cli, "events", "what the routers did, and what caused it, line by line",
          "  chainrouter events ROUTER_4 ROUTER_5\n"
          "  chainrouter events --follow --format json | jq .kind\n\n"
          "A line: seconds since the start, router, number, what happened, <number of its cause.\n"
          "A router keeps its last events, as many as --events of the lab says; what a slow\n"
          "reader misses is counted.\n")),
      why_(add_command(cli, "why", "how a route came to a router: hop by hop, with the time of each stage",
                       "  chainrouter why ROUTER_73 0.0.0.0/0\n"
                       "  chainrouter why ROUTER_5 172.31.1.0/24 --format json\n\n"
                       "session: until the sender's session came up; mrai: held back; write: until it was\n"
                       "written; receive: until it was read; decide; kernel: until it was acknowledged.\n")),
      watch_(add_command(cli, "watch", "the wave of a prefix: routers across, time down",
                         "  chainrouter watch --prefix 0.0.0.0/0\n"
                         "  chainrouter announce ROUTER_0 203.0.113.0/24 & chainrouter watch\n"
                         "  chainrouter watch --mrai 3      as slow as Quagga, while one watches\n\n"
                         "Live on a terminal until Ctrl-C, else once. NO_COLOR is respected.\n")) {
  events_.add_option("routers", routers_, "of which routers [all]")->type_name(kRouterType);
  events_.add_flag("--follow", follow_, "go on with what happens next, until Ctrl-C or the lab's end");
  add_format(events_, format, "one line an event: ");
  why_.add_option("router", router_, "which one")->type_name(kRouterType)->required();
  why_.add_option("prefix", prefix_, "such as 0.0.0.0/0")->required();
  add_format(why_, format);
  watch_.add_option("router", router_, "any of the lab's, where several labs are running")
      ->type_name(kRouterType);
  watch_.add_option("--prefix", prefix_, "[announced or withdrawn last, else 0.0.0.0/0]");
  watch_.add_option("--mrai", mrai_,
                    "seconds between advertisements while this runs; then what it was before [as it is]");
  watch_.add_flag("--once", once_, "draw once, on a terminal too");
}

Command EventCommandLine::command(Format format) const {
  if (events_.parsed()) return EventsCommand{routers_, follow_, format};
  const auto prefix = net::parse_ip_prefix(prefix_);
  if (!prefix && !prefix_.empty())
    return UsageError{fmt::format("\"{}\" is not a prefix like 0.0.0.0/0 or 203.0.113.0/24", prefix_)};
  if (watch_.parsed()) {
    WatchCommand watch{router_, prefix, once_};
    if (mrai_.empty()) return watch;
    const auto mrai = seconds_of("--mrai", mrai_, 0);
    if (!mrai || *mrai > request::kLongestInterval)
      return UsageError{fmt::format("--mrai takes seconds from 0 to 600, not \"{}\"", mrai_)};
    watch.mrai = *mrai;
    return watch;
  }
  if (!prefix) return UsageError{"why takes a router and a prefix: chainrouter why ROUTER_73 0.0.0.0/0"};
  return WhyCommand{router_, *prefix, format};
}

}  // namespace app
