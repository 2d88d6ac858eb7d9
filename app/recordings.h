// The recordings that are going on in a lab: puts a recorder into each router, fetches from one router after
// the other what it has, and takes the recorders out again. Memory is bounded whoever reads, or does not: see
// MessageRecorder. Thread: the control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/message_recorder.h"
#include "app/router.h"
#include "capture/packets.h"

namespace app {

class Recordings {
 public:
  using Id = std::uint32_t;  // from 1

  explicit Recordings(boost::asio::io_context& io) : io_(io), lease_(io) {}

  // Of these routers, which must live as long as this. 0: there are as many recordings as there may be.
  // `leased`: it ends by itself when nobody has asked for half a minute.
  Id begin(std::vector<Router*> routers, MessageRecorder::Also also, bool leased);

  struct Piece {
    std::vector<std::uint8_t> records;  // of each router in order
    // Nothing older than this will come any more.
    capture::Time up_to;
    bool more = false;                             // it was too much for one piece
    std::map<std::string, std::uint64_t> dropped;  // by router, since the last time
  };
  // False: there is no such recording. One at a time of each.
  bool collect(Id id, std::function<void(Piece)> done);
  void end(Id id);
  // What is left, when the routers' threads have ended.
  Piece rest(Id id);

 private:
  struct Recorder {
    Router* router;
    std::shared_ptr<MessageRecorder> tap;
  };
  using Collected = std::shared_ptr<std::pair<Piece, std::function<void(Piece)>>>;
  struct Recording {
    std::vector<Recorder> recorders;
    Collected collecting;  // null: nobody has asked
    std::chrono::nanoseconds wall{0};
    bool leased = false;
    std::size_t next = 0;  // router to ask
    std::chrono::steady_clock::time_point round_began, asked;
  };
  void ask_next(Id id, Collected collected);
  void watch_leases();

  boost::asio::io_context& io_;
  boost::asio::steady_timer lease_;
  std::map<Id, Recording> recordings_;
  Id last_ = 0;
};

}  // namespace app
