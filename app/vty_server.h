// A router's vty on 127.0.0.1:2605 inside its namespace: sockets in front of vty::Terminal. On the router's
// thread, so that it reads the RIB directly.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <boost/asio.hpp>

#include "speaker/speaker.h"
#include "vty/answer.h"
#include "vty/terminal.h"

namespace app {

inline constexpr std::uint16_t kVtyPort = 2605;

class VtyServer : private vty::Views {
 public:
  VtyServer(boost::asio::io_context& io, std::string router, const speaker::Speaker& speaker);

  // Throws boost::system::system_error.
  void listen();
  // A show command from elsewhere than a terminal.
  vty::Answer run_once(const std::string& line) const;

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  speaker::RouterView router() const override;
  std::vector<speaker::RouteView> routes() const override;
  std::optional<speaker::RouteView> route(net::Ipv4Prefix prefix) const override;
  std::optional<speaker::RouteView> longest_match(net::Ipv4Address address) const override;
  show::Clock clock() const override;

  boost::asio::io_context& io_;
  std::string name_;
  const speaker::Speaker& speaker_;
  vty::Show show_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::size_t clients_ = 0;
};

}  // namespace app
