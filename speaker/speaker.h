// One BGP speaker: its peers, its RIBs, and the order in which things happen between them. This is where the
// way of an UPDATE from the socket to the kernel table and on to the neighbours can be read top to bottom
// (Speaker::settle). Knows no socket, no netlink, no clock and no thread: octets, interface states and the
// time are handed in, what it wants goes out through two ports. All calls on one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bgp/peer.h"
#include "net/result.h"
#include "rib/rib.h"
#include "speaker/activity.h"
#include "speaker/family_tables.h"
#include "speaker/journal.h"
#include "speaker/mrai.h"
#include "speaker/ports.h"
#include "speaker/route_records.h"
#include "speaker/tap.h"
#include "speaker/view.h"

namespace speaker {

// Which families are offered stands in peer.session.capabilities.
struct NeighborConfig {
  bgp::PeerConfig peer;
  MraiConfig mrai = {};
  std::string description = {};
  // It lives and falls with the subnet that it is on. Otherwise it may also be reached in other ways (over
  // the loopback, through routers), and only a subnet that is known to be unusable keeps us from dialling.
  bool directly_connected = true;
  bool shut_down = false;             // administratively down, from the beginning or since
  std::string shutdown_message = {};  // what it was told of that (RFC 9003)
  rib::ImportPolicy import_policy = {};
  bool deny_export = false;    // RFC 8212
  bool next_hop_self = false;  // of an internal peer: for learnt routes, too
  // One more distinct prefix of a family ends the session; it stays away as long as the hold-down says.
  std::optional<std::uint32_t> max_prefixes = {};
  std::chrono::seconds max_prefix_hold_down{60};
};

// A `network` statement. Most are originated only while their connected route is usable.
struct NetworkConfig {
  net::IpPrefix prefix;
  bool unconditional = false;
};

struct SpeakerConfig {
  std::string name;
  std::uint32_t as = 0;
  net::Ipv4Address router_id;
  std::vector<NeighborConfig> neighbors;
  std::vector<NetworkConfig> networks;
  // Octets that the routes of all families may take (Speaker::rib_bytes). The session whose UPDATE goes
  // beyond ends (Cease/Out of Resources) and stays away as long as the hold-down says.
  std::optional<std::size_t> memory_limit = {};
  std::chrono::seconds memory_hold_down{60};
  std::uint64_t seed = 1;
};

// A connected subnet of either family, as the interfaces have it now; link-local ones, too, for their
// addresses go beside next hops (RFC 2545 §3).
struct ConnectedPrefix {
  net::IpPrefix prefix;
  net::IpAddress local;
  std::uint32_t interface = 0;
  bool usable = false;  // up, the other end is there, and the address may be spoken from
  friend bool operator==(const ConnectedPrefix&, const ConnectedPrefix&) = default;
};

struct ConnectedView {
  ConnectedPrefix connected;
  std::chrono::milliseconds age{0};  // since it became as it is
};

// What stands in the kernel's table where a route of ours stood or would stand.
struct KernelRoute {
  net::IpPrefix prefix;
  std::optional<net::IpAddress> next_hop;  // nothing: there is no route
  std::uint32_t interface = 0;
};

// A session that had to end because the router held as much as it may.
struct MemoryOverrun {
  net::IpAddress neighbor;
  std::size_t bytes = 0;  // that its UPDATE led to
};

// Octets for a connection that is not wanted.
using LastWords = std::vector<std::uint8_t>;

class Speaker final : private bgp::PeerOwner {
 public:
  // The ports and `activity` must outlive this; `activity` has a place for each neighbour.
  Speaker(const SpeakerConfig& config, Transport& transport, Fib& fib, RouterActivity& activity,
          bgp::Instant now);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // Inputs. Each is followed, before it returns, by everything that can be done about it.
  void start(bgp::Instant now);
  void set_connected(std::vector<ConnectedPrefix> connected, bgp::Instant now);
  // Somebody dialled us. No id: not a neighbour, or no room for it; say what is to be said to it, maybe
  // nothing, and close the connection.
  net::Result<ConnectionId, LastWords> accepted(const net::IpAddress& remote, const net::IpAddress& local,
                                                std::uint16_t remote_port, bgp::Instant now);
  // Is this dial still worth making? Not beside a connection of the peer's own that has come meanwhile.
  bool may_dial(ConnectionId connection);
  void connected(ConnectionId connection, std::uint16_t local_port, bgp::Instant now);
  void connection_failed(ConnectionId connection, bgp::Instant now) { closed(connection, now); }
  void received(ConnectionId connection, net::Bytes bytes, bgp::Instant now);
  void closed(ConnectionId connection, bgp::Instant now);
  void write_blocked(ConnectionId connection, bgp::Instant now);
  void write_progress(ConnectionId connection, bgp::Instant now);
  void tick(bgp::Instant now);  // at or after next_deadline()
  void fib_done(std::span<const int> errors, bgp::Instant now);
  // Somebody else has changed the kernel's table: what it has now in the places of our routes. Puts back what
  // we had installed; how many that were.
  std::size_t kernel_changed(std::span<const KernelRoute> routes, bgp::Instant now);
  // The same, with all that it has in such places: nothing in the others.
  std::size_t kernel_has_only(std::vector<KernelRoute> routes, bgp::Instant now);
  void announce(const net::IpPrefix& prefix, bgp::Instant now);
  void withdraw(const net::IpPrefix& prefix, bgp::Instant now);
  // The end, in two steps, so that one router's farewell does not start a wave of withdrawals at the next:
  // when all are frozen (no change in, none out), each session says Cease/Administrative Shutdown.
  // What an operator does to one neighbour (speaker_commands.cc); the index is its place in the
  // configuration.
  void shut_down(std::size_t neighbor, const std::string& text, bgp::Instant now);  // Cease 6/2 with text
  void enable(std::size_t neighbor, bgp::Instant now);
  void clear(std::size_t neighbor, bgp::Instant now);            // Cease 6/4, and comes again
  void request_refresh(std::size_t neighbor, bgp::Instant now);  // RFC 2918, for every agreed family
  void announce_again(std::size_t neighbor, bgp::Instant now);   // as if it had asked for that
  std::optional<std::size_t> neighbor_at(const net::IpAddress& address) const;
  void freeze(bgp::Instant now);
  void stop(bgp::Instant now);
  // Slow motion (speaker_motion.cc). While the gate is closed no UPDATE leaves, nor what marks the end or the
  // beginning of some; everything else goes on.
  void close_gate(bgp::Instant now);
  // `speed`: of the lab's clock. Below 1 an UPDATE waits until that clock has gone as far as the work took.
  void open_gate(double speed, bgp::Instant now);
  bool gate_is_closed() const { return gate_closed_; }
  // One step of a lab whose gates are closed, in two halves, so that nobody's news depends on who was first:
  // what waits at this instant, for MRAI too, is written down for each neighbour; then that alone leaves.
  struct Released {
    std::size_t updates = 0, routes = 0;  // announced or withdrawn in them
  };
  Released prepare_step(bgp::Instant now);
  void release_step(bgp::Instant now);
  // Another MinRouteAdvertisementInterval for all neighbours; nothing: the configured ones again.
  void set_mrai(std::optional<std::chrono::milliseconds> interval, bgp::Instant now);
  // Takes our routes out of a kernel table that goes on without us. The last thing to be done.
  void remove_routes();

  std::optional<bgp::Instant> next_deadline() const;
  // What the clock showed when it was last looked at: during the last input.
  bgp::Instant latest() const { return latest_; }
  // Called by the transport when it can write: appends at most about `room` octets of whole messages. True:
  // there may be more; if nothing was appended, a message that needs more room.
  bool take_output(ConnectionId connection, std::size_t room, std::vector<std::uint8_t>& out);

  RouterView view(bgp::Instant now) const;
  std::vector<RouteView> routes(bgp::Instant now) const;  // ascending by prefix
  std::optional<RouteView> route(net::Ipv4Prefix prefix, bgp::Instant now) const;
  std::optional<RouteView> longest_match(net::Ipv4Address address, bgp::Instant now) const;
  // What stands in the tables of both families, ascending, IPv4 first: at most `limit` of those behind
  // `after`. A large table is shown in such pages, so that no turn of this thread takes long.
  using Prefixes = std::span<const net::IpPrefix>;
  std::vector<net::IpPrefix> prefixes(const std::optional<net::IpPrefix>& after = {},
                                      std::size_t limit = SIZE_MAX) const;
  // The routes to these prefixes, in their order; `neighbor`: one alone.
  std::vector<AdjRoute> adj_in(std::optional<net::IpAddress> neighbor, bgp::Instant now, Prefixes of) const;
  std::vector<AdjRoute> adj_in_post(std::optional<net::IpAddress> neighbor, bgp::Instant now,
                                    Prefixes of) const;
  std::vector<AdjRoute> adj_out(std::optional<net::IpAddress> neighbor, Prefixes of) const;
  std::vector<LocRoute> loc_routes(bgp::Instant now, Prefixes of) const;
  // All of them.
  std::vector<AdjRoute> adj_in(std::optional<net::IpAddress> neighbor, bgp::Instant now) const {
    return adj_in(neighbor, now, prefixes());
  }
  std::vector<AdjRoute> adj_in_post(std::optional<net::IpAddress> neighbor, bgp::Instant now) const {
    return adj_in_post(neighbor, now, prefixes());
  }
  std::vector<AdjRoute> adj_out(std::optional<net::IpAddress> neighbor) const {
    return adj_out(neighbor, prefixes());
  }
  std::vector<LocRoute> loc_routes(bgp::Instant now) const { return loc_routes(now, prefixes()); }
  // Is there a route in the Loc-RIB: ours, or one that the kernel has taken?
  bool has_route(const net::IpPrefix& prefix) const;
  bool is_established(std::size_t neighbor) const {
    return neighbors_[neighbor].peer.state() == bgp::State::Established;
  }
  // The transport's time: of whoever has no better one.
  bgp::Instant present() const { return transport_.now(); }
  // What somebody waits for: `met` is called once, at once or at the end of the input that makes `holds`
  // true, and must not call back. Whoever waits no more says so by `wanted`, and it is forgotten at the next
  // input.
  struct Expectation {
    std::function<bool(const Speaker&)> holds;
    std::function<void()> met;
    std::function<bool()> wanted;
  };
  void expect(Expectation expectation);
  // Who listens in, from here on (speaker_taps.cc). Costs nothing while there is nobody.
  void add_tap(std::shared_ptr<Tap> tap);
  void remove_tap(const Tap* tap);
  std::vector<ConnectedView> connected_views(bgp::Instant now) const;
  const rib::Rib& rib() const { return ipv4_.rib; }
  const rib::Ipv6Rib* ipv6_rib() const { return ipv6_ ? &ipv6_->rib : nullptr; }  // null: nobody wants IPv6
  // What the routes of all families take: Adj-RIBs, Loc-RIB and attributes, counted as they come and go.
  std::size_t rib_bytes() const { return ipv4_.rib.bytes() + (ipv6_ ? ipv6_->rib.bytes() : 0); }
  std::size_t loc_rib_routes() const {
    return ipv4_.rib.loc_rib_routes() + (ipv6_ ? ipv6_->rib.loc_rib_routes() : 0);
  }
  // Those since the last call, in their order.
  std::vector<MemoryOverrun> take_memory_overruns() { return std::exchange(memory_overruns_, {}); }
  const SpeakerConfig& config() const { return config_; }
  bgp::Peer& peer(std::size_t index) { return neighbors_[index].peer; }

 private:
  // Routes of one family that a neighbour has not confirmed, and when they go at the latest.
  struct Stale {
    enum class Cause : std::uint8_t { Restart, Refresh };
    bgp::Instant until;
    Cause cause;
  };
  struct Neighbor {
    Neighbor(const NeighborConfig& config, bgp::PeerOwner& owner, bgp::Jitter& jitter, std::uint16_t index,
             bgp::Instant now)
        : peer(config.peer, owner, jitter, index), mrai(config.mrai, now, jitter) {}
    bgp::Peer peer;
    Mrai mrai;
    std::array<std::uint64_t, bgp::Peer::kSlots> connection_keys{};
    std::array<std::uint16_t, bgp::Peer::kSlots> local_ports{}, remote_ports{};
    std::uint64_t unsettled = 0;  // UPDATEs taken in by the input in hand
    std::uint64_t published_connection = 0;
    // Of slow motion: until when its news are held back; those of a step, as messages, and whether they may
    // leave.
    std::optional<bgp::Instant> paced_until;
    std::vector<std::uint8_t> step;
    bool step_released = false;
    // For the journal: UPDATEs of the connection so far; the last event that gave this neighbour alone
    // something to hear; what was written down last of its state and of a wait.
    std::uint32_t told = 0, heard = 0;
    EventNumber news = 0;
    bgp::State noted_state = bgp::State::Idle;
    bgp::Instant noted_hold{};
    bool end_of_rib_received = false, ipv6_end_of_rib_received = false;
    std::uint64_t update_faults = 0;
    std::string last_update_fault;
    std::map<bgp::Family, Stale> stale;
  };

  // bgp::PeerOwner
  void dial(bgp::Peer& peer, bgp::Session& session) override;
  void close(bgp::Peer& peer, bgp::Session& session) override;
  void established(bgp::Peer& peer, bgp::Session& session) override;
  void down(bgp::Peer& peer, bgp::Session& session) override;
  void update(bgp::Peer& peer, bgp::Session& session, bgp::Update&& update) override;
  void route_refresh(bgp::Peer& peer, bgp::Session& session, const bgp::RouteRefresh& refresh) override;
  void overhear(bgp::Peer& peer, bgp::Session& session, net::Bytes message) override;

  void tell_taps_of_output(ConnectionId connection, net::Bytes messages);
  template <class Prefix>
  void tell_taps_of_routes(std::span<const rib::BasicDecision<Prefix>> decisions, bgp::Instant now);
  bool pull_output(ConnectionId connection, std::size_t room, std::vector<std::uint8_t>& out);

  // speaker_journal.cc
  void begin_input(bgp::Instant now) {
    now_ = latest_ = now;
    just_committed_ = false;
    because_of(0);
  }
  void because_of(EventNumber event);  // what is done from here on, until the next input
  void note_update(Neighbor& neighbor, const bgp::Session& session, const bgp::Update& update);
  void note_state(Neighbor& neighbor, const bgp::Session* session, bgp::State state);
  void note_sent(Neighbor& neighbor, const bgp::Session& session, std::size_t updates);
  template <class Prefix>
  void note_routes(const FamilyTables<Prefix>& tables, std::span<const int> errors, bgp::Instant at);

  bgp::Instant look_at_clock() { return latest_ = transport_.now(); }

  bgp::Session* session_of(ConnectionId connection);
  void settle();
  template <class Prefix>
  bool decide(FamilyTables<Prefix>& tables);
  template <class Prefix>
  void commit(FamilyTables<Prefix>& tables, std::span<const int> errors);
  template <class Prefix>
  void take_answer(FamilyTables<Prefix>& tables, std::span<const int> errors);
  bool kernel_at_work() const { return ipv4_.kernel_at_work() || (ipv6_ && ipv6_->kernel_at_work()); }
  bool has_updates(const Neighbor& neighbor) const;
  rib::Written take_updates(Neighbor& neighbor, std::size_t room, std::vector<std::uint8_t>& out);
  void sent_updates(Neighbor& neighbor, const bgp::Session& session, rib::Written written);
  // speaker_motion.cc
  bool holds_back(Neighbor& neighbor);
  void take_step(Neighbor& neighbor, bgp::Session& session, std::size_t room, std::vector<std::uint8_t>& out);
  static void forget_motion(Neighbor& neighbor);
  std::size_t kernel_count(rib::KernelState state) const;
  void flush();
  void publish();
  void meet_expectations();
  bool release(Neighbor& neighbor);
  std::uint32_t interface_towards(const net::IpAddress& next_hop) const;
  bool link_usable(const NeighborConfig& neighbor) const;
  FamilyTables<net::Ipv6Prefix>& ipv6_tables();
  template <class Visit>  // called with the tables of each family that there is
  void for_each_family(Visit&& visit) const {
    visit(ipv4_);
    if (ipv6_) visit(*ipv6_);
  }
  rib::ExportPolicy export_policy(const Neighbor& neighbor, bool ipv6) const;
  void check_export_policies();
  // speaker_sessions.cc
  void lose_routes(Neighbor& neighbor, const bgp::Session& session);
  void confirm_stale(Neighbor& neighbor, const bgp::Session& session);
  void expire_stale(Neighbor& neighbor);
  void end_stale(Neighbor& neighbor, bgp::Family family, Stale::Cause cause);
  void sweep(Neighbor& neighbor, bgp::Family family);
  void check_prefix_limit(Neighbor& neighbor);
  void check_memory_limit(Neighbor& neighbor, std::size_t bytes_before);
  void lower_memory_ceiling(bool busy);
  // What the other sessions may add while one that had to end is being taken down.
  std::size_t spare_memory() const { return config_.memory_limit.value_or(0) / 8; }
  template <class Visit>  // called with the RIB of this family, if there is one
  void with_rib(bgp::Family family, Visit&& visit);
  void check_networks();
  void originate(const net::IpPrefix& prefix);
  void retract(const net::IpPrefix& prefix);
  bool has_connected(const net::IpPrefix& prefix) const;
  rib::Seconds age_now() const { return std::chrono::duration_cast<rib::Seconds>(now_ - epoch_); }
  PeerView peer_view(const Neighbor& neighbor, bgp::Instant now) const;
  RouteView route_view(std::uint32_t number, bgp::Instant now) const;
  template <class Prefix>
  void remove_routes_of(const FamilyTables<Prefix>& tables);
  template <class Visit>  // called with the tables and the number of each of these prefixes that is there
  void for_each_entry(Prefixes of, Visit&& visit) const {
    const auto look_up = [&](const auto& tables, const auto& prefix) {
      const std::uint32_t number = tables.rib.table().find(prefix);
      if (number != rib::HashIndex::kNone) visit(tables, number);
    };
    for (const net::IpPrefix& prefix : of)
      if (const auto* ipv4 = std::get_if<net::Ipv4Prefix>(&prefix))
        look_up(ipv4_, *ipv4);
      else if (ipv6_)
        look_up(*ipv6_, std::get<net::Ipv6Prefix>(prefix));
  }
  template <class Prefix>
  void append_loc(const FamilyTables<Prefix>& tables, std::uint32_t number, bgp::Instant now,
                  std::vector<LocRoute>& routes) const;
  std::chrono::milliseconds age_of(rib::Seconds received_at, bgp::Instant now) const;

  SpeakerConfig config_;
  Transport& transport_;
  Fib& fib_;
  RouterActivity& activity_;
  bgp::Instant epoch_, now_;  // now_: when the input in hand came
  bgp::Instant latest_;       // what the clock showed when it was last looked at, since then
  bgp::Jitter jitter_;
  std::vector<ConnectedPrefix> connected_;
  std::vector<bgp::Instant> connected_since_;  // same order
  FamilyTables<net::Ipv4Prefix> ipv4_;
  std::unique_ptr<FamilyTables<net::Ipv6Prefix>> ipv6_;  // made when a neighbour or a network needs it
  std::deque<Neighbor> neighbors_;
  Journal journal_;
  std::vector<Expectation> expectations_;
  std::vector<std::shared_ptr<Tap>> taps_;
  bool started_ = false, frozen_ = false;
  bool gate_closed_ = false;
  double speed_ = 1;
  bool worked_ = false;          // the input in hand changed something
  bool just_committed_ = false;  // and the clock was looked at for that
  // Above memory_limit while what a session has left is being taken down.
  std::optional<std::size_t> memory_ceiling_;
  std::vector<MemoryOverrun> memory_overruns_;
};

}  // namespace speaker
