#include "app/recordings.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace app {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kMostRecordings = 4;
// That the recorders of one recording may hold together, and the share of a router: no less than a large
// message, no more than a router of few writes in a long time.
constexpr std::size_t kMostHeld = 128u << 20, kLeastShare = 80u << 10, kLargestShare = 4u << 20;
// After so much a piece is given away, even if there are routers that have not been asked.
constexpr std::size_t kPieceOctets = 4u << 20;
constexpr auto kLease = std::chrono::seconds(30), kLook = std::chrono::seconds(5);

capture::Time wall_time(Clock::time_point at, std::chrono::nanoseconds wall) {
  return capture::Time(std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch() + wall));
}

void take(MessageRecorder& tap, const std::string& router, Recordings::Piece& piece) {
  const auto taken = tap.take();
  piece.records.insert(piece.records.end(), taken.records.begin(), taken.records.end());
  if (taken.dropped > 0) piece.dropped[router] += taken.dropped;
}

}  // namespace

Recordings::Id Recordings::begin(std::vector<Router*> routers, MessageRecorder::Also also, bool leased) {
  if (recordings_.size() >= kMostRecordings) return 0;
  Recording& recording = recordings_[++last_];
  recording.wall = std::chrono::system_clock::now().time_since_epoch() - Clock::now().time_since_epoch();
  recording.leased = leased;
  recording.asked = Clock::now();
  const std::size_t share =
      std::clamp(kMostHeld / std::max<std::size_t>(routers.size(), 1), kLeastShare, kLargestShare);
  for (Router* router : routers) {
    auto tap = std::make_shared<MessageRecorder>(also, recording.wall, share);
    router->post([tap](speaker::Speaker& speaker) { speaker.add_tap(tap); });
    recording.recorders.push_back({router, std::move(tap)});
  }
  if (leased) watch_leases();
  return last_;
}

bool Recordings::collect(Id id, std::function<void(Piece)> done) {
  const auto found = recordings_.find(id);
  if (found == recordings_.end()) return false;
  found->second.asked = Clock::now();
  found->second.collecting = std::make_shared<Collected::element_type>(Piece{}, std::move(done));
  ask_next(id, found->second.collecting);
  return true;
}

void Recordings::ask_next(Id id, Collected collected) {
  auto& [piece, done] = *collected;
  const auto found = recordings_.find(id);
  if (found == recordings_.end()) return done(std::move(piece));
  Recording& recording = found->second;
  if (recording.next == 0) recording.round_began = Clock::now();
  if (recording.next == recording.recorders.size()) {
    recording.next = 0;
    recording.collecting.reset();
    piece.up_to = wall_time(recording.round_began, recording.wall);
    return done(std::move(piece));
  }
  if (piece.records.size() >= kPieceOctets) {
    piece.more = true;
    recording.collecting.reset();
    return done(std::move(piece));
  }
  const Recorder& recorder = recording.recorders[recording.next++];
  recorder.router->post([this, id, collected, tap = recorder.tap](speaker::Speaker& speaker) {
    take(*tap, speaker.config().name, collected->first);
    boost::asio::post(io_, [this, id, collected] { ask_next(id, collected); });
  });
}

void Recordings::end(Id id) {
  const auto found = recordings_.find(id);
  if (found == recordings_.end()) return;
  for (const Recorder& recorder : found->second.recorders)
    recorder.router->post([tap = recorder.tap](speaker::Speaker& speaker) { speaker.remove_tap(tap.get()); });
  recordings_.erase(found);
}

Recordings::Piece Recordings::rest(Id id) {
  Piece piece;
  const auto found = recordings_.find(id);
  if (found != recordings_.end() && found->second.collecting)  // the end has come in the midst of a round
    piece = std::move(found->second.collecting->first);
  piece.up_to = capture::Time::max();
  if (found != recordings_.end())
    for (const Recorder& recorder : found->second.recorders)
      take(*recorder.tap, recorder.router->plan().name, piece);
  return piece;
}

void Recordings::watch_leases() {
  lease_.expires_after(kLook);
  lease_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    std::vector<Id> left;
    bool any = false;
    for (const auto& [id, recording] : recordings_) {
      if (!recording.leased) continue;
      any = true;
      if (Clock::now() - recording.asked > kLease) left.push_back(id);
    }
    for (const Id id : left) end(id);
    if (any) watch_leases();
  });
}

}  // namespace app
