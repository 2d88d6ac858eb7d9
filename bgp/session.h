// One connection to a peer: octets in, octets out, a state machine between. Cuts frames, decodes, feeds the
// Fsm and performs its actions; counts messages; keeps its timers as deadlines. Knows no socket (the
// Transport beyond SessionOwner does), no clock (the time is handed in through `now`), no RIB. RFC 4271 §6
// and §8, RFC 5492, RFC 9687, RFC 9234 §4.2.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgp/capabilities.h"
#include "bgp/codec.h"
#include "bgp/fsm.h"
#include "bgp/message.h"

namespace bgp {

// The most that a session holds of octets, whatever arrives (Session::buffered_octets). Inwards: less than
// one message, which has at most 65,535 octets (RFC 8654 §3).
// Outwards: a NOTIFICATION, as long as a message at most, and the KEEPALIVEs of a connection that takes
// nothing until SendHoldTimer ends it (RFC 9687): with the least hold time one a second for eight minutes,
// 9,120 octets. A vector that grows may be twice as large as what it holds. Decoded, one message at a time is
// at hand: 20 octets for each of at most 65,512 prefixes of length 0.
inline constexpr std::size_t kMaxBufferedOctets = 2 * kMaxExtendedOctets + 2 * (kMaxExtendedOctets + 16'384);

// A value of the monotonic clock; in the simulator, of the virtual one.
using Instant = std::chrono::steady_clock::time_point;

// Seeded, so that the same seed gives the same run (SplitMix64).
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : state_(seed) {}
  // Shortens nothing: where every run of one sequence of events must take the same time.
  static Jitter none() {
    Jitter jitter(0);
    jitter.shortens_ = false;
    return jitter;
  }
  std::uint64_t next();
  // RFC 4271 §10: a factor of 0.75 to 1.
  std::chrono::nanoseconds shorten(std::chrono::nanoseconds duration) {
    return shorten(duration, duration / 4);
  }
  // The same by `most` at most.
  std::chrono::nanoseconds shorten(std::chrono::nanoseconds duration, std::chrono::nanoseconds most);
  bool shortens() const { return shortens_; }

 private:
  std::uint64_t state_;
  bool shortens_ = true;
};

struct SessionConfig {
  std::uint32_t local_as = 0;
  std::uint32_t peer_as = 0;
  net::Ipv4Address identifier;
  LocalCapabilities capabilities;
  FsmConfig fsm;
  bool internal() const { return local_as == peer_as; }
};

struct SessionCounters {
  std::uint64_t opens = 0, notifications = 0, updates = 0, keepalives = 0, route_refreshes = 0;
};

class Session;

// What a session asks of the world. Calls may come from within any of the session's own functions; a callee
// may hand the session further events (they are queued, not nested).
class SessionOwner {
 public:
  virtual void dial(Session& session) = 0;
  // The connection is over; what take_control() still holds should reach the peer before the FIN.
  virtual void close(Session& session) = 0;
  // The peer's OPEN is good. May this session live (RFC 4271 §6.8)? False: it is dumped.
  virtual bool admit(Session& session) = 0;
  virtual void established(Session& session) = 0;
  virtual void down(Session& session) = 0;  // was Established
  virtual void update(Session& session, Update&& update) = 0;
  virtual void route_refresh(Session& session, const RouteRefresh& refresh) = 0;
  // A whole message has come, and is handled next; only while set_overheard(true).
  virtual void overhear(Session&, net::Bytes) {}

 protected:
  ~SessionOwner() = default;
};

class Session {
 public:
  // `slot`: the owner's number for it; `dialled`: it makes the connection, or takes the peer's.
  Session(const SessionConfig& config, SessionOwner& owner, Jitter& jitter, std::uint16_t slot, bool dialled);

  // Events from the owner and the transport.
  void handle(Event event, Instant now);
  void on_bytes(net::Bytes bytes, Instant now);
  void on_deadlines(Instant now);  // every timer that is due by now expires
  // The router is awake for another reason: a KEEPALIVE that jitter might have had go by now goes, and spares
  // its timer a wake-up.
  void on_occasion(Instant now);
  // The transport could write nothing / something more (RFC 9687).
  void on_write_blocked(Instant now);
  void on_write_progress(Instant now);

  // Octets of OPEN, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH that wait; they go before any UPDATE. Moves them
  // out.
  bool has_control() const { return !control_.empty(); }
  void take_control(std::vector<std::uint8_t>& out);
  // Of what goes to the peer past the session: pulled from the RIB.
  void count_sent(std::uint64_t updates, std::uint64_t route_refreshes, Instant now);
  // Asks for the family again, where the peer takes such requests (RFC 2918 §4). False: it does not.
  bool send_route_refresh(Family family);

  std::optional<Instant> next_deadline() const;
  std::optional<Instant> deadline(Timer timer) const { return deadlines_[static_cast<std::size_t>(timer)]; }
  bool timer_running(Timer timer) const { return deadline(timer).has_value(); }

  State state() const { return fsm_.state(); }
  const Fsm& fsm() const { return fsm_; }
  void set_idle_hold(std::chrono::milliseconds pause) { fsm_.set_idle_hold(pause); }
  void set_delay_open(std::chrono::milliseconds delay) { fsm_.set_delay_open(delay); }
  void set_overheard(bool overheard) { overheard_ = overheard; }
  std::uint16_t slot() const { return slot_; }
  bool dialled() const { return dialled_; }
  // Is there a TCP connection, or one being made? Changes with every connection, so that late news from the
  // transport about an old one can be told apart.
  bool connected() const { return connected_; }
  std::uint32_t generation() const { return generation_; }

  const Agreed& agreed() const { return agreed_; }
  net::Ipv4Address remote_id() const {
    return open_received_ ? open_received_->identifier : net::Ipv4Address{};
  }
  const std::optional<Open>& open_sent() const { return open_sent_; }
  const std::optional<Open>& open_received() const { return open_received_; }
  const SessionCounters& sent() const { return sent_; }
  const SessionCounters& received() const { return received_; }
  const std::optional<Notification>& notification_sent() const { return notification_sent_; }
  const std::optional<Notification>& notification_received() const { return notification_received_; }
  std::optional<Instant> last_read() const { return last_read_; }
  std::optional<Instant> last_write() const { return last_write_; }
  // What we said when it last went to Idle, where that was said by a NOTIFICATION.
  const std::optional<Notification>& farewell() const { return farewell_; }
  std::size_t buffered_octets() const { return inbox_.capacity() + control_.capacity(); }
  // Why it last went to Idle, in words.
  std::string end_text() const;
  // Do the routes of the session that ends (or has ended) stay for a while (RFC 4724 §4.2, RFC 8538 §4)? To
  // be asked from SessionOwner::down on.
  bool routes_outlive() const;

 private:
  void run(const Event& event);
  void perform(const Action& action);
  void receive(const Frame& frame);
  void receive_open(const Open& open);
  void receive_update(const Frame& frame);
  Message& in_hand();
  void raise(Event event) { events_.push_back(std::move(event)); }
  void drain();
  std::optional<Notification> objection_to(const Open& open) const;
  Open make_open() const;
  void send(const Message& message, std::uint64_t& count);
  void start_timer(Timer timer, std::chrono::milliseconds duration);
  void begin_connection();

  SessionConfig config_;
  SessionOwner& owner_;
  Jitter& jitter_;
  Fsm fsm_;
  std::uint16_t slot_;
  bool dialled_;
  bool connected_ = false;
  bool draining_ = false;
  bool overheard_ = false;
  std::uint32_t generation_ = 0;
  Instant now_{};
  std::vector<Event> events_;  // raised, in order; handled up to `handled_`
  std::size_t handled_ = 0;
  // The UPDATE or ROUTE-REFRESH that DeliverUpdate speaks of. Most sessions of a peer never see one.
  std::unique_ptr<Message> in_hand_;
  std::vector<std::uint8_t> inbox_;  // the beginning of a message whose rest has not come
  std::vector<std::uint8_t> control_;
  std::array<std::optional<Instant>, kTimerCount> deadlines_;
  Instant keepalive_from_{};  // while Timer::Keepalive runs: no sooner, whatever the occasion
  Agreed agreed_;
  std::optional<Open> open_sent_, open_received_;
  std::optional<Notification> notification_sent_, notification_received_;
  SessionCounters sent_, received_;
  std::optional<Instant> last_read_, last_write_;
  std::string_view end_event_;
  std::optional<Notification> farewell_;  // what we said when it ended
};

}  // namespace bgp
