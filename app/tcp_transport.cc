#include "app/tcp_transport.h"

#include <algorithm>
#include <utility>

#include "app/close_on_exec.h"
#include "app/rethrow.h"

namespace app {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using speaker::ConnectionId;

namespace {

constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwaited;
constexpr auto kToken = asio::as_tuple(kAwaited);
// Octets pulled from the speaker at a time: enough to amortise a system call, and little beside what a
// thousand routers would hold if all of them were in the midst of a wave. A long message may need the larger
// room.
constexpr std::size_t kRoom = 16 * 1024, kLargeRoom = 64 * 1024;
constexpr std::size_t kBulkRead = 32 * 1024;
// Then it is the turn of timers, links and the other sessions: a neighbour with a whole table to tell would
// otherwise keep this router from its own KEEPALIVEs.
constexpr int kBulkReadsATurn = 4;
// A connection's own buffer: enough for the news of one prefix that has come a hundred hops. What is more is
// read into a large buffer that lives no longer than there is something to read.
constexpr std::size_t kSmallRead = 512;
constexpr std::size_t kKeptScratch = 2048;
constexpr int kBacklog = 16;
constexpr auto kLinger = std::chrono::seconds(1);
constexpr std::size_t kMostLingering = 16;  // strangers have no claim on more of our descriptors
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

asio::ip::address to_asio(const net::IpAddress& address) {
  if (address.is_ipv4()) return asio::ip::address_v4(address.ipv4().value);
  return asio::ip::address_v6(address.ipv6().bytes);
}

net::IpAddress from_asio(const asio::ip::address& address) {
  if (address.is_v4()) return net::Ipv4Address{address.to_v4().to_uint()};
  return net::Ipv6Address{address.to_v6().to_bytes()};
}

// UPDATEs are small and wait for nobody; Nagle's algorithm would hold the second one back.
void set_options(auto& socket) {
  close_on_exec(socket);
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
}

}  // namespace

struct TcpTransport::Connection {
  Connection(Socket tcp_socket, ConnectionId connection_id)
      : socket(std::move(tcp_socket)), id(connection_id) {}
  Socket socket;
  ConnectionId id;
  std::vector<std::uint8_t> pending;  // whole or begun messages that the socket did not take
  bool open = true;                   // the speaker counts on it; else it only lingers
  std::array<std::uint8_t, kSmallRead> buffer;
};

TcpTransport::TcpTransport(asio::io_context& io, const TcpOptions& options, const speaker::LabClock& clock,
                           AfterInput after_input)
    : io_(io), options_(options), clock_(clock), after_input_(std::move(after_input)) {}

void TcpTransport::listen(bool ipv6) {
  listen_on(tcp::v4());
  if (ipv6) listen_on(tcp::v6());
}

void TcpTransport::listen_on(tcp protocol) {
  Acceptor& acceptor = acceptors_.emplace_back(io_);
  acceptor.open(protocol);
  close_on_exec(acceptor);
  protect_listener(acceptor.native_handle(), options_.peers);
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  // IPv4 has a socket of its own: a peer's address never comes as ::ffff:192.0.2.1.
  if (protocol == tcp::v6()) acceptor.set_option(asio::ip::v6_only(true));
  acceptor.bind({protocol, options_.listen_port});
  acceptor.listen(kBacklog);
  acceptor.non_blocking(true);
}

void TcpTransport::serve(speaker::Speaker& speaker) {
  speaker_ = &speaker;
  for (Acceptor& acceptor : acceptors_) asio::co_spawn(io_, accept_loop(&acceptor), rethrow);
}

void TcpTransport::shut_down() {
  error_code ignored;
  for (Acceptor& acceptor : acceptors_) acceptor.close(ignored);
  for (auto& [id, connection] : std::exchange(connections_, {})) {
    connection->open = false;
    connection->socket.close(ignored);
  }
  for (auto& weak : lingering_)
    if (const auto connection = weak.lock()) connection->socket.close(ignored);
}

TcpTransport::Loop TcpTransport::accept_loop(Acceptor* acceptor) {
  while (acceptor->is_open()) {
    auto [error, socket] = co_await acceptor->async_accept(kToken);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // out of descriptors, most likely: the queue keeps, so pause instead of spinning
      Timer pause(io_, kAcceptPause);
      co_await pause.async_wait(kToken);
      continue;
    }
    take_in(std::move(socket));
  }
}

void TcpTransport::take_in(Socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  const auto local = socket.local_endpoint(error);
  if (error) return;
  const auto id =
      speaker_->accepted(from_asio(remote.address()), from_asio(local.address()), remote.port(), now());
  if (!id) return turn_away(std::move(socket), id.error());
  set_options(socket);
  protect_connection(socket.native_handle(), options_.peer(id->peer));
  auto connection = std::make_shared<Connection>(std::move(socket), *id);
  connections_[*id] = connection;
  read(connection);
  write(connection);  // our OPEN
  after_input_();
}

void TcpTransport::turn_away(Socket socket, const speaker::LastWords& words) {
  std::erase_if(lingering_, [](const auto& weak) { return weak.expired(); });
  if (words.empty() || lingering_.size() >= kMostLingering) return;  // the socket closes itself
  set_options(socket);
  error_code ignored;
  socket.write_some(asio::buffer(words), ignored);
  auto connection = std::make_shared<Connection>(std::move(socket), ConnectionId{});
  connection->open = false;
  read(connection);
  linger(connection);
}

void TcpTransport::take_waiting_connections() {
  for (Acceptor& acceptor : acceptors_) {
    error_code error;
    while (acceptor.is_open()) {
      Socket socket(io_);
      acceptor.accept(socket, error);
      if (error) break;
      take_in(std::move(socket));
    }
  }
}

void TcpTransport::dial(ConnectionId id, const net::IpAddress& local, const net::IpAddress& remote) {
  asio::co_spawn(io_, connect(id, local, remote), rethrow);
}

TcpTransport::Loop TcpTransport::connect(ConnectionId id, net::IpAddress local, net::IpAddress remote) {
  // Not from within the speaker's turn; and the peer's own connection may already be waiting: taking it first
  // saves a collision.
  co_await asio::post(io_, kAwaited);
  take_waiting_connections();
  if (!speaker_->may_dial(id)) {
    speaker_->connection_failed(id, now());
    after_input_();
    co_return;
  }
  error_code failure;
  Socket socket(io_);
  const auto to = to_asio(remote);
  socket.open(to.is_v4() ? tcp::v4() : tcp::v6(), failure);
  const TcpPeer& peer = options_.peer(id.peer);
  if (!failure) protect_connection(socket.native_handle(), peer);
  if (!failure) socket.bind({to_asio(local), 0}, failure);
  if (failure) {
    speaker_->connection_failed(id, now());
    after_input_();
    co_return;
  }
  set_options(socket);
  auto connection = std::make_shared<Connection>(std::move(socket), id);
  connections_[id] = connection;
  const auto [error] = co_await connection->socket.async_connect({to, peer.port}, kToken);
  if (!connection->open) co_return;  // the speaker thought better of it
  const auto local_endpoint = connection->socket.local_endpoint(failure);
  if (error || failure) {
    lose(connection);
    co_return;
  }
  read(connection);
  speaker_->connected(id, local_endpoint.port(), now());
  after_input_();
}

// A callback where all else is a coroutine: every UPDATE comes this way, and what a coroutine asks of Asio at
// each turn is a tenth of what a router executes for it.
void TcpTransport::read(ConnectionPtr connection) {
  Connection& of = *connection;
  of.socket.async_read_some(asio::buffer(of.buffer), [this, connection = std::move(connection)](
                                                         error_code error, std::size_t count) mutable {
    if (!error && connection->open) {  // else it lingers: what still comes is of no interest
      if (count == connection->buffer.size())
        error = read_bulk(*connection);
      else
        speaker_->received(connection->id, {connection->buffer.data(), count}, now());
      if (!error) after_input_();
    }
    error ? lose(connection) : read(std::move(connection));
  });
}

// The connection's own buffer is full: reads on in large pieces until nothing is left to be read, or others
// must have their turn. What is in that buffer begins the first piece, so that news that came together are
// decided together, installed as one batch and passed on as one.
error_code TcpTransport::read_bulk(Connection& connection) {
  const auto bulk = std::make_unique_for_overwrite<std::uint8_t[]>(kBulkRead);
  std::size_t held = connection.buffer.size();
  std::ranges::copy(connection.buffer, bulk.get());
  for (int reads = 0; connection.open && reads < kBulkReadsATurn; ++reads) {
    error_code error;
    const std::size_t count =
        connection.socket.read_some(asio::buffer(bulk.get() + held, kBulkRead - held), error);
    const std::size_t octets = std::exchange(held, 0) + count;
    if (octets > 0) speaker_->received(connection.id, {bulk.get(), octets}, now());
    if (error) return error == asio::error::would_block ? error_code{} : error;
    if (octets < kBulkRead) break;
  }
  return {};
}

// The connection is gone by itself.
void TcpTransport::lose(const ConnectionPtr& connection) {
  error_code ignored;
  connection->socket.close(ignored);
  if (!std::exchange(connection->open, false)) return check_drained();
  connections_.erase(connection->id);
  speaker_->closed(connection->id, now());
  after_input_();
}

void TcpTransport::output_ready(ConnectionId id) {
  if (const auto found = connections_.find(id); found != connections_.end()) write(found->second);
}

// Pulls and writes until the speaker has no more to say or the socket takes no more.
void TcpTransport::write(const ConnectionPtr& connection) {
  bool more = true;
  while (more && connection->pending.empty() && connection->open) {
    out_.clear();
    more = speaker_->take_output(connection->id, kRoom, out_);
    if (more && out_.empty()) more = speaker_->take_output(connection->id, kLargeRoom, out_);
    if (out_.empty()) break;
    error_code error;
    const std::size_t written = connection->socket.write_some(asio::buffer(out_), error);
    if (error && error != asio::error::would_block) return;  // reading will tell
    if (written == out_.size()) continue;
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(written));
    connection->pending = std::exchange(out_, {});
    speaker_->write_blocked(connection->id, now());
    asio::co_spawn(io_, write_rest(connection), rethrow);
  }
  // A whole table's worth of scratch is not kept for the next prefix.
  if (out_.capacity() > kKeptScratch) out_ = std::vector<std::uint8_t>();
}

TcpTransport::Loop TcpTransport::write_rest(ConnectionPtr connection) {
  while (!connection->pending.empty()) {
    const auto [error, written] =
        co_await connection->socket.async_write_some(asio::buffer(connection->pending), kToken);
    if (error) co_return;  // reading will tell
    connection->pending.erase(connection->pending.begin(),
                              connection->pending.begin() + static_cast<std::ptrdiff_t>(written));
    if (!connection->open) continue;  // the last words are all that is left
    speaker_->write_progress(connection->id, now());
    // RFC 9687 §4: the send hold time begins anew with every octet taken, as long as more are waiting.
    if (!connection->pending.empty()) speaker_->write_blocked(connection->id, now());
  }
  if (!connection->open) co_return end_writing(*connection);
  write(connection);
  if (connection->pending.empty()) speaker_->write_progress(connection->id, now());
  after_input_();
}

// A NOTIFICATION must survive the close: were unread octets left, close(2) would answer with a RST that can
// overtake it. So: last words, FIN, and read on for a while. What the socket has not taken yet goes before
// them: a NOTIFICATION in the midst of a message would be none.
void TcpTransport::close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const ConnectionPtr connection = found->second;
  connections_.erase(found);
  connection->open = false;
  std::vector<std::uint8_t>& words = connection->pending;
  const bool writing = !words.empty();  // by write_rest()
  speaker_->take_output(id, kRoom, words);
  if (!writing) {
    error_code error;
    const std::size_t written = connection->socket.write_some(asio::buffer(words), error);
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(written));
    if (error && error != asio::error::would_block) words.clear();
    if (!words.empty()) asio::co_spawn(io_, write_rest(connection), rethrow);
  }
  std::erase_if(lingering_, [](const auto& weak) { return weak.expired(); });
  linger(connection);
}

std::size_t TcpTransport::octets_waiting() const {
  std::size_t octets = 0;
  for (const auto& [id, connection] : connections_) octets += connection->pending.size();
  return octets;
}

void TcpTransport::linger(const ConnectionPtr& connection) {
  lingering_.push_back(connection);
  asio::co_spawn(io_, end_lingering(connection), rethrow);
  if (connection->pending.empty()) end_writing(*connection);
}

void TcpTransport::end_writing(Connection& connection) {
  error_code error;
  connection.socket.shutdown(tcp::socket::shutdown_send, error);
  if (error) connection.socket.close(error);  // it never was connected
}

TcpTransport::Loop TcpTransport::end_lingering(ConnectionPtr connection) {
  Timer timer(io_, kLinger);
  co_await timer.async_wait(kToken);
  error_code ignored;
  connection->socket.close(ignored);
  check_drained();
}

void TcpTransport::when_drained(std::function<void()> drained) {
  drained_ = std::move(drained);
  check_drained();
}

void TcpTransport::check_drained() {
  const auto ended = [](const std::weak_ptr<Connection>& weak) {
    const auto connection = weak.lock();
    return !connection || !connection->socket.is_open();
  };
  if (drained_ && std::ranges::all_of(lingering_, ended)) std::exchange(drained_, {})();
}

}  // namespace app
