// The speaker's Transport over TCP: dials, accepts, moves octets. One a router, on its thread, in its
// namespace. Reading goes on by itself; writing happens at once, from within the speaker's own
// turn, and only what the socket does not take waits for it. Knows no BGP beyond the port number.
// RFC 2385 (TCP MD5 signatures) and RFC 5082 (GTSM) are options of the sockets, so they are here.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include <boost/asio.hpp>

#include "app/tcp_options.h"
#include "speaker/lab_clock.h"
#include "speaker/speaker.h"

namespace app {

class TcpTransport final : public speaker::Transport {
 public:
  // What has to happen after each input to the speaker (timers, counters).
  using AfterInput = std::function<void()>;

  // `options` and `clock` must outlive this.
  TcpTransport(boost::asio::io_context& io, const TcpOptions& options, const speaker::LabClock& clock,
               AfterInput after_input);
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  // Opens the listening sockets: one for IPv4, and one for IPv6 if a neighbour wants it. Throws
  // boost::system::system_error.
  void listen(bool ipv6 = false);
  // From here on connections are accepted for this speaker, which must live as long as this.
  void serve(speaker::Speaker& speaker);
  // Closes everything.
  void shut_down();
  // Calls `drained` once, as soon as the last words on every closed connection have been taken or have had
  // their time.
  void when_drained(std::function<void()> drained);

  void dial(speaker::ConnectionId connection, const net::IpAddress& local,
            const net::IpAddress& remote) override;
  void output_ready(speaker::ConnectionId connection) override;
  void close(speaker::ConnectionId connection) override;
  std::size_t octets_waiting() const override;
  bgp::Instant now() const override { return clock_.at(std::chrono::steady_clock::now()); }

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;
  // All of it runs in one io_context, and says so: Asio's type-erased executors cost each read a microsecond.
  using Executor = boost::asio::io_context::executor_type;
  using Loop = boost::asio::awaitable<void, Executor>;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

  void listen_on(boost::asio::ip::tcp protocol);
  Loop accept_loop(Acceptor* acceptor);
  Loop connect(speaker::ConnectionId id, net::IpAddress local, net::IpAddress remote);
  void read(ConnectionPtr connection);
  boost::system::error_code read_bulk(Connection& connection);
  Loop write_rest(ConnectionPtr connection);
  Loop end_lingering(ConnectionPtr connection);
  void take_waiting_connections();
  void take_in(Socket socket);
  void turn_away(Socket socket, const speaker::LastWords& words);
  void write(const ConnectionPtr& connection);
  void lose(const ConnectionPtr& connection);
  void linger(const ConnectionPtr& connection);
  static void end_writing(Connection& connection);
  void check_drained();

  boost::asio::io_context& io_;
  const TcpOptions& options_;
  const speaker::LabClock& clock_;  // protocol time; what sockets are given is real time
  AfterInput after_input_;
  std::deque<Acceptor> acceptors_;  // one a family
  speaker::Speaker* speaker_ = nullptr;
  std::map<speaker::ConnectionId, ConnectionPtr> connections_;
  std::vector<std::weak_ptr<Connection>> lingering_;  // closed, their last words on the way
  std::function<void()> drained_;
  std::vector<std::uint8_t> out_;  // scratch
};

}  // namespace app
