// chainrouter record and chainrouter mrt: what the routers of a running lab say to each other, and their
// routes, as MRT archives. The lab hands over records (app/recordings.h); files are this process's alone.
#include "app/record_command.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/hex_octets.h"
#include "app/interruption.h"
#include "app/output_file.h"
#include "app/recording_client.h"
#include "app/standard_error.h"
#include "show/words.h"

namespace app {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

using show::counted;

namespace {

constexpr auto kPause = 200ms;
constexpr auto kPatience = 5s;

// RFC 6396 §2: a header of 12 octets, of which the last four say how many follow.
std::uint64_t count_records(const std::vector<std::uint8_t>& records) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < records.size(); ++count)
    at += 12 + (std::size_t{records[at + 8]} << 24 | std::size_t{records[at + 9]} << 16 |
                std::size_t{records[at + 10]} << 8 | records[at + 11]);
  return count;
}

}  // namespace

int tell_dropped(const std::map<std::string, std::uint64_t>& dropped) {
  if (dropped.empty()) return kOk;
  std::uint64_t all = 0;
  for (const auto& [router, count] : dropped) all += count;
  const auto most = std::ranges::max_element(dropped, {}, [](const auto& one) { return one.second; });
  complain(
      fmt::format("{} were lost, for they came faster than they were taken: {} of {}{}",
                  counted(all, "message"), most->second, most->first,
                  dropped.size() == 1 ? "" : fmt::format(", the others of {} more", dropped.size() - 1)));
  return kRuntimeFailure;
}

int run(const RecordCommand& command) {
  const Chosen chosen = choose_routers(command.routers);
  outlive_readers();  // a reader that goes is a sentence
  OutputFile file(command.file);
  Interruption interruption(command.duration, chosen.lab.pid);
  const bool all = command.routers == "all";
  RecordingClient recording(chosen.lab, all ? std::vector<std::string>{} : chosen.selection.routers,
                            {.sent = command.sent});
  tell("recording {} into {}; Ctrl-C ends it\n",
       all ? "all routers" : counted(chosen.selection.routers.size(), "router"), file.name());
  std::uint64_t records = 0;
  const auto write = [&](const std::vector<std::uint8_t>& octets) {
    file.write(octets);
    records += count_records(octets);
  };
  auto cause = Interruption::Cause::None;
  while (cause == Interruption::Cause::None) {
    cause = interruption.wait(kPause);
    if (cause == Interruption::Cause::LabEnded) break;
    std::vector<std::uint8_t> news;
    try {
      news = recording.fetch(cause == Interruption::Cause::Asked);
    } catch (const std::exception&) {
      // It answers no more: is it about to end?
      if (interruption.wait(kPatience) != Interruption::Cause::LabEnded) throw;
      cause = Interruption::Cause::LabEnded;
    }
    write(news);
  }
  if (cause == Interruption::Cause::LabEnded) {
    write(recording.rest());
    tell("the lab has ended: its last {} ms are not in the file (--record of its own start has them)\n",
         kPause.count());
  }
  tell("{} in {}\n", counted(records, "record"), file.name());
  return tell_dropped(recording.dropped());
}

int run(const MrtCommand& command) {
  const Chosen chosen = choose_routers(command.routers);
  outlive_readers();
  OutputFile file(command.file);
  std::uint64_t paths = 0, prefixes = 0;
  try {
    for (const std::string& router : chosen.selection.routers) {
      request::RibDump dump{router};
      while (true) {
        const auto reply = ask(chosen.lab, dump);
        file.write(from_hex(reply.at("records").get<std::string>()));
        paths += reply.at("paths").get<std::uint64_t>();
        dump.sequence = reply.at("sequence").get<std::uint32_t>();
        if (!reply.contains("next")) break;
        dump.after = net::parse_ip_prefix(reply.at("next").get<std::string>());
      }
      prefixes += dump.sequence;
    }
  } catch (...) {
    file.discard();
    throw;
  }
  tell("{} to {} of {} in {}\n", counted(paths, "path"),
       prefixes == 1 ? "1 prefix" : fmt::format("{} prefixes", prefixes),
       counted(chosen.selection.routers.size(), "router"), file.name());
  return kOk;
}

}  // namespace app
