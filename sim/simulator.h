// A deterministic network of real speakers: in-memory connections with seeded delays and cuts, forwarding
// tables that acknowledge when they are told to, and a virtual clock that jumps from one event to the next.
// One thread; events are ordered by (time, sequence), so the same seed gives the same run, which trace()
// proves.
//
// After every event the convergence detector (speaker/quiescence.h) is asked, and may say "quiet" only when
// nothing is going on anywhere, judged by the simulator's own knowledge of wires, queues and tables.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "speaker/quiescence.h"
#include "speaker/speaker.h"

namespace sim {

using bgp::Instant;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct Options {
  std::uint64_t seed = 1;
  nanoseconds least_delay = 50us, most_delay = 2ms;  // of a wire, drawn for each connection and direction
  bool chunked = true;                               // octets arrive in pieces of seeded sizes
  std::size_t socket_buffer = 64 * 1024;             // octets that a connection holds on their way
  std::size_t room = 64 * 1024;                      // octets pulled from a speaker at a time
  nanoseconds fib_delay = 0ns;                       // 0: acknowledged at once; else after up to this
  nanoseconds start_spread = 20ms;                   // routers start within
  std::size_t events = 0;                            // that each router's journal keeps
};

// One thing that takes longer than it should: the nth of its kind.
struct Slow {
  std::uint64_t nth = 0;  // counted from 1; 0: none
  nanoseconds by{0};
};

struct LinkEnd {
  std::size_t router = 0, peer = 0, connected = 0;  // indices into its peers and connected prefixes
  std::size_t prefixes = 1;                         // of the link: as many, one after another
};

class Simulator {
 public:
  using Kernel = std::map<net::Ipv4Prefix, net::IpAddress>;
  using Ipv6Kernel = std::map<net::Ipv6Prefix, net::IpAddress>;
  // An UPDATE that was handed to a wire.
  struct Sent {
    Instant at;
    std::size_t router, peer;
    bgp::Update update;
  };

  explicit Simulator(Options options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  std::size_t add_router(speaker::SpeakerConfig config, std::vector<speaker::ConnectedPrefix> connected);
  std::size_t add_link(LinkEnd a, LinkEnd b);
  void start();

  // Both ends are told at once that the link carries nothing, or does again. What was under way is lost.
  void cut(std::size_t link);
  void heal(std::size_t link);
  bool is_up(std::size_t link) const { return links_[link].up; }
  // Nothing passes, and nobody is told: TCP keeps what was sent until the wire works again.
  void stall(std::size_t link);
  void resume(std::size_t link);

  // Slow motion, of all routers (speaker_motion.cc): closes their gates, releases what waits at each one,
  // opens them. The first two then run until nothing goes on but what is held back: false when `limit` comes
  // first.
  bool pause(nanoseconds limit = 600s);
  std::optional<speaker::Speaker::Released> step_on(nanoseconds limit = 600s);
  void go_on();

  // Runs until the detector says quiet: its verdict. Nothing when `limit` comes first.
  std::optional<speaker::Quiescence::Quiet> run_until_quiet(nanoseconds limit = 600s);
  void run_for(nanoseconds duration);
  void at(nanoseconds from_now, std::function<void()> what) { schedule(now_ + from_now, std::move(what)); }

  Instant now() const { return now_; }
  std::size_t size() const { return routers_.size(); }
  speaker::Speaker& operator[](std::size_t router);
  const speaker::EventRing& events_of(std::size_t router) const;
  // An input of a test to a router, with the work that follows it.
  void with(std::size_t router, const std::function<void(speaker::Speaker&)>& input);
  const Kernel& kernel(std::size_t router) const;
  const Ipv6Kernel& ipv6_kernel(std::size_t router) const;
  std::optional<Instant> installed_at(std::size_t router, net::Ipv4Prefix prefix) const;
  Instant last_change() const { return last_change_; }  // of any kernel table
  // By the simulator's own knowledge: is anything under way?
  bool idle() const;
  std::uint64_t trace() const { return trace_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t accepts() const { return accepts_; }
  std::uint64_t early_verdicts() const { return early_verdicts_; }
  std::uint64_t late_verdicts() const { return late_verdicts_; }
  nanoseconds delay_of(std::size_t link, bool from_a) const;  // of the connection that lives

  Slow slow_update, slow_acknowledgement, slow_accept, slow_buffer;
  bool check_every_event = true;  // also that the detector is not late
  bool log_sent = false;
  std::vector<Sent> sent;
  std::vector<std::string> notifications;  // "3>0 6/2" for router 3's to its peer 0
  std::function<int(std::size_t router, const rib::Decision&)> kernel_error;

 private:
  struct Router;
  struct Connection;
  struct Link {
    LinkEnd a, b;
    bool up = true, stalled = false;
    std::vector<std::function<void()>> held;  // what a stalled link keeps
  };
  struct Event {
    Instant at;
    std::uint64_t sequence;
    std::function<void()> what;
    bool operator<(const Event& other) const {  // std::priority_queue has the greatest on top
      return std::tie(other.at, other.sequence) < std::tie(at, sequence);
    }
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void schedule(Instant at, std::function<void()> what) { queue_.push({at, sequence_++, std::move(what)}); }
  bool step(Instant limit);
  bool run_to_stage(nanoseconds limit);
  void after_input(Router& router);
  void judge();
  void note(std::uint64_t value);
  std::uint64_t draw(std::uint64_t below);
  void set_usable(std::size_t link, bool usable);

  void dial(Router& router, speaker::ConnectionId id, const net::IpAddress& local,
            const net::IpAddress& remote);
  void knock(const ConnectionPtr& connection);
  void accept(const ConnectionPtr& connection);
  void transmit(const ConnectionPtr& connection, std::size_t side, nanoseconds delay,
                std::function<void()> what);
  void write(const ConnectionPtr& connection, std::size_t side);
  void put_on_wire(const ConnectionPtr& connection, std::size_t side, net::Bytes octets);
  void count_messages(Connection& connection, std::size_t side, net::Bytes octets);
  void arrive(const ConnectionPtr& connection, std::size_t side, std::vector<std::uint8_t> octets);
  void hear(const ConnectionPtr& connection, std::size_t side, std::vector<std::uint8_t> octets);
  void end(const ConnectionPtr& connection, std::size_t side);
  void forget_updates(Connection& connection, std::size_t toward);
  void let_go(const ConnectionPtr& connection, std::size_t side);

  Options options_;
  bgp::Jitter random_;
  Instant now_{std::chrono::hours(1)};
  std::uint64_t sequence_ = 0, events_ = 0, trace_ = 14695981039346656037u;
  std::priority_queue<Event> queue_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::vector<Link> links_;
  std::map<net::IpAddress, std::pair<std::size_t, std::size_t>> addresses_;  // -> router, link
  std::optional<speaker::Quiescence> detector_;
  std::optional<speaker::Quiescence::Quiet> verdict_;
  std::uint64_t early_verdicts_ = 0, late_verdicts_ = 0;
  std::uint64_t updates_sent_ = 0, acknowledgements_ = 0, accepts_ = 0, connections_made_ = 0;
  std::uint64_t updates_in_flight_ = 0, fib_pending_ = 0;
  Instant last_change_{};
};

}  // namespace sim
