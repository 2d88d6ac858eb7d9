// The lab's control socket: a Unix stream socket of the starting user alone (0600). A client sends one line,
// a JSON object with "op"; it gets one JSON object back, and the connection ends. Runs on the control thread.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio.hpp>
#include <nlohmann/json_fwd.hpp>

namespace app {

class ControlServer {
 public:
  // Answers a request, now or later, once; on the control thread.
  class Reply {
   public:
    template <class Give>
    requires(!std::same_as<Give, Reply> && std::invocable<const Give&, const nlohmann::ordered_json&>)
        Reply(Give give)
        : give_(std::move(give)) {}
    Reply(std::function<void(const nlohmann::ordered_json&)> give, const std::shared_ptr<void>& client)
        : give_(std::move(give)), client_(client), from_client_(true) {}

    void operator()(const nlohmann::ordered_json& reply) const { give_(reply); }
    // False: the client has gone, and whatever was kept for its answer may be forgotten. On any thread.
    bool wanted() const { return !from_client_ || !client_.expired(); }

   private:
    std::function<void(const nlohmann::ordered_json&)> give_;
    std::weak_ptr<void> client_;
    bool from_client_ = false;
  };
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
// Nothing: the answer did not begin to come in time.
std::optional<nlohmann::ordered_json> ask_lab(const std::string& path, const nlohmann::ordered_json& request,
                                              std::chrono::milliseconds timeout);

}  // namespace app
