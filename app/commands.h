// The commands of chainrouter, each from its parsed form to its exit status. Data goes to stdout, everything
// else to stderr.
#pragma once

#include <chrono>

#include "app/options.h"
#include "app/requirements.h"
#include "app/selection.h"

namespace app {

int run(const RunCommand& command, std::chrono::steady_clock::time_point process_start);
int run(const ExecCommand& command);   // on success it does not return: it becomes the command
int run(const ShellCommand& command);  // nor does this one
int run(const SpeakCommand& command);
int run(const ShowCommand& command);       // show_command.cc
int run(const ShowTableCommand& command);  // show_command.cc
int run(const ListCommand& command);       // show_command.cc
int run(const TraceCommand& command);      // trace.cc
int run(const DoctorCommand& command);     // doctor.cc
int run(const EventsCommand& command);     // event_commands.cc
int run(const WhyCommand& command);        // event_commands.cc
int run(const WatchCommand& command);      // event_commands.cc
int run(const CleanCommand& command);
int run(const NetworkCommand& command);
int run(const NeighborCommand& command);
int run(const OutageCommand& command);
int run(const MotionCommand& command);    // motion_commands.cc
int run(const SnapshotCommand& command);  // motion_commands.cc
int run(const CompleteCommand& command);
int run(const WaitCommand& command);      // wait_command.cc
int run(const CheckFibCommand& command);  // check_command.cc
int run(const TopCommand& command);       // top_command.cc
int run(const MetricsCommand& command);
int run(const DecodeCommand& command);      // decode.cc
int run(const RecordCommand& command);      // record_command.cc
int run(const BmpCommand& command);         // bmp_command.cc
int run(const MrtCommand& command);         // record_command.cc
int run(const CaptureCommand& command);     // capture_command.cc
int run(const HtmlReportCommand& command);  // html_report_command.cc

// Who reads our output may go before we do: that ends no routers, leaves no names behind, and is a sentence
// where a file is what was asked for.
void outlive_readers();

// What the machine offers for so many hops, in one line (doctor.cc; `doctor` is the long form).
std::string machine_line(std::uint32_t hops, const Machine& machine);

// One line on stderr: "chainrouter: …".
void complain(const std::string& sentence);
// The lab that has this router (or the only one). Throws std::runtime_error with a sentence.
LabRecord lab_of(const std::string& router);
inline constexpr const char* kNoLab = "no lab is running; start one with: chainrouter --hops 100";
// The routers that are meant (app/selection.h), and their lab. Throws std::runtime_error with a sentence.
struct Chosen {
  LabRecord lab;
  Selection selection;
};
Chosen choose_routers(const std::string& words);
nlohmann::ordered_json ask(const LabRecord& lab, const Request& request);
// Is this process allowed to do `what`, which needs namespaces, links, routes and low ports? An empty string,
// or the sentence that says what to do.
std::string missing_privilege(const std::string& what);

}  // namespace app
