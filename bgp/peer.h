// A configured neighbour: at most three connections to it at a time, of which at most one is Established. One
// session dials; two slots take the peer's own connections, because both ends dial at once here and a second
// attempt may come while a first one is still open. Settles collisions (RFC 4271 §6.8), decides when to try
// again, and remembers what `show` wants to know across sessions. Knows no socket and no RIB.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <ranges>
#include <string>

#include "bgp/session.h"

namespace bgp {

struct PeerConfig {
  net::IpAddress address;
  net::IpAddress local_address;
  bool passive = false;  // never dials
  SessionConfig session;
  // The pause after a fall: the first, doubled with every fall in a row up to the last.
  std::chrono::milliseconds first_idle_hold{100};
  std::chrono::milliseconds last_idle_hold{1'000};
};

class Peer;

// What a peer asks of its router.
class PeerOwner {
 public:
  virtual void dial(Peer& peer, Session& session) = 0;
  virtual void close(Peer& peer, Session& session) = 0;
  virtual void established(Peer& peer, Session& session) = 0;
  virtual void down(Peer& peer, Session& session) = 0;
  virtual void update(Peer& peer, Session& session, Update&& update) = 0;
  virtual void route_refresh(Peer& peer, Session& session, const RouteRefresh& refresh) = 0;
  virtual void overhear(Peer&, Session&, net::Bytes) {}  // SessionOwner::overhear

 protected:
  ~PeerOwner() = default;
};

class Peer final : private SessionOwner {
 public:
  static constexpr std::uint16_t kDiallingSlot = 0;
  static constexpr std::uint16_t kSlots = 3;

  Peer(PeerConfig config, PeerOwner& owner, Jitter& jitter, std::uint16_t index);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void start(Instant now);                          // administratively up
  void stop(const std::string& text, Instant now);  // Cease/Administrative Shutdown
  void reset(Instant now);                          // Cease/Administrative Reset; comes again at once
  // Ends the session with `cease`; until the pause is over (or an administrator starts or resets the peer)
  // neither side's connections are wanted.
  void hold_down(const Notification& cease, std::chrono::seconds pause, Instant now);
  // The link to the peer carries traffic, or no longer does: fall at once, dial at once.
  void set_link_usable(bool usable, Instant now);
  // Takes the peer's connection: the session it is given to, or nothing when it is refused.
  Session* accept(Instant now);
  // The connection that this session dialled is there.
  void connected(Session& session, Instant now);
  void on_deadlines(Instant now);
  std::optional<Instant> next_deadline() const;
  // The sessions' timers ran and connections ended: when nothing is left alive, prepares the next attempt. To
  // be called after each input.
  void settle(Instant now);

  std::uint16_t index() const { return index_; }
  const PeerConfig& config() const { return config_; }
  bool admin_down() const { return admin_down_; }
  bool link_usable() const { return link_usable_; }
  bool wanted() const { return !admin_down_ && link_usable_ && !held_down_until_; }
  std::optional<Instant> held_down_until() const { return held_down_until_; }
  // A slot for the peer's connections has a session from its first use on: most are never used.
  bool has_session(std::uint16_t slot) const { return sessions_[slot] != nullptr; }
  Session& session(std::uint16_t slot) {
    return sessions_[slot] != nullptr ? *sessions_[slot] : make_session(slot);
  }
  const Session& session(std::uint16_t slot) const { return *sessions_[slot]; }  // has_session(slot)
  // Of all its sessions: PeerOwner::overhear is to be called, or no longer.
  void set_overheard(bool overheard);
  Session* established_session();
  // The session that stands for the peer in `show`: the furthest one.
  const Session& foremost() const;
  State state() const { return foremost().state(); }

  SessionCounters sent() const;
  SessionCounters received() const;
  std::uint32_t connections_established() const { return connections_established_; }
  std::uint32_t connections_dropped() const { return connections_dropped_; }
  std::optional<Instant> established_at() const { return established_at_; }
  std::optional<Instant> dropped_at() const { return dropped_at_; }
  const std::string& last_reset() const { return last_reset_; }
  // The last NOTIFICATION that ended one of its connections, either way.
  const std::optional<Notification>& error_sent() const { return error_sent_; }
  const std::optional<Notification>& error_received() const { return error_received_; }

 private:
  void dial(Session& session) override;
  void close(Session& session) override;
  bool admit(Session& session) override;
  void established(Session& session) override;
  void down(Session& session) override;
  void update(Session& session, Update&& update) override;
  void route_refresh(Session& session, const RouteRefresh& refresh) override;
  void overhear(Session& session, net::Bytes message) override { owner_.overhear(*this, session, message); }

  Session& dialler() { return *sessions_[kDiallingSlot]; }
  Session& make_session(std::uint16_t slot);
  auto sessions() const {  // that there are
    return std::views::filter(sessions_, [](const auto& session) { return session != nullptr; });
  }
  void end_hold_down();
  bool another_has_reached(State state, const Session& session) const;

  PeerConfig config_;
  PeerOwner& owner_;
  Jitter& jitter_;
  std::uint16_t index_;
  bool admin_down_ = true;
  bool link_usable_ = false;
  bool overheard_ = false;
  std::optional<Instant> held_down_until_;
  const Session* fallen_ = nullptr;
  std::chrono::milliseconds idle_hold_;
  Instant now_{};
  std::array<std::unique_ptr<Session>, kSlots> sessions_;  // one that is not there yet is Idle
  std::uint32_t connections_established_ = 0, connections_dropped_ = 0;
  std::optional<Instant> established_at_, dropped_at_;
  std::string last_reset_;
  std::optional<Notification> error_sent_, error_received_;
};

}  // namespace bgp
