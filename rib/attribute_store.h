// Path attributes kept once, however many routes carry them: a route holds a 32-bit id. One store a router,
// used on its thread only. Beside the attributes stands what depends on them alone and would otherwise be
// asked for each route: what import policy looks at, and which interface reaches the next hop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "bgp/attributes.h"
#include "rib/policy.h"

namespace rib {

using AttributeId = std::uint32_t;
inline constexpr AttributeId kNoAttributes = 0;

class AttributeStore {
 public:
  struct Record {
    bgp::PathAttributes attributes;
    std::uint32_t hash = 0;
    std::uint32_t references = 0;
    std::uint32_t interface = 0;  // towards the next hop; 0: unreachable
    Traits traits = 0;
  };

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

  const Record& record(AttributeId id) const { return records_[id]; }
  const bgp::PathAttributes& operator[](AttributeId id) const { return records_[id].attributes; }

  // Asks the resolver anew for every next hop. True when an answer changed.
  bool resolve_again();

  std::size_t size() const { return size_; }
  std::size_t bytes() const;  // counted, heap of the attributes included

 private:
  // Where in the index an id with this hash stands, or would stand.
  template <class Matches>
  std::size_t place_of(std::uint32_t hash, const Matches& matches) const {
    std::size_t place = hash & mask();
    while (index_[place] != kNoAttributes && !matches(index_[place])) place = next(place);
    return place;
  }
  std::size_t mask() const { return index_.size() - 1; }
  std::size_t next(std::size_t place) const { return (place + 1) & mask(); }
  void grow();
  void erase(AttributeId id);

  std::uint32_t local_as_;
  net::Ipv4Address router_id_;
  Resolver resolver_;
  std::deque<Record> records_;  // [0] stands for "none"
  std::vector<AttributeId> free_;
  // Open-addressed, a power of two, at most three quarters full: a number a set of attributes, where a node
  // of a chained table would cost as much again as the attributes of a short path.
  std::vector<AttributeId> index_;
  std::size_t size_ = 0;
};

}  // namespace rib
