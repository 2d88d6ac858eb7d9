#include "app/vty_server.h"

#include <chrono>

#include "app/close_on_exec.h"
#include "app/rethrow.h"
#include "app/socket_owner.h"

namespace app {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxClients = 8;            // a router; more are turned away with a sentence
constexpr auto kIdle = std::chrono::minutes(10);  // as long as Quagga's exec-timeout

}  // namespace

VtyServer::VtyServer(asio::io_context& io, speaker::Speaker& speaker,
                     const std::optional<netns::InterfaceMonitor>& interfaces,
                     std::function<void()> after_input)
    : io_(io),
      speaker_(speaker),
      interfaces_(interfaces),
      after_input_(std::move(after_input)),
      show_([this](const vty::ShowCommand& command) {
        return vty::answer(command, *this, CHAINROUTER_VERSION);
      }),
      acceptor_(io) {}

void VtyServer::listen() {
  const tcp::endpoint loopback(asio::ip::address_v4::loopback(), kVtyPort);
  acceptor_.open(loopback.protocol());
  close_on_exec(acceptor_);
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  // The loopback interface may come up later.
  acceptor_.set_option(asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>(true));
  acceptor_.bind(loopback);
  acceptor_.listen();
  asio::co_spawn(io_, accept_loop(), rethrow);
}

vty::Answer VtyServer::run_once(const std::string& line) const { return vty::run_once(line, show_); }

asio::awaitable<void> VtyServer::accept_loop() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kToken);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      asio::steady_timer pause(io_, std::chrono::milliseconds(100));
      co_await pause.async_wait(kToken);
    } else if (clients_ < kMaxClients) {
      asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    } else {
      boost::system::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer("% Too many connections.\r\n", 25), ignored);
    }
  }
}

namespace {

// Closes a connection on which nothing moves for too long; a client that never reads or never types is
// bounded by it.
void close_when_idle(const std::shared_ptr<asio::steady_timer>& timer, tcp::socket& socket) {
  timer->expires_after(kIdle);
  timer->async_wait([timer, &socket](boost::system::error_code error) {
    if (!error) socket.cancel(error);
  });
}

}  // namespace

asio::awaitable<void> VtyServer::serve(tcp::socket socket) {
  ++clients_;
  close_on_exec(socket);
  const auto idle = std::make_shared<asio::steady_timer>(io_);
  vty::Terminal terminal(
      {config().name, CHAINROUTER_VERSION, config().as}, show_,
      [this](const vty::ChangeCommand& command) { return change(command); },
      [&socket] { return is_ours(owner_of_other_end(socket)); });
  std::array<std::uint8_t, 512> buffer;
  std::size_t filled = 0, fed = 0;
  while (true) {
    close_when_idle(idle, socket);
    if (const std::string output = terminal.take_output(); !output.empty()) {
      const auto [error, written] = co_await asio::async_write(socket, asio::buffer(output), kToken);
      if (error) break;
    }
    if (fed < filled) {
      fed += terminal.feed(std::span(buffer).subspan(fed, filled - fed));
      continue;
    }
    if (terminal.wants_close()) break;
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), kToken);
    if (error) break;
    filled = count;
    fed = terminal.feed(std::span(buffer).first(filled));
  }
  idle->cancel();
  --clients_;
}

}  // namespace app
