// The routing information bases of one router (RFC 4271 §3.2, §9): Adj-RIB-In and Adj-RIB-Out as slots of one
// entry a prefix, the Loc-RIB as the entry itself. A change moves through it in three steps, which the
// speaker takes in order:
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

// One prefix whose best route changed, and what that asks of the kernel.
struct Decision {
  enum class Kernel : std::uint8_t { Nothing, Install, Replace, Remove };
  std::uint32_t entry = 0;
  Kernel kernel = Kernel::Nothing;
  net::Ipv4Prefix prefix{};
  net::IpAddress next_hop{};  // of the route to install; for Remove, of the one that goes
  std::uint32_t interface = 0;
  // Who wins, until commit(): slot and attributes (a reference is held).
  std::uint8_t slot = 0;
  AttributeId attributes = kNoAttributes;
};

class Rib {
 public:
  static constexpr std::uint8_t kNobody = 0xff;
  static constexpr std::uint8_t kLocal = 0;  // the slot of what we originate; peer p has slot p + 1

  struct Slot {
    AttributeId in = kNoAttributes;
    AttributeId out : 30 = kNoAttributes;
    std::uint32_t queued : 1 = 0;  // waits in the peer's Adj-RIB-Out queue
    std::uint32_t repeat : 1 = 0;  // the peer knows it and asked to be told again
    Seconds received_at{0};
  };
  struct Entry {
    net::Ipv4Prefix prefix;
    std::uint8_t active_slot = kNobody;  // whose route is in the Loc-RIB (and the kernel)
    KernelState kernel = KernelState::NotWanted;
    std::uint8_t kernel_errno = 0;
    bool marked = false;  // waits for decide()
    AttributeId active = kNoAttributes;
    std::uint32_t interface = 0;  // of the installed route
    std::uint32_t version = 0;
  };
  using PrefixTable = Table<net::Ipv4Prefix, Entry, Slot>;

  Rib(std::uint32_t local_as, std::size_t peers, AttributeStore::Resolver resolver);

  void peer_up(PeerIndex peer, const ExportPolicy& policy, const bgp::Agreed& agreed,
               net::Ipv4Address router_id, net::IpAddress address);
  void peer_down(PeerIndex peer);
  void learn(PeerIndex peer, std::span<const net::Ipv4Prefix> prefixes, const bgp::PathAttributes& attributes,
             Seconds now);
  void withdraw(PeerIndex peer, std::span<const net::Ipv4Prefix> prefixes);
  void originate(net::Ipv4Prefix prefix, const bgp::PathAttributes& attributes, Seconds now);
  void retract(net::Ipv4Prefix prefix);
  // Interfaces came or went: next hops are resolved again.
  void resolve_next_hops();

  bool has_marked() const { return !marked_.empty(); }
  std::vector<Decision> decide();
  // errors[i]: errno of decisions[i]'s kernel change, 0 when done. Returns what has to be removed because its
  // replacement failed (the old route still stands in the kernel).
  std::vector<Decision> commit(std::span<const Decision> decisions, std::span<const int> errors);

  // Appends whole UPDATEs to `out`, at most `room` octets. Returns how many.
  std::size_t take_updates(PeerIndex peer, std::size_t room, std::vector<std::uint8_t>& out);
  bool has_updates(PeerIndex peer) const;
  // Everything again (RFC 2918).
  void resend(PeerIndex peer);

  const PrefixTable& table() const { return table_; }
  const AttributeStore& attributes() const { return store_; }
  std::uint32_t version() const { return version_; }
  std::size_t accepted(PeerIndex peer) const { return peers_[peer].accepted; }
  std::size_t advertised(PeerIndex peer) const { return peers_[peer].advertised; }
  bool end_of_rib_sent(PeerIndex peer) const { return peers_[peer].up && !peers_[peer].end_of_rib_due; }
  std::size_t kernel_count(KernelState state) const {
    return kernel_counts_[static_cast<std::size_t>(state)];
  }
  std::size_t bytes() const;
  // The routes of an entry that may be chosen, with the slot of each.
  void candidates(std::uint32_t entry, std::vector<Candidate>& routes,
                  std::vector<std::uint8_t>& slots) const;

 private:
  struct Peer {
    bool up = false;
    bool end_of_rib_due = false;
    ExportPolicy policy;
    bgp::Agreed agreed;
    net::Ipv4Address router_id;
    net::IpAddress address;
    std::size_t accepted = 0, advertised = 0;
    std::vector<std::uint32_t> queue;    // entries, in the order in which they changed
    std::vector<std::uint32_t> sending;  // taken from the queue, grouped by attributes
    std::size_t sent_of_sending = 0;
    AttributeId encoded_id = kNoAttributes;  // whose octets `encoded` holds
    std::vector<std::uint8_t> encoded;
  };

  void put(std::uint32_t number, std::uint8_t slot, AttributeId attributes, Seconds now);
  void mark(std::uint32_t number);
  void queue_for_peers(std::uint32_t number);
  void queue(PeerIndex peer, std::uint32_t number);
  void set_kernel(Entry& entry, KernelState state, int error = 0);
  void activate(std::uint32_t number, std::uint8_t slot, AttributeId attributes);
  static bool is_news(const Slot& slot, AttributeId attributes) {
    return slot.out != attributes || (slot.repeat != 0 && attributes != kNoAttributes);
  }
  AttributeId target(const Peer& peer, PeerIndex index, const Entry& entry) const;
  void set_out(PeerIndex peer, std::uint32_t number, AttributeId attributes);
  void group_queue(Peer& peer, PeerIndex index);
  void write_updates(PeerIndex index, std::size_t room, std::vector<std::uint8_t>& out);
  net::Bytes encoded_for(Peer& peer, AttributeId attributes, const Entry& entry);
  void erase_if_unused(std::uint32_t number);
  bool is_internal(std::uint8_t slot) const { return slot != kLocal && !peers_[slot - 1u].policy.external; }

  AttributeStore store_;
  PrefixTable table_;
  std::vector<Peer> peers_;
  std::vector<std::uint32_t> marked_;
  std::uint32_t version_ = 0;
  std::array<std::size_t, 4> kernel_counts_{};
  // Scratch of decide() and take_updates(), kept for its memory.
  mutable std::vector<Candidate> routes_;
  mutable std::vector<std::uint8_t> slots_;
  std::vector<net::Ipv4Prefix> run_;
};

}  // namespace rib
