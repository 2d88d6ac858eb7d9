// Snapshots of a lab: what all routers hold at one instant, kept until a client has fetched it router by
// router. The threads of all routers meet (app/meeting.h); from then on none takes in anything before it has
// written down what it holds, so the pieces are of one instant, kernel tables included. On the control
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio.hpp>

#include "app/control_server.h"
#include "app/request.h"
#include "app/router.h"

namespace app {

class Snapshots {
 public:
  // `routers`: all of the lab's; must outlive this.
  Snapshots(boost::asio::io_context& io, std::span<const std::unique_ptr<Router>> routers)
      : io_(io), routers_(routers), forget_(io) {}

  // One at a time; what nobody fetches any more makes room for another one, and is forgotten after a while.
  void answer(const request::Snapshot& asked, ControlServer::Reply reply);

 private:
  void take(ControlServer::Reply reply);
  void taken(const ControlServer::Reply& reply);
  void hand_out(const request::Snapshot& asked, const ControlServer::Reply& reply);
  void forget_soon();
  bool in_use() const;

  boost::asio::io_context& io_;
  std::span<const std::unique_ptr<Router>> routers_;
  std::uint32_t number_ = 0;
  std::int64_t at_ = 0;  // ns of the lab's clock, when they had met
  std::chrono::steady_clock::time_point last_asked_{};
  std::size_t awaited_ = 0;
  bool complete_ = true;
  std::vector<std::string> pieces_;  // empty: there is no snapshot
  boost::asio::steady_timer forget_;
};

// What one router holds, as JSON (docs/schema/snapshot.json); on its thread.
std::string snapshot_piece(const speaker::Speaker& speaker);

}  // namespace app
