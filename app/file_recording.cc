#include "app/file_recording.h"

#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace app {

namespace asio = boost::asio;

namespace {

constexpr auto kPause = std::chrono::milliseconds(200);

}  // namespace

FileRecording::FileRecording(asio::io_context& io, Recordings& recordings, const std::string& file,
                             std::function<void(const std::string&)> news)
    : io_(io), recordings_(recordings), news_(std::move(news)), pause_(io), file_(file) {}

void FileRecording::begin(std::vector<Router*> routers) {
  writer_.emplace(1);
  id_ = recordings_.begin(std::move(routers), {}, false);
  fetch();
}

void FileRecording::fetch() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](boost::system::error_code error) {
    if (!error) recordings_.collect(id_, [this](Recordings::Piece piece) { write(std::move(piece)); });
  });
}

// The next piece is not asked for before this one is written: what waits, waits in the recorders, up to their
// limit.
void FileRecording::write(Recordings::Piece piece) {
  for (const auto& [router, count] : piece.dropped) dropped_ += count;
  asio::post(*writer_, [this, piece = std::move(piece)] {
    merge_.add(piece.records);
    std::string fault;
    try {
      if (!piece.more) file_.write(merge_.take_before(piece.up_to));
    } catch (const std::runtime_error& error) {
      fault = error.what();
    }
    asio::post(io_, [this, fault, more = piece.more] {
      if (!fault.empty()) return give_up(fault);
      if (!more) return fetch();
      recordings_.collect(id_, [this](Recordings::Piece next) { write(std::move(next)); });
    });
  });
}

void FileRecording::give_up(const std::string& sentence) {
  failed_ = true;
  recordings_.end(id_);
  news_(fmt::format("{}: the recording has ended, the lab goes on", sentence));
}

bool FileRecording::finish() {
  if (!writer_) return true;  // it did not come to that
  pause_.cancel();
  writer_->join();
  if (failed_) return false;
  auto piece = recordings_.rest(id_);
  for (const auto& [router, count] : piece.dropped) dropped_ += count;
  merge_.add(piece.records);
  try {
    file_.write(merge_.take_all());
  } catch (const std::runtime_error& error) {
    news_(error.what());
    return false;
  }
  if (dropped_ == 0) return true;
  news_(fmt::format("{}: {} messages are missing, for they came faster than they were written", file_.name(),
                    dropped_));
  return false;
}

}  // namespace app
