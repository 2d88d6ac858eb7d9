// Path attributes kept once, however many routes carry them: a route holds a 32-bit id. One store a router,
// used on its thread only. What nearly every route has stands in the record itself; communities alone, or all
// the rest, beside it where there is any. Next hops are few and stand once. With the attributes stands what
// depends on them alone and would otherwise be asked for each route: what policy looks at, and which
// interface reaches the next hop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "bgp/attributes.h"
#include "rib/as_path_pool.h"
#include "rib/decision.h"
#include "rib/free_places.h"
#include "rib/hash_index.h"
#include "rib/policy.h"

namespace rib {

using AttributeId = std::uint32_t;
inline constexpr AttributeId kNoAttributes = 0;

class AttributeStore {
 public:
  // The interface through which a next hop is directly reachable, or 0.
  using Resolver = std::function<std::uint32_t(const net::IpAddress&)>;

  AttributeStore(std::uint32_t local_as, Resolver resolver, net::Ipv4Address router_id = {});
  AttributeStore(const AttributeStore&) = delete;
  AttributeStore& operator=(const AttributeStore&) = delete;

  // The id of these attributes; the caller owns one reference more and gives it back with release().
  AttributeId intern(const bgp::PathAttributes& attributes);
  void retain(AttributeId id) {
    if (id != kNoAttributes) ++records_[id].references;
  }
  void release(AttributeId id);

  // Put together anew: for what is written to a neighbour or shown.
  bgp::PathAttributes operator[](AttributeId id) const;
  // What is asked on the way of every route.
  const net::IpAddress& next_hop(AttributeId id) const { return next_hop_of(id).address; }
  std::uint32_t interface(AttributeId id) const { return next_hop_of(id).interface; }  // 0: unreachable
  Traits traits(AttributeId id) const { return records_[id].traits; }
  Merits merits(AttributeId id) const;
  std::optional<std::uint32_t> only_to_customer(AttributeId id) const {
    return records_[id].rest ? records_[id].rest->only_to_customer : std::nullopt;
  }

  // Asks the resolver anew for every next hop. True when an answer changed.
  bool resolve_again();

  std::size_t size() const { return ids_.size(); }
  std::uint32_t references(AttributeId id) const { return records_[id].references; }
  // What they take, their heap included; kept as a sum, not found by a walk.
  std::size_t bytes() const {
    return size() * sizeof(Record) + ids_.bytes() + as_paths_.bytes() + heap_bytes_ +
           next_hop_numbers_.size() * sizeof(NextHop) + next_hop_numbers_.bytes();
  }

 private:
  struct NextHop {
    net::IpAddress address;
    std::uint32_t interface = 0;  // towards it
    std::uint32_t references = 0;
  };
  struct Record {
    AsPathPool::Path as_path;
    std::uint32_t next_hop = 0;  // of next_hops_
    std::uint32_t hash = 0;
    std::uint32_t references = 0;
    std::uint32_t med = 0;
    std::uint32_t local_pref = 0;
    Traits traits = 0;
    bgp::Origin origin = bgp::Origin::Incomplete;
    bool has_med : 1 = false;
    bool has_local_pref : 1 = false;
    // At most one of them is there. Of communities the first number says how many follow.
    std::unique_ptr<std::uint32_t[]> communities;
    std::unique_ptr<bgp::RarerAttributes> rest;
  };

  const NextHop& next_hop_of(AttributeId id) const { return next_hops_[records_[id].next_hop]; }
  std::uint32_t use_next_hop(const net::IpAddress& address);
  void release_next_hop(std::uint32_t number);
  static std::span<const std::uint32_t> communities_of(const Record& record);
  static std::size_t heap_bytes(const Record& record);
  bool equal(const Record& record, const bgp::PathAttributes& attributes) const;
  std::uint64_t hash_of_record(AttributeId id) const { return records_[id].hash; }

  std::uint32_t local_as_;
  net::Ipv4Address router_id_;
  Resolver resolver_;
  AsPathPool as_paths_;
  std::deque<Record> records_;      // [0] stands for "none"
  std::vector<NextHop> next_hops_;  // [0] is that of "none"
  FreePlaces free_next_hops_;
  HashIndex next_hop_numbers_;
  std::size_t heap_bytes_ = 0;  // of all `communities` and `rest`
  FreePlaces free_;
  HashIndex ids_;
};

}  // namespace rib
