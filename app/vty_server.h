// A router's vty on 127.0.0.1:2605 inside its namespace: sockets in front of vty::Terminal. On the router's
// thread, so that it reads the RIB and gives orders to the speaker directly. Whoever is in the namespace may
// look; only root and the process's own user may change things.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio.hpp>

#include "netns/interface_monitor.h"
#include "speaker/speaker.h"
#include "vty/answer.h"
#include "vty/terminal.h"

namespace app {

inline constexpr std::uint16_t kVtyPort = 2605;

class VtyServer : private vty::Views {
 public:
  // `after_input` is called when a command has changed something in the speaker. All must outlive this.
  VtyServer(boost::asio::io_context& io, speaker::Speaker& speaker,
            const std::optional<netns::InterfaceMonitor>& interfaces, std::function<void()> after_input);

  // Throws boost::system::system_error.
  void listen();
  // A show command from elsewhere than a terminal.
  vty::Answer run_once(const std::string& line) const;

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  std::string change(const vty::ChangeCommand& command);
  std::string change(const vty::command::ClearNeighbors& command);
  std::string change(const vty::command::SetNetwork& command);
  std::string change(const vty::command::SetNeighborShutdown& command);

  speaker::RouterView router() const override;
  std::vector<speaker::RouteView> routes() const override;
  std::optional<speaker::RouteView> route(net::Ipv4Prefix prefix) const override;
  std::optional<speaker::RouteView> longest_match(net::Ipv4Address address) const override;
  std::vector<speaker::AdjRoute> adj_in(const net::IpAddress& neighbor) const override;
  std::vector<speaker::AdjRoute> adj_out(const net::IpAddress& neighbor) const override;
  std::vector<show::IpRoute> ip_routes(bool ipv6) const override;
  const speaker::SpeakerConfig& config() const override;
  show::Clock clock() const override;
  std::string interface_name(std::uint32_t index) const;

  boost::asio::io_context& io_;
  speaker::Speaker& speaker_;
  const std::optional<netns::InterfaceMonitor>& interfaces_;
  std::function<void()> after_input_;
  vty::Show show_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::size_t clients_ = 0;
};

}  // namespace app
