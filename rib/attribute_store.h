// Path attributes kept once, however many routes carry them: a route holds a 32-bit id. One store a router,
// used on its thread only. Beside the attributes stands what depends on them alone and would otherwise be
// asked for each route: what import policy looks at, and which interface reaches the next hop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>
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

  std::size_t size() const { return ids_.size(); }
  std::size_t bytes() const;  // counted, heap of the attributes included

 private:
  struct Sought {  // by value, for the set holds numbers
    const bgp::PathAttributes& attributes;
    std::uint32_t hash;
  };
  struct Hash {
    using is_transparent = void;
    const std::deque<Record>* records;
    std::size_t operator()(AttributeId id) const { return (*records)[id].hash; }
    std::size_t operator()(const Sought& sought) const { return sought.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const std::deque<Record>* records;
    bool operator()(AttributeId a, AttributeId b) const { return a == b; }
    bool operator()(const Sought& sought, AttributeId id) const {
      return sought.hash == (*records)[id].hash && sought.attributes == (*records)[id].attributes;
    }
    bool operator()(AttributeId id, const Sought& sought) const { return (*this)(sought, id); }
  };

  std::uint32_t local_as_;
  net::Ipv4Address router_id_;
  Resolver resolver_;
  std::deque<Record> records_;  // [0] stands for "none"
  std::vector<AttributeId> free_;
  std::unordered_set<AttributeId, Hash, Equal> ids_;
};

}  // namespace rib
