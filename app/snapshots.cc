#include "app/snapshots.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/meeting.h"

namespace app {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPatience{5000};
// Since a piece was fetched last: it is kept for so long, and nobody else may have one before so much.
constexpr std::chrono::seconds kKept{60}, kIdle{2};

}  // namespace

void Snapshots::answer(const request::Snapshot& asked, ControlServer::Reply reply) {
  if (asked.number) return hand_out(asked, reply);
  if (in_use()) return reply({{"error", "another snapshot of this lab is just being taken: try again"}});
  take(std::move(reply));
}

bool Snapshots::in_use() const {
  return awaited_ > 0 || (!pieces_.empty() && std::chrono::steady_clock::now() - last_asked_ < kIdle);
}

void Snapshots::take(ControlServer::Reply reply) {
  at_ = std::numeric_limits<std::int64_t>::max();
  ++number_;
  complete_ = true;
  awaited_ = routers_.size();
  pieces_.assign(routers_.size(), {});
  const auto meeting = std::make_shared<Meeting>(routers_.size());
  for (std::size_t i = 0; i < routers_.size(); ++i)
    routers_[i]->post([this, i, meeting, reply](speaker::Speaker& speaker) {
      std::string piece;
      std::int64_t at = std::numeric_limits<std::int64_t>::max();
      if (meeting->arrive(kPatience)) try {
          at = speaker.present().time_since_epoch().count();
          piece = snapshot_piece(speaker);
        } catch (const std::exception&) {
          // The kernel had no memory for its table: no snapshot.
        }
      asio::post(io_, [this, i, at, reply, piece = std::move(piece)]() mutable {
        at_ = std::min(at_, at);
        complete_ &= !piece.empty();
        pieces_[i] = std::move(piece);
        if (--awaited_ == 0) taken(reply);
      });
    });
}

void Snapshots::taken(const ControlServer::Reply& reply) {
  if (!complete_) {
    pieces_.clear();
    return reply(
        {{"error", fmt::format("no snapshot: not every router came to the same instant within {} s, or "
                               "a kernel table could not be read",
                               kPatience / std::chrono::seconds(1))}});
  }
  forget_soon();
  reply({{"snapshot", number_}, {"atNs", at_}, {"routers", pieces_.size()}});
}

void Snapshots::hand_out(const request::Snapshot& asked, const ControlServer::Reply& reply) {
  if (asked.number == number_ && asked.router == request::Snapshot::kForget) {
    pieces_.clear();
    return reply({{"done", true}});
  }
  if (asked.number != number_ || asked.router >= pieces_.size() || awaited_ > 0)
    return reply({{"error", "there is no such snapshot, or no longer"}});
  const std::string piece = std::exchange(pieces_[asked.router], {});
  if (asked.router + 1 == pieces_.size())
    pieces_.clear();
  else
    forget_soon();
  reply({{"piece", piece}});
}

void Snapshots::forget_soon() {
  last_asked_ = std::chrono::steady_clock::now();
  forget_.expires_after(kKept);
  forget_.async_wait([this](boost::system::error_code error) {
    if (!error) pieces_.clear();
  });
}

}  // namespace app
