// The lab's control socket: a Unix stream socket of the starting user alone (0600). A client sends one line,
// a JSON object with "op"; it gets one JSON object back, and the connection ends. Runs on the control thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio.hpp>
#include <nlohmann/json_fwd.hpp>

namespace app {

class ControlServer {
 public:
  // Answers a request through `reply`, now or later, exactly once.
  using Reply = std::function<void(const nlohmann::ordered_json&)>;
  using Handler = std::function<void(const nlohmann::ordered_json& request, Reply reply)>;

  // Binds the socket; throws std::runtime_error. A client that takes longer than `patience` to say what it
  // wants, or to take the answer, is dropped: it would keep a place that others need. On a busy machine an
  // honest one may take seconds.
  ControlServer(boost::asio::io_context& io, const std::string& path, Handler handler,
                std::chrono::milliseconds patience = std::chrono::seconds(30));

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(boost::asio::local::stream_protocol::socket accepted);

  boost::asio::io_context& io_;
  Handler handler_;
  std::chrono::milliseconds patience_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::size_t clients_ = 0;
};

// One request from a client's side. Throws std::runtime_error with a sentence.
nlohmann::ordered_json ask_lab(const std::string& path, const nlohmann::ordered_json& request);

}  // namespace app
