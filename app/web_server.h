// The page over HTTP/1.1 (--web): its files, the stream of news (web_feed.h), requests to the lab, figures
// for Prometheus. On a thread and an io_context of its own, so that whoever looks delays neither the routers
// nor the control thread: what concerns the lab's own state is posted there, and comes back.
//
// Everything has a bound: connections, streams, octets of a head and of a body, the time that a client may
// take to speak or to listen.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio.hpp>
#include <nlohmann/json_fwd.hpp>

#include "app/control_server.h"
#include "app/web_feed.h"
#include "app/web_listener.h"

namespace app {

class WebServer {
 public:
  struct Limits {
    std::size_t connections, streams;
    std::chrono::milliseconds patience;  // with who is silent, or does not listen
  };
  static constexpr Limits kLimits{64, 8, std::chrono::seconds(20)};

  // `ask`: as the control socket asks; called on the server's thread, answered on any. `plan`'s activities
  // must outlive this. Starts the thread, with the capabilities of the thread that calls.
  WebServer(WebListener listener, WebPlan plan, ControlServer::Handler ask, Limits limits = kLimits);
  ~WebServer();  // hangs up, and waits for the thread

  // What the lab has to say of itself, from its own thread: every page gets it, and those that come later.
  void tell(std::string lab_json);

 private:
  struct Client;
  struct Answer;
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(std::shared_ptr<Client> client);
  boost::asio::awaitable<bool> serve_one(std::shared_ptr<Client> client);  // false: that was the last
  boost::asio::awaitable<bool> give_answer(std::shared_ptr<Client> client, std::string body);
  boost::asio::awaitable<bool> give_metrics(std::shared_ptr<Client> client, bool frr_names);
  boost::asio::awaitable<bool> send(std::shared_ptr<Client> client, unsigned status, std::string type,
                                    std::string body, std::string more_fields = {});
  boost::asio::awaitable<void> stream(std::shared_ptr<Client> client);
  boost::asio::awaitable<void> wait_for(std::shared_ptr<Client> client, std::shared_ptr<Answer> answer);
  std::shared_ptr<Answer> ask_lab(const nlohmann::ordered_json& request,
                                  std::function<std::string(const nlohmann::ordered_json&)> text);

  boost::asio::io_context io_{1};
  WebDoor door_;
  WebPlan plan_;
  ControlServer::Handler ask_;
  Limits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::size_t connections_ = 0, streams_ = 0;
  std::string lab_;             // what it said last, as a server-sent event
  std::uint64_t lab_news_ = 0;  // how often it has spoken
  // Of /metrics with our names and with frr_exporter's: those who come while one is being made share it.
  std::weak_ptr<Answer> metrics_[2];
  std::thread thread_;
};

}  // namespace app
