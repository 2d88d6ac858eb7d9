// A lab's recording of itself, from before its first message to after its last (--record FILE). Fetches what
// the routers' recorders have (app/recordings.h) and writes it on a thread of its own, so that a slow disk
// keeps nobody from anything; a full one ends the recording, not the lab. Thread: the control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/output_file.h"
#include "app/recordings.h"
#include "capture/record_merge.h"

namespace app {

class FileRecording {
 public:
  // Makes the file, or throws std::runtime_error with a sentence. `news` is told why it ended early, and what
  // is missing.
  FileRecording(boost::asio::io_context& io, Recordings& recordings, const std::string& file,
                std::function<void(const std::string&)> news);

  // The routers listen, and have not begun to speak.
  void begin(std::vector<Router*> routers);
  // Their threads have ended. False: something is missing in the file.
  bool finish();

 private:
  void fetch();
  void write(Recordings::Piece piece);
  void give_up(const std::string& sentence);

  boost::asio::io_context& io_;
  Recordings& recordings_;
  std::function<void(const std::string&)> news_;
  boost::asio::steady_timer pause_;
  Recordings::Id id_ = 0;
  bool failed_ = false;
  std::uint64_t dropped_ = 0;
  OutputFile file_;  // these two: the writer's
  capture::RecordMerge merge_;
  std::optional<boost::asio::thread_pool> writer_;  // of one thread; ends before they do
};

}  // namespace app
