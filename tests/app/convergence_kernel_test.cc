// Convergence on the real kernel, under attack: is quiet ever declared too early? Routers' threads are
// stopped at random instants, in the middle of whatever they are doing (an accept, an UPDATE half handled, a
// kernel's answer not yet read), or their socket buffers are too small; outsiders in every namespace hear
// each change of a route, and one that comes after the declaration, or was certainly sent after the declared
// instant, refutes it.
#include <atomic>
#include <pthread.h>
#include <random>
#include <signal.h>
#include <time.h>

#include <catch2/catch.hpp>

#include "app/lab.h"
#include "tests/app/chain_lab.h"

using namespace std::chrono_literals;
using test::ChainLab;

namespace {

constexpr std::uint32_t kHops = 8;
constexpr auto kSilence = 40ms;  // how long the outsiders listen for what must not come

// How long the next thread that gets the signal is stopped, in milliseconds.
std::atomic<long> stall_milliseconds{0};
static_assert(std::atomic<long>::is_always_lock_free);
std::atomic<int> stalls_done{0};

extern "C" void stall(int) {
  const int error = errno;
  const long milliseconds = stall_milliseconds.load();
  timespec left{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  ++stalls_done;
  errno = error;
}

// SIGUSR1 stops the thread that it is sent to; system calls go on where they were.
class StallSignal {
 public:
  StallSignal() {
    struct sigaction action {};
    action.sa_handler = stall;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, &before_);
  }
  ~StallSignal() { sigaction(SIGUSR1, &before_, nullptr); }
  StallSignal(const StallSignal&) = delete;
  StallSignal& operator=(const StallSignal&) = delete;

 private:
  struct sigaction before_ {};
};

// Stops threads of the lab at random instants during `span` from now.
class Saboteur {
 public:
  Saboteur(ChainLab& lab, const std::vector<pthread_t>& threads, std::mt19937_64& random,
           std::chrono::microseconds span) {
    const auto pick = [&](long least, long most) {
      return std::uniform_int_distribution<long>(least, most)(random);
    };
    const long stalls = pick(1, 4);
    for (long i = 0; i < stalls; ++i) {
      auto timer = std::make_unique<boost::asio::steady_timer>(
          lab.io(), std::chrono::microseconds(pick(0, span.count())));
      timer->async_wait(
          [thread = threads[static_cast<std::size_t>(pick(0, static_cast<long>(threads.size()) - 1))],
           milliseconds = pick(1, 25)](boost::system::error_code error) {
            if (error) return;
            stall_milliseconds = milliseconds;
            pthread_kill(thread, SIGUSR1);
          });
      timers_.push_back(std::move(timer));
    }
  }

 private:
  std::vector<std::unique_ptr<boost::asio::steady_timer>> timers_;
};

std::vector<pthread_t> threads_of(ChainLab& lab) {
  std::vector<pthread_t> threads(lab.size());
  for (std::size_t i = 0; i < lab.size(); ++i)
    REQUIRE(lab.on_router(i, [&threads, i](speaker::Speaker&) { threads[i] = pthread_self(); }));
  return threads;
}

// No route message is from a later time than the instant that was declared.
void check_instant(const ChainLab& lab, const speaker::Quiescence::Quiet& quiet) {
  CHECK(lab.last_route_message_after().time_since_epoch().count() <= quiet.since);
}

// Quiet has just been declared. Whatever was sent before is queued at the outsiders; nothing may come after
// it.
void check_that_it_is_over(ChainLab& lab) {
  CHECK(lab.drain_route_messages() >= 0);
  for (std::size_t i = 0; i < lab.size(); ++i) {
    INFO(lab.plan(i).name);
    CHECK(lab.bgp_routes(i) == lab.expected_routes(i));
  }
  CHECK_FALSE(lab.route_message_comes_within(kSilence));
}

}  // namespace

TEST_CASE("quiet is never declared before the last route message", "[convergence][kernel]") {
  if (!test::may_make_namespaces()) return;
  const StallSignal signal;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    app::ChainOptions options;
    options.hops = kHops;
    options.seed = seed;
    // Every third run: a router or two whose sockets take next to nothing.
    const std::size_t narrow = seed % 3 == 0 ? random() % (kHops + 1) : kHops + 1;
    ChainLab lab(options, [&](std::size_t i) {
      if (i != narrow && i != narrow + 1) return;
      netns::write_sysctl("net/ipv4/tcp_wmem", "4096 4096 4096");
      netns::write_sysctl("net/ipv4/tcp_rmem", "2304 2304 2304");
    });
    const auto threads = threads_of(lab);
    CHECK(lab.drain_route_messages() == 0);  // nobody has dialled yet
    const auto watch = seed % 2 == 0 ? ChainLab::Watch::Doorbell : ChainLab::Watch::Always;
    {
      const Saboteur saboteur(lab, threads, random, 15ms);
      lab.start();
      const auto quiet = lab.await_quiet(kHops, watch);
      REQUIRE(quiet);
      check_that_it_is_over(lab);
      check_instant(lab, *quiet);
    }

    // One more prefix through the whole chain, and away again.
    const net::Ipv4Prefix prefix(net::Ipv4Address::of(203, 0, 113, 0), 24);
    const Saboteur saboteur(lab, threads, random, 3ms);
    REQUIRE(lab.on_router(
        0, [&](speaker::Speaker& speaker) { speaker.announce(prefix, ChainLab::Clock::now()); }));
    const auto announced = lab.await_quiet(kHops, watch);
    REQUIRE(announced);
    CHECK(lab.bgp_routes(kHops).contains(prefix));
    CHECK(lab.drain_route_messages() == kHops);
    CHECK_FALSE(lab.route_message_comes_within(kSilence));
    check_instant(lab, *announced);

    REQUIRE(lab.on_router(
        0, [&](speaker::Speaker& speaker) { speaker.withdraw(prefix, ChainLab::Clock::now()); }));
    const auto withdrawn = lab.await_quiet(kHops, watch);
    REQUIRE(withdrawn);
    for (std::size_t i = 0; i < lab.size(); ++i) CHECK_FALSE(lab.bgp_routes(i).contains(prefix));
    CHECK(lab.drain_route_messages() == kHops);
    check_instant(lab, *withdrawn);
  }
  CHECK(stalls_done >= 50);  // they did happen
}

TEST_CASE("with MRAI quiet waits for the last tick", "[convergence][kernel]") {
  if (!test::may_make_namespaces()) return;
  const auto mode = GENERATE(speaker::MraiMode::Quagga, speaker::MraiMode::Rfc);
  app::ChainOptions options;
  options.hops = 4;
  options.mrai = {.interval = 100ms, .mode = mode};
  ChainLab lab(options);
  lab.start();
  REQUIRE(lab.await_quiet(options.hops, ChainLab::Watch::Always));
  check_that_it_is_over(lab);
  CHECK_FALSE(lab.route_message_comes_within(250ms));  // two ticks and a half
}
