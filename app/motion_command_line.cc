// The command lines of slow motion (app/command_lines.h).
#include <algorithm>

#include <fmt/format.h>

#include "app/command_lines.h"
#include "app/completion.h"

namespace app {

MotionCommandLine::MotionCommandLine(CLI::App& cli)
    : snapshot_(add_command(
          cli, "snapshot", "what all routers hold at one instant: save it, compare two, find loops in it",
          "  chainrouter snapshot save before.json\n"
          "  chainrouter snapshot diff before.json after.json\n"
          "  chainrouter snapshot check before.json      loops, and where packets die\n\n"
          "A file holds every session's state, Adj-RIB-In, Loc-RIB, Adj-RIB-Out and kernel table\n"
          "(docs/schema/snapshot.json). save also says what check would.\n\n"
          "Exit status: 0 no difference, no loop and no black hole; 4 some; save: 0.\n")) {
  using Verb = request::Motion::Verb;
  const auto add = [&](Verb verb, const char* name, const char* help, const std::string& examples) {
    CLI::App& app = add_command(cli, name, help, examples);
    if (verb == Verb::Speed)
      app.add_option("speed", speed_, "0.001 to 1; 1 is as fast as it goes")->required();
    app.add_option("router", router_, "any of the lab's, where several labs are running")
        ->type_name(kRouterType);
    add_format(app, format_);
    apps_.emplace_back(verb, &app);
  };
  add(Verb::Pause, "pause",
      "hold the lab still: no UPDATE leaves, no timer runs; everything can be looked at",
      "  chainrouter pause && chainrouter withdraw ROUTER_0 0.0.0.0/0\n"
      "  chainrouter step                            and watch it go, hop by hop\n");
  add(Verb::Step, "step", "let a paused lab's UPDATEs that wait now go, one hop",
      "  chainrouter step && chainrouter show r0-r5 loc\n");
  add(Verb::Resume, "resume", "let a paused lab go on", "  chainrouter resume\n");
  add(Verb::Speed, "speed", "slow the lab's time down",
      "  chainrouter speed 0.001                     a wave over 100 hops takes seconds\n"
      "  chainrouter speed 1\n");
  snapshot_.add_option("what", what_, "save, diff or check")->required()->type_name("save|diff|check");
  snapshot_.add_option("files", files_, "the file; two of diff")->required()->type_name(kFileType);
  snapshot_.add_option("--router", router_, "save: any of the lab's, where several labs are running")
      ->type_name(kRouterType);
  add_format(snapshot_, format_);
}

bool MotionCommandLine::chosen() const {
  return snapshot_.parsed() ||
         std::ranges::any_of(apps_, [](const auto& one) { return one.second->parsed(); });
}

Command MotionCommandLine::command() const {
  if (snapshot_.parsed()) return snapshot();
  const auto format = table_format(format_);
  if (!format) return UsageError{format.error()};
  MotionCommand command{router_, {}, *format};
  for (const auto& [verb, app] : apps_)
    if (app->parsed()) command.order.verb = verb;
  if (command.order.verb != request::Motion::Verb::Speed) return command;
  const auto speed = number<double>(speed_);
  if (!speed || !(*speed >= request::kLeastSpeed) || *speed > 1)
    return UsageError{fmt::format("speed takes a number from {:g} to 1, not \"{}\"; pause makes it stand",
                                  request::kLeastSpeed, speed_)};
  command.order.speed = *speed;
  return command;
}

Command MotionCommandLine::snapshot() const {
  using What = SnapshotCommand::What;
  const auto format = table_format(format_);
  if (!format) return UsageError{format.error()};
  SnapshotCommand command{What::Save, router_, files_.front(), {}, *format};
  if (what_ == "diff")
    command.what = What::Diff;
  else if (what_ == "check")
    command.what = What::Check;
  else if (what_ != "save")
    return UsageError{fmt::format("snapshot takes save, diff or check, not \"{}\"", what_)};
  const std::size_t wanted = command.what == What::Diff ? 2 : 1;
  if (files_.size() != wanted)
    return UsageError{fmt::format("snapshot {} takes {}", what_, wanted == 2 ? "two files" : "one file")};
  if (wanted == 2) command.other = files_.back();
  return command;
}

}  // namespace app
