#include "app/control_server.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/close_on_exec.h"
#include "app/rethrow.h"

namespace app {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using nlohmann::ordered_json;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxRequest = 64 * 1024;
constexpr std::size_t kMaxClients = 32;
constexpr auto kForEver = std::chrono::milliseconds::max();
constexpr std::chrono::milliseconds kLongestPoll = std::chrono::hours(1);  // it takes an int

// Only who started the lab, or root, may speak to it, whatever the directory's mode lets through.
bool is_trusted(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return false;
  return credentials.uid == geteuid() || credentials.uid == 0;
}

// A reply that comes later wakes the connection's coroutine through a timer that never fires by itself.
struct PendingReply {
  explicit PendingReply(asio::io_context& io) : ready(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer ready;
  std::string text;
};

// What a neighbour has said is in some replies, and need not be UTF-8.
std::string line_of(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// A client's socket, closed when its time is up. On a busy machine what the client says and the end of its
// time may be noticed in one turn of the loop; then the timer's handler is queued already and cannot be
// cancelled, so it asks whether it is still meant.
struct Client : std::enable_shared_from_this<Client> {
  explicit Client(stream_protocol::socket accepted)
      : socket(std::move(accepted)), patience(socket.get_executor()) {}

  void close_in(std::chrono::milliseconds time) {
    patience.expires_after(time);
    patience.async_wait([self = shared_from_this(), meant = ++waits](boost::system::error_code error) {
      if (!error && meant == self->waits) self->socket.close(error);
    });
  }
  void keep_open() {
    ++waits;
    patience.cancel();
  }

  stream_protocol::socket socket;
  asio::steady_timer patience;
  std::uint64_t waits = 0;
};

}  // namespace

ControlServer::ControlServer(asio::io_context& io, const std::string& path, Handler handler,
                             std::chrono::milliseconds patience)
    : io_(io), handler_(std::move(handler)), patience_(patience), acceptor_(io) {
  unlink(path.c_str());
  const mode_t before = umask(0177);
  acceptor_.open();
  close_on_exec(acceptor_);
  boost::system::error_code error;
  acceptor_.bind(stream_protocol::endpoint(path), error);
  umask(before);
  if (error) throw std::runtime_error(fmt::format("cannot bind {}: {}", path, error.message()));
  acceptor_.listen();
  asio::co_spawn(io_, accept_loop(), rethrow);
}

asio::awaitable<void> ControlServer::accept_loop() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kToken);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      asio::steady_timer pause(io_, std::chrono::milliseconds(100));
      co_await pause.async_wait(kToken);
      continue;
    }
    if (clients_ < kMaxClients && is_trusted(socket.native_handle()))
      asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> ControlServer::serve(stream_protocol::socket accepted) {
  ++clients_;
  close_on_exec(accepted);
  const auto client = std::make_shared<Client>(std::move(accepted));
  client->close_in(patience_);
  std::string line;
  const auto [read_error, length] =
      co_await asio::async_read_until(client->socket, asio::dynamic_buffer(line, kMaxRequest), '\n', kToken);
  client->keep_open();
  const auto pending = std::make_shared<PendingReply>(io_);
  ordered_json request;
  if (!read_error) request = ordered_json::parse(line.substr(0, length), nullptr, false);
  if (read_error || !request.is_object() || !request.contains("op") || !request["op"].is_string()) {
    pending->text = line_of({{"error", "a request is one line: a JSON object with \"op\""}});
  } else {
    const auto here = std::make_shared<bool>(true);  // for as long as the client may be answered
    handler_(request, Reply(
                          [pending](const ordered_json& reply) {
                            pending->text = line_of(reply);
                            pending->ready.cancel();
                          },
                          here));
    if (pending->text.empty()) {
      // Who hangs up does not wait any more. (Who only says no more, as `nc -N` does, has not hung up.)
      client->socket.async_wait(stream_protocol::socket::wait_error,
                                [pending](boost::system::error_code) { pending->ready.cancel(); });
      co_await pending->ready.async_wait(kToken);
      boost::system::error_code ignored;
      client->socket.cancel(ignored);
    }
  }
  client->close_in(patience_);
  co_await asio::async_write(client->socket, asio::buffer(pending->text), kToken);
  client->keep_open();
  --clients_;
}

std::optional<ordered_json> ask_lab(const std::string& path, const ordered_json& request,
                                    std::chrono::milliseconds timeout) {
  const auto began = std::chrono::steady_clock::now();
  asio::io_context io;
  stream_protocol::socket socket(io);
  boost::system::error_code error;
  socket.connect(stream_protocol::endpoint(path), error);
  if (error) throw std::system_error(error, fmt::format("cannot reach the lab at {}", path));
  asio::write(socket, asio::buffer(request.dump() + "\n"), error);
  while (timeout != kForEver) {
    const auto left =
        timeout - std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    if (left.count() <= 0) return std::nullopt;
    pollfd readable{socket.native_handle(), POLLIN, 0};
    if (poll(&readable, 1, static_cast<int>(std::min(left, kLongestPoll).count())) > 0) break;
  }
  std::string reply;
  asio::read(socket, asio::dynamic_buffer(reply), error);
  ordered_json document = ordered_json::parse(reply, nullptr, false);
  if (!document.is_object()) throw std::runtime_error("the lab ended before it answered");
  if (document.contains("error")) throw std::runtime_error(document["error"].get<std::string>());
  return document;
}

ordered_json ask_lab(const std::string& path, const ordered_json& request) {
  return *ask_lab(path, request, kForEver);
}

}  // namespace app
