// The routing information bases of one router (RFC 4271 §3.2, §9): Adj-RIB-In and Adj-RIB-Out as slots of one
// entry a prefix, the Loc-RIB as the entry itself. Of one address family: a router has one for each family
// that it speaks, and IPv4 does not pay for IPv6. A change moves through it in steps, which the speaker takes
// in order:
//   learn/withdraw/originate…  put a route into its slot and mark the prefix,
//   decide()                   runs the decision process on marked prefixes: what the kernel is to change,
//   commit()                   with the kernel's answers: what holds now, and marks it for the neighbours,
//   take_updates()             writes UPDATEs for one neighbour, as many as it has room for.
// So no neighbour hears of a route that this router cannot forward (docs/adr/0007). Pure: no socket, clock or
// thread; used on its router's thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "bgp/codec.h"
#include "rib/attribute_store.h"
#include "rib/decision.h"
#include "rib/kernel_state.h"
#include "rib/policy.h"
#include "rib/table.h"

namespace rib {

using PeerIndex = std::uint16_t;
using Seconds = std::chrono::duration<std::uint32_t>;  // since the router began

// What a change of the best route asks of the kernel.
enum class KernelChange : std::uint8_t { Nothing, Install, Replace, Remove };

// One prefix whose best route changed.
template <class Prefix>
struct BasicDecision {
  using Kernel = KernelChange;
  std::uint32_t entry = 0;
  Kernel kernel = Kernel::Nothing;
  Prefix prefix{};
  net::IpAddress next_hop{};  // of the route to install; for Remove, of the one that goes
  std::uint32_t interface = 0;
  // Who wins, until commit(): slot and attributes (a reference is held); and why.
  std::uint8_t slot = 0;
  DecisionStep step = DecisionStep::None;
  AttributeId attributes = kNoAttributes;
  std::uint32_t cause = 0;  // as BasicRib::put_down_to said
};
using Decision = BasicDecision<net::Ipv4Prefix>;
using Ipv6Decision = BasicDecision<net::Ipv6Prefix>;

// Messages for one neighbour: UPDATEs, and what marks the beginning and the end of a refresh (RFC 7313 §3.1).
struct Written {
  std::size_t updates = 0, refresh_marks = 0;
};

// One address family; net::Ipv4Prefix and net::Ipv6Prefix are what it is made for (rib.cc).
template <class Prefix>
class BasicRib {
 public:
  using Decision = BasicDecision<Prefix>;
  static constexpr bool kIsIpv4 = std::is_same_v<Prefix, net::Ipv4Prefix>;
  static constexpr std::uint8_t kNobody = 0xff;
  static constexpr std::uint8_t kLocal = 0;  // the slot of what we originate; peer p has slot p + 1

  struct Slot {
    AttributeId in : 31 = kNoAttributes;
    std::uint32_t stale : 1 = 0;  // the peer has not confirmed it since it left or began a refresh
    AttributeId out : 30 = kNoAttributes;
    std::uint32_t queued : 1 = 0;  // waits in the peer's Adj-RIB-Out queue
    std::uint32_t repeat : 1 = 0;  // the peer knows it and asked to be told again
    Seconds received_at{0};
  };
  struct Entry {
    Prefix prefix;
    std::uint8_t active_slot = kNobody;  // whose route is in the Loc-RIB (and the kernel)
    KernelState kernel = KernelState::NotWanted;
    std::uint8_t kernel_errno = 0;
    bool marked : 1 = false;  // waits for decide()
    bool lost : 1 = false;    // somebody else has taken our route out of the kernel's table
    AttributeId active = kNoAttributes;
    std::uint32_t interface = 0;  // of the installed route
    std::uint32_t version = 0;
  };
  using PrefixTable = Table<Prefix, Entry, Slot>;

  // `router_id`: 0.0.0.0 leaves reflected routes unrecognised.
  BasicRib(std::uint32_t local_as, std::size_t peers, AttributeStore::Resolver resolver,
           net::Ipv4Address router_id = {});

  void peer_up(PeerIndex peer, const Policy& policy, const bgp::Agreed& agreed, net::Ipv4Address router_id,
               net::IpAddress address);
  // Its routes go, or stay and are stale (RFC 4724 §4.2); what was stale before goes either way.
  void peer_down(PeerIndex peer, bool keeps_routes = false);
  // All that the peer has told is stale until it tells it again (RFC 7313 §4).
  void mark_stale(PeerIndex peer);
  void sweep_stale(PeerIndex peer);  // removes what still is
  // Our addresses towards a peer that is up have changed: what it knows is told anew.
  void set_export_policy(PeerIndex peer, const ExportPolicy& policy);
  const ExportPolicy& export_policy(PeerIndex peer) const { return peers_[peer].policy.out; }
  bool is_up(PeerIndex peer) const { return peers_[peer].up; }
  // What is put into the tables from here on has this cause: a number of the caller's, which decide() hands
  // back with what came of it. 0: nobody wants to know.
  void put_down_to(std::uint32_t cause) { cause_ = cause; }
  void learn(PeerIndex peer, std::span<const Prefix> prefixes, const bgp::PathAttributes& attributes,
             Seconds now);
  void withdraw(PeerIndex peer, std::span<const Prefix> prefixes);
  void originate(Prefix prefix, const bgp::PathAttributes& attributes, Seconds now);
  void retract(Prefix prefix);
  // Interfaces came or went: next hops are resolved again.
  void resolve_next_hops();
  // What the kernel has now in the place of our route, after somebody else's change: a next hop and an
  // interface, or nothing. True: it is not what we have installed; decide() will put that back.
  struct KernelRoute {
    net::IpAddress next_hop;
    std::uint32_t interface = 0;
  };
  bool kernel_has(const Prefix& prefix, const std::optional<KernelRoute>& route);

  bool has_marked() const { return !marked_.empty(); }
  // The argument lends its memory.
  std::vector<Decision> decide(std::vector<Decision> decisions = {});
  // errors[i]: errno of decisions[i]'s kernel change, 0 when done. Returns what has to be removed because its
  // replacement failed (the old route still stands in the kernel).
  std::vector<Decision> commit(std::span<const Decision> decisions, std::span<const int> errors);

  // Appends whole messages to `out`, at most `room` octets. Returns how many.
  Written take_updates(PeerIndex peer, std::size_t room, std::vector<std::uint8_t>& out);
  bool has_updates(PeerIndex peer) const;
  // Everything again (RFC 2918); between BoRR and EoRR where that was agreed (RFC 7313 §4).
  void resend(PeerIndex peer);

  const PrefixTable& table() const { return table_; }
  const AttributeStore& attributes() const { return store_; }
  std::uint32_t version() const { return version_; }
  std::size_t loc_rib_routes() const { return loc_rib_routes_; }
  std::size_t received(PeerIndex peer) const { return peers_[peer].received; }  // in the Adj-RIB-In
  std::size_t accepted(PeerIndex peer) const { return peers_[peer].accepted; }
  std::size_t advertised(PeerIndex peer) const { return peers_[peer].advertised; }
  bool end_of_rib_sent(PeerIndex peer) const { return peers_[peer].up && !peers_[peer].end_of_rib_due; }
  std::size_t kernel_count(KernelState state) const {
    return kernel_counts_[static_cast<std::size_t>(state)];
  }
  // Adj-RIB-In, Loc-RIB, Adj-RIB-Out and attributes, counted as they come and go. Beside them stand the
  // queues of what is to be decided and told: at most a few octets a prefix and neighbour.
  std::size_t bytes() const { return table_.bytes() + store_.bytes(); }
  // The routes of an entry that may be chosen, with the slot of each.
  void candidates(std::uint32_t entry, std::vector<Candidate>& routes,
                  std::vector<std::uint8_t>& slots) const;
  // Why what the peer announced of this prefix may not be used. Precondition: it announced it.
  RejectReason reject_reason(PeerIndex peer, std::uint32_t entry) const;
  // What the peer was told of this prefix, as it sees it; nothing: it knows of no route.
  std::optional<bgp::PathAttributes> advertised_attributes(PeerIndex peer, std::uint32_t entry) const;

 private:
  // Of a refresh with a beginning and an end: what is still to be said.
  enum class Refresh : std::uint8_t { None, Requested, Running, RunningAndRequested };
  struct Peer {
    bool up = false;
    bool end_of_rib_due = false;
    Refresh refresh = Refresh::None;
    Policy policy;
    bgp::Agreed agreed;
    net::Ipv4Address router_id;
    net::IpAddress address;
    std::size_t received = 0, accepted = 0, advertised = 0;
    std::vector<std::uint32_t> queue;    // entries, in the order in which they changed
    std::vector<std::uint32_t> sending;  // taken from the queue, grouped by attributes
    std::size_t sent_of_sending = 0;
    // Attributes as they were written last: of which set, and for a route from where.
    AttributeId encoded_id = kNoAttributes;
    RouteSource encoded_source;
    std::vector<std::uint8_t> encoded;
    bgp::MpNextHop next_hop;  // of IPv6 routes, whose attributes do not hold it
  };

  struct Mark {
    std::uint32_t entry, cause;
  };
  void put(std::uint32_t number, std::uint8_t slot, AttributeId attributes, Seconds now);
  void mark(std::uint32_t number);
  void keep_last_marks();
  void queue_for_peers(std::uint32_t number);
  void queue(PeerIndex peer, std::uint32_t number);
  void queue_known(PeerIndex peer);
  void set_kernel(Entry& entry, KernelState state, int error = 0);
  void activate(std::uint32_t number, std::uint8_t slot, AttributeId attributes);
  static bool is_news(const Slot& slot, AttributeId attributes) {
    return slot.out != attributes || (slot.repeat != 0 && attributes != kNoAttributes);
  }
  AttributeId target(const Peer& peer, PeerIndex index, const Entry& entry) const;
  void set_out(PeerIndex peer, std::uint32_t number, AttributeId attributes);
  void group_queue(Peer& peer, PeerIndex index);
  void write_updates(PeerIndex index, std::size_t limit, std::vector<std::uint8_t>& out);
  bool write_routes(PeerIndex index, std::size_t limit, std::vector<std::uint8_t>& out);
  void encode(Peer& peer, AttributeId attributes, const RouteSource& source);
  std::size_t write(Peer& peer, AttributeId attributes, const RouteSource& source,
                    std::span<const Prefix> prefixes, std::size_t room, std::vector<std::uint8_t>& out);
  void erase_if_unused(std::uint32_t number);
  RouteSource source_of(const Entry& entry) const;
  // What policy says of a route of this slot, next hops apart.
  RejectReason judge_in(std::uint8_t slot, AttributeId id) const {
    return judge(store_.traits(id), peers_[slot - 1u].policy.in, store_.only_to_customer(id));
  }
  bool shuts_down(std::uint8_t slot, AttributeId id) const {
    const Policy& policy = peers_[slot - 1u].policy;
    return policy.out.external && policy.in.graceful_shutdown && (store_.traits(id) & kShutsDown) != 0;
  }

  AttributeStore store_;
  PrefixTable table_;
  std::vector<Peer> peers_;
  std::vector<Mark> marked_;  // an entry more than once where causes are told apart; the last one counts
  bool marked_again_ = false;
  std::uint32_t cause_ = 0;
  std::uint32_t version_ = 0;
  std::array<std::size_t, 4> kernel_counts_{};
  std::size_t loc_rib_routes_ = 0;
  // Scratch of decide() and take_updates(), kept for its memory.
  mutable std::vector<Candidate> routes_;
  mutable std::vector<std::uint8_t> slots_;
  std::vector<Prefix> run_;
};

using Rib = BasicRib<net::Ipv4Prefix>;
using Ipv6Rib = BasicRib<net::Ipv6Prefix>;

}  // namespace rib
