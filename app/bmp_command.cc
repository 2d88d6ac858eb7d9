// chainrouter record bmp: the routers of a running lab feed a BMP collector, each by a connection of its own
// (app/bmp_feed.h), which this process makes from where it was started. What they say comes from the lab as
// for any recording (app/recordings.h).
#include <algorithm>
#include <netdb.h>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/all_descriptors.h"
#include "app/bmp_feed.h"
#include "app/commands.h"
#include "app/interruption.h"
#include "app/record_command.h"
#include "app/recording_client.h"
#include "app/standard_error.h"
#include "capture/mrt.h"
#include "show/words.h"

namespace app {

using namespace std::chrono_literals;

namespace {

constexpr auto kPause = 200ms;
constexpr auto kStatistics = 30s;

BmpFeed::Collector find_collector(const BmpCommand& command) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const std::string port = std::to_string(command.port);
  if (const int error = getaddrinfo(command.host.c_str(), port.c_str(), &hints, &found); error != 0)
    throw std::runtime_error(fmt::format("cannot find {}: {}", command.host, gai_strerror(error)));
  BmpFeed::Collector collector;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
              reinterpret_cast<char*>(&collector.address));
  collector.octets = found->ai_addrlen;
  freeaddrinfo(found);
  return collector;
}

// Says once that the collector is there, or why it is not, and again when that has changed.
class Messenger {
 public:
  explicit Messenger(std::string collector) : collector_(std::move(collector)) {}

  void look(std::vector<BmpFeed>& feeds) {
    std::string trouble;
    for (BmpFeed& feed : feeds)
      if (auto one = feed.take_trouble(); !one.empty()) trouble = std::move(one);
    const bool all = std::ranges::all_of(feeds, &BmpFeed::is_up);
    if (!trouble.empty() && trouble != told_) tell("{}: {}; trying again\n", collector_, trouble);
    if (!trouble.empty()) told_ = trouble;
    if (all && told_ != "up") tell("{} is fed by {}\n", collector_, show::counted(feeds.size(), "router"));
    if (all) told_ = "up";
  }

 private:
  std::string collector_, told_;
};

}  // namespace

int run(const BmpCommand& command) {
  const Chosen chosen = choose_routers(command.routers);
  const auto collector = find_collector(command);
  outlive_readers();
  take_all_descriptors();
  std::vector<BmpFeed> feeds;
  std::map<std::uint32_t, std::size_t> feed_of;  // by AS number, which in a lab is a router's own
  const auto listed = ask(chosen.lab, request::List{});
  for (const auto& row : listed.at("routers")) {
    const auto name = row.at("name").get<std::string>();
    if (std::ranges::find(chosen.selection.routers, name) == chosen.selection.routers.end()) continue;
    feed_of[row.at("as").get<std::uint32_t>()] = feeds.size();
    feeds.emplace_back(chosen.lab, name, collector);
  }
  Interruption interruption(command.duration, chosen.lab.pid);
  RecordingClient recording(chosen.lab, chosen.selection.routers, {.sent = true, .loc_rib = true});
  tell("feeding {}:{}; Ctrl-C ends it\n", command.host, command.port);
  Messenger messenger(fmt::format("{}:{}", command.host, command.port));
  auto statistics = std::chrono::steady_clock::now() + kStatistics;
  auto cause = Interruption::Cause::None;
  while (cause == Interruption::Cause::None) {
    try {
      for (BmpFeed& feed : feeds) feed.turn();
      const auto records = recording.fetch(false);
      (void)capture::read_mrt(records, {}, [&](const capture::Entry& entry) {
        const auto found = feed_of.find(entry.place.local_as.value_or(0));
        if (found != feed_of.end()) feeds[found->second].hear(entry);
      });
      if (std::chrono::steady_clock::now() >= statistics) {
        statistics += kStatistics;
        for (BmpFeed& feed : feeds) feed.tell_statistics();
      }
      for (BmpFeed& feed : feeds) feed.turn();
    } catch (const std::exception&) {
      if (interruption.wait(5s) != Interruption::Cause::LabEnded) throw;
      cause = Interruption::Cause::LabEnded;
      break;
    }
    messenger.look(feeds);
    cause = interruption.wait(kPause);
  }
  const bool fed = std::ranges::any_of(feeds, &BmpFeed::is_up);
  for (BmpFeed& feed : feeds) feed.end();
  if (cause == Interruption::Cause::LabEnded)
    tell("the lab has ended\n");
  else
    (void)recording.fetch(true);
  if (const int status = tell_dropped(recording.dropped()); status != kOk) return status;
  if (fed) return kOk;
  complain(fmt::format("{}:{} took nothing in the end", command.host, command.port));
  return kRuntimeFailure;
}

}  // namespace app
