// The commands of chainrouter, each from its parsed form to its exit status. Data goes to stdout, everything
// else to stderr.
#pragma once

#include <chrono>

#include "app/options.h"
#include "app/requirements.h"

namespace app {

int run(const RunCommand& command, std::chrono::steady_clock::time_point process_start);
int run(const ExecCommand& command);   // on success it does not return: it becomes the command
int run(const ShellCommand& command);  // nor does this one
int run(const SpeakCommand& command);
int run(const ShowCommand& command);
int run(const ShowTableCommand& command);
int run(const ListCommand& command);
int run(const EventsCommand& command);  // event_commands.cc
int run(const WhyCommand& command);     // event_commands.cc
int run(const WatchCommand& command);   // event_commands.cc
int run(const TraceCommand& command);   // trace.cc
int run(const DoctorCommand& command);  // doctor.cc
int run(const CleanCommand& command);
int run(const NetworkCommand& command);
int run(const NeighborCommand& command);
int run(const OutageCommand& command);
int run(const CompleteCommand& command);
int run(const WaitCommand& command);
int run(const DecodeCommand& command);  // decode.cc

// What the machine offers for so many hops, in one line (doctor.cc; `doctor` is the long form).
std::string machine_line(std::uint32_t hops, const Machine& machine);

// One line on stderr: "chainrouter: …".
void complain(const std::string& sentence);
// The lab that has this router (or the only one). Throws std::runtime_error with a sentence.
LabRecord lab_of(const std::string& router);
// Is this process allowed to do `what`, which needs namespaces, links, routes and low ports? An empty string,
// or the sentence that says what to do.
std::string missing_privilege(const std::string& what);

}  // namespace app
