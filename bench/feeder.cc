#include "bench/feeder.h"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

#include "bench/bulk_routes.h"

namespace bench {

using namespace std::chrono_literals;

namespace {

bgp::SessionConfig config_of(const Feeder::Peering& peering) {
  bgp::SessionConfig config;
  config.local_as = peering.local_as;
  config.peer_as = peering.peer_as;
  config.identifier = peering.local;
  // What every contender takes: messages of at most 4,096 octets, nothing to be restarted.
  config.capabilities = {.extended_message = false, .enhanced_refresh = false, .graceful_restart = false};
  config.fsm.hold_time = 90s;
  return config;
}

sockaddr_in socket_address(net::Ipv4Address address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.value);
  return result;
}

netns::Descriptor connected(const Feeder::Peering& peering) {
  netns::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto local = socket_address(peering.local, 0), remote = socket_address(peering.remote, bgp::kPort);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0)
    return netns::Descriptor();
  return socket;
}

}  // namespace

Feeder::Feeder(const netns::Namespace& home, const Peering& peering, std::chrono::seconds patience)
    : peering_(peering),
      session_(config_of(peering), *this, jitter_, 0, true),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  auto up = up_.get_future();
  thread_ = std::thread([this, &home] { run(home); });
  if (up.wait_for(patience) == std::future_status::ready) return;
  stopping_ = true;
  thread_.join();
  throw std::runtime_error("the feeder's session does not come up");
}

Feeder::~Feeder() {
  if (!thread_.joinable()) return;
  post([this] { stopping_ = true; });
  thread_.join();
}

void Feeder::post(std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  tasks_.push_back(std::move(task));
  ::eventfd_write(wake_.get(), 1);
}

Feeder::Clock::time_point Feeder::send(std::vector<std::uint8_t> messages) {
  std::promise<Clock::time_point> began;
  auto known = began.get_future();
  post([this, &began, &messages] {
    outbox_.insert(outbox_.end(), messages.begin(), messages.end());
    drained_ = false;
    began.set_value(Clock::now());
  });
  return known.get();
}

void Feeder::pace(std::function<std::vector<std::uint8_t>(std::size_t)> change, double a_second,
                  std::size_t count) {
  paced_ = 0;
  post([=, this, change = std::move(change)] {
    change_ = change;
    interval_ = std::chrono::duration<double>(1 / a_second);
    sent_.assign(count, {});
    to_pace_ = count;
    pace_began_ = Clock::now();
  });
}

void Feeder::update(bgp::Session&, bgp::Update&& update) {
  std::size_t more = 0;
  for (const auto& prefix : update.announced) more += place_in_block(prefix, kLargestBlock) ? 1 : 0;
  if (more > 0) heard_ += more;
}

void Feeder::run(const netns::Namespace& home) {
  home.enter();
  while (!stopping_) {
    if (!dial_until_taken()) return;
    closed_ = false;
    session_.handle(bgp::event::ManualStart{}, Clock::now());
    session_.handle(bgp::event::TcpConnectionAcked{}, Clock::now());
    while (!stopping_ && !closed_) {
      send_what_is_due();
      write_some();
      wait();
      read_some();
      session_.on_deadlines(Clock::now());
    }
    if (was_up_) break;  // what would come now is not to be measured
    session_.handle(bgp::event::ManualStop{}, Clock::now());
  }
  fallen_ = true;
}

// The neighbour refuses while it starts, and may be in a mood to do so a little longer.
bool Feeder::dial_until_taken() {
  while (!stopping_) {
    if (socket_ = connected(peering_); socket_) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

void Feeder::wait() {
  auto until = Clock::now() + 100ms;
  if (const auto deadline = session_.next_deadline()) until = std::min(until, *deadline);
  if (paced_ < to_pace_)
    until = std::min(until, pace_began_ + std::chrono::duration_cast<Clock::duration>(
                                              interval_ * static_cast<double>(paced_.load())));
  const auto left = std::max<Clock::duration>(until - Clock::now(), 0ns);
  const timespec timeout{.tv_sec = left / 1s, .tv_nsec = left % 1s / 1ns};
  const bool more = written_ < outbox_.size();
  std::array<pollfd, 2> ready{
      {{socket_.get(), static_cast<short>(more ? POLLIN | POLLOUT : POLLIN), 0}, {wake_.get(), POLLIN, 0}}};
  ::ppoll(ready.data(), ready.size(), &timeout, nullptr);
  if ((ready[1].revents & POLLIN) == 0) return;
  eventfd_t rings = 0;
  ::eventfd_read(wake_.get(), &rings);
  std::vector<std::function<void()>> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void Feeder::read_some() {
  std::array<std::uint8_t, 65'536> buffer;
  while (true) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0)
      session_.on_bytes({buffer.data(), static_cast<std::size_t>(count)}, Clock::now());
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
      return session_.handle(bgp::event::TcpConnectionFails{}, Clock::now());
    else
      return;
  }
}

void Feeder::send_what_is_due() {
  const auto now = Clock::now();
  while (paced_ < to_pace_) {
    const std::size_t next = paced_;
    if (pace_began_ + std::chrono::duration_cast<Clock::duration>(interval_ * static_cast<double>(next)) >
        now)
      return;
    const auto octets = change_(next);
    outbox_.insert(outbox_.end(), octets.begin(), octets.end());
    sent_[next] = Clock::now();
    drained_ = false;
    paced_ = next + 1;
  }
}

void Feeder::write_some() {
  if (session_.has_control() && written_ == outbox_.size()) session_.take_control(outbox_);
  if (written_ < outbox_.size()) {
    const ssize_t count = ::send(socket_.get(), outbox_.data() + written_, outbox_.size() - written_,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) written_ += static_cast<std::size_t>(count);
  }
  if (written_ < outbox_.size()) return;
  outbox_.clear();
  written_ = 0;
  drained_ = true;
}

}  // namespace bench
