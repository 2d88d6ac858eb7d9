// The command line, as values. Reading it touches nothing: a mistake becomes one sentence and exit status 2.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/lab.h"
#include "app/request.h"
#include "app/rootless.h"
#include "app/speak_options.h"
#include "app/web_access.h"
#include "capture/entry.h"
#include "show/load.h"

namespace app {

enum class Format { Text, Json, Csv };

// Exit statuses; README lists them.
inline constexpr int kOk = 0, kRuntimeFailure = 1, kUsage = 2, kNotConverged = 3, kCheckFailed = 4,
                     kPrivilege = 5, kTimeout = 124;

struct RunCommand {
  LabOptions lab;
  Format format = Format::Text;
  bool plan_only = false;
  std::string scenario;   // a file to be played when converged; empty: none
  bool simulate = false;  // in the simulator, without a kernel
  Rootless rootless = Rootless::Auto;
  std::optional<WebAddress> web;  // where to serve the page
  bool web_frr_names = false;     // of the figures at /metrics there
};
struct ShellCommand {
  std::string router;  // empty: the lab's host
};
struct ExecCommand {
  std::string router;
  std::vector<std::string> command;
};
// `routers`: one, or several as app/selection.h reads them.
struct ShowCommand {
  std::string routers, command;
};
struct ShowTableCommand {
  std::string routers;
  show::TableKind table = show::TableKind::Neighbors;
  std::optional<net::IpAddress> neighbor;
  Format format = Format::Text;
};
struct CheckFibCommand {
  std::string routers;
  Format format = Format::Text;
};
struct SpeakCommand {
  SpeakOptions options;
  Format format = Format::Text;
};
struct NeighborCommand {
  request::Neighbor action;
};
struct OutageCommand {
  std::string router;  // of the lab that is meant; empty: the only one
  request::Outage outage;
};
struct EventsCommand {
  std::vector<std::string> routers;  // empty: all of the only lab
  bool follow = false;
  Format format = Format::Text;
};
struct WhyCommand {
  std::string router;
  net::IpPrefix prefix;
  Format format = Format::Text;
};
struct WatchCommand {
  std::string router;                   // of the lab that is meant; empty: the only one
  std::optional<net::IpPrefix> prefix;  // nothing: what was announced or withdrawn last
  bool once = false;
  std::optional<std::chrono::milliseconds> mrai = {};  // while it watches; nothing: as it is
};
struct MotionCommand {
  std::string router;  // of the lab that is meant; empty: the only one
  request::Motion order;
  Format format = Format::Text;
};
struct SnapshotCommand {
  enum class What : std::uint8_t { Save, Diff, Check };
  What what = What::Save;
  std::string router;  // of Save: of the lab that is meant; empty: the only one
  std::string file, other;
  Format format = Format::Text;
};
struct ListCommand {
  Format format = Format::Text;
};
struct TraceCommand {
  std::string from, target;  // empty: the last router, the lab's target
  int max_hops = 255;
  Format format = Format::Text;
};
struct DoctorCommand {
  std::uint32_t hops = 100;
  Format format = Format::Text;
};
struct CleanCommand {};
struct NetworkCommand {
  std::string router, prefix;
  bool announce = true;
};
struct WaitCommand {
  // Quiet: nothing is going on; Converged: and no session is down on purpose.
  enum class What : std::uint8_t { Quiet, Converged, Route, Session };
  What what = What::Quiet;
  std::string router;
  net::IpPrefix prefix = {};  // of Route
  std::string neighbor;       // of Session: an address, or a router's name
  bool holds = true;          // the route is present, the session up; or the contrary
  std::optional<std::chrono::milliseconds> timeout;
};
struct TopCommand {
  std::string routers;
  show::LoadOrder order = show::LoadOrder::Cpu;
  std::chrono::milliseconds interval{1000};
  bool once = false;
  Format format = Format::Text;
};
struct MetricsCommand {
  std::string router;  // of the lab that is meant; empty: the only one
  bool frr_names = false;
};
// Written by a client of a running lab (app/record_command.cc).
struct RecordCommand {
  std::string file, routers;
  bool sent = false;
  std::optional<std::chrono::milliseconds> duration;
};
struct MrtCommand {
  std::string file, routers;
};
struct BmpCommand {
  std::string host;
  std::uint16_t port = 0;
  std::string routers;
  std::optional<std::chrono::milliseconds> duration;
};
struct CaptureCommand {
  std::string file, links;            // as app/selection.h reads routers: those with both ends among them
  std::optional<std::uint16_t> port;  // TCP from or to it only
  std::optional<std::chrono::milliseconds> duration;
};
struct HtmlReportCommand {
  std::string file, router;  // of the lab that is meant; empty: the only one
};
enum class DecodeFormat { Text, Json, Csv, Bgpdump };
struct DecodeCommand {
  std::string file;  // "-": standard input
  DecodeFormat format = DecodeFormat::Text;
  capture::Options options;
  std::size_t max_mib = 1024;  // of octets, decompressed
};
// What may stand where a command line ends; of what is not words the shell or the records know more.
struct Completion {
  std::vector<std::pair<std::string, std::string>> words;  // each with a few words of help
  bool routers = false, files = false, commands = false;   // and names of these
};
struct CompleteCommand {
  Completion completion;
  std::string typed;  // of the word at hand
};
// Help, a version or a script was asked for.
struct PrintCommand {
  std::string text;
};
struct UsageError {
  std::string sentence;
};

using Command = std::variant<RunCommand, SpeakCommand, ExecCommand, ShellCommand, ShowCommand,
                             ShowTableCommand, ListCommand, EventsCommand, WhyCommand, WatchCommand,
                             TraceCommand, DoctorCommand, CleanCommand, NetworkCommand, NeighborCommand,
                             OutageCommand, MotionCommand, SnapshotCommand, WaitCommand, CheckFibCommand,
                             TopCommand, MetricsCommand, DecodeCommand, RecordCommand, MrtCommand, BmpCommand,
                             CaptureCommand, HtmlReportCommand, CompleteCommand, PrintCommand, UsageError>;

Command parse_command_line(int argc, const char* const* argv);

}  // namespace app
